#include "app/cli/command.h"

#include "core/scenes/questions.h"
#include "core/scenes/render.h"
#include "core/scenes/truth.h"
#include "core/vision/png.h"

#include <stdio.h>

static struct {
  PhWhole seed;
  const char *output;
  int side;
  bool json;
} given = { .side = 224 };

static const PhOption options[] = {
  { "seed", PH_OPTION_WHOLE, &given.seed },
  { "output", PH_OPTION_TEXT, &given.output },
  { "side", PH_OPTION_COUNT, &given.side, 16, 4096 },
  { "json", PH_OPTION_FLAG, &given.json },
  { 0 },
};

static void
print_things (const PhScene *scene)
{
  for (int i = 0; i < scene->n_things; i++) {
    PhThingWords words;

    ph_thing_get_words (&scene->things[i], &words);
    printf ("%s %s %s%s%s, %s\n", words.size, words.color, words.kind,
            words.digit != NULL ? " " : "", words.digit != NULL ? words.digit : "",
            words.region);
  }
}

static int
run (char **words)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PhPicture) picture = NULL;
  PhScene scene;

  if (!given.seed.given)
    return ph_refuse_usage (&ph_command_scene, "--seed N is missing");

  ph_scene_draw (&scene, NULL, given.seed.value);
  if (given.output != NULL) {
    picture = ph_scene_render (&scene, given.side);
    if (!ph_picture_save_png (picture, given.output, &error))
      return ph_report (error);
  }

  if (given.json) {
    g_autofree char *truth = ph_scene_dup_truth (&scene);

    puts (truth);
  } else
    print_things (&scene);
  return PH_EXIT_DONE;
}

const PhCommand ph_command_scene = {
  .name = "scene",
  .summary = "draw a scene of which everything is known",
  .help =
      "  pinhole-cli scene --seed 7 --output scene.png\n"
      "  pinhole-cli scene --seed 7 --json\n"
      "\n"
      "  --seed N        which scene: the same seed draws the same one everywhere\n"
      "  --output FILE   the picture, as a PNG\n"
      "  --side N        its width and height in pixels; 224 if left out\n"
      "  --json          the truth in one object: things and questions with answers\n",
  .options = options,
  .run = run,
};

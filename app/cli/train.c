#include "core/train/trainer.h"

#include "app/cli/command.h"
#include "app/cli/plot.h"
#include "app/cli/progress.h"
#include "core/base/error.h"
#include "core/tensor/pool.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static struct {
  const char *output, *plot;
  int n_threads;
} given;

static const PhOption options[] = {
  { "output", PH_OPTION_TEXT, &given.output },
  { "threads", PH_OPTION_COUNT, &given.n_threads, 1, 256 },
  { "plot", PH_OPTION_TEXT, &given.plot },
  { 0 },
};

static atomic_bool stop;

/* The first Ctrl+C asks for a checkpoint, the second does not wait for it. */
static void
interrupt_cb (int number)
{
  atomic_store (&stop, true);
  signal (SIGINT, SIG_DFL);
}

static void
progress_cb (const PhProgress *progress, void *data)
{
  g_autofree char *left = ph_progress_dup_time (progress->seconds_left);
  g_autofree char *note = g_strdup_printf (
      "step %zu of %zu, loss %.3f, %.0f pictures/s, %s left", progress->step,
      progress->n_steps, progress->loss, progress->pictures_per_second, left);

  ph_progress_show (data, progress->step, progress->n_steps, note);
}

/* runs/NAME for a recipe called NAME.json. */
static char *
dup_output (const char *recipe)
{
  g_autofree char *name = g_path_get_basename (recipe);

  if (g_str_has_suffix (name, ".json"))
    name[strlen (name) - strlen (".json")] = '\0';
  return g_build_filename ("runs", name, NULL);
}

static int
train (const char *recipe, const char *folder)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PhTrainer) trainer = ph_trainer_open (
      recipe, folder, given.n_threads > 0 ? given.n_threads : ph_n_processors (), &error);
  PhProgressLine line;
  bool done;

  if (trainer == NULL)
    return ph_report (error);
  if (ph_trainer_get_step (trainer) > 0)
    fprintf (stderr, "Going on from step %zu in %s.\n", ph_trainer_get_step (trainer),
             folder);

  signal (SIGINT, interrupt_cb);
  ph_progress_begin (&line);
  done = ph_trainer_run (trainer, &stop, progress_cb, &line, &error);
  ph_progress_end (&line);
  if (!done)
    return ph_report (error);

  puts (folder);
  return PH_EXIT_DONE;
}

static int
plot (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *svg = ph_plot_dup_svg (given.plot, &error);

  if (svg == NULL)
    return ph_report (error);
  if (given.output == NULL)
    fputs (svg, stdout);
  else if (!g_file_set_contents (given.output, svg, -1, &error))
    return ph_report (error);
  return PH_EXIT_DONE;
}

static int
run (char **words)
{
  g_autofree char *folder = NULL;

  if ((given.plot != NULL) == (words[0] != NULL))
    return ph_refuse_usage (&ph_command_train, "it takes a recipe, or --plot LOG");
  if (given.plot != NULL)
    return plot ();

  folder = given.output != NULL ? g_strdup (given.output) : dup_output (words[0]);
  return train (words[0], folder);
}

const PhCommand ph_command_train = {
  .name = "train",
  .summary = "make a model by a recipe",
  .help =
      "  pinhole-cli train resources/recipes/1-vision.json\n"
      "  pinhole-cli train --plot runs/1-vision/log.csv --output loss.svg\n"
      "\n"
      "Prints the folder that it made.  Ctrl+C saves a checkpoint, and the same command\n"
      "goes on from there: the end is the same to the byte.  Earlier stages are looked\n"
      "for beside the output folder.\n"
      "\n"
      "  --output FOLDER   where the model goes; runs/NAME for a recipe NAME.json\n"
      "  --threads N       as many as there are processors if left out\n"
      "  --plot LOG        the curves of a log.csv as SVG, to --output or to stdout\n",
  .options = options,
  .max_words = 1,
  .run = run,
};

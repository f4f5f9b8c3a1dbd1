#include "app/cli/command.h"

#include "app/cli/heat.h"
#include "app/cli/input.h"
#include "core/base/error.h"
#include "core/engine/json.h"
#include "core/engine/runner.h"
#include "core/vision/decode.h"

#include <errno.h>
#include <unistd.h>

#define MOST_TEXTS 100000
#define LONGEST_FILE ((size_t) 64 << 20)

static struct {
  const char *model, *image, *file;
  bool json, itc, heat, grad_cam;
  int layer;
} given = { .layer = PH_GRAD_CAM_USUAL };

static const PhOption options[] = {
  { "image", PH_OPTION_TEXT, &given.image },
  { "model", PH_OPTION_TEXT, &given.model },
  { "file", PH_OPTION_TEXT, &given.file },
  { "itc", PH_OPTION_FLAG, &given.itc },
  { "json", PH_OPTION_FLAG, &given.json },
  { "heat", PH_OPTION_FLAG, &given.heat },
  { "grad-cam", PH_OPTION_FLAG, &given.grad_cam },
  { "layer", PH_OPTION_COUNT, &given.layer, 0, PH_SNAPSHOT_MAX_LAYERS - 1 },
  { 0 },
};

typedef struct {
  const char *text;
  PhMatch match;
  int rank; /* 1 for the best */
} Candidate;

static void
clear_candidate (gpointer data)
{
  ph_match_clear (&((Candidate *) data)->match);
}

/* --- the texts --- */

/* All of the file that --file names, which may be stdin. */
static char *
read_file (GError **error)
{
  bool is_stdin = g_str_equal (given.file, "-");
  g_autofree char *what = ph_printable (is_stdin ? "stdin" : given.file);
  FILE *stream = is_stdin ? stdin : fopen (given.file, "rb");
  char *text;

  if (stream == NULL) {
    ph_fail_errno (error, errno, "%s", what);
    return NULL;
  }
  text = ph_input_read (stream, what, LONGEST_FILE, error);
  if (!is_stdin)
    fclose (stream);
  return text;
}

/* The lines that are not blank. */
static bool
add_lines (GPtrArray *texts, GError **error)
{
  g_autofree char *text = read_file (error);
  g_auto (GStrv) lines = text != NULL ? g_strsplit (text, "\n", -1) : NULL;

  for (char **line = lines; line != NULL && *line != NULL; line++)
    if (*g_strstrip (*line) != '\0')
      g_ptr_array_add (texts, g_strdup (*line));
  return text != NULL;
}

static GPtrArray *
read_texts (char **words, GError **error)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);

  for (char **word = words; *word != NULL; word++)
    g_ptr_array_add (texts, g_strdup (*word));
  if (given.file != NULL && !add_lines (texts, error))
    return NULL;
  if (texts->len >= 1 && texts->len <= MOST_TEXTS)
    return g_steal_pointer (&texts);
  ph_fail (error, PH_ERROR_RANGE, "%u texts to compare with, not 1 to %d", texts->len,
           MOST_TEXTS);
  return NULL;
}

/* --- comparing --- */

/* For errors, which then say which of several texts they are about. */
static void
name_text (const char *text, GError **error)
{
  g_autofree char *shown = ph_printable (text);

  g_prefix_error (error, "\"%s\": ", shown);
}

static GArray *
compare (PhRunner *runner,
         const PhPicture *picture,
         const GPtrArray *texts,
         GError **error)
{
  g_autoptr (GArray) candidates = g_array_new (FALSE, TRUE, sizeof (Candidate));
  PhPass pass = { .context = &runner->context };

  g_array_set_clear_func (candidates, clear_candidate);
  g_array_set_size (candidates, texts->len);
  for (guint i = 0; i < texts->len; i++) {
    Candidate *candidate = &g_array_index (candidates, Candidate, i);
    PhMatchAsked asked = { .picture = picture, .text = texts->pdata[i] };

    candidate->text = asked.text;
    if (!ph_model_match (runner->model, &pass, &asked, &candidate->match, error)) {
      if (texts->len > 1)
        name_text (asked.text, error);
      return NULL;
    }
  }
  return g_steal_pointer (&candidates);
}

static double
score_of (const Candidate *self)
{
  return given.itc ? self->match.itc : self->match.probability;
}

/* Best first; of equals, the one that was given first, which lies before the other. */
static int
by_score (gconstpointer a, gconstpointer b)
{
  const Candidate *x = *(Candidate *const *) a, *y = *(Candidate *const *) b;

  if (score_of (x) != score_of (y))
    return score_of (x) > score_of (y) ? -1 : 1;
  return x < y ? -1 : x > y;
}

/* The candidates, borrowed, from the best to the worst. */
static GPtrArray *
rank (GArray *candidates)
{
  GPtrArray *ranked = g_ptr_array_new ();

  for (guint i = 0; i < candidates->len; i++)
    g_ptr_array_add (ranked, &g_array_index (candidates, Candidate, i));
  g_ptr_array_sort (ranked, by_score);
  for (guint i = 0; i < ranked->len; i++)
    ((Candidate *) ranked->pdata[i])->rank = (int) i + 1;
  return ranked;
}

/* --- where the model looked --- */

/* Grad-CAM is of one layer, and where text looks it has the mean over the words in its
 * second row. */
static PhHeatChoice
choose_map (const PhSnapshot *snapshot, bool is_grad_cam)
{
  PhHeatChoice choice = PH_HEAT_MEAN;

  if (!is_grad_cam)
    return choice;
  choice.layer = 0;
  choice.of = "what spoke for it";
  if (ph_snapshot_get_label (snapshot, 0) != NULL)
    choice.query = 1;
  return choice;
}

/* The snapshot of one text again, whose picture is not read again. */
static PhSnapshot *
look (PhRunner *runner,
      const PhPicture *picture,
      const Candidate *candidate,
      bool is_grad_cam,
      GError **error)
{
  g_auto (PhMatch) match = { 0 };
  PhPass pass = { .context = &runner->context };
  PhMatchAsked asked = { .picture = picture,
                         .text = candidate->text,
                         .wants_snapshot = true,
                         .wants_grad_cam = is_grad_cam,
                         .grad_cam_layer = given.layer };

  if (!ph_model_match (runner->model, &pass, &asked, &match, error))
    return NULL;
  return g_steal_pointer (&match.snapshot);
}

typedef struct {
  PhSnapshot *heat, *grad_cam; /* NULL where not wanted */
} Looks;

static void
looks_clear (Looks *self)
{
  g_clear_pointer (&self->heat, ph_snapshot_unref);
  g_clear_pointer (&self->grad_cam, ph_snapshot_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Looks, looks_clear)

static bool
look_at_best (PhRunner *runner,
              const PhPicture *picture,
              const Candidate *best,
              Looks *looks,
              GError **error)
{
  if (given.heat)
    looks->heat = look (runner, picture, best, false, error);
  if (given.grad_cam && (looks->heat != NULL) == given.heat)
    looks->grad_cam = look (runner, picture, best, true, error);
  return (looks->heat != NULL) == given.heat &&
         (looks->grad_cam != NULL) == given.grad_cam;
}

/* --- printing --- */

static void
print_map (const PhSnapshot *snapshot, bool is_grad_cam, const PhPicture *picture)
{
  PhTerminal terminal = ph_terminal_look (STDOUT_FILENO);
  PhHeatChoice choice = choose_map (snapshot, is_grad_cam);

  ph_heat_print (snapshot, &choice, picture, &terminal, stdout);
}

static void
print_table (const GPtrArray *ranked)
{
  printf ("rank    match   cosine  text\n");
  for (guint i = 0; i < ranked->len; i++) {
    const Candidate *candidate = ranked->pdata[i];
    g_autofree char *text = ph_terminal_escape (candidate->text);

    printf ("%4d %6.2f %% %8.4f  %s\n", candidate->rank,
            100 * candidate->match.probability, candidate->match.itc,
            g_strdelimit (text, "\n\t", ' '));
  }
}

static void
print_plain (const GPtrArray *ranked, const Looks *looks, const PhPicture *picture)
{
  print_table (ranked);
  if (looks->heat != NULL) {
    puts ("\nOf the best:");
    print_map (looks->heat, false, picture);
  }
  if (looks->grad_cam != NULL) {
    puts ("\nOf the best, Grad-CAM: only what spoke for a match.");
    print_map (looks->grad_cam, true, picture);
  }
}

static void
add_timings (PhTimings *sum, const PhTimings *timings)
{
  sum->picture += timings->picture;
  sum->vision += timings->vision;
  sum->queries += timings->queries;
  sum->prompt += timings->prompt;
}

static void
print_json (const GArray *candidates, const Looks *looks)
{
  json_t *texts = json_array (), *object;
  PhTimings timings = { 0 };

  for (guint i = 0; i < candidates->len; i++) {
    const Candidate *candidate = &g_array_index (candidates, Candidate, i);
    const PhMatch *match = &candidate->match;

    json_array_append_new (
        texts, json_pack ("{s:s, s:o, s:f, s:[f, f], s:f, s:i}", "text", candidate->text,
                          "ids", ph_ids_to_json (match->ids), "itc", match->itc, "itm",
                          match->itm[0], match->itm[1], "probability", match->probability,
                          "rank", candidate->rank));
    add_timings (&timings, &match->timings);
  }
  object =
      json_pack ("{s:o, s:s, s:o}", "texts", texts, "ranked_by",
                 given.itc ? "itc" : "itm", "timings", ph_timings_to_json (&timings));

  if (looks->heat != NULL) {
    PhHeatChoice choice = choose_map (looks->heat, false);

    json_object_set_new (object, "heat", ph_heat_to_json (looks->heat, &choice));
  }
  if (looks->grad_cam != NULL) {
    PhHeatChoice choice = choose_map (looks->grad_cam, true);

    json_object_set_new (object, "grad_cam", ph_heat_to_json (looks->grad_cam, &choice));
  }
  json_dumpf (object, stdout, PH_JSON_LINE);
  putchar ('\n');
  json_decref (object);
}

/* --- all of it --- */

static bool
match (PhRunner *runner, const GPtrArray *texts, GError **error)
{
  g_autoptr (PhPicture) picture = ph_picture_load (given.image, NULL, error);
  g_autoptr (GArray) candidates = NULL;
  g_autoptr (GPtrArray) ranked = NULL;
  g_auto (Looks) looks = { 0 };

  if (picture == NULL)
    return false;
  candidates = compare (runner, picture, texts, error);
  if (candidates == NULL)
    return false;
  ranked = rank (candidates);
  if (!look_at_best (runner, picture, ranked->pdata[0], &looks, error))
    return false;

  if (given.json)
    print_json (candidates, &looks);
  else
    print_plain (ranked, &looks, picture);
  return true;
}

static int
run (char **words)
{
  g_autoptr (GError) error = NULL;
  g_auto (PhRunner) runner = { 0 };
  g_autofree char *model = NULL;
  g_autoptr (GPtrArray) texts = NULL;

  if (given.image == NULL)
    return ph_refuse_usage (&ph_command_match, "--image FILE is missing");
  if (words[0] == NULL && given.file == NULL)
    return ph_refuse_usage (&ph_command_match,
                            "a text is missing, or --file with one a line");
  if (given.layer != PH_GRAD_CAM_USUAL && !given.grad_cam)
    return ph_refuse_usage (&ph_command_match, "--layer goes with --grad-cam");

  texts = read_texts (words, &error);
  model = texts != NULL ? ph_find_model (given.model, &error) : NULL;
  if (model == NULL)
    return ph_report (error);

  ph_runner_init (&runner);
  if (!ph_runner_open_model (&runner, model, &error) || !match (&runner, texts, &error))
    return ph_report (error);
  return PH_EXIT_DONE;
}

const PhCommand ph_command_match = {
  .name = "match",
  .summary = "rank texts by how well they fit a picture",
  .help =
      "  pinhole-cli match --model blip2-itm-vit-g --image beach.jpg \\\n"
      "                    \"a dog on the beach\" \"a city at night\"\n"
      "  pinhole-cli match --model blip-itm-base-coco --image beach.jpg --file "
      "texts.txt\n"
      "  pinhole-cli match --model blip2-itm-vit-g --image beach.jpg --grad-cam "
      "\"a dog\"\n"
      "\n"
      "For models made for it, as blip2-itm-vit-g and blip-itm-base-coco.  They judge "
      "in\n"
      "two ways: by reading picture and text together (ITM, the probability of a match)\n"
      "and by comparing what each of the two became alone (ITC, a cosine).  The best\n"
      "text by ITM stands first.\n"
      "\n"
      "  --image FILE         PNG, JPEG, WebP, GIF, BMP or TIFF\n"
      "  --model FOLDER       a model folder\n"
      "  --file FILE          also the lines of FILE, each a text; - for stdin\n"
      "  --itc                the best text by ITC stands first\n"
      "  --heat               also where the model looked while it read the best text\n"
      "  --grad-cam           also what of that spoke for a match (Grad-CAM)\n"
      "  --layer N            in layer N, counted from 0; the middle one if left out\n"
      "  --json               one object: texts with itc, itm (no match, match),\n"
      "                       probability and rank, in the order given; timings, ...\n",
  .options = options,
  .max_words = MOST_TEXTS,
  .run = run,
};

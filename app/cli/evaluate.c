#include "core/train/evaluate.h"

#include "app/cli/command.h"
#include "app/cli/progress.h"
#include "core/engine/runner.h"

#include <jansson.h>
#include <signal.h>
#include <stdio.h>

static struct {
  const char *model;
  PhWhole seed;
  int n_questions, n_each, side;
  double outlines;
  bool json, mistakes;
} given = { .n_questions = 6000, .n_each = 300, .side = 224, .outlines = .65 };

static const PhOption options[] = {
  { "model", PH_OPTION_TEXT, &given.model },
  { "seed", PH_OPTION_WHOLE, &given.seed },
  { "questions", PH_OPTION_COUNT, &given.n_questions, 1, 1000000 },
  { "each", PH_OPTION_COUNT, &given.n_each, 1, 100000 },
  { "outlines", PH_OPTION_REAL, &given.outlines, 0, 1 },
  { "side", PH_OPTION_COUNT, &given.side, 16, 4096 },
  { "mistakes", PH_OPTION_FLAG, &given.mistakes },
  { "json", PH_OPTION_FLAG, &given.json },
  { 0 },
};

static atomic_bool stop;

static void
interrupt_cb (int number)
{
  atomic_store (&stop, true);
}

static void
progress_cb (size_t n_done, size_t n_all, void *data)
{
  g_autofree char *note = g_strdup_printf ("%zu of %zu questions", n_done, n_all);

  ph_progress_show (data, n_done, n_all, note);
}

/* --- printing --- */

static double
percent (size_t part, size_t all)
{
  return all > 0 ? 100.0 * (double) part / (double) all : 0;
}

static void
print_row (const PhFamilyScore *score)
{
  printf ("%-16s %9zu %8.1f %9.1f %9.1f\n", score->family, score->n,
          percent (score->n_right, score->n), percent (score->n_complete, score->n),
          percent (score->n_majority, score->n));
}

static void
print_table (const PhEvaluation *evaluation)
{
  PhFamilyScore all = { .family = "all" };

  printf ("%-16s %9s %8s %9s %9s\n", "family", "questions", "right %", "complete",
          "majority");
  for (guint i = 0; i < evaluation->families->len; i++) {
    const PhFamilyScore *score = &g_array_index (evaluation->families, PhFamilyScore, i);

    print_row (score);
    all.n += score->n;
    all.n_right += score->n_right;
    all.n_complete += score->n_complete;
    all.n_majority += score->n_majority;
  }
  print_row (&all);
  printf ("%zu pictures\n", evaluation->n_pictures);

  for (guint i = 0; given.mistakes && i < evaluation->mistakes->len; i++)
    puts (g_ptr_array_index (evaluation->mistakes, i));
}

static void
print_json (const PhEvaluation *evaluation)
{
  json_t *families = json_array ();
  json_t *object;

  for (guint i = 0; i < evaluation->families->len; i++) {
    const PhFamilyScore *score = &g_array_index (evaluation->families, PhFamilyScore, i);

    json_array_append_new (families,
                           json_pack ("{s:s, s:I, s:I, s:I, s:I}", "family",
                                      score->family, "questions", (json_int_t) score->n,
                                      "right", (json_int_t) score->n_right, "complete",
                                      (json_int_t) score->n_complete, "majority",
                                      (json_int_t) score->n_majority));
  }
  object =
      json_pack ("{s:I, s:I, s:o}", "pictures", (json_int_t) evaluation->n_pictures,
                 "questions", (json_int_t) evaluation->n_questions, "families", families);
  json_dumpf (object, stdout, JSON_COMPACT);
  putchar ('\n');
  json_decref (object);
}

/* --- evaluating --- */

static bool
evaluate (PhRunner *runner, PhEvaluation *evaluation, GError **error)
{
  PhEvaluationOptions chosen = PH_EVALUATION_STANDARD;
  PhPass pass = { .context = &runner->context };
  PhProgressLine line;
  bool done;

  chosen.n_questions = (size_t) given.n_questions;
  chosen.n_each = (size_t) given.n_each;
  chosen.outlines = given.outlines;
  chosen.side = given.side;
  if (given.seed.given)
    chosen.seed = given.seed.value;

  runner->context.stop = &stop;
  signal (SIGINT, interrupt_cb);
  ph_progress_begin (&line);
  done =
      ph_evaluate (runner->model, &pass, &chosen, progress_cb, &line, evaluation, error);
  ph_progress_end (&line);
  return done;
}

static int
run (char **words)
{
  g_autoptr (GError) error = NULL;
  g_auto (PhEvaluation) evaluation = { 0 };
  g_auto (PhRunner) runner = { 0 };
  g_autofree char *model = NULL;

  ph_runner_init (&runner);
  model = ph_find_model (given.model, &error);
  if (model == NULL || !ph_runner_open_model (&runner, model, &error))
    return ph_report (error);
  if (!evaluate (&runner, &evaluation, &error))
    return ph_report (error);

  if (given.json)
    print_json (&evaluation);
  else
    print_table (&evaluation);
  return PH_EXIT_DONE;
}

const PhCommand ph_command_evaluate = {
  .name = "evaluate",
  .summary = "how often a model is right, family by family",
  .help =
      "  pinhole-cli evaluate --seed 1\n"
      "  pinhole-cli evaluate --model runs/4-instruct --each 100 --mistakes\n"
      "\n"
      "Asks about scenes that training never draws.  Beside each figure stands what one\n"
      "would score who always gave the family's most frequent answer.  Lists and\n"
      "descriptions are right if every word is true, and complete if nothing is left "
      "out.\n"
      "\n"
      "  --model FOLDER   a model folder; the built-in model if left out\n"
      "  --seed N         which scenes; 1 if left out\n"
      "  --questions N    at least so many; 6000 if left out\n"
      "  --each N         and of each family; 300 if left out\n"
      "  --outlines X     the share of outlined scenes; 0.65 if left out\n"
      "  --side N         paint them N pixels wide; 224 if left out\n"
      "  --mistakes       also the first wrong answers of each family\n"
      "  --json           one object instead of a table\n",
  .options = options,
  .run = run,
};

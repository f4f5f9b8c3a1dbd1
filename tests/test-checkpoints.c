/* Published layouts against transformers, without Python: tests/reference/checkpoints.py
 * left in tests/data/checkpoints a tiny random checkpoint of each kind, with the tensors,
 * answers and scores that transformers gets from it.  Every number is compared, and a
 * line for each checkpoint says how many there were. */
#include "core/engine/runner.h"
#include "core/vision/decode.h"
#include "tests/compare.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SCORE_TOLERANCE 1e-4 /* absolute below one, else relative */

#define FOLDER TEST_DATA "/checkpoints"

static const char *const checkpoints[] = {
  "blip2-opt",
  "blip2-opt-old",
  "blip2-opt-interpolate",
  "blip2-opt-bf16",
  "blip2-flan-t5",
  "instructblip-flan-t5",
  "instructblip-vicuna",
  "instructblip-llama-gqa",
  "blip2-itm",
  "blip-caption",
  "blip-vqa",
  "blip-itm",
  NULL,
};

typedef struct {
  const char *name;
  char *folder;
  json_t *golden;
  PhRunner runner;
  size_t n_tensors, n_answers, n_scores; /* that were compared */
} Checkpoint;

/* --- opening --- */

static char *
golden_path (const Checkpoint *self, const char *file)
{
  return g_build_filename (self->folder, "golden", file, NULL);
}

static void
checkpoint_open (Checkpoint *self, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;

  self->name = name;
  self->folder = g_build_filename (FOLDER, name, NULL);
  path = golden_path (self, "golden.json");
  self->golden = ph_json_load (path, &error);
  ck_assert_msg (self->golden != NULL, "%s", error != NULL ? error->message : "");
  ph_runner_init (&self->runner);
  ck_assert_msg (ph_runner_open_model (&self->runner, self->folder, &error), "%s",
                 error != NULL ? error->message : "");
}

static void
checkpoint_close (Checkpoint *self)
{
  ph_runner_clear (&self->runner);
  json_decref (self->golden);
  g_free (self->folder);
}

/* --- one picture with one prompt --- */

typedef struct {
  Checkpoint *checkpoint;
  const json_t *golden;
  const char *prompt; /* NULL: none */
  char *picture;      /* path */
  char *about;        /* for messages */
} Entry;

static Entry
entry_of (Checkpoint *checkpoint, const json_t *golden)
{
  const char *picture = golden_text (golden, "picture");
  const char *prompt = json_string_value (json_object_get (golden, "prompt"));

  return (Entry){
    .checkpoint = checkpoint,
    .golden = golden,
    .prompt = prompt,
    .picture = g_build_filename (FOLDER, "pictures", picture, NULL),
    .about = g_strdup_printf ("%s, %s, “%s”", checkpoint->name, picture,
                              prompt != NULL ? prompt : ""),
  };
}

static void
entry_clear (Entry *self)
{
  g_free (self->picture);
  g_free (self->about);
}

static PhPicture *
load_picture (const Entry *self)
{
  g_autoptr (GError) error = NULL;
  PhPicture *picture = ph_picture_load (self->picture, NULL, &error);

  ck_assert_msg (picture != NULL, "%s", error != NULL ? error->message : "");
  return picture;
}

static void
compare_tensors (const Entry *self)
{
  Checkpoint *checkpoint = self->checkpoint;
  g_autofree char *path = golden_path (checkpoint, golden_text (self->golden, "trace"));
  g_autoptr (PhSafetensors) want = ph_safetensors_open (path, NULL);
  g_autoptr (PhSafetensors) traced =
      trace_run (checkpoint->folder, self->picture, self->prompt,
                 golden_number (checkpoint->golden, "max_new_tokens"));

  ck_assert_msg (want != NULL, "%s cannot be read", path);
  checkpoint->n_tensors += assert_traced (traced, want, 1, self->about);
}

static void
assert_score (double got, double want, const char *name, const char *about)
{
  double allowed = SCORE_TOLERANCE * MAX (1, fabs (want));

  /* Turned round, so that what is not a number fails. */
  ck_assert_msg (!(fabs (got - want) > allowed) && isfinite (got),
                 "%s: %s is %.7g, not %.7g", about, name, got, want);
}

/* --- answers --- */

static double
setting (const json_t *answer, const char *name, double absent)
{
  const json_t *value = json_object_get (answer, name);

  return value != NULL ? json_number_value (value) : absent;
}

static PhSampling
sampling_of (const json_t *answer)
{
  PhSampling sampling = PH_SAMPLING_GREEDY;

  sampling.n_beams = (int) setting (answer, "num_beams", 1);
  sampling.length_penalty = setting (answer, "length_penalty", 1);
  sampling.repetition_penalty = setting (answer, "repetition_penalty", 1);
  sampling.min_new_tokens = (int) setting (answer, "min_new_tokens", 0);
  sampling.max_new_tokens = (int) golden_number (answer, "max_new_tokens");
  return sampling;
}

/* What a beam search ranks answers by. */
static double
score_of (const PhAnswer *answer, double length_penalty)
{
  double sum = 0;

  for (guint i = 0; i < answer->probabilities->len; i++)
    sum += log (g_array_index (answer->probabilities, float, i));
  return sum / pow (answer->probabilities->len, length_penalty);
}

/* Transformers leaves it to its users to take away the spaces at both ends. */
static void
assert_same_text (const char *got, const char *want, const char *about)
{
  g_autofree char *x = g_strstrip (g_strdup (got));
  g_autofree char *y = g_strstrip (g_strdup (want));

  ck_assert_msg (strcmp (x, y) == 0, "%s: “%s” is not “%s”", about, x, y);
}

static void
compare_answer (const Entry *self, const PhPicture *picture, const json_t *golden)
{
  Checkpoint *checkpoint = self->checkpoint;
  PhRunner *runner = &checkpoint->runner;
  g_autofree char *settings = json_dumps (golden, JSON_COMPACT | JSON_REAL_PRECISION (4));
  g_autofree char *about = g_strdup_printf ("%s, %s", self->about, settings);
  const json_t *score = json_object_get (golden, "score");
  g_autoptr (GError) error = NULL;
  g_auto (PhAnswer) answer = { 0 };
  PhPass pass = { .context = &runner->context };
  PhQuestionAsked question = { .picture = picture,
                               .prompt = self->prompt != NULL ? self->prompt : "",
                               .sampling = sampling_of (golden) };

  ck_assert_msg (ph_model_ask (runner->model, &pass, &question, &answer, &error),
                 "%s: %s", about, error != NULL ? error->message : "");
  assert_same_ids (answer.ids, json_object_get (golden, "ids"), about);
  assert_same_text (answer.text, golden_text (golden, "text"), about);
  checkpoint->n_answers++;
  if (score != NULL) {
    assert_score (score_of (&answer, question.sampling.length_penalty),
                  json_number_value (score), "the score", about);
    checkpoint->n_scores++;
  }
}

static void
compare_answers (const Entry *self, const PhPicture *picture)
{
  const json_t *golden;
  size_t i;

  json_array_foreach (json_object_get (self->golden, "answers"), i, golden)
      compare_answer (self, picture, golden);
}

/* --- scores of retrieval --- */

static void
compare_match (const Entry *self, const PhPicture *picture)
{
  PhRunner *runner = &self->checkpoint->runner;
  const json_t *itm = json_object_get (self->golden, "itm");
  double no = json_number_value (json_array_get (itm, 0));
  double yes = json_number_value (json_array_get (itm, 1));
  g_autoptr (GError) error = NULL;
  g_auto (PhMatch) match = { 0 };
  PhPass pass = { .context = &runner->context };
  PhMatchAsked asked = { .picture = picture, .text = self->prompt };

  ck_assert_msg (ph_model_match (runner->model, &pass, &asked, &match, &error), "%s: %s",
                 self->about, error != NULL ? error->message : "");
  assert_score (match.itc, setting (self->golden, "itc", NAN), "itc", self->about);
  assert_score (match.itm[0], no, "itm of no match", self->about);
  assert_score (match.itm[1], yes, "itm of a match", self->about);
  assert_score (match.probability, 1 / (1 + exp (no - yes)), "probability", self->about);
  self->checkpoint->n_scores += 4;
}

/* --- all of it --- */

static void
compare_entry (Checkpoint *checkpoint, const json_t *golden)
{
  Entry entry = entry_of (checkpoint, golden);
  g_autoptr (PhPicture) picture = load_picture (&entry);

  compare_tensors (&entry);
  if (json_object_get (golden, "itm") != NULL)
    compare_match (&entry, picture);
  else
    compare_answers (&entry, picture);
  entry_clear (&entry);
}

START_TEST (a_checkpoint_gives_the_numbers_of_the_reference)
{
  Checkpoint checkpoint = { 0 };
  const json_t *golden;
  size_t i;

  checkpoint_open (&checkpoint, checkpoints[_i]);
  json_array_foreach (json_object_get (checkpoint.golden, "entries"), i, golden)
      compare_entry (&checkpoint, golden);

  printf ("%s: %zu tensors, %zu answers, %zu scores\n", checkpoint.name,
          checkpoint.n_tensors, checkpoint.n_answers, checkpoint.n_scores);
  ck_assert_uint_gt (checkpoint.n_tensors, 0);
  ck_assert_uint_gt (checkpoint.n_scores, 0);
  checkpoint_close (&checkpoint);
}
END_TEST

START_TEST (no_checkpoint_is_left_out)
{
  g_autoptr (GDir) folder = g_dir_open (FOLDER, 0, NULL);
  const char *name;

  ck_assert_ptr_nonnull (folder);
  while ((name = g_dir_read_name (folder)) != NULL)
    ck_assert_msg (g_str_equal (name, "pictures") || g_strv_contains (checkpoints, name),
                   "%s is not compared", name);
}
END_TEST

int
main (void)
{
  Suite *suite = suite_create ("checkpoints");
  TCase *all = tcase_create ("all");
  SRunner *runner = srunner_create (suite);
  int n_failed;

  tcase_set_timeout (all, 0);
  tcase_add_loop_test (all, a_checkpoint_gives_the_numbers_of_the_reference, 0,
                       G_N_ELEMENTS (checkpoints) - 1);
  tcase_add_test (all, no_checkpoint_is_left_out);
  suite_add_tcase (suite, all);

  srunner_run_all (runner, CK_NORMAL);
  n_failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  return n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* The engine against transformers, without Python: tests/reference/make_golden.py left
 * in tests/data/golden, for a random model of unusual sizes and for each that ships, what
 * InstructBlipForConditionalGeneration answers about some pictures and the tensors on
 * the way there. */
#include "core/engine/runner.h"
#include "core/vision/decode.h"
#include "tests/compare.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  char *folder; /* tests/data/golden/NAME */
  char *model;  /* folder */
  json_t *golden;
  PhRunner runner;
} Golden;

typedef struct {
  Golden *golden;
  json_t *entry;
} Case;

static GPtrArray *goldens;       /* of Golden */
static GArray *answers, *traces; /* of Case */

/* --- the golden data --- */

static void
collect (GArray *cases, Golden *golden, const char *name)
{
  json_t *entry;
  size_t i;

  json_array_foreach (json_object_get (golden->golden, name), i, entry)
      g_array_append_val (cases, ((Case){ golden, entry }));
}

static void
open_golden (const char *path)
{
  g_autoptr (GError) error = NULL;
  Golden *self = g_new0 (Golden, 1);

  self->golden = ph_json_load (path, &error);
  if (self->golden == NULL)
    g_error ("%s", error->message);
  self->folder = g_path_get_dirname (path);
  self->model =
      g_build_filename (PROJECT_ROOT, golden_text (self->golden, "model"), NULL);
  ph_runner_init (&self->runner);
  if (!ph_runner_open_model (&self->runner, self->model, &error))
    g_error ("%s", error->message);
  g_ptr_array_add (goldens, self);
  collect (answers, self, "answers");
  collect (traces, self, "traces");
}

/* Before the tests, which are counted by what is found: what is wrong here ends the
 * program. */
static void
open_all (void)
{
  g_autoptr (GDir) folder = g_dir_open (TEST_DATA "/golden", 0, NULL);
  const char *name;

  goldens = g_ptr_array_new ();
  answers = g_array_new (FALSE, FALSE, sizeof (Case));
  traces = g_array_new (FALSE, FALSE, sizeof (Case));
  while ((name = g_dir_read_name (folder)) != NULL) {
    g_autofree char *path =
        g_build_filename (TEST_DATA "/golden", name, "golden.json", NULL);

    if (g_file_test (path, G_FILE_TEST_EXISTS))
      open_golden (path);
  }
  if (answers->len == 0 || traces->len == 0)
    g_error ("no golden data in %s", TEST_DATA "/golden");
}

static void
close_all (void)
{
  for (guint i = 0; i < goldens->len; i++) {
    Golden *golden = goldens->pdata[i];

    ph_runner_clear (&golden->runner);
    json_decref (golden->golden);
    g_free (golden->model);
    g_free (golden->folder);
    g_free (golden);
  }
  g_ptr_array_unref (goldens);
  g_array_unref (answers);
  g_array_unref (traces);
}

static char *
picture_path (const json_t *entry)
{
  return g_build_filename (TEST_DATA "/golden/pictures", golden_text (entry, "picture"),
                           NULL);
}

START_TEST (the_golden_data_belong_to_these_weights)
{
  Golden *golden = goldens->pdata[_i];
  g_autofree char *path = g_build_filename (golden->model, "model.safetensors", NULL);
  g_autofree char *bytes = NULL, *sum = NULL;
  gsize n_bytes;

  ck_assert (g_file_get_contents (path, &bytes, &n_bytes, NULL));
  sum = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) bytes, n_bytes);
  ck_assert_msg (strcmp (sum, golden_text (golden->golden, "weights")) == 0,
                 "%s was replaced: run tests/reference/make_golden.py", path);
}
END_TEST

/* --- answers --- */

START_TEST (an_answer_is_that_of_the_reference)
{
  Case *given = &g_array_index (answers, Case, _i);
  PhRunner *runner = &given->golden->runner;
  const char *instruction = golden_text (given->entry, "instruction");
  g_autofree char *path = picture_path (given->entry);
  g_autoptr (GError) error = NULL;
  g_autoptr (PhPicture) picture = ph_picture_load (path, NULL, &error);
  g_auto (PhAnswer) answer = { 0 };
  PhPass pass = { .context = &runner->context };
  PhQuestionAsked question = { .picture = picture,
                               .prompt = instruction,
                               .sampling = PH_SAMPLING_GREEDY };

  ck_assert_msg (picture != NULL, "%s", error != NULL ? error->message : "");
  question.sampling.max_new_tokens =
      (int) golden_number (given->golden->golden, "max_new_tokens");
  ck_assert_msg (ph_model_ask (runner->model, &pass, &question, &answer, &error), "%s",
                 error != NULL ? error->message : "");
  assert_same_ids (answer.ids, json_object_get (given->entry, "ids"), instruction);
  ck_assert_str_eq (answer.text, golden_text (given->entry, "text"));
}
END_TEST

/* --- traces --- */

START_TEST (every_traced_tensor_is_that_of_the_reference)
{
  Case *given = &g_array_index (traces, Case, _i);
  const Golden *golden = given->golden;
  g_autofree char *path =
      g_build_filename (golden->folder, golden_text (given->entry, "file"), NULL);
  g_autofree char *picture = picture_path (given->entry);
  g_autoptr (PhSafetensors) want = ph_safetensors_open (path, NULL);
  g_autoptr (PhSafetensors) traced =
      trace_run (golden->model, picture, golden_text (given->entry, "instruction"),
                 golden_number (golden->golden, "max_new_tokens"));

  ck_assert_msg (want != NULL, "%s cannot be read", path);
  ck_assert_uint_eq (ph_safetensors_get_n_tensors (want),
                     ph_safetensors_get_n_tensors (traced));
  assert_traced (traced, want, golden_number (given->entry, "row_step"), path);
}
END_TEST

int
main (void)
{
  Suite *suite = suite_create ("golden");
  TCase *all = tcase_create ("all");
  SRunner *runner = srunner_create (suite);
  int n_failed;

  open_all ();
  tcase_set_timeout (all, 0);
  tcase_add_loop_test (all, the_golden_data_belong_to_these_weights, 0,
                       (int) goldens->len);
  tcase_add_loop_test (all, an_answer_is_that_of_the_reference, 0, (int) answers->len);
  tcase_add_loop_test (all, every_traced_tensor_is_that_of_the_reference, 0,
                       (int) traces->len);
  suite_add_tcase (suite, all);

  srunner_run_all (runner, CK_NORMAL);
  n_failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  close_all ();
  return n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

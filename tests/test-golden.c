/* The engine against transformers, without Python: tests/reference/make_golden.py left
 * in tests/data/golden, for a random model of unusual sizes and for each that ships, what
 * InstructBlipForConditionalGeneration answers about some pictures and the tensors on
 * the way there. */
#include "core/engine/runner.h"
#include "core/formats/json.h"
#include "core/formats/safetensors.h"
#include "core/vision/decode.h"

#include <check.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TOLERANCE 2e-4       /* of the rms of a tensor */
#define PIXEL_TOLERANCE 1e-6 /* absolute */

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

static const char *
text_of (const json_t *object, const char *name)
{
  const char *text = json_string_value (json_object_get (object, name));

  if (text == NULL)
    g_error ("golden.json: an entry without %s", name);
  return text;
}

static size_t
number_of (const json_t *object, const char *name)
{
  json_int_t number = json_integer_value (json_object_get (object, name));

  if (number <= 0)
    g_error ("golden.json: an entry without %s", name);
  return (size_t) number;
}

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
  self->model = g_build_filename (PROJECT_ROOT, text_of (self->golden, "model"), NULL);
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
  return g_build_filename (TEST_DATA "/golden/pictures", text_of (entry, "picture"),
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
  ck_assert_msg (strcmp (sum, text_of (golden->golden, "weights")) == 0,
                 "%s was replaced: run tests/reference/make_golden.py", path);
}
END_TEST

/* --- answers --- */

static void
assert_same_ids (const GArray *ids, const json_t *wanted, const char *instruction)
{
  ck_assert_msg (ids->len == json_array_size (wanted), "%s: %u ids, not %zu", instruction,
                 ids->len, json_array_size (wanted));
  for (guint i = 0; i < ids->len; i++) {
    json_int_t id = json_integer_value (json_array_get (wanted, i));

    ck_assert_msg (g_array_index (ids, int32_t, i) == id, "%s: id %u is %d, not %lld",
                   instruction, i, g_array_index (ids, int32_t, i), (long long) id);
  }
}

START_TEST (an_answer_is_that_of_the_reference)
{
  Case *given = &g_array_index (answers, Case, _i);
  PhRunner *runner = &given->golden->runner;
  const char *instruction = text_of (given->entry, "instruction");
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
      (int) number_of (given->golden->golden, "max_new_tokens");
  ck_assert_msg (ph_model_ask (runner->model, &pass, &question, &answer, &error), "%s",
                 error != NULL ? error->message : "");
  assert_same_ids (answer.ids, json_object_get (given->entry, "ids"), instruction);
  ck_assert_str_eq (answer.text, text_of (given->entry, "text"));
}
END_TEST

/* --- traces --- */

/* What `pinhole-cli trace` writes for @given. */
static PhSafetensors *
trace (const Case *given)
{
  g_autofree char *picture = picture_path (given->entry);
  g_autofree char *output =
      g_strdup_printf ("%s/pinhole-golden-%d.safetensors", g_get_tmp_dir (), getpid ());
  g_autofree char *limit =
      g_strdup_printf ("%zu", number_of (given->golden->golden, "max_new_tokens"));
  const char *argv[] = { PINHOLE_CLI,
                         "trace",
                         "--model",
                         given->golden->model,
                         "--image",
                         picture,
                         "--prompt",
                         text_of (given->entry, "instruction"),
                         "--max-new-tokens",
                         limit,
                         "--output",
                         output,
                         NULL };
  g_autoptr (GError) error = NULL;
  PhSafetensors *traced;
  int status = -1;

  ck_assert (g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL,
                           NULL, &status, NULL));
  ck_assert_int_eq (status, 0);
  traced = ph_safetensors_open (output, &error);
  ck_assert_msg (traced != NULL, "%s", error != NULL ? error->message : "");
  g_unlink (output);
  return traced;
}

/* A tensor as stacks of rows. */
typedef struct {
  size_t n_stacks, n_rows, width;
  float *values; /* owned: what is mapped is aligned to nothing */
} Rows;

static Rows
rows_of (const PhStoredTensor *tensor)
{
  size_t n = tensor->n_bytes / sizeof (float);
  Rows rows = { .width = tensor->dims[tensor->n_dims - 1],
                .n_rows = tensor->n_dims > 1 ? tensor->dims[tensor->n_dims - 2] : 1,
                .values = g_memdup2 (tensor->data, tensor->n_bytes) };

  rows.n_stacks = n / (rows.n_rows * rows.width);
  return rows;
}

static double
root_mean_square (const float *x, size_t n)
{
  double sum = 0;

  for (size_t i = 0; i < n; i++)
    sum += (double) x[i] * x[i];
  return sqrt (sum / (double) n);
}

/* The largest difference from @want, which has every @step-th row of @got; infinite if
 * anything is not a number. */
static double
largest_difference (const Rows *got, const Rows *want, size_t step)
{
  double largest = 0;

  for (size_t row = 0; row < want->n_stacks * want->n_rows; row++) {
    size_t stack = row / want->n_rows, r = row % want->n_rows;
    const float *x = got->values + (stack * got->n_rows + r * step) * got->width;
    const float *y = want->values + row * want->width;

    for (size_t i = 0; i < want->width; i++) {
      double difference = fabs ((double) x[i] - y[i]);

      largest = isfinite (difference) ? MAX (largest, difference) : INFINITY;
    }
  }
  return largest;
}

static void
assert_close (const PhStoredTensor *got, const PhStoredTensor *want, size_t step)
{
  Rows x = rows_of (got), y = rows_of (want);
  bool pixels = g_str_equal (want->name, "pixel_values");
  double allowed =
      pixels ? PIXEL_TOLERANCE
             : TOLERANCE * root_mean_square (y.values, want->n_bytes / sizeof (float));
  double difference;

  ck_assert_msg (
      x.n_stacks == y.n_stacks && (x.n_rows + step - 1) / step == y.n_rows &&
          x.width == y.width,
      "%s: %zu by %zu by %zu, of which every %zu. row is not %zu by %zu by %zu",
      want->name, x.n_stacks, x.n_rows, x.width, step, y.n_stacks, y.n_rows, y.width);
  difference = largest_difference (&x, &y, step);
  ck_assert_msg (difference <= allowed, "%s: %g away, at most %g", want->name, difference,
                 allowed);
  g_free (x.values);
  g_free (y.values);
}

START_TEST (every_traced_tensor_is_that_of_the_reference)
{
  Case *given = &g_array_index (traces, Case, _i);
  g_autofree char *path =
      g_build_filename (given->golden->folder, text_of (given->entry, "file"), NULL);
  size_t step = number_of (given->entry, "row_step");
  g_autoptr (PhSafetensors) golden = ph_safetensors_open (path, NULL);
  g_autoptr (PhSafetensors) traced = trace (given);

  ck_assert_msg (golden != NULL, "%s cannot be read", path);
  ck_assert_uint_eq (ph_safetensors_get_n_tensors (golden),
                     ph_safetensors_get_n_tensors (traced));
  for (size_t i = 0; i < ph_safetensors_get_n_tensors (golden); i++) {
    const PhStoredTensor *want = ph_safetensors_get (golden, i);
    const PhStoredTensor *got = ph_safetensors_find (traced, want->name);

    ck_assert_msg (got != NULL, "%s is not traced", want->name);
    ck_assert_str_eq (got->type, want->type);
    if (g_str_equal (want->type, "F32"))
      assert_close (got, want, step);
    else
      ck_assert_msg (got->n_bytes == want->n_bytes &&
                         memcmp (got->data, want->data, want->n_bytes) == 0,
                     "%s differs", want->name);
  }
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

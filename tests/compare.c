#include "tests/compare.h"

#include <check.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#define TOLERANCE 2e-4       /* of the rms of a tensor */
#define PIXEL_TOLERANCE 1e-6 /* absolute */

const char *
golden_text (const json_t *object, const char *name)
{
  const char *text = json_string_value (json_object_get (object, name));

  if (text == NULL)
    g_error ("golden.json: an entry without %s", name);
  return text;
}

size_t
golden_number (const json_t *object, const char *name)
{
  json_int_t number = json_integer_value (json_object_get (object, name));

  if (number <= 0)
    g_error ("golden.json: an entry without %s", name);
  return (size_t) number;
}

/* --- tensors --- */

/* Of one run, with the options that @more begins with. */
static PhSafetensors *
trace (const char *model,
       const char *picture,
       const char *const *more,
       const char *prompt)
{
  g_autofree char *output =
      g_strdup_printf ("%s/pinhole-golden-%d.safetensors", g_get_tmp_dir (), getpid ());
  g_autoptr (GStrvBuilder) argv = g_strv_builder_new ();
  g_auto (GStrv) arguments = NULL;
  g_autoptr (GError) error = NULL;
  PhSafetensors *traced;
  int status = -1;

  g_strv_builder_add_many (argv, PINHOLE_CLI, "trace", "--model", model, "--image",
                           picture, "--output", output, NULL);
  g_strv_builder_addv (argv, (const char **) more);
  if (prompt != NULL)
    g_strv_builder_add_many (argv, "--prompt", prompt, NULL);
  arguments = g_strv_builder_end (argv);
  ck_assert (g_spawn_sync (NULL, arguments, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL,
                           &status, NULL));
  ck_assert_msg (status == 0, "%s cannot be traced", model);
  traced = ph_safetensors_open (output, &error);
  ck_assert_msg (traced != NULL, "%s", error != NULL ? error->message : "");
  g_unlink (output);
  return traced;
}

PhSafetensors *
trace_run (const char *model, const char *picture, const char *prompt, size_t limit)
{
  g_autofree char *n = g_strdup_printf ("%zu", limit);
  const char *const more[] = { "--max-new-tokens", n, NULL };

  return trace (model, picture, more, prompt);
}

PhSafetensors *
trace_grad_cam (const char *model,
                const char *picture,
                const char *text,
                const char *layer)
{
  const char *const more[] = { "--grad-cam", "--layer", layer, NULL };

  return trace (model, picture, more, text);
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
assert_close (const PhStoredTensor *got,
              const PhStoredTensor *want,
              size_t step,
              const char *about)
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
      "%s: %s: %zu by %zu by %zu, of which every %zu. row is not %zu by %zu by %zu",
      about, want->name, x.n_stacks, x.n_rows, x.width, step, y.n_stacks, y.n_rows,
      y.width);
  difference = largest_difference (&x, &y, step);
  ck_assert_msg (difference <= allowed, "%s: %s: %g away, at most %g", about, want->name,
                 difference, allowed);
  g_free (x.values);
  g_free (y.values);
}

static void
assert_same_bytes (const PhStoredTensor *got,
                   const PhStoredTensor *want,
                   const char *about)
{
  ck_assert_msg (got->n_bytes == want->n_bytes &&
                     memcmp (got->data, want->data, want->n_bytes) == 0,
                 "%s: %s differs", about, want->name);
}

size_t
assert_traced (const PhSafetensors *got,
               const PhSafetensors *want,
               size_t step,
               const char *about)
{
  size_t n = ph_safetensors_get_n_tensors (want);

  for (size_t i = 0; i < n; i++) {
    const PhStoredTensor *tensor = ph_safetensors_get (want, i);
    const PhStoredTensor *other = ph_safetensors_find (got, tensor->name);

    ck_assert_msg (other != NULL, "%s: %s is not traced", about, tensor->name);
    ck_assert_msg (g_str_equal (other->type, tensor->type), "%s: %s is %s, not %s", about,
                   tensor->name, other->type, tensor->type);
    if (g_str_equal (tensor->type, "F32"))
      assert_close (other, tensor, step, about);
    else
      assert_same_bytes (other, tensor, about);
  }
  return n;
}

/* --- answers --- */

void
assert_same_ids (const GArray *ids, const json_t *want, const char *about)
{
  ck_assert_msg (ids->len == json_array_size (want), "%s: %u ids, not %zu", about,
                 ids->len, json_array_size (want));
  for (guint i = 0; i < ids->len; i++) {
    json_int_t id = json_integer_value (json_array_get (want, i));

    ck_assert_msg (g_array_index (ids, int32_t, i) == id, "%s: id %u is %d, not %lld",
                   about, i, g_array_index (ids, int32_t, i), (long long) id);
  }
}

#include "core/models/positions.h"

#include "core/base/error.h"
#include "core/tensor/ops.h"

#include <math.h>
#include <string.h>

#define A (-0.75f)
#define N_TAPS 4

/* The four rows (or columns) of the table that make one of the result. */
typedef struct {
  size_t at[N_TAPS];
  float weights[N_TAPS];
} Taps;

/* Keys' cubic convolution kernel, within and beyond one step. */
static float
near_weight (float x)
{
  return ((A + 2) * x - (A + 3)) * x * x + 1;
}

static float
far_weight (float x)
{
  return ((A * x - 5 * A) * x + 8 * A) * x - 4 * A;
}

static Taps
find_taps (size_t out, size_t n_out, size_t n_in)
{
  float scale = (float) n_in / (float) n_out;
  float center = ((float) out + 0.5f) * scale - 0.5f;
  float first = floorf (center), t = center - first;
  Taps taps = { .weights = { far_weight (t + 1), near_weight (t), near_weight (1 - t),
                             far_weight (2 - t) } };

  for (int i = 0; i < N_TAPS; i++)
    taps.at[i] = (size_t) CLAMP ((int) first - 1 + i, 0, (int) n_in - 1);
  return taps;
}

/* Adds the four columns of one row of the table, weighed, to @out. */
static void
add_row (const float *row, const Taps *columns, float weight, size_t width, float *out)
{
  for (int i = 0; i < N_TAPS; i++) {
    const float *patch = row + columns->at[i] * width;

    for (size_t c = 0; c < width; c++)
      out[c] += weight * columns->weights[i] * patch[c];
  }
}

static void
interpolate (const float *table, size_t n_in, size_t n_out, size_t width, float *out)
{
  for (size_t y = 0; y < n_out; y++) {
    Taps rows = find_taps (y, n_out, n_in);

    for (size_t x = 0; x < n_out; x++, out += width) {
      Taps columns = find_taps (x, n_out, n_in);

      memset (out, 0, width * sizeof *out);
      for (int i = 0; i < N_TAPS; i++)
        add_row (table + rows.at[i] * n_in * width, &columns, rows.weights[i], width,
                 out);
    }
  }
}

/* The table as floats, in @c's arena. */
static const float *
widen (PhContext *c, const PhTensor *table)
{
  size_t n = table->dims[1];
  g_autofree int32_t *all = g_new (int32_t, n);
  PhTensor rows = *table;

  rows.n_dims = 2;
  rows.dims[0] = n;
  rows.dims[1] = table->dims[2];
  for (size_t i = 0; i < n; i++)
    all[i] = (int32_t) i;
  return ph_take (c, &rows, all, n)->data;
}

bool
ph_positions_interpolate (const PhTensor *table,
                          size_t side,
                          PhTensor *out,
                          GError **error)
{
  size_t width = table->dims[2], n = 1 + side * side;
  size_t n_in = (size_t) lround (sqrt ((double) (table->dims[1] - 1)));
  float *data = g_try_new (float, n *width);
  PhContext context = { 0 };
  const float *values;

  if (data == NULL)
    return ph_fail (error, PH_ERROR_MEMORY, "no memory for %zu positions", n);

  context.arena = ph_arena_new ();
  values = widen (&context, table);
  memcpy (data, values, width * sizeof *data);
  interpolate (values + width, n_in, side, width, data + width);
  ph_arena_free (context.arena);

  *out = (PhTensor){
    .type = PH_F32, .n_dims = 3, .dims = { 1, n, width }, .data = data, .slot = PH_NO_SLOT
  };
  return true;
}

#include "core/base/shares.h"

#include "core/base/checked.h"

#include <math.h>
#include <string.h>

#define STEPS 255.0f

/* What attention can be.  Below, a step's inverse would leave what a float can hold;
 * above, a sum of rows would. */
#define LEAST 1e-30f
#define MOST 1e8f

static void
allocate (PhShares *self, size_t n_rows, size_t n_columns)
{
  self->n_rows = n_rows;
  self->n_columns = n_columns;
  self->scales = g_new0 (float, n_rows);
  self->values = g_malloc0 (n_rows * n_columns);
}

/* Of the numbers among them: damaged weights make some that are none. */
static float
largest (const float *row, size_t n)
{
  float peak = 0;

  for (size_t i = 0; i < n; i++)
    if (row[i] > peak && row[i] <= MOST)
      peak = row[i];
  return peak;
}

static uint8_t
pack (float value, float steps)
{
  return value > 0 && value <= MOST ? (uint8_t) (value * steps + 0.5f) : 0;
}

void
ph_shares_init (PhShares *self, size_t n_rows, size_t n_columns, const float *values)
{
  allocate (self, n_rows, n_columns);
  for (size_t r = 0; r < n_rows; r++) {
    const float *row = values + r * n_columns;
    float peak = largest (row, n_columns);
    float steps = peak > LEAST ? STEPS / peak : 0;

    self->scales[r] = peak / STEPS;
    for (size_t k = 0; k < n_columns; k++)
      self->values[r * n_columns + k] = pack (row[k], steps);
  }
}

void
ph_shares_clear (PhShares *self)
{
  g_free (self->scales);
  g_free (self->values);
  *self = (PhShares){ 0 };
}

static void
add_row (const PhShares *self, size_t row, float *sums)
{
  const uint8_t *values = self->values + row * self->n_columns;

  for (size_t k = 0; k < self->n_columns; k++)
    sums[k] += self->scales[row] * values[k];
}

typedef struct {
  int first, end;
} Range;

static Range
range_of (int size, int chosen)
{
  g_assert (chosen >= PH_SHARES_MEAN && chosen < size);
  return chosen < 0 ? (Range){ 0, size } : (Range){ chosen, chosen + 1 };
}

void
ph_shares_mean (const PhShares *self,
                const int sizes[3],
                const int chosen[3],
                float *mean)
{
  Range a = range_of (sizes[0], chosen[0]), b = range_of (sizes[1], chosen[1]),
        c = range_of (sizes[2], chosen[2]);
  int n = (a.end - a.first) * (b.end - b.first) * (c.end - c.first);

  memset (mean, 0, self->n_columns * sizeof *mean);
  for (int i = a.first; i < a.end; i++)
    for (int j = b.first; j < b.end; j++)
      for (int k = c.first; k < c.end; k++)
        add_row (self,
                 ((size_t) i * (size_t) sizes[1] + (size_t) j) * (size_t) sizes[2] +
                     (size_t) k,
                 mean);
  for (size_t k = 0; k < self->n_columns; k++)
    mean[k] /= (float) n;
}

void
ph_shares_write (const PhShares *self, GByteArray *out)
{
  for (size_t r = 0; r < self->n_rows; r++)
    ph_blob_add_float (out, self->scales[r]);
  g_byte_array_append (out, self->values, (guint) (self->n_rows * self->n_columns));
}

bool
ph_shares_read (PhShares *self, uint64_t n_rows, uint64_t n_columns, PhBlob *from)
{
  const uint8_t *bytes;
  uint64_t n_bytes;

  if (!ph_add_ok (n_columns, sizeof (float), &n_bytes) ||
      !ph_mul_ok (n_rows, n_bytes, &n_bytes) || n_bytes > from->n_left)
    return false;

  allocate (self, n_rows, n_columns);
  for (size_t r = 0; r < n_rows; r++) {
    float scale;

    ph_blob_take (from, sizeof scale, &bytes);
    scale = ph_blob_float (bytes);
    self->scales[r] = scale >= 0 && scale <= MOST / STEPS ? scale : 0;
  }
  ph_blob_take (from, n_rows * n_columns, &bytes);
  memcpy (self->values, bytes, n_rows * n_columns);
  return true;
}

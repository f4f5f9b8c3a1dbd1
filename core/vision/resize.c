/* Pillow's resize for 8-bit pictures: one pass along the rows, then one along the
 * columns. Every output sample is a weighted sum of the input samples under a bicubic
 * kernel; the weights of an axis are made once and kept as 22-bit fixed point, and each
 * pass rounds and clips to 8 bits.  The order of the roundings is what makes the result
 * the same. */
#include "core/vision/preprocess.h"

#include <math.h>

#define N_CHANNELS 3
#define PRECISION                                                                        \
  22 /* bits behind the point: 8 are for the sample, 2 for the overshoot */
#define A (-0.5)
#define RADIUS 2.0

/* The weights of one axis. */
typedef struct {
  int n_out;
  int stride;       /* weights kept for each output sample */
  int *first;       /* input sample that the first weight is for */
  int *n;           /* how many weights */
  int32_t *weights; /* output by stride, in fixed point */
} Axis;

/* Keys' cubic convolution kernel. */
static double
bicubic (double x)
{
  x = fabs (x);
  if (x < 1.0)
    return ((A + 2.0) * x - (A + 3.0)) * x * x + 1;
  if (x < 2.0)
    return (((x - 5) * x + 8) * x - 4) * A;
  return 0.0;
}

static int32_t
to_fixed (double weight)
{
  double scaled = weight * (1 << PRECISION);

  return (int32_t) (scaled < 0 ? scaled - 0.5 : scaled + 0.5);
}

static void
weigh (Axis *self, int out, int n_in, double *kernel)
{
  double scale = (double) n_in / self->n_out;
  double widening = MAX (scale, 1.0);
  double support = RADIUS * widening;
  double center = (out + 0.5) * scale;
  int first = MAX ((int) (center - support + 0.5), 0);
  int n = MIN ((int) (center + support + 0.5), n_in) - first;
  double total = 0;

  for (int i = 0; i < n; i++) {
    kernel[i] = bicubic ((i + first - center + 0.5) * (1.0 / widening));
    total += kernel[i];
  }
  for (int i = 0; i < n; i++)
    self->weights[(size_t) out * (size_t) self->stride + (size_t) i] =
        to_fixed (total != 0 ? kernel[i] / total : kernel[i]);
  self->first[out] = first;
  self->n[out] = n;
}

static void
axis_init (Axis *self, int n_in, int n_out)
{
  double widening = MAX ((double) n_in / n_out, 1.0);
  g_autofree double *kernel = NULL;

  self->n_out = n_out;
  self->stride = (int) ceil (RADIUS * widening) * 2 + 1;
  self->first = g_new (int, n_out);
  self->n = g_new (int, n_out);
  self->weights = g_new (int32_t, (size_t) n_out * (size_t) self->stride);
  kernel = g_new (double, self->stride);
  for (int out = 0; out < n_out; out++)
    weigh (self, out, n_in, kernel);
}

static void
axis_clear (Axis *self)
{
  g_free (self->first);
  g_free (self->n);
  g_free (self->weights);
}

/* One half, so that cutting the fraction off rounds. */
#define HALF (1 << (PRECISION - 1))

static uint8_t
to_sample (int32_t sum)
{
  return (uint8_t) CLAMP (sum >> PRECISION, 0, 255);
}

static void
resize_row (const Axis *axis, const uint8_t *row, uint8_t *out)
{
  for (int x = 0; x < axis->n_out; x++) {
    const int32_t *weights = axis->weights + (size_t) x * (size_t) axis->stride;
    const uint8_t *in = row + (size_t) axis->first[x] * N_CHANNELS;
    int32_t red = HALF, green = HALF, blue = HALF;

    for (int i = 0; i < axis->n[x]; i++, in += N_CHANNELS) {
      red += weights[i] * in[0];
      green += weights[i] * in[1];
      blue += weights[i] * in[2];
    }
    *out++ = to_sample (red);
    *out++ = to_sample (green);
    *out++ = to_sample (blue);
  }
}

/* All columns of one output row at once, input row by input row: that is the order the
 * samples lie in. */
static void
resize_column (const Axis *axis,
               int y,
               const uint8_t *rows,
               size_t row_bytes,
               int32_t *sums,
               uint8_t *out)
{
  const int32_t *weights = axis->weights + (size_t) y * (size_t) axis->stride;

  for (size_t i = 0; i < row_bytes; i++)
    sums[i] = HALF;
  for (int k = 0; k < axis->n[y]; k++) {
    const uint8_t *row = rows + (size_t) (axis->first[y] + k) * row_bytes;

    for (size_t i = 0; i < row_bytes; i++)
      sums[i] += weights[k] * row[i];
  }
  for (size_t i = 0; i < row_bytes; i++)
    out[i] = to_sample (sums[i]);
}

/* --- the passes; one that would keep the length changes nothing --- */

static PhPicture *
resize_rows (const PhPicture *picture, int width)
{
  size_t in_bytes = (size_t) picture->width * N_CHANNELS,
         out_bytes = (size_t) width * N_CHANNELS;
  size_t n_bytes = (size_t) picture->height * out_bytes;
  const uint8_t *in = ph_picture_get_rgb (picture);
  uint8_t *out = g_malloc (n_bytes);
  Axis axis;

  axis_init (&axis, picture->width, width);
  for (int y = 0; y < picture->height; y++)
    resize_row (&axis, in + (size_t) y * in_bytes, out + (size_t) y * out_bytes);
  axis_clear (&axis);
  return ph_picture_new_take (width, picture->height, g_bytes_new_take (out, n_bytes));
}

static PhPicture *
resize_columns (const PhPicture *picture, int height)
{
  size_t row_bytes = (size_t) picture->width * N_CHANNELS;
  size_t n_bytes = (size_t) height * row_bytes;
  g_autofree int32_t *sums = g_new (int32_t, row_bytes);
  uint8_t *out = g_malloc (n_bytes);
  Axis axis;

  axis_init (&axis, picture->height, height);
  for (int y = 0; y < height; y++)
    resize_column (&axis, y, ph_picture_get_rgb (picture), row_bytes, sums,
                   out + (size_t) y * row_bytes);
  axis_clear (&axis);
  return ph_picture_new_take (picture->width, height, g_bytes_new_take (out, n_bytes));
}

/* Pillow 13 begins with the columns if they lose more than twice as many samples as the
 * rows do; older ones always begin with the rows.  Since each pass rounds and clips, the
 * order shows in the result. */
static bool
columns_come_first (const PhPicture *picture, int width, int height)
{
  int lost_height = picture->height - height, lost_width = picture->width - width;

  return lost_height > 0 && lost_height > 2 * lost_width;
}

PhPicture *
ph_resize (const PhPicture *picture, int width, int height)
{
  g_autoptr (PhPicture) between = NULL;

  if (columns_come_first (picture, width, height)) {
    between = resize_columns (picture, height);
    return resize_rows (between, width);
  }
  between = resize_rows (picture, width);
  return resize_columns (between, height);
}

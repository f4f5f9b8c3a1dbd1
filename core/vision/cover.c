#include "core/vision/cover.h"

#include <string.h>

#define N_CHANNELS 3
#define N_BOXES 3

/* --- out of focus --- */

/* The mean of 2 radius + 1 neighbours on a line whose elements are @stride apart; its
 * ends go on as they are. */
static void
box_line (const float *in, float *out, int n, size_t stride, int radius)
{
  double sum = 0;

  for (int i = -radius; i <= radius; i++)
    sum += in[(size_t) CLAMP (i, 0, n - 1) * stride];
  for (int i = 0; i < n; i++) {
    out[(size_t) i * stride] = (float) (sum / (2 * radius + 1));
    sum += in[(size_t) MIN (i + radius + 1, n - 1) * stride];
    sum -= in[(size_t) MAX (i - radius, 0) * stride];
  }
}

/* Three boxes on each axis are all but a Gaussian, whose deviation is their radius, and
 * cost the same whatever it is. */
static float *
dup_blurred (const float *plane, int side, int radius)
{
  size_t width = (size_t) side;
  float *blurred = g_memdup2 (plane, width * width * sizeof *blurred);
  g_autofree float *other = g_new (float, width *width);

  for (int box = 0; box < N_BOXES; box++) {
    for (size_t row = 0; row < width; row++)
      box_line (blurred + row * width, other + row * width, side, 1, radius);
    for (size_t column = 0; column < width; column++)
      box_line (other + column, blurred + column, side, width, radius);
  }
  return blurred;
}

/* --- one colour --- */

static float
mean_of (const float *plane, size_t n)
{
  double sum = 0;

  for (size_t i = 0; i < n; i++)
    sum += plane[i];
  return (float) (sum / (double) n);
}

static float *
dup_even (const PhPreprocess *preprocess, const float *plane, int channel, PhCover how)
{
  size_t n = (size_t) preprocess->side * (size_t) preprocess->side;
  float *even = g_new (float, n), value = 0;

  if (how == PH_COVER_MEAN)
    value = mean_of (plane, n);
  else if (how == PH_COVER_GREY)
    value = (0.5f - preprocess->mean[channel]) / preprocess->std[channel];
  for (size_t i = 0; i < n; i++)
    even[i] = value;
  return even;
}

/* --- patches --- */

static void
copy_patch (float *plane, const float *from, int side, int patch, int number)
{
  int n_columns = side / patch;
  size_t first = (size_t) (number / n_columns * patch) * (size_t) side +
                 (size_t) (number % n_columns * patch);

  g_assert (number >= 0 && number < n_columns * n_columns);
  for (int row = 0; row < patch; row++, first += (size_t) side)
    memcpy (plane + first, from + first, (size_t) patch * sizeof *plane);
}

void
ph_cover_patches (const PhPreprocess *preprocess,
                  float *pixels,
                  int patch,
                  const int *patches,
                  size_t n_patches,
                  PhCover how)
{
  int side = preprocess->side;

  for (int channel = 0; channel < N_CHANNELS; channel++) {
    float *plane = pixels + (size_t) channel * (size_t) side * (size_t) side;
    g_autofree float *cover = how == PH_COVER_BLUR
                                  ? dup_blurred (plane, side, patch)
                                  : dup_even (preprocess, plane, channel, how);

    for (size_t i = 0; i < n_patches; i++)
      copy_patch (plane, cover, side, patch, patches[i]);
  }
}

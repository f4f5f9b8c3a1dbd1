#include "core/base/measures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MEDIAN_DISTANCES 6
#define EVEN_SHARES 4

static double
sum_of (const float *map, size_t n)
{
  double sum = 0;

  for (size_t i = 0; i < n; i++)
    sum += map[i];
  return sum;
}

/* --- one map --- */

float
ph_measure_scale (float *map, size_t n)
{
  double sum = sum_of (map, n);

  for (size_t i = 0; sum > 0 && i < n; i++)
    map[i] /= (float) sum;
  return (float) sum;
}

float
ph_measure_entropy (const float *map, size_t n)
{
  double sum = sum_of (map, n), entropy = 0;

  for (size_t i = 0; sum > 0 && i < n; i++)
    if (map[i] > 0)
      entropy -= map[i] / sum * log2 (map[i] / sum);
  return (float) entropy;
}

size_t
ph_measure_peak (const float *map, size_t n)
{
  size_t peak = 0;

  for (size_t i = 1; i < n; i++)
    if (map[i] > map[peak])
      peak = i;
  return peak;
}

static int
ascending (const void *a, const void *b)
{
  float x = *(const float *) a, y = *(const float *) b;

  return (x > y) - (x < y);
}

size_t
ph_measure_coverage (const float *map, size_t n, float part)
{
  g_autofree float *sorted = g_memdup2 (map, n * sizeof *sorted);
  double wanted = part * sum_of (map, n), held = 0;
  size_t count = 0;

  if (!(wanted > 0))
    return 0;
  qsort (sorted, n, sizeof *sorted, ascending);
  while (count < n && held < wanted)
    held += sorted[n - ++count];
  return count;
}

typedef struct {
  float share;
  size_t number;
} Ranked;

static int
descending (const void *a, const void *b)
{
  const Ranked *x = a, *y = b;

  if (x->share != y->share)
    return x->share < y->share ? 1 : -1;
  return (x->number > y->number) - (x->number < y->number);
}

void
ph_measure_rank (const float *map, size_t n, size_t *order)
{
  g_autofree Ranked *ranked = g_new (Ranked, n);

  for (size_t i = 0; i < n; i++)
    ranked[i] = (Ranked){ map[i], i };
  qsort (ranked, n, sizeof *ranked, descending);
  for (size_t i = 0; i < n; i++)
    order[i] = ranked[i].number;
}

float
ph_measure_hide (float *map, size_t n, const bool *hidden)
{
  double whole = sum_of (map, n), rest;

  for (size_t i = 0; i < n; i++)
    map[i] = hidden[i] ? 0 : map[i];
  rest = ph_measure_scale (map, n);
  return whole > 0 ? (float) ((whole - rest) / whole) : 0;
}

/* --- two maps --- */

static double
product (const float *a, const float *b, size_t n)
{
  double sum = 0;

  for (size_t i = 0; i < n; i++)
    sum += (double) a[i] * b[i];
  return sum;
}

float
ph_measure_cosine (const float *a, const float *b, size_t n)
{
  double lengths = sqrt (product (a, a, n) * product (b, b, n));

  return lengths > 0 ? (float) (product (a, b, n) / lengths) : 0;
}

float
ph_measure_difference (const float *a, const float *b, size_t n, float *difference)
{
  float most = 0;

  for (size_t i = 0; i < n; i++) {
    difference[i] = a[i] - b[i];
    most = fmaxf (most, fabsf (difference[i]));
  }
  return most;
}

/* --- many maps --- */

void
ph_measure_similarities (const float *maps, size_t n_maps, size_t n, float *cosines)
{
  for (size_t i = 0; i < n_maps; i++)
    for (size_t j = i; j < n_maps; j++)
      cosines[i * n_maps + j] = cosines[j * n_maps + i] =
          ph_measure_cosine (maps + i * n, maps + j * n, n);
}

size_t
ph_measure_reach (const float *maps, size_t n_maps, size_t n, float part, bool *reached)
{
  g_autofree size_t *order = g_new (size_t, n);
  size_t n_reached = 0;

  memset (reached, 0, n * sizeof *reached);
  for (size_t m = 0; m < n_maps; m++) {
    size_t count = ph_measure_coverage (maps + m * n, n, part);

    ph_measure_rank (maps + m * n, n, order);
    for (size_t i = 0; i < count; i++)
      reached[order[i]] = true;
  }
  for (size_t i = 0; i < n; i++)
    n_reached += reached[i];
  return n_reached;
}

void
ph_measure_combine (const float *maps,
                    size_t n_maps,
                    size_t n,
                    PhCombine how,
                    float *combined)
{
  memset (combined, 0, n * sizeof *combined);
  for (size_t m = 0; m < n_maps; m++)
    for (size_t i = 0; i < n; i++) {
      float share = maps[m * n + i];

      combined[i] = how == PH_COMBINE_MAX ? fmaxf (combined[i], share)
                                          : combined[i] + share / (float) n_maps;
    }
}

void
ph_measure_compose (const float *maps,
                    const float *weights,
                    size_t n_maps,
                    size_t n,
                    float *composed)
{
  double total = sum_of (weights, n_maps);

  memset (composed, 0, n * sizeof *composed);
  for (size_t m = 0; total > 0 && m < n_maps; m++)
    for (size_t i = 0; i < n; i++)
      composed[i] += (float) (weights[m] / total) * maps[m * n + i];
}

static float
median (float *values, size_t n)
{
  qsort (values, n, sizeof *values, ascending);
  return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

/* Above what a patch of @map stands out.  @scratch has room for another map. */
static float
outlier_limit (const float *map, size_t n, float *scratch)
{
  float middle, even = (float) (EVEN_SHARES * sum_of (map, n) / (double) n);

  memcpy (scratch, map, n * sizeof *scratch);
  middle = median (scratch, n);
  for (size_t i = 0; i < n; i++)
    scratch[i] = fabsf (map[i] - middle);
  return fmaxf (middle + MEDIAN_DISTANCES * median (scratch, n), even);
}

size_t
ph_measure_artefacts (const float *maps, size_t n_maps, size_t n, bool *artefacts)
{
  g_autofree float *scratch = g_new (float, n);
  g_autofree size_t *times = g_new0 (size_t, n);
  size_t n_artefacts = 0;

  for (size_t m = 0; m < n_maps; m++) {
    const float *map = maps + m * n;
    float limit = outlier_limit (map, n, scratch);

    for (size_t i = 0; i < n; i++)
      times[i] += map[i] > limit;
  }
  for (size_t i = 0; i < n; i++) {
    artefacts[i] = 2 * times[i] > n_maps;
    n_artefacts += artefacts[i];
  }
  return n_artefacts;
}

float
ph_measure_top (PhScale scale, const float *maps, size_t n_maps, size_t n, size_t map)
{
  size_t first = scale == PH_SCALE_MAP ? map * n : 0;
  size_t n_looked_at = scale == PH_SCALE_MAP ? n : n_maps * n;

  if (scale == PH_SCALE_ABSOLUTE)
    return 1;
  return maps[first + ph_measure_peak (maps + first, n_looked_at)];
}

#include "ui/heat-map.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

static int
count_patches (const PhHeatMap *self)
{
  return self->n_rows * self->n_columns;
}

static float
amount (const PhHeatMap *self, int patch)
{
  return self->is_signed ? fabsf (self->patches[patch]) : self->patches[patch];
}

static void
find_peak (PhHeatMap *self)
{
  self->peak_patch = 0;
  for (int i = 1; i < count_patches (self); i++)
    if (amount (self, i) > amount (self, self->peak_patch))
      self->peak_patch = i;
  self->peak = self->patches[self->peak_patch];
  self->top = amount (self, self->peak_patch);
}

PhHeatMap *
ph_heat_map_new_take (int n_rows, int n_columns, float *patches, float class_share)
{
  PhHeatMap *self = g_new0 (PhHeatMap, 1);

  self->n_rows = n_rows;
  self->n_columns = n_columns;
  self->patches = patches;
  self->class_share = class_share;
  find_peak (self);
  return self;
}

PhHeatMap *
ph_heat_map_new (const PhSnapshot *snapshot, int layer, int head, int query)
{
  const PhSnapshotShape *shape = ph_snapshot_get_shape (snapshot);
  float *patches = g_new (float, (gsize) shape->n_rows *(gsize) shape->n_columns);
  float class_share = ph_snapshot_map (snapshot, layer, head, query, patches);

  return ph_heat_map_new_take (shape->n_rows, shape->n_columns, patches, class_share);
}

PhHeatMap *
ph_heat_map_new_difference (const PhHeatMap *a, const PhHeatMap *b)
{
  gsize n = (gsize) count_patches (a);
  PhHeatMap *self = g_new0 (PhHeatMap, 1);

  g_assert (a->n_rows == b->n_rows && a->n_columns == b->n_columns);
  self->n_rows = a->n_rows;
  self->n_columns = a->n_columns;
  self->patches = g_new (float, n);
  self->class_share = a->class_share - b->class_share;
  self->is_signed = true;
  ph_measure_difference (a->patches, b->patches, n, self->patches);
  find_peak (self);
  return self;
}

/* Class token first, as measures.h has it. */
static void
copy_keys (const PhHeatMap *self, float *keys)
{
  keys[0] = self->class_share;
  memcpy (keys + 1, self->patches, (gsize) count_patches (self) * sizeof *keys);
}

PhHeatMap *
ph_heat_map_new_combined (PhHeatMap *const *maps, size_t n, PhCombine how)
{
  gsize n_patches = (gsize) count_patches (maps[0]);
  gsize n_keys = 1 + n_patches;
  g_autofree float *all = g_new (float, n *n_keys);
  g_autofree float *combined = g_new (float, n_keys);

  for (size_t i = 0; i < n; i++)
    copy_keys (maps[i], all + i * n_keys);
  ph_measure_combine (all, n, n_keys, how, combined);
  return ph_heat_map_new_take (maps[0]->n_rows, maps[0]->n_columns,
                               g_memdup2 (combined + 1, n_patches * sizeof *combined),
                               combined[0]);
}

void
ph_heat_map_free (PhHeatMap *self)
{
  g_free (self->patches);
  g_free (self);
}

void
ph_heat_map_hide (PhHeatMap *self, const bool *hidden)
{
  gsize n = (gsize) count_patches (self);
  g_autofree float *keys = g_new (float, 1 + n);
  g_autofree bool *hidden_keys = g_new0 (bool, 1 + n);

  copy_keys (self, keys);
  memcpy (hidden_keys + 1, hidden, n * sizeof *hidden);
  self->taken_share = ph_measure_hide (keys, 1 + n, hidden_keys);
  self->class_share = keys[0];
  memcpy (self->patches, keys + 1, n * sizeof *keys);
  find_peak (self);
}

void
ph_heat_maps_scale (PhHeatMap *const *maps, size_t n, PhScale scale)
{
  float highest = 0;

  for (size_t i = 0; i < n; i++)
    highest = fmaxf (highest, fabsf (maps[i]->peak));
  for (size_t i = 0; i < n; i++)
    maps[i]->top = scale == PH_SCALE_MAP      ? fabsf (maps[i]->peak)
                   : scale == PH_SCALE_SHARED ? highest
                                              : 1;
}

double
ph_heat_map_get_relative (const PhHeatMap *self, int patch)
{
  double share = self->top > 0 ? (double) (self->patches[patch] / self->top) : 0;

  return self->is_signed ? (share + 1) / 2 : share;
}

PhColormap
ph_heat_map_get_colors (const PhHeatMap *self, PhColormap colors)
{
  return self->is_signed ? PH_COLORMAP_SIGNED : colors;
}

int
ph_heat_map_get_rank (const PhHeatMap *self, int patch)
{
  int rank = 1;

  for (int i = 0; i < count_patches (self); i++)
    rank += self->patches[i] > self->patches[patch];
  return rank;
}

char *
ph_heat_map_dup_share_text (float share)
{
  return g_strdup_printf ("%.1f %%", 100 * (double) share);
}

char *
ph_heat_map_dup_patch_text (const PhHeatMap *self, int patch)
{
  g_autofree char *share = ph_heat_map_dup_share_text (self->patches[patch]);

  /* Translators: the last is a share, "6.1 %". */
  return g_strdup_printf (_ ("row %d, column %d: %s"), patch / self->n_columns + 1,
                          patch % self->n_columns + 1, share);
}

char *
ph_heat_map_dup_rank_text (const PhHeatMap *self, int patch)
{
  static const char *const ranks[] = { N_ ("highest"), N_ ("second highest"),
                                       N_ ("third highest") };
  int rank = ph_heat_map_get_rank (self, patch);

  if (rank <= (int) G_N_ELEMENTS (ranks))
    return g_strdup (_ (ranks[rank - 1]));
  /* Translators: a place in the order of shares, the highest first. */
  return g_strdup_printf (_ ("no. %d of %d"), rank, count_patches (self));
}

#define N_REGIONS 9

typedef struct {
  float share;
  int n_patches;
} Region;

/* The grid in thirds. */
static void
sum_regions (const PhHeatMap *self, Region *regions)
{
  for (int i = 0; i < count_patches (self); i++) {
    int row = 3 * (i / self->n_columns) / self->n_rows;
    int column = 3 * (i % self->n_columns) / self->n_columns;
    Region *region = &regions[3 * row + column];

    region->share += amount (self, i);
    region->n_patches++;
  }
}

char *
ph_heat_map_dup_summary (const PhHeatMap *self)
{
  static const char *const names[N_REGIONS] = { N_ ("upper left"),  N_ ("top"),
                                                N_ ("upper right"), N_ ("left"),
                                                N_ ("middle"),      N_ ("right"),
                                                N_ ("lower left"),  N_ ("bottom"),
                                                N_ ("lower right") };
  Region regions[N_REGIONS] = { 0 };
  int best = 0;

  sum_regions (self, regions);
  for (int i = 1; i < N_REGIONS; i++)
    if (regions[i].share > regions[best].share)
      best = i;
  if (self->is_signed)
    return g_strdup_printf (_ ("most difference: %s"), _ (names[best]));
  return g_strdup_printf (
      ngettext ("most attention: %s, %.0f %% in %d patch; %.0f %% on the class token",
                "most attention: %s, %.0f %% in %d patches; %.0f %% on the class token",
                (gulong) regions[best].n_patches),
      _ (names[best]), 100 * (double) regions[best].share, regions[best].n_patches,
      100 * (double) self->class_share);
}

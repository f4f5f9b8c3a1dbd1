#include "ui/heat-map.h"

static void
find_peak (PhHeatMap *self)
{
  int n = self->n_rows * self->n_columns;

  for (int i = 1; i < n; i++)
    if (self->patches[i] > self->patches[self->peak_patch])
      self->peak_patch = i;
  self->peak = self->patches[self->peak_patch];
}

PhHeatMap *
ph_heat_map_new (const PhSnapshot *snapshot, int layer, int head, int query)
{
  const PhSnapshotShape *shape = ph_snapshot_get_shape (snapshot);
  PhHeatMap *self = g_new0 (PhHeatMap, 1);

  self->n_rows = shape->n_rows;
  self->n_columns = shape->n_columns;
  self->patches = g_new (float, (gsize) shape->n_rows *(gsize) shape->n_columns);
  self->class_share = ph_snapshot_map (snapshot, layer, head, query, self->patches);
  find_peak (self);
  return self;
}

void
ph_heat_map_free (PhHeatMap *self)
{
  g_free (self->patches);
  g_free (self);
}

double
ph_heat_map_get_relative (const PhHeatMap *self, int patch)
{
  return self->peak > 0 ? (double) (self->patches[patch] / self->peak) : 0;
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

  return g_strdup_printf ("row %d, column %d: %s", patch / self->n_columns + 1,
                          patch % self->n_columns + 1, share);
}

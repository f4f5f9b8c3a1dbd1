#include "ui/views/pair.h"

#include <glib/gi18n.h>

static int
keep_if_below (int value, int n)
{
  return value < n ? value : PH_SNAPSHOT_MEAN;
}

static PhHeatMap *
make_map (const PhPairSide *side)
{
  const PhSnapshotShape *shape = ph_snapshot_get_shape (side->snapshot);

  return ph_heat_map_new (side->snapshot, keep_if_below (side->layer, shape->n_layers),
                          keep_if_below (side->head, shape->n_heads),
                          keep_if_below (side->query, shape->n_queries));
}

PhPair *
ph_pair_new (const PhPairSide *left, const PhPairSide *right)
{
  PhPair *self = g_new0 (PhPair, 1);

  self->left = make_map (left);
  self->right = make_map (right);
  if (self->left->n_rows == self->right->n_rows &&
      self->left->n_columns == self->right->n_columns)
    self->difference = ph_heat_map_new_difference (self->left, self->right);
  ph_heat_maps_scale ((PhHeatMap *[]){ self->left, self->right }, 2, PH_SCALE_SHARED);
  return self;
}

void
ph_pair_free (PhPair *self)
{
  ph_heat_map_free (self->left);
  ph_heat_map_free (self->right);
  g_clear_pointer (&self->difference, ph_heat_map_free);
  g_free (self);
}

static int
carry_line (int line, int n_from, int n_to)
{
  return (2 * line + 1) * n_to / (2 * n_from);
}

int
ph_pair_carry (const PhHeatMap *from, const PhHeatMap *to, int patch)
{
  int row, column;

  if (patch < 0)
    return -1;
  row = carry_line (patch / from->n_columns, from->n_rows, to->n_rows);
  column = carry_line (patch % from->n_columns, from->n_columns, to->n_columns);
  return row * to->n_columns + column;
}

char *
ph_pair_dup_text (const PhPair *self, int patch)
{
  const PhHeatMap *left = self->left;
  int there = ph_pair_carry (left, self->right, patch);
  int row = patch / left->n_columns + 1, column = patch % left->n_columns + 1;
  g_autofree char *a = ph_heat_map_dup_share_text (left->patches[patch]);
  g_autofree char *b = ph_heat_map_dup_share_text (self->right->patches[there]);

  if (self->difference == NULL)
    return g_strdup_printf (_ ("Row %d, column %d: left %s, right %s at the same place"),
                            row, column, a, b);
  return g_strdup_printf (
      _ ("Row %d, column %d: left %s, right %s, difference %+.1f points"), row, column, a,
      b, 100 * (double) self->difference->patches[patch]);
}

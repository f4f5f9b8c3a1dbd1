#include "ui/look-private.h"

#include <math.h>

const bool *
ph_look_get_artefacts (PhLook *self, size_t *n)
{
  *n = 0;
  if (self->snapshot == NULL)
    return NULL;

  if (self->artefacts == NULL) {
    const PhSnapshotShape *shape = ph_snapshot_get_shape (self->snapshot);

    self->artefacts = g_new (bool, (gsize) shape->n_rows *(gsize) shape->n_columns);
    self->n_artefacts = ph_snapshot_find_artefacts (self->snapshot, self->artefacts);
  }
  *n = self->n_artefacts;
  return self->artefacts;
}

void
ph_look_forget_scale (PhLook *self)
{
  self->shared.top = -1;
}

void
ph_look_forget_record (PhLook *self)
{
  g_clear_pointer (&self->artefacts, g_free);
  ph_look_forget_scale (self);
}

/* Without artefacts if so wished, on its own scale. */
static PhHeatMap *
make_plain_map (PhLook *self, int layer, int head, int query)
{
  PhHeatMap *map = ph_heat_map_new (self->snapshot, layer, head, query);
  size_t n;

  if (ph_appearance_get_hide_artefacts (self->appearance))
    ph_heat_map_hide (map, ph_look_get_artefacts (self, &n));
  return map;
}

static float
find_shared_top (PhLook *self, int layer, int head)
{
  float top = 0;

  for (int query = 0; query < self->shape.n_queries; query++) {
    g_autoptr (PhHeatMap) map = make_plain_map (self, layer, head, query);

    top = fmaxf (top, map->peak);
  }
  return top;
}

/* The end of the scale that the queries of a layer and head share.  A board asks for it
 * as often as there are queries. */
static float
get_shared_top (PhLook *self, int layer, int head)
{
  if (self->shared.top < 0 || self->shared.layer != layer || self->shared.head != head) {
    self->shared.top = find_shared_top (self, layer, head);
    self->shared.layer = layer;
    self->shared.head = head;
  }
  return self->shared.top;
}

/* What several queries have in common may be less than any of them, or a word's more. */
static void
scale_map (PhLook *self, PhHeatMap *map, int layer, int head)
{
  PhScale scale = ph_appearance_get_scale (self->appearance);

  ph_heat_maps_scale (&map, 1, scale);
  if (scale == PH_SCALE_SHARED && !map->is_signed)
    map->top = fmaxf (map->top, get_shared_top (self, layer, head));
}

PhHeatMap *
ph_look_make_map (PhLook *self, int layer, int head, int query)
{
  PhHeatMap *map = make_plain_map (self, layer, head, query);

  scale_map (self, map, layer, head);
  return map;
}

static PhHeatMap *
make_combined_map (PhLook *self)
{
  g_autoptr (GPtrArray) maps =
      g_ptr_array_new_with_free_func ((GDestroyNotify) ph_heat_map_free);
  PhHeatMap *map;

  for (guint i = 0; i < self->queries->len; i++)
    g_ptr_array_add (maps, make_plain_map (self, self->layer, self->head,
                                           g_array_index (self->queries, int, i)));
  map = ph_heat_map_new_combined ((PhHeatMap *const *) maps->pdata, maps->len,
                                  self->combine);
  scale_map (self, map, self->layer, self->head);
  return map;
}

PhHeatMap *
ph_look_make_chosen_map (PhLook *self)
{
  return self->queries->len > 1
             ? make_combined_map (self)
             : ph_look_make_map (self, self->layer, self->head, self->query);
}

void
ph_look_scale_own_map (PhLook *self)
{
  if (self->own_map != NULL && self->snapshot != NULL)
    scale_map (self, self->own_map, self->layer, self->head);
}

int
ph_look_find_sharpest_query (PhLook *self)
{
  float highest = 0;
  int best = 0;

  for (int query = 0; query < self->shape.n_queries; query++) {
    g_autoptr (PhHeatMap) map =
        make_plain_map (self, PH_SNAPSHOT_MEAN, PH_SNAPSHOT_MEAN, query);

    if (map->peak > highest) {
      highest = map->peak;
      best = query;
    }
  }
  return best;
}

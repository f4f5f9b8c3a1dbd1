#include "ui/look-private.h"

#include <glib/gi18n.h>

char *
ph_look_dup_query_name (PhLook *self, int query)
{
  const char *label = ph_snapshot_get_label (self->snapshot, query);

  return label != NULL ? g_strdup_printf (_ ("“%s”"), label)
                       : g_strdup_printf (_ ("Query %d"), query + 1);
}

char *
ph_look_dup_layer_name (PhLook *self, int layer)
{
  return layer >= 0 ? g_strdup_printf (_ ("layer %d"), self->shape.layers[layer] + 1)
                    : g_strdup_printf (ngettext ("mean of %d layer", "mean of %d layers",
                                                 (gulong) self->shape.n_layers),
                                       self->shape.n_layers);
}

char *
ph_look_dup_head_name (PhLook *self, int head)
{
  return head >= 0 ? g_strdup_printf (_ ("head %d"), head + 1)
                   : g_strdup_printf (ngettext ("mean of %d head", "mean of %d heads",
                                                (gulong) self->shape.n_heads),
                                      self->shape.n_heads);
}

/* "Highest of queries 3, 7 and more" would not fit: what several are is on the board. */
static char *
dup_queries_name (PhLook *self)
{
  int n = self->queries->len > 1 ? (int) self->queries->len : self->shape.n_queries;
  gboolean is_text = ph_snapshot_get_label (self->snapshot, 0) != NULL;
  gboolean is_highest = self->queries->len > 1 && self->combine == PH_COMBINE_MAX;

  if (self->query >= 0)
    return ph_look_dup_query_name (self, self->query);
  if (is_text)
    return g_strdup_printf (
        is_highest ? _ ("Highest of %d tokens") : _ ("Mean of %d tokens"), n);
  return g_strdup_printf (
      is_highest ? _ ("Highest of %d queries") : _ ("Mean of %d queries"), n);
}

char *
ph_look_dup_title (PhLook *self)
{
  g_autofree char *queries = NULL;
  g_autofree char *layer = NULL;
  g_autofree char *head = NULL;

  if (self->own_title != NULL)
    return g_strdup (self->own_title);
  if (self->snapshot == NULL)
    return g_strdup ("");

  queries = dup_queries_name (self);
  layer = ph_look_dup_layer_name (self, self->layer);
  head = ph_look_dup_head_name (self, self->head);
  return g_strdup_printf ("%s, %s, %s", queries, layer, head);
}

static char *
dup_patch_status (PhLook *self, const PhHeatMap *map)
{
  g_autofree char *patch = ph_heat_map_dup_patch_text (map, self->patch);
  g_autofree char *rank = ph_heat_map_dup_rank_text (map, self->patch);

  return self->pinned ? g_strdup_printf (_ ("%s, %s, pinned"), patch, rank)
                      : g_strdup_printf ("%s, %s", patch, rank);
}

char *
ph_look_dup_status (PhLook *self)
{
  const PhHeatMap *map = ph_look_get_map (self);
  g_autofree char *title = NULL;
  g_autofree char *peak = NULL;

  if (map == NULL)
    return g_strdup ("");
  if (self->patch >= 0)
    return dup_patch_status (self, map);

  title = ph_look_dup_title (self);
  peak = ph_heat_map_dup_patch_text (map, map->peak_patch);
  /* Translators: what the map shows, then "row 4, column 9: 6.1 %". */
  return g_strdup_printf (_ ("%s. Most at %s"), title, peak);
}

#include "ui/views/plan.h"

#include "core/base/measures.h"

#include <glib/gi18n.h>

#define N_DRAWS 5

static PhPlan *
plan_new (void)
{
  PhPlan *self = g_new0 (PhPlan, 1);

  self->list = g_array_new (FALSE, FALSE, sizeof (PhIntervention));
  self->parts = g_ptr_array_new_with_free_func (g_free);
  return self;
}

void
ph_plan_free (PhPlan *self)
{
  g_array_unref (self->list);
  g_ptr_array_unref (self->parts);
  g_free (self->taken);
  g_free (self);
}

/* Takes @part, to which @intervention points. */
static void
add (PhPlan *self, PhIntervention intervention, gpointer part)
{
  g_array_append_val (self->list, intervention);
  g_ptr_array_add (self->parts, part);
}

/* --- patches --- */

static void
add_patches (PhPlan *self, PhCover cover, int *patches, size_t n)
{
  add (self, (PhIntervention){ .cover = cover, .covered = patches, .n_covered = n },
       patches);
}

static int *
dup_largest (const PhHeatMap *map, size_t n_patches, size_t n)
{
  g_autofree size_t *order = g_new (size_t, n_patches);
  int *largest = g_new (int, n);

  ph_measure_rank (map->patches, n_patches, order);
  for (size_t i = 0; i < n; i++)
    largest[i] = (int) order[i];
  return largest;
}

char *
ph_plan_dup_no_patches (PhLook *look)
{
  const PhHeatMap *map = ph_look_get_map (look);

  if (map == NULL)
    return g_strdup (_ ("There is no map of this answer"));
  if (map->is_signed)
    return g_strdup (
        _ ("A difference of two maps covers nothing: choose a query under the "
           "picture"));
  return NULL;
}

PhPlan *
ph_plan_patches (PhLook *look, PhCover cover, float part, size_t n)
{
  PhPlan *self = plan_new ();
  const PhHeatMap *map = ph_look_get_map (look);
  size_t n_patches = (size_t) (map->n_rows * map->n_columns);

  n = part > 0 ? ph_measure_coverage (map->patches, n_patches, part) : MIN (n, n_patches);
  add_patches (self, cover, dup_largest (map, n_patches, n), n);
  for (int draw = 0; draw < N_DRAWS; draw++)
    add_patches (self, cover, ph_intervention_draw (n, n_patches, 0, draw), n);
  self->taken = g_strdup_printf (
      ngettext ("Without the largest patch", "Without the %zu largest patches", n), n);
  return self;
}

/* --- queries and heads --- */

/* Those of @n_all that are not chosen, in the order of a blind draw; sets how many. */
static int *
draw_others (const bool *is_chosen, int n_all, int *n_others)
{
  int *order = ph_intervention_draw ((size_t) n_all, (size_t) n_all, 0, 0), n = 0;

  for (int i = 0; i < n_all; i++)
    if (!is_chosen[order[i]])
      order[n++] = order[i];
  *n_others = n;
  return order;
}

/* Where tokens of text look at the picture there is nothing to switch off. */
static char *
dup_no_queries (PhLook *look)
{
  PhSnapshot *snapshot = ph_look_get_snapshot (look);

  if (snapshot == NULL)
    return ph_plan_dup_no_patches (look);
  if (ph_snapshot_get_label (snapshot, 0) == NULL)
    return NULL;
  return g_strdup (_ ("In this model words look at the picture themselves: there is "
                      "nothing to switch off, but patches can be covered"));
}

char *
ph_plan_dup_no_query (PhLook *look)
{
  char *obstacle = dup_no_queries (look);

  size_t n;

  ph_look_get_queries (look, &n);
  if (obstacle == NULL && n == 0)
    return g_strdup (_ ("Choose a query under the picture"));
  return obstacle;
}

static void
add_queries (PhPlan *self, const int *queries, size_t n)
{
  int *dropped = g_memdup2 (queries, n * sizeof *queries);

  add (self, (PhIntervention){ .dropped = dropped, .n_dropped = n }, dropped);
}

/* No query is in two draws, so that many chosen ones leave room for few of them. */
PhPlan *
ph_plan_queries (PhLook *look)
{
  PhPlan *self = plan_new ();
  int n_queries = ph_snapshot_get_shape (ph_look_get_snapshot (look))->n_queries,
      n_others;
  g_autofree bool *is_chosen = g_new0 (bool, n_queries);
  g_autofree int *others = NULL;
  size_t n;
  const int *queries = ph_look_get_queries (look, &n);

  for (size_t i = 0; i < n; i++)
    is_chosen[queries[i]] = true;
  others = draw_others (is_chosen, n_queries, &n_others);
  add_queries (self, queries, n);
  for (int draw = 0; draw < MIN (N_DRAWS, n_others / (int) n); draw++)
    add_queries (self, others + draw * (int) n, n);
  self->taken =
      n == 1
          ? g_strdup_printf (_ ("Without query %d"), queries[0] + 1)
          : g_strdup_printf (ngettext ("Without %zu query", "Without %zu queries", n), n);
  return self;
}

char *
ph_plan_dup_no_head (PhLook *look)
{
  char *obstacle = dup_no_queries (look);

  if (obstacle == NULL && ph_look_get_head (look) == PH_SNAPSHOT_MEAN &&
      ph_look_get_layer (look) == PH_SNAPSHOT_MEAN)
    return g_strdup (_ ("Choose a layer, a head or both under the picture"));
  return obstacle;
}

static void
add_head (PhPlan *self, int layer, int head)
{
  PhSilencedHead *silenced = g_new (PhSilencedHead, 1);

  *silenced = (PhSilencedHead){ layer, head };
  add (self, (PhIntervention){ .silenced = silenced, .n_silenced = 1 }, silenced);
}

static char *
dup_head_taken (const PhSnapshotShape *shape, int layer, int head)
{
  if (layer == PH_SNAPSHOT_MEAN)
    return g_strdup_printf (_ ("Without head %d of every layer"), head + 1);
  if (head == PH_SNAPSHOT_MEAN)
    return g_strdup_printf (_ ("Without the look of layer %d"), shape->layers[layer] + 1);
  return g_strdup_printf (_ ("Without head %d of layer %d"), head + 1,
                          shape->layers[layer] + 1);
}

/* The mean, in a look, is what an intervention calls all. */
PhPlan *
ph_plan_head (PhLook *look)
{
  PhPlan *self = plan_new ();
  const PhSnapshotShape *shape = ph_snapshot_get_shape (ph_look_get_snapshot (look));
  int layer = ph_look_get_layer (look), head = ph_look_get_head (look), n;
  bool by_layer = head == PH_SNAPSHOT_MEAN;
  int n_all = by_layer ? shape->n_layers : shape->n_heads;
  g_autofree bool *is_chosen = g_new0 (bool, n_all);
  g_autofree int *others = NULL;

  G_STATIC_ASSERT (PH_SNAPSHOT_MEAN == PH_INTERVENTION_ALL);
  is_chosen[by_layer ? layer : head] = true;
  others = draw_others (is_chosen, n_all, &n);
  add_head (self, layer, head);
  for (int i = 0; i < MIN (N_DRAWS, n); i++)
    add_head (self, by_layer ? others[i] : layer, by_layer ? head : others[i]);
  self->taken = dup_head_taken (shape, layer, head);
  return self;
}

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
  return ph_look_get_map (look) == NULL ? g_strdup (_ ("There is no map of this answer"))
                                        : NULL;
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

/* A few of the @n that are not @chosen, all different; sets how many. */
static int *
draw_others (int chosen, int n, int *n_others)
{
  int *others = ph_intervention_draw ((size_t) n - 1, (size_t) n - 1, 0, 0);

  *n_others = MIN (n - 1, N_DRAWS);
  for (int i = 0; i < *n_others; i++)
    others[i] += others[i] >= chosen;
  return others;
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

  if (obstacle == NULL && ph_look_get_query (look) == PH_SNAPSHOT_MEAN)
    return g_strdup (_ ("Choose a query under the picture"));
  return obstacle;
}

static void
add_query (PhPlan *self, int query)
{
  int *dropped = g_memdup2 (&query, sizeof query);

  add (self, (PhIntervention){ .dropped = dropped, .n_dropped = 1 }, dropped);
}

PhPlan *
ph_plan_query (PhLook *look)
{
  PhPlan *self = plan_new ();
  int n_queries = ph_snapshot_get_shape (ph_look_get_snapshot (look))->n_queries;
  int query = ph_look_get_query (look), n;
  g_autofree int *others = draw_others (query, n_queries, &n);

  add_query (self, query);
  for (int i = 0; i < n; i++)
    add_query (self, others[i]);
  self->taken = g_strdup_printf (_ ("Without query %d"), query + 1);
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
  g_autofree int *others = draw_others (by_layer ? layer : head,
                                        by_layer ? shape->n_layers : shape->n_heads, &n);

  G_STATIC_ASSERT (PH_SNAPSHOT_MEAN == PH_INTERVENTION_ALL);
  add_head (self, layer, head);
  for (int i = 0; i < n; i++)
    add_head (self, by_layer ? others[i] : layer, by_layer ? head : others[i]);
  self->taken = dup_head_taken (shape, layer, head);
  return self;
}

#include "core/models/intervention.h"

#include "core/base/error.h"
#include "core/tensor/random.h"

PhIntervention *
ph_intervention_copy (const PhIntervention *self)
{
  PhIntervention *copy = g_memdup2 (self, sizeof *self);

  copy->covered = g_memdup2 (self->covered, self->n_covered * sizeof *self->covered);
  copy->dropped = g_memdup2 (self->dropped, self->n_dropped * sizeof *self->dropped);
  copy->silenced = g_memdup2 (self->silenced, self->n_silenced * sizeof *self->silenced);
  return copy;
}

void
ph_intervention_free (PhIntervention *self)
{
  if (self == NULL)
    return;
  g_free ((int *) self->covered);
  g_free ((int *) self->dropped);
  g_free ((PhSilencedHead *) self->silenced);
  g_free (self);
}

int *
ph_intervention_draw (size_t n, size_t n_all, uint64_t seed, int draw)
{
  int *order = g_new (int, n_all);
  PhRandom random;

  g_assert (n <= n_all);
  ph_random_start (&random, seed, (uint64_t) draw);
  ph_random_shuffle (&random, order, (int) n_all);
  return order;
}

/* --- held against a model --- */

static bool
check_index (const char *what, int index, int least, int n, GError **error)
{
  if (index >= least && index < n)
    return true;
  return ph_fail (error, PH_ERROR_RANGE, "there is no %s %d: the model has %d", what,
                  index, n);
}

static bool
check_list (const char *what, const int *list, size_t n_list, int n, GError **error)
{
  for (size_t i = 0; i < n_list; i++)
    if (!check_index (what, list[i], 0, n, error))
      return false;
  return true;
}

bool
ph_intervention_check (const PhIntervention *self,
                       const PhModelInfo *model,
                       GError **error)
{
  int n_patches = model->patch_rows * model->patch_columns;

  if (model->n_queries == 0 && self->n_dropped + self->n_silenced > 0)
    return ph_fail (error, PH_ERROR_UNSUPPORTED,
                    "%s has no queries to switch off: cover patches of its picture",
                    model->name);
  if (!check_list ("patch", self->covered, self->n_covered, n_patches, error) ||
      !check_list ("query", self->dropped, self->n_dropped, model->n_queries, error))
    return false;
  for (size_t i = 0; i < self->n_silenced; i++)
    if (!check_index ("layer that looks", self->silenced[i].layer, PH_INTERVENTION_ALL,
                      model->n_looking_layers, error) ||
        !check_index ("head", self->silenced[i].head, PH_INTERVENTION_ALL,
                      model->n_looking_heads, error))
      return false;
  return true;
}

/* --- for the families --- */

bool
ph_intervention_changes_picture (const PhIntervention *self)
{
  return self != NULL && self->n_covered > 0;
}

bool
ph_intervention_changes_queries (const PhIntervention *self)
{
  return self != NULL && self->n_covered + self->n_silenced > 0;
}

static bool
is_meant (int index, size_t at)
{
  return index == PH_INTERVENTION_ALL || (size_t) index == at;
}

bool *
ph_intervention_dup_silent (const PhIntervention *self, size_t n_layers, size_t n_heads)
{
  bool *silent;

  if (self == NULL || self->n_silenced == 0)
    return NULL;
  silent = g_new0 (bool, n_layers *n_heads);
  for (size_t i = 0; i < self->n_silenced; i++)
    for (size_t at = 0; at < n_layers * n_heads; at++)
      silent[at] |= is_meant (self->silenced[i].layer, at / n_heads) &&
                    is_meant (self->silenced[i].head, at % n_heads);
  return silent;
}

size_t
ph_intervention_keep (const PhIntervention *self, size_t n_queries, bool *is_kept)
{
  size_t n_kept = 0;

  for (size_t i = 0; i < n_queries; i++)
    is_kept[i] = true;
  for (size_t i = 0; self != NULL && i < self->n_dropped; i++)
    is_kept[self->dropped[i]] = false;
  for (size_t i = 0; i < n_queries; i++)
    n_kept += is_kept[i];
  return n_kept;
}

#include "ui/views/kept-run.h"

#include "ui/views/asked-again.h"

/* The numbers on the scale first, so that the curve's form shows early. */
static GArray *
list_numbers (int n_queries)
{
  GArray *numbers = g_array_new (FALSE, FALSE, sizeof (int));

  for (int kept = 16; kept >= 1; kept /= 2)
    if (kept < n_queries)
      g_array_append_val (numbers, kept);
  for (int kept = n_queries - 1; kept >= 1; kept--)
    if ((kept & (kept - 1)) != 0 || kept > 16)
      g_array_append_val (numbers, kept);
  return numbers;
}

/* What an order lets go stands at its end, whatever number is kept. */
static PhExperiment *
begin_list (const PhViewContext *context, PhOrder order)
{
  PhSnapshot *snapshot = ph_look_get_snapshot (context->look);
  int n_queries = ph_snapshot_get_shape (snapshot)->n_queries;
  g_autofree int *queries = ph_order_queries (snapshot, order);
  g_autoptr (GArray) numbers = list_numbers (n_queries);
  g_autofree PhIntervention *list = g_new0 (PhIntervention, numbers->len);

  for (guint i = 0; i < numbers->len; i++) {
    int kept = g_array_index (numbers, int, i);

    list[i].dropped = queries + kept;
    list[i].n_dropped = (size_t) (n_queries - kept);
  }
  return ph_asked_again_begin (
      context,
      (PhExperimentAsked){ .interventions = list, .n_interventions = numbers->len });
}

PhExperiment *
ph_kept_run_begin (const PhViewContext *context, PhOrder order)
{
  if (order == PH_ORDER_IMPORTANCE)
    return ph_asked_again_begin (context, (PhExperimentAsked){ .by_importance = true });
  return begin_list (context, order);
}

static int
count_kept (const PhExperimentResult *result, int n_queries)
{
  return n_queries - (result->without != NULL ? (int) result->without->n_dropped : 0);
}

const PhExperimentResult *
ph_kept_run_find (PhExperiment *experiment, int n_queries, int kept)
{
  for (int i = 0; i < ph_experiment_get_n_results (experiment); i++) {
    const PhExperimentResult *result = ph_experiment_get_result (experiment, i);

    if (count_kept (result, n_queries) == kept)
      return result;
  }
  return NULL;
}

/* What @last took away went in the order of its list: the first of it stands last. */
static int *
dup_order_of (const PhIntervention *last, int n_queries)
{
  g_autofree bool *is_kept = g_new (bool, n_queries);
  int *order = g_new (int, n_queries), n = 0;

  ph_intervention_keep (last, (size_t) n_queries, is_kept);
  for (int i = 0; i < n_queries; i++)
    if (is_kept[i])
      order[n++] = i;
  for (int i = 0; n < n_queries; i++, n++)
    order[n_queries - 1 - i] = last->dropped[i];
  return order;
}

int *
ph_kept_run_dup_order (PhExperiment *experiment,
                       const PhSnapshot *snapshot,
                       PhOrder order)
{
  int last = ph_experiment_get_n_results (experiment) - 1;

  if (order != PH_ORDER_IMPORTANCE)
    return ph_order_queries (snapshot, order);
  return dup_order_of (ph_experiment_get_result (experiment, last)->without,
                       ph_snapshot_get_shape (snapshot)->n_queries);
}

int
ph_kept_run_find_fewest (PhExperiment *experiment, int n_queries)
{
  const char *doubted = ph_experiment_get_text (experiment);
  int fewest = n_queries;

  if (ph_experiment_get_state (experiment) != PH_EXPERIMENT_DONE)
    return 0;
  for (int kept = n_queries; kept >= 1; kept--) {
    const PhExperimentResult *result = ph_kept_run_find (experiment, n_queries, kept);

    if (result == NULL || !g_str_equal (result->answer.text, doubted))
      break;
    fewest = kept;
  }
  return fewest;
}

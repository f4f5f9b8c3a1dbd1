#include "ui/views/order.h"

#include "core/base/measures.h"

#include <stdlib.h>

#define PART 0.5f

typedef struct {
  int query;
  float entropy;
} Ranked;

static int
by_entropy (const void *a, const void *b)
{
  const Ranked *x = a, *y = b;

  if (x->entropy != y->entropy)
    return x->entropy < y->entropy ? -1 : 1;
  return x->query - y->query;
}

int *
ph_order_queries (const PhSnapshot *snapshot, PhOrder order)
{
  int n = ph_snapshot_get_shape (snapshot)->n_queries;
  g_autofree Ranked *ranked = g_new (Ranked, n);
  int *queries = g_new (int, n);

  for (int i = 0; i < n; i++)
    ranked[i] = (Ranked){ i, order == PH_ORDER_ENTROPY
                                 ? ph_snapshot_entropy (snapshot, PH_SNAPSHOT_MEAN,
                                                        PH_SNAPSHOT_MEAN, i)
                                 : 0 };
  qsort (ranked, (size_t) n, sizeof *ranked, by_entropy);
  for (int i = 0; i < n; i++)
    queries[i] = ranked[i].query;
  return queries;
}

double *
ph_order_measure_reach (const PhSnapshot *snapshot, const int *order)
{
  const PhSnapshotShape *shape = ph_snapshot_get_shape (snapshot);
  size_t n = (size_t) (shape->n_rows * shape->n_columns), n_reached = 0;
  g_autofree float *map = g_new (float, n);
  g_autofree bool *reached = g_new0 (bool, n), *by_one = g_new (bool, n);
  double *reach = g_new (double, shape->n_queries);

  for (int i = 0; i < shape->n_queries; i++) {
    ph_snapshot_map (snapshot, PH_SNAPSHOT_MEAN, PH_SNAPSHOT_MEAN, order[i], map);
    ph_measure_reach (map, 1, n, PART, by_one);
    for (size_t patch = 0; patch < n; patch++) {
      n_reached += by_one[patch] && !reached[patch];
      reached[patch] |= by_one[patch];
    }
    reach[i] = (double) n_reached / (double) n;
  }
  return reach;
}

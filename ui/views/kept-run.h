/* kept-run.h - one order of leaving out queries, tried
 *
 * An experiment whose results are of fewer and fewer queries: begun here, and read here
 * by how many were kept.  Main thread only.
 */
#pragma once

#include "ui/views/order.h"
#include "ui/views/view.h"

G_BEGIN_DECLS

/* Of the answer that is looked at, without an obstacle (asked-again.h) and with queries.
 */
PhExperiment *
ph_kept_run_begin (const PhViewContext *context, PhOrder order) G_GNUC_WARN_UNUSED_RESULT;

/* The result of @kept out of @n_queries, or NULL as long as there is none. */
const PhExperimentResult *
ph_kept_run_find (PhExperiment *experiment, int n_queries, int kept);

/* All queries in the order they are kept; by importance as far as it is known, and those
 * that are yet to go by number.  There must be a result.  The caller frees it. */
int *ph_kept_run_dup_order (PhExperiment *experiment,
                            const PhSnapshot *snapshot,
                            PhOrder order);

/* The fewest queries from which on, with more of them, the answer is always the same; 0
 * where there is more to come. */
int ph_kept_run_find_fewest (PhExperiment *experiment, int n_queries);

G_END_DECLS

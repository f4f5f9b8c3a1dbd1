/* order.h - which queries are kept first
 *
 * Pure functions of a snapshot, by the means over its layers and heads.
 */
#pragma once

#include "core/base/snapshot.h"

typedef enum {
  PH_ORDER_NUMBER,     /* the first ones */
  PH_ORDER_ENTROPY,    /* those whose maps are the most pointed */
  PH_ORDER_IMPORTANCE, /* an experiment finds out */
} PhOrder;

/* All queries, the first to be kept before the others; the caller frees it.  Not for
 * PH_ORDER_IMPORTANCE. */
int *ph_order_queries (const PhSnapshot *snapshot, PhOrder order);

/* By how many of the queries in @order are kept, from 1: which share of all patches is
 * among those that hold half of what one of them gives to patches.  The caller frees it.
 */
double *ph_order_measure_reach (const PhSnapshot *snapshot, const int *order);

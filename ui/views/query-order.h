/* query-order.h - what the maps of queries can be sorted by
 *
 * Each order is a number that a query's map has, beside those of the others.  To add one:
 * a line in the table of query-order.c.
 */
#pragma once

#include "ui/heat-map.h"

/* All borrowed. */
typedef struct {
  PhHeatMap *const *maps; /* one a query */
  int n_maps;
  const PhHeatMap *shown; /* what similarity is to */
  const bool *artefacts;  /* a flag for each patch */
} PhQueryMaps;

typedef struct {
  const char *title; /* translatable; of the unit of values without one */
  const char *what;  /* translatable; what is said before the value; NULL: nothing is */
  enum { PH_VALUE_SHARE, PH_VALUE_BITS, PH_VALUE_COSINE } unit;
  bool ascending;
  float (*measure) (const PhQueryMaps *maps, int query);
} PhQueryOrder;

/* The first is by number, and measures nothing. */
extern const PhQueryOrder ph_query_orders[];
extern const int ph_n_query_orders;

/* "4.21", which fits under a thumb, and "4.21 bits". */
char *ph_query_order_dup_number (const PhQueryOrder *self, float value);
char *ph_query_order_dup_text (const PhQueryOrder *self, float value);

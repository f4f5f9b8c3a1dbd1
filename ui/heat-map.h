/* heat-map.h - one map out of an attention record, and how it is said in words
 *
 * The shares of one layer, head and query, or of their means.  Patches and class token
 * add up to 1: the share of the class token is a number beside the map and is never
 * drawn into the grid or divided away.  A map does not change; its owner frees it.
 */
#pragma once

#include "core/base/snapshot.h"

typedef struct {
  int n_rows, n_columns;
  float *patches; /* n_rows by n_columns */
  float class_share;
  float peak; /* the largest of the patches */
  int peak_patch;
} PhHeatMap;

/* @layer counts those with cross-attention; each may be PH_SNAPSHOT_MEAN. */
PhHeatMap *ph_heat_map_new (const PhSnapshot *snapshot, int layer, int head, int query);
void ph_heat_map_free (PhHeatMap *self);

/* The share of a patch on the map's own scale: 1 at the peak. */
double ph_heat_map_get_relative (const PhHeatMap *self, int patch);

/* "6.1 %", and "row 4, column 9: 6.1 %" with rows and columns counted from 1. */
char *ph_heat_map_dup_share_text (float share);
char *ph_heat_map_dup_patch_text (const PhHeatMap *self, int patch);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PhHeatMap, ph_heat_map_free)

/* heat-map.h - one map, the scale it is drawn on, and how it is said in words
 *
 * The shares of one layer, head and query, of their means, or of what was made of such
 * maps.  Patches and class token add up to 1, unless they are the highest of several maps
 * or a difference: the share of the class token is a number beside the map and is never
 * drawn into the grid or divided away.
 *
 * Whoever makes a map owns it.  Maps that are shown together are put on one scale before
 * they are shown; else a map does not change.
 */
#pragma once

#include "core/base/colormap.h"
#include "core/base/measures.h"
#include "core/base/snapshot.h"

typedef struct {
  int n_rows, n_columns;
  float *patches; /* n_rows by n_columns */
  float class_share;
  float peak; /* the largest of the patches; of a difference, the largest in amount */
  int peak_patch;
  float top;         /* what the end of the colour scale stands for */
  bool is_signed;    /* a difference: the scale goes from -top by 0 to top */
  float taken_share; /* what ph_heat_map_hide() took of it; the rest was scaled up */
} PhHeatMap;

/* On a scale of its own.  @layer counts those with cross-attention; each may be
 * PH_SNAPSHOT_MEAN. */
PhHeatMap *ph_heat_map_new (const PhSnapshot *snapshot, int layer, int head, int query);

/* Takes @patches, n_rows by n_columns. */
PhHeatMap *
ph_heat_map_new_take (int n_rows, int n_columns, float *patches, float class_share);

/* a - b, signed; of the same grid. */
PhHeatMap *ph_heat_map_new_difference (const PhHeatMap *a, const PhHeatMap *b);

/* Mean or highest of @n maps of the same grid, at least one. */
PhHeatMap *ph_heat_map_new_combined (PhHeatMap *const *maps, size_t n, PhCombine how);

void ph_heat_map_free (PhHeatMap *self);

/* Takes away the patches that are @hidden, one flag each, and scales the rest, class
 * token and patches, to add up to 1.  Ends on a scale of its own. */
void ph_heat_map_hide (PhHeatMap *self, const bool *hidden);

/* Puts maps that are shown together on one scale: the brightest colour is each map's own
 * peak, or the highest of all peaks, or 1. */
void ph_heat_maps_scale (PhHeatMap *const *maps, size_t n, PhScale scale);

/* Where a patch lies on the scale: 0 … 1, or 0.5 where a difference is none. */
double ph_heat_map_get_relative (const PhHeatMap *self, int patch);

/* The colours that the map is drawn in: @colors, or those of differences. */
PhColormap ph_heat_map_get_colors (const PhHeatMap *self, PhColormap colors);

/* 1 for the highest; equal ones share a rank. */
int ph_heat_map_get_rank (const PhHeatMap *self, int patch);

/* "6.1 %", and "row 4, column 9: 6.1 %" with rows and columns counted from 1. */
char *ph_heat_map_dup_share_text (float share);
char *ph_heat_map_dup_patch_text (const PhHeatMap *self, int patch);

/* "third highest", or "no. 12 of 196". */
char *ph_heat_map_dup_rank_text (const PhHeatMap *self, int patch);

/* For those who do not see it: "most attention: upper right, 41 % in 25 patches; 23 % on
 * the class token". */
char *ph_heat_map_dup_summary (const PhHeatMap *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PhHeatMap, ph_heat_map_free)

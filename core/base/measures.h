/* measures.h - numbers about maps, and maps made of maps
 *
 * A map is a row of shares, none below 0: the patches one after another, with the class
 * token in front only where whoever calls put it there.  Several maps of one size lie
 * one behind another: map by patch.  Nothing here knows where a map is from, so the same
 * calls serve queries, words, layers and two pictures side by side.
 *
 * Pure functions: any thread.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

G_BEGIN_DECLS

/* --- one map --- */

/* Scales a map to add up to 1, and returns what it added up to; nothing stays nothing. */
float ph_measure_scale (float *map, size_t n);

/* -Σ p log2 p in bits, p the map scaled to add up to 1: log2 n where all patches are
 * alike, 0 where one has everything or none has anything. */
float ph_measure_entropy (const float *map, size_t n);

/* The first of the largest. */
size_t ph_measure_peak (const float *map, size_t n);

/* How many patches, the largest first, hold @part of all; 0 where there is nothing. */
size_t ph_measure_coverage (const float *map, size_t n, float part);

/* Writes the numbers of all patches to @order, the largest first and of equal ones the
 * first. */
void ph_measure_rank (const float *map, size_t n, size_t *order);

/* Takes away what is @hidden and scales the rest to add up to 1; returns the share of the
 * whole that was taken. */
float ph_measure_hide (float *map, size_t n, const bool *hidden);

/* --- two maps --- */

/* 1: of one form, 0: nothing in common. */
float ph_measure_cosine (const float *a, const float *b, size_t n);

/* Writes a - b, signed, and returns the largest amount of it: the end of a scale with 0
 * in its middle. */
float ph_measure_difference (const float *a, const float *b, size_t n, float *difference);

/* --- many maps --- */

/* All cosines: n_maps by n_maps. */
void ph_measure_similarities (const float *maps, size_t n_maps, size_t n, float *cosines);

/* Which patches any of the maps reaches: those that ph_measure_coverage() counts in it,
 * for the same @part of its attention.  Sets n flags, and returns how many are set. */
size_t
ph_measure_reach (const float *maps, size_t n_maps, size_t n, float part, bool *reached);

typedef enum {
  PH_COMBINE_MEAN,
  PH_COMBINE_MAX,
} PhCombine;

void ph_measure_combine (const float *maps,
                         size_t n_maps,
                         size_t n,
                         PhCombine how,
                         float *combined);

/* Σ w map / Σ w: where a word looked, by the weights it gives the queries and where they
 * looked.  Nothing where there are no weights. */
void ph_measure_compose (const float *maps,
                         const float *weights,
                         size_t n_maps,
                         size_t n,
                         float *composed);

/* Some vision transformers keep notes in patches that show nothing, and everybody looks
 * there (Darcet et al. 2023).  A patch stands out in a map if it is above the median by
 * more than 6 times the median distance from it, and above 4 times an even share; it is
 * suspected if it stands out in more than half of all maps.  So is what every query finds
 * worth looking at: the flag is a question, not a verdict.
 *
 * Sets n flags, and returns how many are set. */
size_t ph_measure_artefacts (const float *maps, size_t n_maps, size_t n, bool *artefacts);

/* What the brightest colour stands for. */
typedef enum {
  PH_SCALE_MAP,      /* each map's own largest: forms show, amounts do not */
  PH_SCALE_SHARED,   /* the largest of all maps: amounts compare */
  PH_SCALE_ABSOLUTE, /* all attention there is: 1 */
} PhScale;

float
ph_measure_top (PhScale scale, const float *maps, size_t n_maps, size_t n, size_t map);

G_END_DECLS

/* pair.h - two maps side by side, on one scale
 *
 * Of two answers, two layers or two models: whatever differs, a colour means the same in
 * both.  Where the grids are of one size there is a difference, too; else a place in one
 * is carried over to the same place of the other.
 */
#pragma once

#include "ui/heat-map.h"

G_BEGIN_DECLS

/* A map of a record; each number may be PH_SNAPSHOT_MEAN, and what the snapshot does not
 * have is taken for it. */
typedef struct {
  const PhSnapshot *snapshot;
  int layer, head, query;
} PhPairSide;

typedef struct {
  PhHeatMap *left, *right;
  PhHeatMap *difference; /* left less right; NULL: their grids differ */
} PhPair;

PhPair *ph_pair_new (const PhPairSide *left, const PhPairSide *right);
void ph_pair_free (PhPair *self);

/* The patch of @to that the middle of @patch of @from lies in; -1 stays -1. */
int ph_pair_carry (const PhHeatMap *from, const PhHeatMap *to, int patch);

/* "Row 4, column 9: left 3.1 %, right 0.4 %, difference +2.7 points", of a patch of the
 * left one. */
char *ph_pair_dup_text (const PhPair *self, int patch);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PhPair, ph_pair_free)

G_END_DECLS

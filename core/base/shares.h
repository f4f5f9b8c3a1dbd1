/* shares.h - rows of attention in eight bits a number
 *
 * Each row has one scale, so that a number read back is within 1/510 of its row's
 * largest.  Rows are counted through; where they are those of layers, heads and queries,
 * the mean over any of the three can be asked for.
 *
 * The struct belongs to who embeds it.  Once packed it is only read: any thread.
 */
#pragma once

#include "core/base/blob.h"

G_BEGIN_DECLS

#define PH_SHARES_MEAN (-1)

typedef struct {
  size_t n_rows, n_columns;
  float *scales;   /* of each row: what a step of its values is worth */
  uint8_t *values; /* row by column */
} PhShares;

/* Packs n_rows by n_columns @values, none of them below 0. */
void
ph_shares_init (PhShares *self, size_t n_rows, size_t n_columns, const float *values);
void ph_shares_clear (PhShares *self);

/* Rows are sizes[0] by sizes[1] by sizes[2].  Writes to @mean, n_columns long, the row
 * that chosen[] names, or the mean over all where it is PH_SHARES_MEAN. */
void ph_shares_mean (const PhShares *self,
                     const int sizes[3],
                     const int chosen[3],
                     float *mean);

/* As they are stored: scales, then values.  Reading allocates nothing that is not there,
 * and takes a scale as 0 that is no number or far above what attention can be. */
void ph_shares_write (const PhShares *self, GByteArray *out);
bool ph_shares_read (PhShares *self, uint64_t n_rows, uint64_t n_columns, PhBlob *from);

G_END_DECLS

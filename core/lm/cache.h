/* cache.h - the keys and values of what was read, for answers side by side
 *
 * What a decoder with attention remembers: layer by layer the keys and values of all
 * positions so far, for one or several rows.  Rows are equally long and lie without
 * gaps, so that a layer's keys are one tensor; with one row, which is the usual case,
 * nothing is ever moved.
 *
 * A forward pass appends in each layer and advances once at its end.  Belongs to one
 * thread at a time, like the state it is part of.
 */
#pragma once

#include "core/tensor/tensor.h"

#include <glib.h>

G_BEGIN_DECLS

typedef struct _PhLmCache PhLmCache;

/* Room for @n_rows rows of @n_positions positions, whose keys and whose values are @width
 * floats in each layer.  Empty, with one row.  NULL if there is no memory for it. */
PhLmCache *
ph_lm_cache_new (size_t n_layers, size_t n_rows, size_t n_positions, size_t width);
void ph_lm_cache_free (PhLmCache *self);

/* One row again, of no positions. */
void ph_lm_cache_clear (PhLmCache *self);

size_t ph_lm_cache_get_n_rows (const PhLmCache *self);
/* Positions read before this pass. */
size_t ph_lm_cache_get_n_used (const PhLmCache *self);

/* Puts the new @k and @v, row by position by width, behind those of @layer, and lets
 * both stand for all of them.  What they point to is borrowed until the next append. */
void ph_lm_cache_append (PhLmCache *self,
                         PhContext *c,
                         size_t layer,
                         PhTensor **k,
                         PhTensor **v);
/* After all layers: the @n positions that they appended count as read. */
void ph_lm_cache_advance (PhLmCache *self, size_t n);

/* Row i goes on from what row from[i] held; afterwards there are @n rows. */
void ph_lm_cache_select (PhLmCache *self, const size_t *from, size_t n);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PhLmCache, ph_lm_cache_free)

G_END_DECLS

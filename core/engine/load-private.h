/* load-private.h - how the worker tells of a model it opens
 *
 * As in reply-private.h, the worker borrows the load from its job and never drops a
 * reference.  All but ph_load_new() may be called from any thread.
 */
#pragma once

#include "core/engine/load.h"

G_BEGIN_DECLS

/* A queued load that notifies on the calling thread's default main context. */
PhLoad *ph_load_new (const char *folder) G_GNUC_WARN_UNUSED_RESULT;

/* Up once somebody cancelled; borrowed. */
const atomic_bool *ph_load_get_stop (PhLoad *self);

/* Turns QUEUED into READING.  False if it was cancelled before its turn: it is over. */
bool ph_load_begin (PhLoad *self);
void ph_load_set_warning (PhLoad *self, const char *warning);
void ph_load_set_progress (PhLoad *self, uint64_t n_done, uint64_t n_bytes);

/* Ends it; @error, a copy of which is kept, goes with FAILED. */
void ph_load_end (PhLoad *self, PhLoadState state, const GError *error);

G_END_DECLS

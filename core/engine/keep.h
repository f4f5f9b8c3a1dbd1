/* keep.h - a reply as the history keeps it
 *
 * Window and terminal write the same records: how a reply ended, in the history's words,
 * with ids, figures and attention.  All calls return at once.  Main thread.
 */
#pragma once

#include "core/engine/reply.h"
#include "core/history/history.h"

G_BEGIN_DECLS

/* The state of a turn whose reply is in this one. */
PhTurnState ph_reply_get_turn_state (PhReply *self);
/* Why it ended: "end", "length" or "stopped", or the error's message; borrowed.  NULL
 * while it is being written. */
const char *ph_reply_get_stop_reason (PhReply *self);

/* Settings for PhHistoryQuestion.settings; the caller frees them. */
char *ph_sampling_dup_text (const PhSampling *sampling);

/* Writes the whole record of a reply that is over into its turn. */
void ph_reply_finish_turn (PhReply *self, PhHistory *history, int64_t turn);

G_END_DECLS

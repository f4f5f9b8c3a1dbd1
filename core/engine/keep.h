/* keep.h - a reply as the history keeps it
 *
 * Window and terminal write the same records: how a reply ended, in the history's words,
 * with ids, figures and the record that the answer left.  Where nothing else is said,
 * calls return at once and belong to the main thread.
 */
#pragma once

#include "core/engine/engine.h"
#include "core/history/history.h"

G_BEGIN_DECLS

/* The state of a turn whose reply is in this one. */
PhTurnState ph_reply_get_turn_state (PhReply *self);
/* Why it ended: "end", "newline" (which is one too), "length", "full" (of the context) or
 * "stopped", or the error's message; borrowed.  NULL while it is being written. */
const char *ph_reply_get_stop_reason (PhReply *self);

/* How @request was put, for PhHistoryQuestion.settings: ph_request_to_json() as a line;
 * the caller frees it. */
char *ph_request_dup_settings (const PhRequest *request);

/* Writes the whole record of a reply that is over into its turn. */
void ph_reply_finish_turn (PhReply *self, PhHistory *history, int64_t turn);

/* What the model saw of @picture, to be drawn again: the square that it was made into,
 * byte for byte.  NULL if the record does not say how large.  About 10 ms for a picture
 * of 12 megapixels; any thread. */
PhPicture *ph_record_dup_sight (const PhRecord *record, const PhPicture *picture);

G_END_DECLS

/* reply-private.h - how the worker writes a reply
 *
 * The worker borrows a reply from the job that holds it and never drops a reference: the
 * job travels back to the main thread and is freed there, so that a reply, with whatever
 * is bound to it, never dies on the worker.
 *
 * All but ph_reply_new() may be called from any thread.
 */
#pragma once

#include "core/engine/reply.h"

G_BEGIN_DECLS

/* A queued reply that notifies on the calling thread's default main context. */
PhReply *ph_reply_new (void) G_GNUC_WARN_UNUSED_RESULT;

/* Up once somebody cancelled; the flag for the context that computes the answer, and the
 * cancellable for what blocks outside of it.  Both are borrowed. */
const atomic_bool *ph_reply_get_stop (PhReply *self);
GCancellable *ph_reply_get_cancellable (PhReply *self);

/* Turns QUEUED into WORKING.  False if it was cancelled before its turn: it is over. */
bool ph_reply_begin (PhReply *self);

void ph_reply_set_picture (PhReply *self, PhPicture *picture);
void ph_reply_set_stage (PhReply *self, PhStage stage);
/* @text is the whole answer so far, of @n_tokens tokens. */
void ph_reply_set_text (PhReply *self, const char *text, int n_tokens);

/* Ends the reply: with @answer as DONE or CANCELLED, as its stop says, or with @error as
 * FAILED.  Both are taken; the text so far is kept on failure. */
void ph_reply_take_answer (PhReply *self, PhAnswer *answer);
void ph_reply_take_error (PhReply *self, GError *error);
/* Ends it as CANCELLED before anything was written. */
void ph_reply_end_unanswered (PhReply *self);

G_END_DECLS

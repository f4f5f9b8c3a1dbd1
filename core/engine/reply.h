/* reply.h - an answer while it is being written
 *
 * A PhReply belongs to the main thread: its properties are read and notified there and
 * nowhere else.  The worker writes into a part of its own under a lock and queues at
 * most one idle, so that however fast tokens come, a main-loop turn sees one change.
 *
 * Cancelling may be asked at any time; the reply then ends as PH_REPLY_CANCELLED with
 * the text that was written so far.
 */
#pragma once

#include "core/models/model.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define PH_TYPE_REPLY (ph_reply_get_type ())
G_DECLARE_FINAL_TYPE (PhReply, ph_reply, PH, REPLY, GObject)

typedef enum {
  PH_REPLY_QUEUED,
  PH_REPLY_WORKING,
  PH_REPLY_DONE,
  PH_REPLY_CANCELLED,
  PH_REPLY_FAILED,
} PhReplyState;

/* Properties, notified on the asker's main context: "state" (int), "stage" (int,
 * PhStage), "text" (string, the whole answer so far).  Once the state is DONE or
 * CANCELLED the getters below have their values. */

PhReplyState ph_reply_get_state (PhReply *self);
/* True for DONE, CANCELLED and FAILED, which never change again. */
gboolean ph_reply_is_over (PhReply *self);
PhStage ph_reply_get_stage (PhReply *self);
const char *
ph_reply_get_text (PhReply *self); /* never NULL; borrowed until the next notify */
int ph_reply_get_n_tokens (PhReply *self);

/* Why it failed, or NULL; borrowed. */
const GError *ph_reply_get_error (PhReply *self);
/* The whole answer: ids, stop, timings, snapshot; NULL before the end or on failure. */
const PhAnswer *ph_reply_get_answer (PhReply *self);
/* The picture that was asked about, once it was decoded; borrowed, may be NULL. */
PhPicture *ph_reply_get_picture (PhReply *self);

void ph_reply_cancel (PhReply *self);

G_END_DECLS

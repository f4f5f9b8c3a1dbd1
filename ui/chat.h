/* chat.h - one conversation about one picture
 *
 * Asks the engine, keeps the turns in their order and the history up to date.  Another
 * picture is another chat.  Main thread only.
 *
 * Properties, notified: "picture" (pointer, PhPicture), "problem" (string: why the
 * picture of an old chat cannot be shown), "busy" (boolean: an answer is being written).
 */
#pragma once

#include "core/engine/engine.h"
#include "core/history/history.h"
#include "ui/turn.h"

G_BEGIN_DECLS

#define PH_TYPE_CHAT (ph_chat_get_type ())
G_DECLARE_FINAL_TYPE (PhChat, ph_chat, PH, CHAT, GObject)

/* An empty chat; engine and history are borrowed and must outlive it. */
PhChat *
ph_chat_new (PhEngine *engine, PhHistory *history, PhPicture *picture, const char *name);

/* A chat out of the history, with its turns.  Its picture is decoded anew and announced
 * by "picture" or "problem" once that was asked for. */
PhChat *ph_chat_open (PhEngine *engine, PhHistory *history, int64_t id, GError **error);
void ph_chat_load_picture (PhChat *self);

/* In the history; 0 before the first question. */
int64_t ph_chat_get_id (PhChat *self);
PhPicture *ph_chat_get_picture (PhChat *self); /* borrowed, or NULL */
const char *ph_chat_get_picture_name (PhChat *self);
const char *ph_chat_get_problem (PhChat *self); /* borrowed, or NULL */
GListModel *ph_chat_get_turns (PhChat *self);   /* of PhTurn, borrowed */

/* The turn that is being answered, or NULL; borrowed. */
PhTurn *ph_chat_get_running (PhChat *self);

/* Asks @question, whose picture is left to the chat.  Needs a picture and no running
 * turn.  Returns the new turn, borrowed. */
PhTurn *ph_chat_ask (PhChat *self, const PhRequest *question);
void ph_chat_stop (PhChat *self);

/* Nobody will look at it any more: what runs is stopped and recorded. */
void ph_chat_close (PhChat *self);

G_END_DECLS

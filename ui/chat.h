/* chat.h - one conversation, about one picture or several
 *
 * Asks the engine, keeps the questions in their order and the history up to date.  Each
 * question is about the picture that was current when it was asked.  What is asked while
 * an answer is written waits for its turn.  Main thread only.
 *
 * Properties, notified: "current" (PhPlate, or NULL), "picture" (pointer, PhPicture of
 * the current one, NULL until it is decoded), "problem" (string: why the current picture
 * cannot be shown), "running" (PhTurn that is being answered, or NULL).
 */
#pragma once

#include "core/engine/engine.h"
#include "core/history/history.h"
#include "ui/exchange.h"
#include "ui/plate.h"

G_BEGIN_DECLS

#define PH_TYPE_CHAT (ph_chat_get_type ())
G_DECLARE_FINAL_TYPE (PhChat, ph_chat, PH, CHAT, GObject)

/* An empty chat, nothing of which is kept where @temporary; engine and history are
 * borrowed and must outlive it. */
PhChat *ph_chat_new (PhEngine *engine, PhHistory *history, gboolean temporary);

/* A chat out of the history.  Its pictures are decoded when that is asked for. */
PhChat *ph_chat_open (PhEngine *engine, PhHistory *history, int64_t id, GError **error);
void ph_chat_load_pictures (PhChat *self);

/* In the history; 0 before the first question, below 0 if it is not kept. */
int64_t ph_chat_get_id (PhChat *self);
gboolean ph_chat_is_temporary (PhChat *self);

/* The pictures.  One that is added becomes the current one; the place of one that is
 * removed is returned, for an undo.  Questions keep theirs. */
GListModel *ph_chat_get_plates (PhChat *self); /* of PhPlate, borrowed */
void ph_chat_insert_plate (PhChat *self, guint at, PhPlate *plate);
void ph_chat_add_plate (PhChat *self, PhPlate *plate);
guint ph_chat_remove_plate (PhChat *self, PhPlate *plate);
PhPlate *ph_chat_get_current (PhChat *self); /* borrowed, or NULL */
void ph_chat_set_current (PhChat *self, PhPlate *plate);
PhPicture *ph_chat_get_picture (PhChat *self); /* of the current one: borrowed, or NULL */

/* Borrowed: of PhExchange; and the turn that is being answered, or NULL. */
GListModel *ph_chat_get_exchanges (PhChat *self);
gboolean ph_chat_is_empty (PhChat *self);
PhTurn *ph_chat_get_running (PhChat *self);

/* Asks @question, whose picture is left to the chat, about @plate; where @again is not
 * NULL, as a variant of it.  Needs a picture.  Returns the new turn, borrowed. */
PhTurn *
ph_chat_ask (PhChat *self, const PhRequest *question, PhPlate *plate, PhExchange *again);

/* Whether the answer was cut and the model that wrote it is there to go on. */
gboolean ph_chat_can_continue (PhChat *self, PhTurn *turn);
void ph_chat_continue (PhChat *self, PhTurn *turn);

void ph_chat_stop (PhChat *self);

/* Takes a question out with all its answers, and puts it back where it was. */
guint ph_chat_delete (PhChat *self, PhExchange *exchange);
void ph_chat_restore (PhChat *self, PhExchange *exchange, guint at);

/* The exchange that @turn is a variant of, or NULL; borrowed. */
PhExchange *ph_chat_find_exchange (PhChat *self, PhTurn *turn);
/* The last turn that asked @prompt about @plate, or NULL; borrowed. */
PhTurn *ph_chat_find_turn (PhChat *self, const char *prompt, PhPlate *plate);

/* Nobody will look at it any more: what runs is stopped and recorded. */
void ph_chat_close (PhChat *self);

G_END_DECLS

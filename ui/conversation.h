/* conversation.h - the questions of a chat with their answers, oldest first
 *
 * Scrolls along with an answer that grows, unless the reader has scrolled up.  One turn
 * is chosen: the picture shows what its queries looked at.  Of a long chat only the last
 * questions have widgets; earlier ones get theirs when the reader scrolls up to them.
 *
 * Signals: "chosen" (PhTurn), "act" (PhExchange, string, string: see turn-row.h).
 */
#pragma once

#include "ui/exchange.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define PH_TYPE_CONVERSATION (ph_conversation_get_type ())
G_DECLARE_FINAL_TYPE (PhConversation, ph_conversation, PH, CONVERSATION, GtkBox)

/* @exchanges of PhExchange; the last is chosen, if there is one. */
void ph_conversation_set_exchanges (PhConversation *self, GListModel *exchanges);
void ph_conversation_choose_last (PhConversation *self);
/* NULL: none. */
void ph_conversation_choose (PhConversation *self, PhExchange *exchange);
PhExchange *ph_conversation_get_chosen (PhConversation *self);  /* borrowed, or NULL */
PhTurn *ph_conversation_get_chosen_turn (PhConversation *self); /* borrowed, or NULL */

/* Whether each question says by a small picture what it is about. */
void ph_conversation_set_shows_pictures (PhConversation *self, gboolean shows);
/* A line for a question and one for its answer. */
void ph_conversation_set_compact (PhConversation *self, gboolean compact);
gboolean ph_conversation_get_compact (PhConversation *self);

/* What stands there before the first question, one line. */
void ph_conversation_set_hint (PhConversation *self, const char *hint);

G_END_DECLS

/* conversation.h - the turns of a chat, oldest first
 *
 * Scrolls along with an answer that grows, unless the reader has scrolled up.  One turn
 * is chosen: the picture shows what its queries looked at.
 *
 * Signal "chosen" (PhTurn).
 */
#pragma once

#include "ui/turn.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define PH_TYPE_CONVERSATION (ph_conversation_get_type ())
G_DECLARE_FINAL_TYPE (PhConversation, ph_conversation, PH, CONVERSATION, GtkBox)

/* @turns of PhTurn; the last is chosen, if there is one. */
void ph_conversation_set_turns (PhConversation *self, GListModel *turns);
void ph_conversation_choose_last (PhConversation *self);
PhTurn *ph_conversation_get_chosen (PhConversation *self); /* borrowed, or NULL */

/* What stands there before the first question, one line. */
void ph_conversation_set_hint (PhConversation *self, const char *hint);

G_END_DECLS

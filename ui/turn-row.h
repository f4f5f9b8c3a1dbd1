/* turn-row.h - one question and its answer in the conversation
 *
 * With what can be done to it: in a row of buttons, in a menu and by keys.  What belongs
 * to the row alone it does itself, the rest is asked for.
 *
 * Signal "act" (string: one of the names below, string: a text or NULL):
 *   "copy-answer", "copy-question"
 *   "regenerate"    ask the same again, as a variant
 *   "ask-edited"    ask the text instead, as a variant
 *   "continue"      go on with an answer that was cut
 *   "ask-current", "ask-all"   ask the same about the current picture, or about all
 *   "branch"        a new chat of the questions up to this one
 *   "cancel"        it waits, and is no longer wanted
 *   "delete"
 */
#pragma once

#include "ui/exchange.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define PH_TYPE_TURN_ROW (ph_turn_row_get_type ())
G_DECLARE_FINAL_TYPE (PhTurnRow, ph_turn_row, PH, TURN_ROW, GtkListBoxRow)

GtkWidget *ph_turn_row_new (PhExchange *exchange);
PhExchange *ph_turn_row_get_exchange (PhTurnRow *self); /* borrowed */

/* Whether the picture that was asked about stands beside the question. */
void ph_turn_row_set_shows_picture (PhTurnRow *self, gboolean shows);
/* On two lines, without buttons, to compare many. */
void ph_turn_row_set_compact (PhTurnRow *self, gboolean compact);

G_END_DECLS

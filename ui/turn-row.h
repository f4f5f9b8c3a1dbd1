/* turn-row.h - one question and its answer in the conversation */
#pragma once

#include "ui/turn.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define PH_TYPE_TURN_ROW (ph_turn_row_get_type ())
G_DECLARE_FINAL_TYPE (PhTurnRow, ph_turn_row, PH, TURN_ROW, GtkListBoxRow)

GtkWidget *ph_turn_row_new (PhTurn *turn);
PhTurn *ph_turn_row_get_turn (PhTurnRow *self); /* borrowed */

G_END_DECLS

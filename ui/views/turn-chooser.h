/* turn-chooser.h - a button whose menu has the turns that can be laid beside the present
 *
 * Reads the history when it is opened, those of the present chat first.
 *
 * Signal "chosen" (pointer, PhPastTurn, borrowed; NULL: none any more).
 */
#pragma once

#include "ui/look.h"
#include "ui/views/past-turns.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define PH_TYPE_TURN_CHOOSER (ph_turn_chooser_get_type ())
G_DECLARE_FINAL_TYPE (PhTurnChooser, ph_turn_chooser, PH, TURN_CHOOSER, GtkWidget)

/* Once.  @same_picture: only turns about the picture of the present one. */
void ph_turn_chooser_set_context (PhTurnChooser *self,
                                  PhHistory *history,
                                  PhLook *look,
                                  gboolean same_picture);

/* For those who do not see it, and what the button says while nothing is chosen. */
void ph_turn_chooser_name (PhTurnChooser *self, const char *name, const char *invitation);

/* What the button says now; NULL for the invitation, because what was chosen no longer
 * is. */
void ph_turn_chooser_say (PhTurnChooser *self, const char *text);

G_END_DECLS

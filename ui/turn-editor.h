/* turn-editor.h - what was said, to be changed in its place
 *
 * Ctrl+Enter takes the text, Escape leaves it as it was.
 *
 * Signals: "taken" (string), "left".  Either comes once, and the editor is of no use
 * after it.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define PH_TYPE_TURN_EDITOR (ph_turn_editor_get_type ())
G_DECLARE_FINAL_TYPE (PhTurnEditor, ph_turn_editor, PH, TURN_EDITOR, GtkBox)

/* @name says what is edited, to who cannot see it; @take is on the button. */
GtkWidget *ph_turn_editor_new (const char *text, const char *name, const char *take);
void ph_turn_editor_leave (PhTurnEditor *self);

G_END_DECLS

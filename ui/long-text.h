/* long-text.h - a text of any length that grows at its end
 *
 * Shown as labels of a few thousand characters: what is appended changes the last of them
 * alone, a long text comes in a few labels a frame, and labels out of sight are not
 * drawn. The text can be selected, within a label.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define PH_TYPE_LONG_TEXT (ph_long_text_get_type ())
G_DECLARE_FINAL_TYPE (PhLongText, ph_long_text, PH, LONG_TEXT, GtkWidget)

void ph_long_text_set_text (PhLongText *self, const char *text);
/* On one line, cut at its end. */
void ph_long_text_set_single (PhLongText *self, gboolean single);
/* What a right click offers besides copying. */
void ph_long_text_set_extra_menu (PhLongText *self, GMenuModel *menu);

G_END_DECLS

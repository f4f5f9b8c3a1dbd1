/* wrap.h - children side by side, and on further lines where the width ends
 *
 * What GtkFlowBox does without its columns, selection and extra focus: controls keep
 * their own widths, so that as many as fit share a line.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define PH_TYPE_WRAP (ph_wrap_get_type ())
G_DECLARE_FINAL_TYPE (PhWrap, ph_wrap, PH, WRAP, GtkWidget)

/* Lines begin where those of a text do, instead of being centred. */
void ph_wrap_set_is_text (PhWrap *self, gboolean is_text);

G_END_DECLS

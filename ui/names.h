/* names.h - what widgets are called for those who do not see them
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

void ph_name_widget (GtkWidget *widget, const char *name);

/* The focus of a list lies on the button inside, which would be named by its text alone:
 * both get @name. */
void ph_name_list (GtkDropDown *list, const char *name);

G_END_DECLS

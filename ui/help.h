/* help.h - the few pages one reads first, in a window of their own */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

void ph_help_show (GtkWindow *parent);

G_END_DECLS

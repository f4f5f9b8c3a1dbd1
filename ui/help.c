#include "ui/help.h"

#define RESOURCE "/org/pinhole/Pinhole/help.ui"

void
ph_help_show (GtkWindow *parent)
{
  g_autoptr (GtkBuilder) builder = gtk_builder_new_from_resource (RESOURCE);
  GtkWindow *window = GTK_WINDOW (gtk_builder_get_object (builder, "help"));

  gtk_window_set_transient_for (window, parent);
  gtk_window_present (window);
}

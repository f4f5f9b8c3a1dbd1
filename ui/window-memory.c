/* What a window looked like when it was closed, and looks like again. */
#include "ui/window-private.h"

#include "ui/settings.h"

void
ph_window_restore (PhWindow *self)
{
  int width = ph_settings_get_int ("window-width");
  int height = ph_settings_get_int ("window-height");
  g_autofree char *view = ph_settings_dup_string ("inspector-view");

  if (width > 0 && height > 0)
    gtk_window_set_default_size (GTK_WINDOW (self), width, height);
  if (ph_settings_get_boolean ("window-maximized"))
    gtk_window_maximize (GTK_WINDOW (self));
  adw_flap_set_reveal_flap (self->flap, !ph_settings_get_boolean ("chats-hidden"));
  adw_flap_set_reveal_flap (self->inspector_flap,
                            ph_settings_get_boolean ("inspector-shown"));
  ph_inspector_show_view (self->inspector, view);
}

/* In a narrow window the flaps come and go by themselves: only what is shown or hidden
 * beside the rest was a choice. */
void
ph_window_remember (PhWindow *self)
{
  gboolean maximized = gtk_window_is_maximized (GTK_WINDOW (self));
  int width, height;

  gtk_window_get_default_size (GTK_WINDOW (self), &width, &height);
  ph_settings_set_boolean ("window-maximized", maximized);
  if (!maximized) {
    ph_settings_set_int ("window-width", width);
    ph_settings_set_int ("window-height", height);
  }
  if (!adw_flap_get_folded (self->flap))
    ph_settings_set_boolean ("chats-hidden", !adw_flap_get_reveal_flap (self->flap));
  if (!adw_flap_get_folded (self->inspector_flap))
    ph_settings_set_boolean ("inspector-shown",
                             adw_flap_get_reveal_flap (self->inspector_flap));
  ph_settings_set_string ("inspector-view", ph_inspector_get_view (self->inspector));
}

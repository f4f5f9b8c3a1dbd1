#include "ui/application-private.h"

#include "ui/help.h"
#include "ui/preferences.h"

#include <glib/gi18n.h>

void
ph_application_close_windows (PhApplication *self)
{
  GList *windows;

  while ((windows = gtk_application_get_windows (GTK_APPLICATION (self))) != NULL)
    gtk_window_destroy (windows->data);
}

static void
quit_action (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  ph_application_close_windows (self);
}

static void
preferences_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  PhApplication *self = data;

  ph_preferences_show (gtk_application_get_active_window (data), self->history);
}

static void
help_action (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  ph_help_show (gtk_application_get_active_window (self));
}

static void
about_action (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  adw_show_about_window (
      gtk_application_get_active_window (self), "application-name", "Pinhole",
      "application-icon", PH_APPLICATION_ID, "version", PINHOLE_VERSION, "developer-name",
      _ ("The Pinhole authors"), "license-type", GTK_LICENSE_MIT_X11, "copyright",
      _ ("© The Pinhole authors"), "translator-credits",
      /* Translators: your names, one a line */
      _ ("translator-credits"), "comments",
      _ ("Ask about a picture, read the answer as it is written, and see what the "
         "queries of the Q-Former looked at. Everything runs on this machine."),
      NULL);
}

/* A notification that is clicked brings the window back. */
static void
present_action (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  g_application_activate (self);
}

static void
set_shortcuts (GtkApplication *application)
{
  static const struct {
    const char *action;
    const char *keys[3];
  } shortcuts[] = {
    { "app.quit", { "<Control>q" } },
    { "app.preferences", { "<Control>comma" } },
    { "app.help", { "F1" } },
    { "window.close", { "<Control>w" } },
    { "win.open", { "<Control>o" } },
    { "win.paste", { "<Control>v" } },
    { "win.open-model", { "<Control><Shift>o" } },
    { "win.show-models", { "<Control>m" } },
    { "win.new-scene", { "<Control><Shift>n" } },
    { "win.new-chat", { "<Control>n" } },
    { "win.search", { "<Control>f" } },
    { "win.new-temporary-chat", { "<Control><Shift>t" } },
    { "win.toggle-compact", { "<Control><Shift>k" } },
    { "win.ask-again", { "<Control>r" } },
    { "win.copy-answer", { "<Control><Shift>c" } },
    { "win.focus-question", { "<Control>l" } },
    { "win.toggle-chats", { "F9" } },
    { "win.toggle-inspector", { "F8" } },
    { "win.escape", { "Escape" } },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (shortcuts); i++)
    gtk_application_set_accels_for_action (application, shortcuts[i].action,
                                           shortcuts[i].keys);
}

void
ph_application_add_actions (PhApplication *self)
{
  static const GActionEntry actions[] = {
    { .name = "quit", .activate = quit_action },
    { .name = "preferences", .activate = preferences_action },
    { .name = "help", .activate = help_action },
    { .name = "about", .activate = about_action },
    { .name = "present", .activate = present_action },
  };

  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions),
                                   self);
  set_shortcuts (GTK_APPLICATION (self));
}

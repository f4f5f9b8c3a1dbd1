#include "ui/preferences.h"

#include "ui/cleanup.h"
#include "ui/settings.h"

#include <glib/gi18n.h>

#define PH_TYPE_PREFERENCES (ph_preferences_get_type ())
G_DECLARE_FINAL_TYPE (PhPreferences,
                      ph_preferences,
                      PH,
                      PREFERENCES,
                      AdwPreferencesWindow)

struct _PhPreferences {
  AdwPreferencesWindow parent_instance;

  /* Template children */
  AdwComboRow *color_scheme;
  AdwComboRow *color_map;
  AdwComboRow *idle_unload;
  GtkSwitch *notify;
  GtkSpinButton *purge_days;

  /* Borrowed */
  PhHistory *history;
};

G_DEFINE_FINAL_TYPE (PhPreferences, ph_preferences, ADW_TYPE_PREFERENCES_WINDOW)

/* The entries of the list, in seconds. */
static const int idle_choices[] = { 0, 300, 900, 1800, 3600 };

/* Enumerations of the schema are counted as the lists are. */
static void
enum_chosen_cb (AdwComboRow *row, GParamSpec *pspec, const char *key)
{
  ph_settings_set_enum (key, (int) adw_combo_row_get_selected (row));
}

static void
idle_chosen_cb (AdwComboRow *row)
{
  ph_settings_set_int ("idle-unload-seconds",
                       idle_choices[adw_combo_row_get_selected (row)]);
}

/* What was set elsewhere is shown as the next longer choice, and kept. */
static void
show_idle (AdwComboRow *row)
{
  int seconds = ph_settings_get_int ("idle-unload-seconds");
  guint choice = 0;

  while (choice < G_N_ELEMENTS (idle_choices) - 1 && idle_choices[choice] < seconds)
    choice++;
  adw_combo_row_set_selected (row, choice);
  g_signal_connect (row, "notify::selected", G_CALLBACK (idle_chosen_cb), NULL);
}

static void
show_enum (AdwComboRow *row, const char *key)
{
  adw_combo_row_set_selected (row, (guint) ph_settings_get_enum (key));
  g_signal_connect (row, "notify::selected", G_CALLBACK (enum_chosen_cb), (gpointer) key);
}

static void
notify_switched_cb (GtkSwitch *notify)
{
  ph_settings_set_boolean ("answer-silent", !gtk_switch_get_active (notify));
}

static void
show_notify (GtkSwitch *notify)
{
  gtk_switch_set_active (notify, !ph_settings_get_boolean ("answer-silent"));
  g_signal_connect (notify, "notify::active", G_CALLBACK (notify_switched_cb), NULL);
}

/* --- erasing for good --- */

static void
tell_erased (PhPreferences *self, int n, const GError *error)
{
  g_autofree char *text = NULL;

  if (n < 0)
    text = g_strdup (error->message);
  else if (n == 0)
    text = g_strdup (_ ("There are no deleted chats"));
  else
    text =
        g_strdup_printf (ngettext ("%d chat erased", "%d chats erased", (gulong) n), n);
  adw_preferences_window_add_toast (ADW_PREFERENCES_WINDOW (self), adw_toast_new (text));
}

static void
confirmed_cb (AdwMessageDialog *dialog, const char *response, PhPreferences *self)
{
  g_autoptr (GError) error = NULL;

  if (g_str_equal (response, "erase")) {
    int n = ph_cleanup_purge (self->history, 0, &error);

    tell_erased (self, n, error);
  }
}

static void
erase_cb (GtkButton *button, PhPreferences *self)
{
  GtkWidget *dialog = adw_message_dialog_new (
      GTK_WINDOW (self), _ ("Erase Deleted Chats?"),
      _ ("Their questions, answers and pictures leave the disk. They cannot be brought "
         "back."));

  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("_Cancel"),
                                    "erase", _ ("_Erase"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "erase",
                                              ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_signal_connect_object (dialog, "response", G_CALLBACK (confirmed_cb), self, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

void
ph_preferences_show (GtkWindow *parent, PhHistory *history)
{
  PhPreferences *self = g_object_new (PH_TYPE_PREFERENCES, "transient-for", parent,
                                      "destroy-with-parent", TRUE, NULL);

  self->history = history;
  gtk_window_present (GTK_WINDOW (self));
}

static void
ph_preferences_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), PH_TYPE_PREFERENCES);
  G_OBJECT_CLASS (ph_preferences_parent_class)->dispose (object);
}

static void
ph_preferences_class_init (PhPreferencesClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ph_preferences_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/pinhole/Pinhole/preferences.ui");
  gtk_widget_class_bind_template_child (widget_class, PhPreferences, color_scheme);
  gtk_widget_class_bind_template_child (widget_class, PhPreferences, color_map);
  gtk_widget_class_bind_template_child (widget_class, PhPreferences, idle_unload);
  gtk_widget_class_bind_template_child (widget_class, PhPreferences, notify);
  gtk_widget_class_bind_template_child (widget_class, PhPreferences, purge_days);
  gtk_widget_class_bind_template_callback (widget_class, erase_cb);
}

static void
ph_preferences_init (PhPreferences *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  show_enum (self->color_scheme, "color-scheme");
  show_enum (self->color_map, "color-map");
  show_idle (self->idle_unload);
  show_notify (self->notify);
  ph_settings_bind ("purge-days", self->purge_days, "value");
}

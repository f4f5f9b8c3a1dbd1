#include "ui/notice.h"

#include "ui/settings.h"

#include <glib/gi18n.h>

#define ID "answer"

static void
activity_cb (GtkWindow *window)
{
  GtkApplication *application = gtk_window_get_application (window);

  if (application != NULL && gtk_window_is_active (window))
    g_application_withdraw_notification (G_APPLICATION (application), ID);
}

void
ph_notice_follow (GtkWindow *window)
{
  g_signal_connect (window, "notify::is-active", G_CALLBACK (activity_cb), NULL);
}

void
ph_notice_answer (GtkWindow *window, const char *prompt, const char *answer)
{
  GtkApplication *application = gtk_window_get_application (window);
  g_autoptr (GNotification) notification = NULL;

  if (application == NULL || gtk_window_is_active (window) ||
      ph_settings_get_boolean ("answer-silent"))
    return;

  notification = g_notification_new (*prompt != '\0' ? prompt : _ ("The picture"));
  g_notification_set_body (notification, answer);
  g_notification_set_default_action (notification, "app.present");
  g_application_send_notification (G_APPLICATION (application), ID, notification);
}

/* org.freedesktop.portal.Screenshot: the call answers with the path of a Request object,
 * which tells the end by a signal.  The path is known beforehand, from our name on the
 * bus and a token, and is listened to before the call: the signal may come first. */
#include "ui/screenshot.h"

#include <glib/gi18n.h>

#define BUS_NAME "org.freedesktop.portal.Desktop"
#define OBJECT "/org/freedesktop/portal/desktop"

typedef struct {
  PhScreenshotCallback callback;
  gpointer data;
  GDBusConnection *bus; /* owned; NULL before there is one */
  guint subscription;
} Screenshot;

static void
deliver (Screenshot *self, const char *path, const GError *error)
{
  if (self->subscription != 0)
    g_dbus_connection_signal_unsubscribe (self->bus, self->subscription);
  g_clear_object (&self->bus);
  self->callback (path, error, self->data);
  g_free (self);
}

static void
deliver_none (Screenshot *self, int code, const char *sentence)
{
  g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, code, sentence);

  deliver (self, NULL, error);
}

static void
response_cb (GDBusConnection *bus,
             const char *sender,
             const char *object,
             const char *interface,
             const char *signal,
             GVariant *parameters,
             gpointer data)
{
  g_autoptr (GVariant) results = NULL;
  g_autofree char *path = NULL;
  const char *uri = NULL;
  guint response;

  g_variant_get (parameters, "(u@a{sv})", &response, &results);
  if (response == 0 && g_variant_lookup (results, "uri", "&s", &uri))
    path = g_filename_from_uri (uri, NULL, NULL);
  if (path != NULL)
    deliver (data, path, NULL);
  else if (response == 1)
    deliver_none (data, G_IO_ERROR_CANCELLED, _ ("no screenshot was taken"));
  else
    deliver_none (data, G_IO_ERROR_FAILED, _ ("the desktop could not take a screenshot"));
}

static void
called_cb (GObject *bus, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (bus), result, &error);

  if (answer == NULL)
    deliver_none (data, G_IO_ERROR_NOT_SUPPORTED,
                  _ ("this desktop has no portal that takes screenshots"));
}

static void
listen (Screenshot *self, const char *token)
{
  g_autofree char *name = g_strdelimit (
      g_strdup (g_dbus_connection_get_unique_name (self->bus) + 1), ".", '_');
  g_autofree char *request = g_strdup_printf (OBJECT "/request/%s/%s", name, token);

  self->subscription = g_dbus_connection_signal_subscribe (
      self->bus, BUS_NAME, "org.freedesktop.portal.Request", "Response", request, NULL,
      G_DBUS_SIGNAL_FLAGS_NONE, response_cb, self, NULL);
}

static void
bus_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Screenshot *self = data;
  g_autofree char *token = g_strdup_printf ("pinhole%u", g_random_int ());
  g_autoptr (GError) error = NULL;
  GVariantBuilder options;

  self->bus = g_bus_get_finish (result, &error);
  if (self->bus == NULL) {
    deliver (self, NULL, error);
    return;
  }
  listen (self, token);
  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&options, "{sv}", "handle_token", g_variant_new_string (token));
  g_variant_builder_add (&options, "{sv}", "interactive", g_variant_new_boolean (TRUE));
  g_dbus_connection_call (
      self->bus, BUS_NAME, OBJECT, "org.freedesktop.portal.Screenshot", "Screenshot",
      g_variant_new ("(sa{sv})", "", &options), G_VARIANT_TYPE ("(o)"),
      G_DBUS_CALL_FLAGS_NONE, -1, NULL, called_cb, self);
}

void
ph_screenshot_take (PhScreenshotCallback callback, gpointer data)
{
  Screenshot *self = g_new0 (Screenshot, 1);

  self->callback = callback;
  self->data = data;
  g_bus_get (G_BUS_TYPE_SESSION, NULL, bus_cb, self);
}

#include "ui/settings.h"

#include <glib/gstdio.h>

#define SCHEMA "org.pinhole.Pinhole"
#define COPY "/org/pinhole/Pinhole/gschemas.compiled"
#define COMPILED "gschemas.compiled"

/* GLib reads compiled schemas out of folders only, and maps the file: it is needed no
 * longer than it takes to open it. */
static GSettingsSchema *
open_copy (void)
{
  g_autoptr (GBytes) bytes = g_resources_lookup_data (COPY, 0, NULL);
  g_autofree char *folder = g_dir_make_tmp ("pinhole-XXXXXX", NULL);
  g_autofree char *path = NULL;
  g_autoptr (GSettingsSchemaSource) source = NULL;

  if (bytes == NULL || folder == NULL)
    return NULL;

  path = g_build_filename (folder, COMPILED, NULL);
  if (g_file_set_contents (path, g_bytes_get_data (bytes, NULL),
                           (gssize) g_bytes_get_size (bytes), NULL))
    source = g_settings_schema_source_new_from_directory (folder, NULL, TRUE, NULL);
  g_unlink (path);
  g_rmdir (folder);
  return source != NULL ? g_settings_schema_source_lookup (source, SCHEMA, FALSE) : NULL;
}

static GSettings *
open_settings (void)
{
  g_autoptr (GSettingsSchema) schema = open_copy ();

  return schema != NULL ? g_settings_new_full (schema, NULL, NULL) : NULL;
}

/* Of this process; NULL where there is no schema. */
static GSettings *
get_settings (void)
{
  static GSettings *settings;
  static gboolean looked;

  if (!looked)
    settings = open_settings ();
  looked = TRUE;
  return settings;
}

gboolean
ph_settings_get_boolean (const char *key)
{
  GSettings *settings = get_settings ();

  return settings != NULL && g_settings_get_boolean (settings, key);
}

int
ph_settings_get_int (const char *key)
{
  GSettings *settings = get_settings ();

  return settings != NULL ? g_settings_get_int (settings, key) : 0;
}

double
ph_settings_get_double (const char *key)
{
  GSettings *settings = get_settings ();

  return settings != NULL ? g_settings_get_double (settings, key) : 0;
}

int
ph_settings_get_enum (const char *key)
{
  GSettings *settings = get_settings ();

  return settings != NULL ? g_settings_get_enum (settings, key) : 0;
}

char *
ph_settings_dup_string (const char *key)
{
  GSettings *settings = get_settings ();

  return settings != NULL ? g_settings_get_string (settings, key) : g_strdup ("");
}

void
ph_settings_set_boolean (const char *key, gboolean value)
{
  if (get_settings () != NULL)
    g_settings_set_boolean (get_settings (), key, value);
}

void
ph_settings_set_int (const char *key, int value)
{
  if (get_settings () != NULL)
    g_settings_set_int (get_settings (), key, value);
}

void
ph_settings_set_double (const char *key, double value)
{
  if (get_settings () != NULL)
    g_settings_set_double (get_settings (), key, value);
}

void
ph_settings_set_enum (const char *key, int value)
{
  if (get_settings () != NULL)
    g_settings_set_enum (get_settings (), key, value);
}

void
ph_settings_set_string (const char *key, const char *value)
{
  if (get_settings () != NULL)
    g_settings_set_string (get_settings (), key, value);
}

void
ph_settings_bind (const char *key, gpointer object, const char *property)
{
  if (get_settings () != NULL)
    g_settings_bind (get_settings (), key, object, property, G_SETTINGS_BIND_DEFAULT);
}

void
ph_settings_watch (const char *key, gpointer object, PhSettingsChanged changed)
{
  g_autofree char *signal = g_strconcat ("changed::", key, NULL);

  if (get_settings () != NULL)
    g_signal_connect_object (get_settings (), signal, G_CALLBACK (changed), object,
                             G_CONNECT_SWAPPED);
  changed (object);
}

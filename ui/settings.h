/* settings.h - what the window remembers from one start to the next
 *
 * The keys are those of resources/org.pinhole.Pinhole.gschema.xml.  GLib ends a program
 * whose schema is not installed, or is that of an older version: this one reads the copy
 * that is built into it.  Where even that cannot be had, values are 0, false or empty,
 * what is set is forgotten, and objects that are bound keep the values they have.
 *
 * Main thread only.  To remember more, add a key to the schema, with a name such that 0
 * does no harm.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

gboolean ph_settings_get_boolean (const char *key);
int ph_settings_get_int (const char *key);
double ph_settings_get_double (const char *key);
int ph_settings_get_enum (const char *key);
char *ph_settings_dup_string (const char *key);

void ph_settings_set_boolean (const char *key, gboolean value);
void ph_settings_set_int (const char *key, int value);
void ph_settings_set_double (const char *key, double value);
void ph_settings_set_enum (const char *key, int value);
void ph_settings_set_string (const char *key, const char *value);

/* Property and key follow one another as long as @object lives; the property begins with
 * what the key says. */
void ph_settings_bind (const char *key, gpointer object, const char *property);

/* Calls @changed with @object alone now and after every change, as long as it lives. */
typedef void (*PhSettingsChanged) (gpointer object);
void ph_settings_watch (const char *key, gpointer object, PhSettingsChanged changed);

G_END_DECLS

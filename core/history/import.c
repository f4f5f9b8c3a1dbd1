/* The file is a stranger's: every member is looked at, whatever refers to another member
 * refers to one that is there, and a record is one that can be opened.
 *
 * One thing cannot be checked here: that a picture's file has the pixels by whose hash
 * the history knows pictures.  If it were believed, a file could put another picture in
 * the place of one that is not here yet.  So imported pictures are known by a hash of
 * their file, which no pixels have. */
#include "core/history/import.h"

#include "core/base/error.h"
#include "core/base/record.h"
#include "core/formats/json.h"
#include "core/formats/map.h"
#include "core/history/database.h"
#include "core/history/export-private.h"
#include "core/history/history-private.h"
#include "core/history/session.h"

#include <string.h>

#define MAX_VALUES ((size_t) 1 << 20)
#define MAX_SIDE 65535
#define MAX_TIME 9007199254740992.0 /* µs: the year 2255 */

static void
clear_picture (gpointer data)
{
  PhImportPicture *picture = data;

  g_clear_pointer (&picture->file, g_bytes_unref);
  g_free (picture->hash);
}

static void
clear_turn (gpointer data)
{
  PhImportTurn *turn = data;

  g_clear_pointer (&turn->ids, g_bytes_unref);
  g_clear_pointer (&turn->record, g_bytes_unref);
}

void
ph_import_free (PhImport *self)
{
  g_array_unref (self->pictures);
  g_array_unref (self->turns);
  g_clear_pointer (&self->document, json_decref);
  g_free (self);
}

/* Bytes */

static bool
is_base64 (const char *text, size_t length)
{
  size_t n_padding = 0;

  while (n_padding < 2 && n_padding < length && text[length - 1 - n_padding] == '=')
    n_padding++;
  for (size_t i = 0; i < length - n_padding; i++)
    if (!g_ascii_isalnum (text[i]) && text[i] != '+' && text[i] != '/')
      return false;
  return length % 4 == 0 && length > 0;
}

/* Takes the member out of @object: as text it is needed no more. */
static bool
take_bytes (json_t *object,
            const char *where,
            const char *name,
            GBytes **bytes,
            GError **error)
{
  const json_t *value = json_object_get (object, name);
  size_t n_bytes;
  guchar *decoded;

  if (value == NULL || json_is_null (value))
    return true;
  if (!json_is_string (value) ||
      !is_base64 (json_string_value (value), json_string_length (value)))
    return ph_fail (error, PH_ERROR_FORMAT, "%s.%s is not base64", where, name);

  decoded = g_base64_decode (json_string_value (value), &n_bytes);
  *bytes = g_bytes_new_take (decoded, n_bytes);
  json_object_del (object, name);
  return n_bytes <= PH_DATABASE_MAX_BLOB ||
         ph_fail (error, PH_ERROR_RANGE, "%s.%s is %zu bytes long, not up to %d", where,
                  name, n_bytes, PH_DATABASE_MAX_BLOB);
}

/* Pictures */

static char *
hash_file (GBytes *file)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);

  g_checksum_update (checksum, (const guchar *) "file", 4);
  g_checksum_update (checksum, g_bytes_get_data (file, NULL),
                     (gssize) g_bytes_get_size (file));
  return g_strdup (g_checksum_get_string (checksum));
}

static bool
read_picture (PhImport *self, json_t *object, const char *where, GError **error)
{
  static const PhJsonField fields[] = {
    { "width", PH_JSON_INT, offsetof (PhImportPicture, width), 1, MAX_SIDE,
      .required = true },
    { "height", PH_JSON_INT, offsetof (PhImportPicture, height), 1, MAX_SIDE,
      .required = true },
  };
  PhImportPicture picture = { 0 };
  bool read =
      ph_json_read (object, where, fields, G_N_ELEMENTS (fields), &picture, error) &&
      take_bytes (object, where, "file", &picture.file, error);

  picture.hash = picture.file != NULL
                     ? hash_file (picture.file)
                     : g_strdup_printf ("none-%016" G_GINT64_MODIFIER "x",
                                        (guint64) ph_random_id ());
  g_array_append_val (self->pictures, picture);
  return read;
}

/* Turns */

static bool
read_ids (PhImportTurn *turn, const json_t *object, const char *where, GError **error)
{
  const json_t *list = json_object_get (object, "ids"), *value;
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (int32_t));
  size_t i;

  if (list != NULL && !json_is_array (list) && !json_is_null (list))
    return ph_fail (error, PH_ERROR_FORMAT, "%s.ids is not an array", where);
  json_array_foreach (list, i, value)
  {
    json_int_t id = json_integer_value (value);
    int32_t stored = GINT32_TO_LE ((int32_t) id);

    if (!json_is_integer (value) || id < INT32_MIN || id > INT32_MAX)
      return ph_fail (error, PH_ERROR_FORMAT, "%s.ids[%zu] is not a 32-bit number", where,
                      i);
    g_array_append_val (ids, stored);
  }
  if (ids->len > 0)
    turn->ids = g_bytes_new (ids->data, ids->len * sizeof (int32_t));
  return true;
}

static bool
read_record (PhImportTurn *turn, json_t *object, const char *where, GError **error)
{
  g_autoptr (PhRecord) record = NULL;

  if (!take_bytes (object, where, "record", &turn->record, error))
    return false;
  if (turn->record == NULL)
    return true;
  record = ph_record_from_bytes (turn->record, error);
  if (record == NULL)
    g_prefix_error (error, "%s.record: ", where);
  return record != NULL;
}

static bool
check_state (const char *state, const char *where, GError **error)
{
  static const PhTurnState states[] = { PH_TURN_DONE, PH_TURN_CANCELLED, PH_TURN_FAILED,
                                        PH_TURN_INTERRUPTED };
  g_autofree char *shown = ph_printable (state);

  for (size_t i = 0; i < G_N_ELEMENTS (states); i++)
    if (g_str_equal (state, ph_turn_state_get_name (states[i])))
      return true;
  return ph_fail (error, PH_ERROR_FORMAT,
                  "%s.state is \"%s\", not done, cancelled, failed or interrupted", where,
                  shown);
}

/* The history keeps these as text, and others read them. */
static bool
check_object (const char *text, const char *where, const char *name, GError **error)
{
  g_autoptr (PhJson) value = NULL;

  if (text == NULL)
    return true;
  value = ph_json_parse (text, strlen (text), MAX_VALUES, error);
  if (value == NULL)
    g_prefix_error (error, "%s.%s: ", where, name);
  return value != NULL;
}

/* What is meant must be there, and a variant must be one of a turn that is none. */
static bool
check_places (const PhImport *self,
              const PhImportTurn *turn,
              const char *where,
              GError **error)
{
  int64_t first = turn->variant_of;

  if (turn->picture >= (int64_t) self->pictures->len)
    return ph_fail (error, PH_ERROR_RANGE,
                    "%s.picture is %" G_GINT64_FORMAT ", and there are %u pictures",
                    where, turn->picture, self->pictures->len);
  return first < 0 ||
         (first < (int64_t) self->turns->len &&
          g_array_index (self->turns, PhImportTurn, first).variant_of < 0) ||
         ph_fail (error, PH_ERROR_RANGE,
                  "%s.variant_of is %" G_GINT64_FORMAT ", which is no turn before it",
                  where, first);
}

#define TEXT(name)                                                                       \
  {                                                                                      \
#name, PH_JSON_TEXT, offsetof(PhImportTurn, name)                                    \
  }
#define NEEDED(name)                                                                     \
  {                                                                                      \
#name, PH_JSON_TEXT, offsetof(PhImportTurn, name), .required = true                  \
  }
#define TIME(name)                                                                       \
  {                                                                                      \
#name, PH_JSON_INT, offsetof(PhImportTurn, name), 0, MAX_TIME                        \
  }
#define PLACE(name)                                                                      \
  {                                                                                      \
#name, PH_JSON_INT, offsetof(PhImportTurn, name), 0, MAX_VALUES, .standard = -1      \
  }

static const PhJsonField turn_fields[] = {
  NEEDED (state),  NEEDED (model),     NEEDED (prompt), NEEDED (settings),
  NEEDED (answer), TEXT (stop_reason), TEXT (timings),  TEXT (picture_name),
  PLACE (picture), PLACE (variant_of), TIME (created),  TIME (finished),
  TIME (edited),
};

static bool
read_turn (PhImport *self, json_t *object, const char *where, GError **error)
{
  PhImportTurn turn = { 0 };
  bool read = ph_json_read (object, where, turn_fields, G_N_ELEMENTS (turn_fields), &turn,
                            error) &&
              check_state (turn.state, where, error) &&
              check_object (turn.settings, where, "settings", error) &&
              check_object (turn.timings, where, "timings", error) &&
              check_places (self, &turn, where, error) &&
              read_ids (&turn, object, where, error) &&
              read_record (&turn, object, where, error);

  g_array_append_val (self->turns, turn);
  return read;
}

/* The document */

typedef bool ReadItem (PhImport *self, json_t *object, const char *where, GError **error);

static bool
read_list (PhImport *self, const char *name, ReadItem *read_item, GError **error)
{
  json_t *list = ph_json_get_array (self->document, "", name, error), *object;
  size_t i;

  if (list == NULL)
    return false;
  json_array_foreach (list, i, object)
  {
    g_autofree char *where = g_strdup_printf ("%s[%zu]", name, i);

    if (!json_is_object (object))
      return ph_fail (error, PH_ERROR_FORMAT, "%s is not an object", where);
    if (!read_item (self, object, where, error))
      return false;
  }
  return true;
}

typedef struct {
  const char *format, *title;
  int64_t version, created;
} Header;

static bool
read_header (PhImport *self, GError **error)
{
  static const PhJsonField fields[] = {
    { "format", PH_JSON_TEXT, offsetof (Header, format), .required = true },
    { "version", PH_JSON_INT, offsetof (Header, version), 1, 1e6, .required = true },
    { "title", PH_JSON_TEXT, offsetof (Header, title), .required = true },
    { "created", PH_JSON_INT, offsetof (Header, created), 0, MAX_TIME },
  };
  Header header = { 0 };

  if (!ph_json_read (self->document, "", fields, G_N_ELEMENTS (fields), &header, error))
    return false;
  if (!g_str_equal (header.format, PH_EXPORT_FORMAT))
    return ph_fail (error, PH_ERROR_FORMAT, "format is not \"" PH_EXPORT_FORMAT "\"");
  if (header.version > PH_EXPORT_VERSION)
    return ph_fail (error, PH_ERROR_UNSUPPORTED,
                    "written by a newer Pinhole (version %d, this one knows %d)",
                    (int) header.version, PH_EXPORT_VERSION);
  self->title = header.title;
  self->created = header.created;
  return true;
}

PhImport *
ph_import_parse (const char *text, size_t n_bytes, GError **error)
{
  g_autoptr (PhImport) self = g_new0 (PhImport, 1);

  self->pictures = g_array_new (FALSE, FALSE, sizeof (PhImportPicture));
  self->turns = g_array_new (FALSE, FALSE, sizeof (PhImportTurn));
  g_array_set_clear_func (self->pictures, clear_picture);
  g_array_set_clear_func (self->turns, clear_turn);

  self->document = ph_json_parse (text, n_bytes, MAX_VALUES, error);
  if (self->document == NULL || !read_header (self, error) ||
      !read_list (self, "pictures", read_picture, error) ||
      !read_list (self, "turns", read_turn, error))
    return NULL;
  return g_steal_pointer (&self);
}

static PhImport *
load (const char *path, GError **error)
{
  g_autoptr (PhMap) map = ph_map_open (path, error);
  PhImport *import = NULL;

  if (map == NULL)
    return NULL;
  if (ph_map_get_size (map) > PH_EXPORT_MAX_BYTES)
    ph_fail (error, PH_ERROR_RANGE, "%zu MiB long, not up to %zu",
             ph_map_get_size (map) >> 20, PH_EXPORT_MAX_BYTES >> 20);
  else
    import = ph_import_parse ((const char *) ph_map_get_bytes (map),
                              ph_map_get_size (map), error);
  if (import == NULL)
    ph_prefix_path (error, path);
  return import;
}

bool
ph_history_import (PhHistory *self, const char *path, int64_t *chat, GError **error)
{
  PhImport *import = load (path, error);
  PhWrite *write;

  if (import == NULL)
    return false;
  write = ph_write_new (PH_WRITE_IMPORT, ph_random_id ());
  write->import = import;
  *chat = write->id;
  ph_history_queue (self, write);
  return true;
}

/* A chat as one JSON file; export-markdown.c is its other shape, and both begin with
 * ph_export_load(). */
#include "core/history/export-private.h"

#include "core/base/error.h"
#include "core/history/reader.h"

#include <jansson.h>
#include <string.h>

void
ph_export_clear (PhExport *self)
{
  g_clear_pointer (&self->chat, ph_history_chat_free);
  g_clear_pointer (&self->turns, g_ptr_array_unref);
  g_clear_pointer (&self->pictures, g_ptr_array_unref);
}

bool
ph_export_load (PhExport *self, PhHistory *history, int64_t chat, GError **error)
{
  self->history = history;
  self->chat = ph_history_load_chat (history, chat, error);
  if (self->chat != NULL)
    self->turns = ph_history_load_turns (history, chat, error);
  if (self->turns != NULL)
    self->pictures = ph_history_list_pictures (history, chat, error);
  return self->pictures != NULL;
}

int
ph_export_find_picture (const PhExport *self, const PhHistoryTurn *turn)
{
  for (guint i = 0; i < self->pictures->len; i++) {
    const PhHistoryPicture *picture = g_ptr_array_index (self->pictures, i);

    if (g_strcmp0 (picture->hash, turn->picture_hash) == 0)
      return (int) i;
  }
  return -1;
}

bool
ph_export_load_picture (const PhExport *self, size_t index, GBytes **file, GError **error)
{
  const PhHistoryPicture *picture = g_ptr_array_index (self->pictures, index);
  g_autoptr (GError) failure = NULL;

  *file = ph_history_load_picture (self->history, picture->hash, NULL, NULL, &failure);
  if (*file != NULL || g_error_matches (failure, PH_ERROR, PH_ERROR_RANGE))
    return true;
  g_propagate_error (error, g_steal_pointer (&failure));
  return false;
}

/* JSON */

typedef struct {
  const PhExport *from;
  size_t n_bytes; /* of base64 so far */
} Packing;

static bool
fits (size_t n_bytes, GError **error)
{
  return n_bytes <= PH_EXPORT_MAX_BYTES ||
         ph_fail (error, PH_ERROR_RANGE,
                  "more than %zu MiB of text, pictures and records: branch off a part",
                  PH_EXPORT_MAX_BYTES >> 20);
}

/* Sets @name of @object to @bytes, where there are any; gives them up. */
static bool
set_bytes (Packing *self, json_t *object, const char *name, GBytes *bytes, GError **error)
{
  g_autoptr (GBytes) given = bytes;
  g_autofree char *text = NULL;

  if (bytes == NULL)
    return true;
  self->n_bytes += g_bytes_get_size (bytes) / 3 * 4;
  if (!fits (self->n_bytes, error))
    return false;
  text = g_base64_encode (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  json_object_set_new (object, name, json_string_nocheck (text));
  return true;
}

static bool
pack_picture (Packing *self, size_t index, json_t *list, GError **error)
{
  const PhHistoryPicture *picture = g_ptr_array_index (self->from->pictures, index);
  json_t *object =
      json_pack ("{s:i, s:i}", "width", picture->width, "height", picture->height);
  GBytes *file;

  json_array_append_new (list, object);
  return ph_export_load_picture (self->from, index, &file, error) &&
         set_bytes (self, object, "file", file, error);
}

static json_t *
pack_ids (const PhHistoryTurn *turn)
{
  json_t *ids = json_array ();

  for (size_t i = 0; i < turn->n_ids; i++)
    json_array_append_new (ids, json_integer (turn->ids[i]));
  return ids;
}

/* The place of the first of its variants, or -1 for the first itself. */
static int
find_variant (const PhExport *self, guint place)
{
  const PhHistoryTurn *turn = g_ptr_array_index (self->turns, place);

  return turn->variant > 1 ? (int) place - (turn->variant - 1) : -1;
}

/* A turn that streams elsewhere will not go on here. */
static const char *
name_state (const PhHistoryTurn *turn)
{
  return ph_turn_state_get_name (turn->state == PH_TURN_STREAMING ? PH_TURN_INTERRUPTED
                                                                  : turn->state);
}

static bool
pack_turn (Packing *self, guint place, json_t *list, GError **error)
{
  const PhHistoryTurn *turn = g_ptr_array_index (self->from->turns, place);
  int picture = ph_export_find_picture (self->from, turn);
  int variant_of = find_variant (self->from, place);
  json_t *object = json_pack (
      "{s:s, s:s, s:s, s:s, s:s, s:s*, s:s*, s:s*, s:o, s:I, s:I, s:I}", "state",
      name_state (turn), "model", turn->model, "prompt", turn->prompt, "settings",
      turn->settings, "answer", turn->answer, "stop_reason", turn->stop_reason, "timings",
      turn->timings, "picture_name", turn->picture_name, "ids", pack_ids (turn),
      "created", (json_int_t) turn->created, "finished", (json_int_t) turn->finished,
      "edited", (json_int_t) turn->edited);
  GBytes *record = NULL;

  json_array_append_new (list, object);
  if (picture >= 0)
    json_object_set_new (object, "picture", json_integer (picture));
  if (variant_of >= 0)
    json_object_set_new (object, "variant_of", json_integer (variant_of));
  if (turn->has_record) {
    record = ph_history_load_record_bytes (self->from->history, turn->id, error);
    if (record == NULL)
      return false;
  }
  return set_bytes (self, object, "record", record, error);
}

static json_t *
pack (const PhExport *from, GError **error)
{
  Packing self = { .from = from };
  json_t *pictures = json_array (), *turns = json_array ();
  json_t *document =
      json_pack ("{s:s, s:i, s:s, s:I, s:o, s:o}", "format", PH_EXPORT_FORMAT, "version",
                 PH_EXPORT_VERSION, "title", from->chat->title, "created",
                 (json_int_t) from->chat->created, "pictures", pictures, "turns", turns);
  bool packed = true;

  for (guint i = 0; i < from->pictures->len && packed; i++)
    packed = pack_picture (&self, i, pictures, error);
  for (guint i = 0; i < from->turns->len && packed; i++)
    packed = pack_turn (&self, i, turns, error);
  if (!packed)
    g_clear_pointer (&document, json_decref);
  return document;
}

bool
ph_history_export_json (PhHistory *self, int64_t chat, const char *path, GError **error)
{
  g_auto (PhExport) from = { 0 };
  g_autofree char *text = NULL;
  json_t *document;

  if (!ph_export_load (&from, self, chat, error))
    return false;
  document = pack (&from, error);
  if (document == NULL)
    return false;
  text = json_dumps (document, JSON_INDENT (1));
  json_decref (document);
  return fits (strlen (text), error) &&
         ph_export_write (path, text, strlen (text), error);
}

bool
ph_export_write (const char *path, const char *bytes, size_t n_bytes, GError **error)
{
  g_autoptr (GError) failure = NULL;

  if (g_file_set_contents (path, bytes, (gssize) n_bytes, &failure))
    return true;
  ph_fail (error, PH_ERROR_IO, "cannot be written (%s)", failure->message);
  return ph_prefix_path (error, path);
}

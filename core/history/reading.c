#include "core/history/reader.h"

#include "core/base/error.h"

static const char *const state_names[] = {
  [PH_TURN_STREAMING] = "streaming",     [PH_TURN_DONE] = "done",
  [PH_TURN_CANCELLED] = "cancelled",     [PH_TURN_FAILED] = "failed",
  [PH_TURN_INTERRUPTED] = "interrupted",
};

const char *
ph_turn_state_get_name (PhTurnState state)
{
  return state_names[state];
}

/* Of a name nobody knows one can only say that the turn has no proper end. */
static PhTurnState
state_of_name (const char *name)
{
  for (size_t i = 0; i < G_N_ELEMENTS (state_names); i++)
    if (g_strcmp0 (name, state_names[i]) == 0)
      return (PhTurnState) i;
  return PH_TURN_INTERRUPTED;
}

void
ph_history_chat_free (PhHistoryChat *self)
{
  g_free (self->title);
  g_free (self->folder);
  g_free (self);
}

void
ph_history_picture_free (PhHistoryPicture *self)
{
  g_free (self->hash);
  g_free (self->name);
  g_free (self);
}

void
ph_history_turn_free (PhHistoryTurn *self)
{
  g_free (self->model);
  g_free (self->prompt);
  g_free (self->settings);
  g_free (self->answer);
  g_free (self->stop_reason);
  g_free (self->timings);
  g_free (self->picture_hash);
  g_free (self->picture_name);
  g_free (self->ids);
  g_free (self);
}

/* Chats */

gpointer
ph_history_read_chat (sqlite3_stmt *row)
{
  PhHistoryChat *chat = g_new0 (PhHistoryChat, 1);

  chat->id = sqlite3_column_int64 (row, 0);
  chat->title = ph_reader_dup_text (row, 1);
  chat->created = sqlite3_column_int64 (row, 2);
  chat->updated = sqlite3_column_int64 (row, 3);
  chat->deleted = sqlite3_column_int64 (row, 4);
  chat->folder = ph_reader_dup_text (row, 5);
  chat->pinned = sqlite3_column_int (row, 6) != 0;
  return chat;
}

/* @which is SQL: the chats that are meant, ?1 being @folder. */
#define CHATS(which)                                                                     \
  "SELECT " PH_CHAT_COLUMNS " FROM chats WHERE " which                                   \
  " ORDER BY pinned DESC, updated DESC LIMIT ?2 OFFSET ?3"

static GPtrArray *
list (PhHistory *self,
      const char *sql,
      const char *folder,
      size_t offset,
      size_t limit,
      GError **error)
{
  PhValue values[] = { ph_text (folder), ph_integer ((int64_t) MIN (limit, G_MAXINT32)),
                       ph_integer ((int64_t) MIN (offset, G_MAXINT32)) };

  return ph_reader_read (self, sql, values, G_N_ELEMENTS (values), ph_history_read_chat,
                         (GDestroyNotify) ph_history_chat_free, error);
}

GPtrArray *
ph_history_list_chats (PhHistory *self,
                       bool deleted,
                       size_t offset,
                       size_t limit,
                       GError **error)
{
  const char *sql = deleted ? CHATS ("deleted > 0") : CHATS ("deleted = 0");

  return list (self, sql, NULL, offset, limit, error);
}

GPtrArray *
ph_history_list_folder (PhHistory *self,
                        const char *folder,
                        size_t offset,
                        size_t limit,
                        GError **error)
{
  return list (self, CHATS ("folder = ?1 AND deleted = 0"), folder, offset, limit, error);
}

static gpointer
read_name (sqlite3_stmt *row)
{
  return ph_reader_dup_text (row, 0);
}

GPtrArray *
ph_history_list_folders (PhHistory *self, GError **error)
{
  static const char sql[] =
      "SELECT DISTINCT folder FROM chats WHERE folder IS NOT NULL AND deleted = 0"
      "  ORDER BY folder COLLATE NOCASE, folder";

  return ph_reader_read (self, sql, NULL, 0, read_name, g_free, error);
}

PhHistoryChat *
ph_history_load_chat (PhHistory *self, int64_t chat, GError **error)
{
  PhValue values[] = { ph_integer (chat) };
  g_autoptr (GPtrArray) chats =
      ph_reader_read (self, "SELECT " PH_CHAT_COLUMNS " FROM chats WHERE id = ?1", values,
                      1, ph_history_read_chat, NULL, error);

  if (chats == NULL)
    return NULL;
  if (chats->len == 0) {
    ph_fail (error, PH_ERROR_RANGE, "%s: no such chat", self->path);
    return NULL;
  }
  return g_ptr_array_index (chats, 0);
}

/* Turns */

static int32_t *
unpack_ids (sqlite3_stmt *row, int column, size_t *n_ids)
{
  const void *bytes = sqlite3_column_blob (row, column);
  int32_t *ids;

  *n_ids = (size_t) sqlite3_column_bytes (row, column) / sizeof *ids;
  ids = g_memdup2 (bytes, *n_ids * sizeof *ids);
  for (size_t i = 0; i < *n_ids; i++)
    ids[i] = GINT32_FROM_LE (ids[i]);
  return ids;
}

static gpointer
read_turn (sqlite3_stmt *row)
{
  PhHistoryTurn *turn = g_new0 (PhHistoryTurn, 1);

  turn->id = sqlite3_column_int64 (row, 0);
  turn->chat = sqlite3_column_int64 (row, 1);
  turn->position = sqlite3_column_int (row, 2);
  turn->state = state_of_name ((const char *) sqlite3_column_text (row, 3));
  turn->model = ph_reader_dup_text (row, 4);
  turn->prompt = ph_reader_dup_text (row, 5);
  turn->settings = ph_reader_dup_text (row, 6);
  turn->answer = ph_reader_dup_text (row, 7);
  turn->stop_reason = ph_reader_dup_text (row, 8);
  turn->timings = ph_reader_dup_text (row, 9);
  turn->picture_hash = ph_reader_dup_text (row, 10);
  turn->picture_name = ph_reader_dup_text (row, 11);
  turn->ids = unpack_ids (row, 12, &turn->n_ids);
  turn->has_record = sqlite3_column_int (row, 13) != 0;
  turn->created = sqlite3_column_int64 (row, 14);
  turn->finished = sqlite3_column_int64 (row, 15);
  turn->edited = sqlite3_column_int64 (row, 16);
  turn->variant = sqlite3_column_int (row, 18);
  turn->n_variants = sqlite3_column_int (row, 19);
  turn->variant_of = turn->n_variants > 1 ? sqlite3_column_int64 (row, 17) : 0;
  return turn;
}

GPtrArray *
ph_history_load_turns (PhHistory *self, int64_t chat, GError **error)
{
  static const char sql[] =
      "SELECT id, chat, position, state, model, prompt, settings, answer, stop_reason,"
      "       timings, picture, picture_name, ids, record IS NOT NULL, created, finished,"
      "       edited, coalesce (variant_of, id), row_number () OVER variants,"
      "       count (*) OVER (PARTITION BY coalesce (variant_of, id))"
      "  FROM turns AS turn WHERE chat = ?1 AND deleted = 0"
      "  WINDOW variants AS (PARTITION BY coalesce (variant_of, id) ORDER BY position)"
      "  ORDER BY " PH_TURNS_ORDER;
  PhValue values[] = { ph_integer (chat) };

  return ph_reader_read (self, sql, values, G_N_ELEMENTS (values), read_turn,
                         (GDestroyNotify) ph_history_turn_free, error);
}

/* Pictures and records */

static gpointer
read_picture (sqlite3_stmt *row)
{
  PhHistoryPicture *picture = g_new0 (PhHistoryPicture, 1);

  picture->hash = ph_reader_dup_text (row, 0);
  picture->name = ph_reader_dup_text (row, 1);
  picture->width = sqlite3_column_int (row, 2);
  picture->height = sqlite3_column_int (row, 3);
  return picture;
}

/* SQLite takes the columns that stand beside a min() from the row that has it. */
GPtrArray *
ph_history_list_pictures (PhHistory *self, int64_t chat, GError **error)
{
  static const char sql[] =
      "SELECT picture, picture_name, width, height, min (position)"
      "  FROM turns JOIN pictures ON hash = picture WHERE chat = ?1 AND deleted = 0"
      "  GROUP BY picture ORDER BY min (position)";
  PhValue values[] = { ph_integer (chat) };

  return ph_reader_read (self, sql, values, G_N_ELEMENTS (values), read_picture,
                         (GDestroyNotify) ph_history_picture_free, error);
}

typedef struct {
  GBytes *bytes;
  int64_t width;
  int64_t height;
} Blob;

static void
blob_free (Blob *self)
{
  g_clear_pointer (&self->bytes, g_bytes_unref);
  g_free (self);
}

static gpointer
read_blob (sqlite3_stmt *row)
{
  Blob *blob = g_new0 (Blob, 1);

  blob->bytes = ph_reader_dup_bytes (row, 0);
  blob->width = sqlite3_column_int64 (row, 1);
  blob->height = sqlite3_column_int64 (row, 2);
  return blob;
}

/* The one row @sql gives for @key; its size where @sql asks for one. */
static GBytes *
load_blob (PhHistory *self, const char *sql, PhValue key, Blob *size, GError **error)
{
  g_autoptr (GPtrArray) blobs =
      ph_reader_read (self, sql, &key, 1, read_blob, (GDestroyNotify) blob_free, error);
  Blob *blob;

  if (blobs == NULL)
    return NULL;

  blob = blobs->len > 0 ? g_ptr_array_index (blobs, 0) : NULL;
  if (blob == NULL || blob->bytes == NULL) {
    ph_fail (error, PH_ERROR_RANGE, "%s: not kept", self->path);
    return NULL;
  }
  *size = *blob;
  return g_steal_pointer (&blob->bytes);
}

GBytes *
ph_history_load_picture (PhHistory *self,
                         const char *hash,
                         int *width,
                         int *height,
                         GError **error)
{
  Blob size = { 0 };
  GBytes *file =
      load_blob (self, "SELECT file, width, height FROM pictures WHERE hash = ?1",
                 ph_text (hash), &size, error);

  if (file != NULL && width != NULL)
    *width = (int) CLAMP (size.width, 0, G_MAXINT);
  if (file != NULL && height != NULL)
    *height = (int) CLAMP (size.height, 0, G_MAXINT);
  return file;
}

GBytes *
ph_history_load_record_bytes (PhHistory *self, int64_t turn, GError **error)
{
  Blob size = { 0 };

  return load_blob (self,
                    "SELECT bytes, 0, 0 FROM records"
                    "  WHERE id = (SELECT record FROM turns WHERE id = ?1)",
                    ph_integer (turn), &size, error);
}

PhRecord *
ph_history_load_record (PhHistory *self, int64_t turn, GError **error)
{
  g_autoptr (GBytes) bytes = ph_history_load_record_bytes (self, turn, error);

  return bytes != NULL ? ph_record_from_bytes (bytes, error) : NULL;
}

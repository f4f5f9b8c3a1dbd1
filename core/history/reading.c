#include "core/history/history-private.h"

#include "core/base/error.h"

/* A reading call may be on the thread that draws: rather no list than a frozen window. */
#define BUSY_MS 250

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

/* The connection */

/* Not opened read-only, because whoever reads first after a crash plays the journal
 * back; query_only keeps it from writing anything else. */
static sqlite3 *
open_reader (const char *path, GError **error)
{
  g_autoptr (PhDatabase) db = ph_database_open (path, BUSY_MS, error);
  int version;

  if (db == NULL || !ph_schema_identify (db, &ph_schema, &version, error) ||
      !ph_database_exec (db, "PRAGMA query_only = ON", error))
    return NULL;
  return g_steal_pointer (&db);
}

void
ph_history_close_reader (PhHistory *self)
{
  pthread_mutex_lock (&self->reading);
  g_clear_pointer (&self->reader, sqlite3_close);
  pthread_mutex_unlock (&self->reading);
}

/* Rows */

typedef gpointer (*ReadRow) (sqlite3_stmt *row);

/* Under reading: appends what @read_row makes of each row to @rows. */
static bool
step_through (PhHistory *self,
              const char *sql,
              const PhValue *values,
              size_t n_values,
              ReadRow read_row,
              GPtrArray *rows,
              GError **error)
{
  g_autoptr (PhStatement) statement = NULL;
  int code;

  if (self->reader == NULL)
    self->reader = open_reader (self->path, error);
  if (self->reader != NULL)
    statement = ph_database_prepare (self->reader, sql, values, n_values, error);
  if (statement == NULL)
    return false;

  while ((code = sqlite3_step (statement)) == SQLITE_ROW)
    g_ptr_array_add (rows, read_row (statement));
  return code == SQLITE_DONE || ph_database_fail (self->reader, error, "SQLite");
}

static GPtrArray *
read_rows (PhHistory *self,
           const char *sql,
           const PhValue *values,
           size_t n_values,
           ReadRow read_row,
           GDestroyNotify free_row,
           GError **error)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (free_row);
  bool read;

  if (!ph_history_await_open (self, error))
    return NULL;

  pthread_mutex_lock (&self->reading);
  read = step_through (self, sql, values, n_values, read_row, rows, error);
  pthread_mutex_unlock (&self->reading);

  if (!read) {
    g_prefix_error (error, "%s: ", self->path);
    return NULL;
  }
  return g_steal_pointer (&rows);
}

/* A prompt may have been pasted from anywhere; what is read must be fit to be shown. */
static char *
dup_text (sqlite3_stmt *row, int column)
{
  const char *text = (const char *) sqlite3_column_text (row, column);

  return text != NULL ? g_utf8_make_valid (text, -1) : NULL;
}

static GBytes *
dup_bytes (sqlite3_stmt *row, int column)
{
  const void *bytes = sqlite3_column_blob (row, column);

  return bytes != NULL ? g_bytes_new (bytes, (size_t) sqlite3_column_bytes (row, column))
                       : NULL;
}

static gpointer
read_chat (sqlite3_stmt *row)
{
  PhHistoryChat *chat = g_new0 (PhHistoryChat, 1);

  chat->id = sqlite3_column_int64 (row, 0);
  chat->title = dup_text (row, 1);
  chat->created = sqlite3_column_int64 (row, 2);
  chat->updated = sqlite3_column_int64 (row, 3);
  chat->deleted = sqlite3_column_int64 (row, 4);
  return chat;
}

GPtrArray *
ph_history_list_chats (PhHistory *self,
                       bool deleted,
                       size_t offset,
                       size_t limit,
                       GError **error)
{
  static const char kept[] =
      "SELECT id, title, created, updated, deleted FROM chats"
      "  WHERE deleted = 0 ORDER BY updated DESC LIMIT ?1 OFFSET ?2";
  static const char gone[] =
      "SELECT id, title, created, updated, deleted FROM chats"
      "  WHERE deleted > 0 ORDER BY updated DESC LIMIT ?1 OFFSET ?2";
  PhValue values[] = { ph_integer ((int64_t) MIN (limit, G_MAXINT32)),
                       ph_integer ((int64_t) MIN (offset, G_MAXINT32)) };

  return read_rows (self, deleted ? gone : kept, values, G_N_ELEMENTS (values), read_chat,
                    (GDestroyNotify) ph_history_chat_free, error);
}

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
  turn->model = dup_text (row, 4);
  turn->prompt = dup_text (row, 5);
  turn->settings = dup_text (row, 6);
  turn->answer = dup_text (row, 7);
  turn->stop_reason = dup_text (row, 8);
  turn->timings = dup_text (row, 9);
  turn->picture_hash = dup_text (row, 10);
  turn->picture_name = dup_text (row, 11);
  turn->ids = unpack_ids (row, 12, &turn->n_ids);
  turn->has_record = sqlite3_column_int (row, 13) != 0;
  turn->created = sqlite3_column_int64 (row, 14);
  turn->finished = sqlite3_column_int64 (row, 15);
  return turn;
}

GPtrArray *
ph_history_load_turns (PhHistory *self, int64_t chat, GError **error)
{
  static const char sql[] =
      "SELECT id, chat, position, state, model, prompt, settings, answer, stop_reason,"
      "       timings, picture, picture_name, ids,"
      "       EXISTS (SELECT 1 FROM attention WHERE turn = turns.id), created, finished"
      "  FROM turns WHERE chat = ?1 ORDER BY position";
  PhValue values[] = { ph_integer (chat) };

  return read_rows (self, sql, values, G_N_ELEMENTS (values), read_turn,
                    (GDestroyNotify) ph_history_turn_free, error);
}

/* Blobs */

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

  blob->bytes = dup_bytes (row, 0);
  blob->width = sqlite3_column_int64 (row, 1);
  blob->height = sqlite3_column_int64 (row, 2);
  return blob;
}

/* The one row @sql gives for @key; its size where @sql asks for one. */
static GBytes *
load_blob (PhHistory *self, const char *sql, PhValue key, Blob *size, GError **error)
{
  g_autoptr (GPtrArray) blobs =
      read_rows (self, sql, &key, 1, read_blob, (GDestroyNotify) blob_free, error);
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

PhRecord *
ph_history_load_record (PhHistory *self, int64_t turn, GError **error)
{
  Blob size = { 0 };
  g_autoptr (GBytes) bytes =
      load_blob (self, "SELECT record, 0, 0 FROM attention WHERE turn = ?1",
                 ph_integer (turn), &size, error);

  return bytes != NULL ? ph_record_from_bytes (bytes, error) : NULL;
}

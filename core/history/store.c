#include "core/history/store.h"

#include "core/base/error.h"
#include "core/history/encode.h"

#include <string.h>

#define TITLE_CHARACTERS 80

struct _PhChatStore {
  char *path;
  const PhSchema *schema;
  sqlite3 *db;
  PhSession session;

  /* The picture written last: most turns ask about the same one again. */
  PhPicture *picture;
  char *picture_hash;
};

/* The dead */

static GArray *
find_dead_writers (PhChatStore *self, GError **error)
{
  static const char sql[] = "SELECT DISTINCT writer FROM turns WHERE writer IS NOT NULL";
  g_autoptr (GArray) dead = g_array_new (FALSE, FALSE, sizeof (int64_t));
  g_autoptr (PhStatement) statement = ph_database_prepare (self->db, sql, NULL, 0, error);
  int code;

  if (statement == NULL)
    return NULL;

  while ((code = sqlite3_step (statement)) == SQLITE_ROW) {
    int64_t writer = sqlite3_column_int64 (statement, 0);

    if (!ph_session_is_alive (&self->session, writer))
      g_array_append_val (dead, writer);
  }
  if (code != SQLITE_DONE) {
    ph_database_fail (self->db, error, "SQLite");
    return NULL;
  }
  return g_steal_pointer (&dead);
}

static bool
interrupt (PhChatStore *self, int64_t writer, GError **error)
{
  PhValue values[] = { ph_integer (writer),
                       ph_text (ph_turn_state_get_name (PH_TURN_INTERRUPTED)) };

  return ph_database_run (self->db,
                          "UPDATE turns SET state = ?2, writer = NULL WHERE writer = ?1",
                          values, G_N_ELEMENTS (values), error);
}

static bool
end_or_undo (PhChatStore *self, bool written, GError **error)
{
  if (!written) {
    ph_database_rollback (self->db);
    return false;
  }
  return ph_database_commit (self->db, error);
}

static bool
interrupt_the_dead (PhChatStore *self, GError **error)
{
  g_autoptr (GArray) dead = find_dead_writers (self, error);
  bool written = true;

  if (dead == NULL || dead->len == 0)
    return dead != NULL;
  if (!ph_database_begin (self->db, error))
    return false;
  for (guint i = 0; i < dead->len && written; i++)
    written = interrupt (self, g_array_index (dead, int64_t, i), error);
  return end_or_undo (self, written, error);
}

PhChatStore *
ph_chat_store_open (const PhFileOptions *options, GError **notice, GError **error)
{
  g_autoptr (PhChatStore) self = g_new0 (PhChatStore, 1);

  self->path = g_strdup (options->path);
  self->schema = options->schema;
  self->session.fd = -1;
  if (!ph_file_make_folder (self->path, error) ||
      !ph_session_open (&self->session, self->path, options->busy_ms, error))
    return NULL;

  self->db = ph_file_open (options, &self->session, notice, error);
  if (self->db == NULL || !interrupt_the_dead (self, error))
    return NULL;

  ph_session_opened (&self->session);
  return g_steal_pointer (&self);
}

void
ph_chat_store_close (PhChatStore *self)
{
  sqlite3_close (self->db);
  ph_session_close (&self->session);
  g_clear_pointer (&self->picture, ph_picture_unref);
  g_free (self->picture_hash);
  g_free (self->path);
  g_free (self);
}

/* Pictures */

static const char *
hash_of (PhChatStore *self, PhPicture *picture)
{
  if (picture != self->picture) {
    g_clear_pointer (&self->picture, ph_picture_unref);
    g_free (self->picture_hash);
    self->picture = ph_picture_ref (picture);
    self->picture_hash = ph_picture_dup_hash (picture);
  }
  return self->picture_hash;
}

static bool
find_picture (PhChatStore *self, const char *hash, bool *found, GError **error)
{
  PhValue values[] = { ph_text (hash) };
  g_autoptr (PhStatement) statement = ph_database_prepare (
      self->db, "SELECT 1 FROM pictures WHERE hash = ?1 AND file IS NOT NULL", values,
      G_N_ELEMENTS (values), error);
  int code = statement != NULL ? sqlite3_step (statement) : SQLITE_ERROR;

  *found = code == SQLITE_ROW;
  return code == SQLITE_ROW || code == SQLITE_DONE ||
         (statement != NULL && ph_database_fail (self->db, error, "SQLite"));
}

/* The file as it was opened, or a PNG; NULL where either is too large. */
static GBytes *
encode (const PhHistoryQuestion *question)
{
  g_autoptr (GBytes) file = question->picture_file != NULL
                                ? g_bytes_ref (question->picture_file)
                                : ph_encode_png (question->picture);

  if (file == NULL || g_bytes_get_size (file) > PH_DATABASE_MAX_BLOB)
    return NULL;
  return g_steal_pointer (&file);
}

static bool
write_picture (PhChatStore *self, const PhHistoryQuestion *question, GError **error)
{
  static const char sql[] =
      "INSERT INTO pictures (hash, width, height, file) VALUES (?1, ?2, ?3, ?4)"
      "  ON CONFLICT (hash) DO UPDATE SET file = excluded.file WHERE file IS NULL";
  const char *hash = hash_of (self, question->picture);
  g_autoptr (GBytes) file = NULL;
  bool found;

  if (!find_picture (self, hash, &found, error) || found)
    return found;

  file = encode (question);
  PhValue values[] = { ph_text (hash), ph_integer (question->picture->width),
                       ph_integer (question->picture->height), ph_bytes (file) };
  return ph_database_run (self->db, sql, values, G_N_ELEMENTS (values), error);
}

/* Turns */

/* The beginning of the prompt's first line. */
static char *
title_from (const char *prompt)
{
  g_autofree char *valid = g_utf8_make_valid (prompt, -1);
  char *line = g_strstrip (valid);

  line[strcspn (line, "\r\n")] = '\0';
  if (g_utf8_strlen (line, -1) <= TITLE_CHARACTERS)
    return g_strdup (line);

  *g_utf8_offset_to_pointer (line, TITLE_CHARACTERS - 1) = '\0';
  return g_strconcat (g_strchomp (line), "…", NULL);
}

static bool
write_chat (PhChatStore *self, const PhWrite *write, GError **error)
{
  static const char sql[] =
      "INSERT INTO chats (id, title, created, updated) VALUES (?1, ?2, ?3, ?3)"
      "  ON CONFLICT (id) DO UPDATE SET updated = max (updated, excluded.updated)";
  g_autofree char *title = title_from (write->question.prompt);
  PhValue values[] = { ph_integer (write->question.chat), ph_text (title),
                       ph_integer (write->time) };

  return ph_database_run (self->db, sql, values, G_N_ELEMENTS (values), error);
}

static bool
write_question (PhChatStore *self, const PhWrite *write, GError **error)
{
  static const char sql[] =
      "INSERT INTO turns (id, chat, position, state, writer, picture, picture_name, "
      "model,"
      "                   prompt, settings, created)"
      "  SELECT ?1, ?2, coalesce (max (position), 0) + 1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10"
      "    FROM turns WHERE chat = ?2"
      "  ON CONFLICT (id) DO NOTHING";
  const PhHistoryQuestion *question = &write->question;
  PhPicture *picture = question->picture;

  if ((picture != NULL && !write_picture (self, question, error)) ||
      !write_chat (self, write, error))
    return false;

  PhValue values[] = {
    ph_integer (write->id),
    ph_integer (question->chat),
    ph_text (ph_turn_state_get_name (PH_TURN_STREAMING)),
    ph_integer (self->session.number),
    ph_text (picture != NULL ? hash_of (self, picture) : NULL),
    ph_text (question->picture_name),
    ph_text (question->model),
    ph_text (question->prompt),
    ph_text (question->settings),
    ph_integer (write->time),
  };
  return ph_database_run (self->db, sql, values, G_N_ELEMENTS (values), error);
}

static GBytes *
pack_ids (const PhHistoryAnswer *answer)
{
  g_autofree int32_t *packed = g_new (int32_t, answer->n_ids);

  if (answer->n_ids == 0)
    return NULL;
  for (size_t i = 0; i < answer->n_ids; i++)
    packed[i] = GINT32_TO_LE (answer->ids[i]);
  return g_bytes_new_take (g_steal_pointer (&packed), answer->n_ids * sizeof *packed);
}

static bool
write_record (PhChatStore *self, const PhWrite *write, GError **error)
{
  static const char sql[] = "INSERT INTO attention (turn, record)"
                            "  SELECT id, ?2 FROM turns WHERE id = ?1"
                            "  ON CONFLICT (turn) DO UPDATE SET record = excluded.record";
  g_autoptr (GBytes) bytes = ph_record_to_bytes (write->answer.record);
  PhValue values[] = { ph_integer (write->id), ph_bytes (bytes) };

  return g_bytes_get_size (bytes) > PH_DATABASE_MAX_BLOB ||
         ph_database_run (self->db, sql, values, G_N_ELEMENTS (values), error);
}

static bool
write_answer (PhChatStore *self, const PhWrite *write, GError **error)
{
  static const char sql[] = "UPDATE turns SET state = ?2, writer = NULL, answer = ?3, "
                            "stop_reason = ?4, ids = ?5,"
                            "                 timings = ?6, finished = ?7"
                            "  WHERE id = ?1";
  const PhHistoryAnswer *answer = &write->answer;
  g_autoptr (GBytes) ids = pack_ids (answer);
  PhValue values[] = {
    ph_integer (write->id),
    ph_text (ph_turn_state_get_name (answer->state)),
    ph_text (answer->text),
    ph_text (answer->stop_reason),
    ph_bytes (ids),
    ph_text (answer->timings),
    ph_integer (write->answered),
  };

  return ph_database_run (self->db, sql, values, G_N_ELEMENTS (values), error) &&
         (answer->record == NULL || write_record (self, write, error));
}

static bool
write_turn (PhChatStore *self, const PhWrite *write, GError **error)
{
  return (!write->has_question || write_question (self, write, error)) &&
         (!write->has_answer || write_answer (self, write, error));
}

/* Only while it streams: its end may have been written in between. */
static bool
write_text (PhChatStore *self, int64_t turn, const char *text, GError **error)
{
  PhValue values[] = { ph_integer (turn), ph_text (text) };

  return ph_database_run (
      self->db, "UPDATE turns SET answer = ?2 WHERE id = ?1 AND writer IS NOT NULL",
      values, G_N_ELEMENTS (values), error);
}

/* Chats */

static bool
write_title (PhChatStore *self, const PhWrite *write, GError **error)
{
  static const char sql[] =
      "UPDATE chats SET title = ?2, updated = max (updated, ?3) WHERE id = ?1";
  PhValue values[] = { ph_integer (write->id), ph_text (write->title),
                       ph_integer (write->time) };

  return ph_database_run (self->db, sql, values, G_N_ELEMENTS (values), error);
}

static bool
write_deleted (PhChatStore *self, const PhWrite *write, GError **error)
{
  PhValue values[] = { ph_integer (write->id),
                       ph_integer (write->deleted ? write->time : 0) };

  return ph_database_run (self->db, "UPDATE chats SET deleted = ?2 WHERE id = ?1", values,
                          G_N_ELEMENTS (values), error);
}

static bool
erase_chat (PhChatStore *self, const PhWrite *write, GError **error)
{
  static const char orphans[] =
      "DELETE FROM pictures"
      "  WHERE NOT EXISTS (SELECT 1 FROM turns WHERE picture = pictures.hash)";
  PhValue values[] = { ph_integer (write->id) };

  return ph_database_run (self->db, "DELETE FROM chats WHERE id = ?1", values,
                          G_N_ELEMENTS (values), error) &&
         ph_database_exec (self->db, orphans, error);
}

/* Each write and, where erased bytes may linger between the rows, that it asks for the
 * file to be written anew. */
static const struct {
  bool (*run) (PhChatStore *self, const PhWrite *write, GError **error);
  bool compact;
} kinds[] = {
  [PH_WRITE_TURN] = { write_turn, false },
  [PH_WRITE_TITLE] = { write_title, false },
  [PH_WRITE_DELETED] = { write_deleted, false },
  [PH_WRITE_PURGE] = { erase_chat, true },
};

/* The rows are gone and their bytes zeroed (secure_delete) before this; a disk too full
 * for a second copy is no reason to try again for ever. */
static void
compact (PhChatStore *self)
{
  ph_schema_remove_backups (self->path, self->schema);
  ph_database_exec (self->db, "VACUUM", NULL);
}

bool
ph_chat_store_write (PhChatStore *self, const PhWrite *write, GError **error)
{
  if (!ph_database_begin (self->db, error))
    return false;
  if (!end_or_undo (self, kinds[write->kind].run (self, write, error), error))
    return false;

  if (kinds[write->kind].compact)
    compact (self);
  return true;
}

bool
ph_chat_store_write_texts (PhChatStore *self, GHashTable *texts, GError **error)
{
  GHashTableIter each;
  gpointer turn, text;
  bool written = true;

  if (!ph_database_begin (self->db, error))
    return false;
  g_hash_table_iter_init (&each, texts);
  while (written && g_hash_table_iter_next (&each, &turn, &text))
    written = write_text (self, *(const int64_t *) turn, text, error);
  return end_or_undo (self, written, error);
}

#include "core/history/store-private.h"

#include "core/history/encode.h"

#include <string.h>

#define TITLE_CHARACTERS 80

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
      "                   prompt, settings, created, variant_of)"
      "  SELECT ?1, ?2, coalesce (max (position), 0) + 1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, "
      "?10,"
      "         (SELECT coalesce (variant_of, id) FROM turns WHERE id = ?11 AND chat = "
      "?2)"
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
    ph_integer (question->variant_of),
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

/* The record the turn had before goes by a trigger, where no branch shares it. */
static bool
write_record (PhChatStore *self, const PhWrite *write, GError **error)
{
  static const char insert[] = "INSERT INTO records (id, bytes) SELECT ?2, ?3"
                               "  FROM turns WHERE id = ?1 AND record IS NOT ?2";
  static const char use[] = "UPDATE turns SET record = ?2 WHERE id = ?1";
  g_autoptr (GBytes) bytes = ph_record_to_bytes (write->answer.record);
  PhValue values[] = { ph_integer (write->id), ph_integer (write->record),
                       ph_bytes (bytes) };

  return g_bytes_get_size (bytes) > PH_DATABASE_MAX_BLOB ||
         (ph_database_run (self->db, insert, values, 3, error) &&
          ph_database_run (self->db, use, values, 2, error));
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

bool
ph_chat_store_write_turn (PhChatStore *self, const PhWrite *write, GError **error)
{
  return (!write->has_question || write_question (self, write, error)) &&
         (!write->has_answer || write_answer (self, write, error));
}

/* Only while it streams: its end may have been written in between. */
bool
ph_chat_store_write_text (PhChatStore *self,
                          int64_t turn,
                          const char *text,
                          GError **error)
{
  PhValue values[] = { ph_integer (turn), ph_text (text) };

  return ph_database_run (
      self->db, "UPDATE turns SET answer = ?2 WHERE id = ?1 AND writer IS NOT NULL",
      values, G_N_ELEMENTS (values), error);
}

/* Later than the end of a stream, which would undo it. */
bool
ph_chat_store_write_edit (PhChatStore *self, const PhWrite *write, GError **error)
{
  static const char sql[] =
      "UPDATE turns SET prompt = coalesce (?2, prompt), answer = coalesce (?3, answer),"
      "                 edited = ?4"
      "  WHERE id = ?1 AND writer IS NULL";
  PhValue values[] = { ph_integer (write->id), ph_text (write->prompt),
                       ph_text (write->reply), ph_integer (write->time) };

  return ph_database_run (self->db, sql, values, G_N_ELEMENTS (values), error);
}

bool
ph_chat_store_write_turn_deleted (PhChatStore *self, const PhWrite *write, GError **error)
{
  PhValue values[] = { ph_integer (write->id), ph_integer (write->on ? write->time : 0) };

  return ph_database_run (self->db, "UPDATE turns SET deleted = ?2 WHERE id = ?1", values,
                          G_N_ELEMENTS (values), error);
}

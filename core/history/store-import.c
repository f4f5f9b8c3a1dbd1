/* A chat that was read from a file: all of it or nothing, in the one transaction. */
#include "core/history/store-private.h"

#include "core/base/error.h"

static bool
write_chat (PhChatStore *self, const PhWrite *write, GError **error)
{
  static const char sql[] =
      "INSERT INTO chats (id, title, created, updated) VALUES (?1, ?2, ?3, ?4)";
  PhValue values[] = { ph_integer (write->id), ph_text (write->import->title),
                       ph_integer (write->import->created), ph_integer (write->time) };

  return ph_database_run (self->db, sql, values, G_N_ELEMENTS (values), error);
}

static bool
write_picture (PhChatStore *self, const PhImportPicture *picture, GError **error)
{
  static const char sql[] =
      "INSERT INTO pictures (hash, width, height, file) VALUES (?1, ?2, ?3, ?4)"
      "  ON CONFLICT (hash) DO NOTHING";
  PhValue values[] = { ph_text (picture->hash), ph_integer (picture->width),
                       ph_integer (picture->height), ph_bytes (picture->file) };

  return ph_database_run (self->db, sql, values, G_N_ELEMENTS (values), error);
}

static bool
write_record (PhChatStore *self, int64_t id, GBytes *bytes, GError **error)
{
  PhValue values[] = { ph_integer (id), ph_bytes (bytes) };

  return bytes == NULL ||
         ph_database_run (self->db, "INSERT INTO records VALUES (?1, ?2)", values,
                          G_N_ELEMENTS (values), error);
}

/* A turn's record has the turn's id.  Variants name the first of them by its position. */
static bool
write_turn (PhChatStore *self, const PhWrite *write, guint index, GError **error)
{
  static const char sql[] =
      "INSERT INTO turns (id, chat, position, state, picture, picture_name, model,"
      "                   prompt, settings, answer, stop_reason, ids, timings, created,"
      "                   finished, record, edited, variant_of)"
      "  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15,"
      "          CASE WHEN ?16 THEN ?1 END, ?17,"
      "          (SELECT id FROM turns WHERE chat = ?2 AND position = ?18))";
  const PhImport *import = write->import;
  const PhImportTurn *turn = &g_array_index (import->turns, PhImportTurn, index);
  int64_t id = ph_random_id ();
  const char *picture =
      turn->picture >= 0
          ? g_array_index (import->pictures, PhImportPicture, turn->picture).hash
          : NULL;
  PhValue values[] = {
    ph_integer (id),
    ph_integer (write->id),
    ph_integer (index + 1),
    ph_text (turn->state),
    ph_text (picture),
    ph_text (turn->picture_name),
    ph_text (turn->model),
    ph_text (turn->prompt),
    ph_text (turn->settings),
    ph_text (turn->answer),
    ph_text (turn->stop_reason),
    ph_bytes (turn->ids),
    ph_text (turn->timings),
    ph_integer (turn->created),
    ph_integer (turn->finished),
    ph_integer (turn->record != NULL),
    ph_integer (turn->edited),
    ph_integer (turn->variant_of + 1),
  };

  return write_record (self, id, turn->record, error) &&
         ph_database_run (self->db, sql, values, G_N_ELEMENTS (values), error);
}

/* Whether it was written by a commit that seemed to fail. */
static bool
is_there (PhChatStore *self, int64_t chat, bool *found, GError **error)
{
  PhValue values[] = { ph_integer (chat) };
  g_autoptr (PhStatement) statement = ph_database_prepare (
      self->db, "SELECT 1 FROM chats WHERE id = ?1", values, 1, error);
  int code = statement != NULL ? sqlite3_step (statement) : SQLITE_ERROR;

  *found = code == SQLITE_ROW;
  return *found || code == SQLITE_DONE ||
         (statement != NULL && ph_database_fail (self->db, error, "SQLite"));
}

bool
ph_chat_store_write_import (PhChatStore *self, const PhWrite *write, GError **error)
{
  const PhImport *import = write->import;
  bool found;
  bool written = is_there (self, write->id, &found, error);

  if (!written || found)
    return written;
  written = write_chat (self, write, error);
  for (guint i = 0; i < import->pictures->len && written; i++)
    written = write_picture (self, &g_array_index (import->pictures, PhImportPicture, i),
                             error);
  for (guint i = 0; i < import->turns->len && written; i++)
    written = write_turn (self, write, i, error);
  return written;
}

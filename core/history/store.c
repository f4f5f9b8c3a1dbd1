#include "core/history/store-private.h"

#include "core/history/copies.h"

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

static PhStoreWrite *const kinds[] = {
  [PH_WRITE_TURN] = ph_chat_store_write_turn,
  [PH_WRITE_EDIT] = ph_chat_store_write_edit,
  [PH_WRITE_TURN_DELETED] = ph_chat_store_write_turn_deleted,
  [PH_WRITE_TITLE] = ph_chat_store_write_title,
  [PH_WRITE_FOLDER] = ph_chat_store_write_folder,
  [PH_WRITE_PINNED] = ph_chat_store_write_pinned,
  [PH_WRITE_BRANCH] = ph_chat_store_write_branch,
  [PH_WRITE_IMPORT] = ph_chat_store_write_import,
  [PH_WRITE_CHAT_DELETED] = ph_chat_store_write_chat_deleted,
  [PH_WRITE_PURGE] = ph_chat_store_erase_chat,
  [PH_WRITE_EXPIRE] = ph_chat_store_erase_old,
  [PH_WRITE_REINDEX] = ph_chat_store_reindex,
};

/* The rows are gone and their bytes zeroed (secure_delete) before this, though the index
 * only notes that a word is gone until it is made anew, and bytes may linger between the
 * rows.  A disk too full for a second copy is no reason to try again for ever. */
static void
compact (PhChatStore *self)
{
  ph_schema_remove_backups (self->path, self->schema);
  ph_copies_remove (self->path);
  ph_database_exec (self->db, "INSERT INTO search (search) VALUES ('optimize')", NULL);
  ph_database_exec (self->db, "VACUUM", NULL);
}

bool
ph_chat_store_write (PhChatStore *self, const PhWrite *write, GError **error)
{
  self->has_erased = false;
  if (!ph_database_begin (self->db, error) ||
      !end_or_undo (self, kinds[write->kind](self, write, error), error))
    return false;

  if (self->has_erased)
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
    written = ph_chat_store_write_text (self, *(const int64_t *) turn, text, error);
  return end_or_undo (self, written, error);
}

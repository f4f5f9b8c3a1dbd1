#include "core/history/schema.h"

#include "core/base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define APPLICATION_ID 0x506e486c /* "PnHl" */
#define APPLICATION_ID_TEXT "0x506e486c"
#define HEADER_BYTES 100 /* of an SQLite file; the application's id is at byte 68 */

/* Pictures and records have tables of their own, so that changing a turn does not rewrite
 * them and reading a chat does not touch them.  A turn names its writer while it streams:
 * a session (session.h) whose death makes the turn an interrupted one. */
static const char version_1[] =
    "CREATE TABLE chats ("
    "  id INTEGER PRIMARY KEY,"
    "  title TEXT NOT NULL,"
    "  created INTEGER NOT NULL,"
    "  updated INTEGER NOT NULL,"
    "  deleted INTEGER NOT NULL DEFAULT 0"
    ") STRICT;"
    "CREATE INDEX chats_by_time ON chats (deleted, updated);"
    "CREATE TABLE pictures ("
    "  hash TEXT PRIMARY KEY,"
    "  width INTEGER NOT NULL,"
    "  height INTEGER NOT NULL,"
    "  file BLOB"
    ") STRICT;"
    "CREATE TABLE turns ("
    "  id INTEGER PRIMARY KEY,"
    "  chat INTEGER NOT NULL REFERENCES chats (id) ON DELETE CASCADE,"
    "  position INTEGER NOT NULL,"
    "  state TEXT NOT NULL,"
    "  writer INTEGER,"
    "  picture TEXT REFERENCES pictures (hash),"
    "  picture_name TEXT,"
    "  model TEXT NOT NULL,"
    "  prompt TEXT NOT NULL,"
    "  settings TEXT NOT NULL,"
    "  answer TEXT NOT NULL DEFAULT '',"
    "  stop_reason TEXT,"
    "  ids BLOB," /* 32-bit little endian */
    "  timings TEXT,"
    "  created INTEGER NOT NULL,"
    "  finished INTEGER NOT NULL DEFAULT 0"
    ") STRICT;"
    "CREATE UNIQUE INDEX turns_by_chat ON turns (chat, position);"
    "CREATE INDEX turns_by_picture ON turns (picture);"
    "CREATE INDEX turns_by_writer ON turns (writer) WHERE writer IS NOT NULL;"
    "CREATE TABLE attention ("
    "  turn INTEGER PRIMARY KEY REFERENCES turns (id) ON DELETE CASCADE,"
    "  record BLOB NOT NULL"
    ") STRICT;"
    "PRAGMA application_id = " APPLICATION_ID_TEXT ";";

/* Records come to be shared by branches of a chat, and go with the last turn that has
 * them.  What began as attention alone is a
 * whole record now (record.h): the bytes say which, so that no row has to be made anew.
 *
 * The index of words is kept by triggers, so that no writing can forget it.  It has no
 * text of its own but looks it up in `searchable`; an answer is not in it before it is
 * finished, or every second of a stream would index all of it again.  Prefixes of two and
 * three characters are what is typed first. */
#define REINDEX "INSERT INTO search (search) VALUES ('rebuild');"
#define ANSWER_OF(row) "CASE WHEN " row "writer IS NULL THEN " row "answer END"

static const char version_2[] =
    "ALTER TABLE chats ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE chats ADD COLUMN folder TEXT;"
    "DROP INDEX chats_by_time;"
    "CREATE INDEX chats_by_time ON chats (deleted, pinned, updated);"
    "CREATE INDEX chats_by_folder ON chats (folder, deleted, pinned, updated)"
    "  WHERE folder IS NOT NULL;"

    "CREATE TABLE records ("
    "  id INTEGER PRIMARY KEY,"
    "  bytes BLOB NOT NULL"
    ") STRICT;"
    "INSERT INTO records SELECT turn, record FROM attention;"
    "ALTER TABLE turns ADD COLUMN record INTEGER REFERENCES records (id);"
    "UPDATE turns SET record = id WHERE id IN (SELECT id FROM records);"
    "DROP TABLE attention;"
    "CREATE INDEX turns_by_record ON turns (record) WHERE record IS NOT NULL;"

    "ALTER TABLE turns ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE turns ADD COLUMN edited INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE turns ADD COLUMN variant_of INTEGER;"
    "CREATE INDEX turns_deleted ON turns (deleted) WHERE deleted > 0;"

    "CREATE TRIGGER record_replaced AFTER UPDATE OF record ON turns BEGIN"
    "  DELETE FROM records WHERE id = old.record"
    "    AND NOT EXISTS (SELECT 1 FROM turns WHERE record = old.record);"
    " END;"
    "CREATE TRIGGER record_erased AFTER DELETE ON turns BEGIN"
    "  DELETE FROM records WHERE id = old.record"
    "    AND NOT EXISTS (SELECT 1 FROM turns WHERE record = old.record);"
    " END;"

    "CREATE VIEW searchable AS"
    "  SELECT id, title, NULL AS prompt, NULL AS answer FROM chats UNION ALL"
    "  SELECT id, NULL, prompt, " ANSWER_OF (
        "") " FROM turns;"
            "CREATE VIRTUAL TABLE search USING fts5 ("
            "  title, prompt, answer, content = 'searchable', content_rowid = 'id',"
            "  tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'"
            ");" REINDEX

            "CREATE TRIGGER chat_added AFTER INSERT ON chats BEGIN"
            "  INSERT INTO search (rowid, title) VALUES (new.id, new.title);"
            " END;"
            "CREATE TRIGGER chat_renamed AFTER UPDATE OF title ON chats BEGIN"
            "  INSERT INTO search (search, rowid, title) VALUES ('delete', old.id, "
            "old.title);"
            "  INSERT INTO search (rowid, title) VALUES (new.id, new.title);"
            " END;"
            "CREATE TRIGGER chat_erased AFTER DELETE ON chats BEGIN"
            "  INSERT INTO search (search, rowid, title) VALUES ('delete', old.id, "
            "old.title);"
            " END;"
            "CREATE TRIGGER turn_added AFTER INSERT ON turns BEGIN"
            "  INSERT INTO search (rowid, prompt, answer)"
            "    VALUES (new.id, new.prompt, " ANSWER_OF (
                "new.") ");"
                        " END;"
                        "CREATE TRIGGER turn_changed AFTER UPDATE OF prompt, answer, "
                        "writer ON turns"
                        "  WHEN old.prompt IS NOT new.prompt"
                        "    OR " ANSWER_OF ("old.") " IS NOT " ANSWER_OF (
                            "new.") " BEGIN"
                                    "  INSERT INTO search (search, rowid, prompt, answer)"
                                    "    VALUES ('delete', old.id, "
                                    "old.prompt, " ANSWER_OF (
                                        "old.") ");"
                                                "  INSERT INTO search (rowid, prompt, "
                                                "answer)"
                                                "    VALUES (new.id, "
                                                "new.prompt, " ANSWER_OF (
                                                    "new.") ");"
                                                            " END;"
                                                            "CREATE TRIGGER turn_erased "
                                                            "AFTER DELETE ON turns BEGIN"
                                                            "  INSERT INTO search "
                                                            "(search, rowid, prompt, "
                                                            "answer)"
                                                            "    VALUES ('delete', "
                                                            "old.id, "
                                                            "old.prompt, " ANSWER_OF (
                                                                "old.") ");"
                                                                        " END;";

static const char *const migrations[] = { version_1, version_2 };

const PhSchema ph_schema = { migrations, G_N_ELEMENTS (migrations) };

static bool
check_version (const PhSchema *schema, int64_t version, GError **error)
{
  if (version > schema->version)
    return ph_fail (error, PH_ERROR_UNSUPPORTED,
                    "written by a newer Pinhole (version %lld, this one knows %d)",
                    (long long) version, schema->version);
  if (version < 1)
    return ph_fail (error, PH_ERROR_CORRUPT, "version %lld, not 1 to %d",
                    (long long) version, schema->version);
  return true;
}

bool
ph_schema_identify (sqlite3 *db, const PhSchema *schema, int *version, GError **error)
{
  int64_t application, stored, n_objects;

  if (!ph_database_get_integer (db, "PRAGMA application_id", &application, error) ||
      !ph_database_get_integer (db, "PRAGMA user_version", &stored, error))
    return false;

  if (application == APPLICATION_ID) {
    *version = (int) stored;
    return check_version (schema, stored, error);
  }

  if (!ph_database_get_integer (db, "SELECT count (*) FROM sqlite_schema", &n_objects,
                                error))
    return false;
  if (application != 0 || stored != 0 || n_objects != 0)
    return ph_fail (error, PH_ERROR_FORMAT,
                    "a database of another program, not a history");
  *version = 0;
  return true;
}

bool
ph_schema_claims (const char *path)
{
  unsigned char header[HEADER_BYTES];
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  ssize_t n_read = fd < 0 ? -1 : read (fd, header, sizeof header);
  uint32_t application;

  if (fd >= 0)
    close (fd);
  if (n_read < HEADER_BYTES)
    return false;

  memcpy (&application, header + 68, sizeof application);
  return memcmp (header, "SQLite format 3", 16) == 0 &&
         GUINT32_FROM_BE (application) == APPLICATION_ID;
}

static char *
backup_name (const char *path, int version)
{
  return g_strdup_printf ("%s.backup-v%d", path, version);
}

/* The empty file is made first because SQLite would make one that others can read. */
static bool
back_up (sqlite3 *db, const char *path, int version, GError **error)
{
  g_autofree char *name = backup_name (path, version);
  PhValue values[] = { ph_text (name) };
  int fd;

  unlink (name);
  fd = open (name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  if (fd < 0)
    return ph_fail_errno (error, errno, "%s", name);
  close (fd);

  return ph_database_run (db, "VACUUM INTO ?1", values, G_N_ELEMENTS (values), error) &&
         ph_database_sync_file (name, error);
}

static bool
apply (sqlite3 *db, const PhSchema *schema, int version, GError **error)
{
  g_autofree char *count = g_strdup_printf ("PRAGMA user_version = %d", version + 1);

  return ph_database_exec (db, schema->migrations[version], error) &&
         ph_database_exec (db, count, error);
}

static bool
migrate (sqlite3 *db, const PhSchema *schema, int version, GError **error)
{
  if (!ph_database_exec (db, "BEGIN EXCLUSIVE", error))
    return false;
  if (!apply (db, schema, version, error)) {
    ph_database_rollback (db);
    return false;
  }
  return ph_database_commit (db, error);
}

bool
ph_schema_update (sqlite3 *db,
                  const char *path,
                  const PhSchema *schema,
                  int version,
                  GError **error)
{
  if (version > 0 && version < schema->version && !back_up (db, path, version, error))
    return false;

  for (; version < schema->version; version++)
    if (!migrate (db, schema, version, error))
      return false;
  return true;
}

/* All objects and their definitions in one text; what SQLite keeps for itself aside, also
 * the tables behind its index of words, which another version of it may make otherwise.
 */
static char *
describe (sqlite3 *db, GError **error)
{
  static const char sql[] =
      "SELECT group_concat (type || ' ' || name || ' ' || tbl_name || ' '"
      "                     || coalesce (sql, ''), char (10))"
      "  FROM (SELECT * FROM sqlite_schema"
      "         WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
      "           AND NOT (type = 'table' AND name IN ('search_data', 'search_idx',"
      "                                                'search_docsize', "
      "'search_config'))"
      "         ORDER BY name)";
  g_autoptr (PhStatement) statement = ph_database_prepare (db, sql, NULL, 0, error);

  if (statement == NULL)
    return NULL;
  if (sqlite3_step (statement) != SQLITE_ROW) {
    ph_database_fail (db, error, "SQLite");
    return NULL;
  }
  return g_strdup ((const char *) sqlite3_column_text (statement, 0) ?: "");
}

static sqlite3 *
make_model (const PhSchema *schema, GError **error)
{
  g_autoptr (PhDatabase) db = NULL;

  if (sqlite3_open (":memory:", &db) != SQLITE_OK) {
    ph_database_fail (db, error, "SQLite");
    return NULL;
  }
  for (int version = 0; version < schema->version; version++)
    if (!apply (db, schema, version, error))
      return NULL;
  return g_steal_pointer (&db);
}

bool
ph_schema_verify (sqlite3 *db, const PhSchema *schema, GError **error)
{
  g_autoptr (PhDatabase) model = make_model (schema, error);
  g_autofree char *expected = model != NULL ? describe (model, error) : NULL;
  g_autofree char *found = expected != NULL ? describe (db, error) : NULL;

  if (found == NULL)
    return false;
  if (strcmp (found, expected) != 0)
    return ph_fail (error, PH_ERROR_CORRUPT, "its tables are not those of version %d",
                    schema->version);
  return true;
}

bool
ph_schema_reindex (sqlite3 *db, GError **error)
{
  return ph_database_exec (db, REINDEX, error);
}

void
ph_schema_remove_backups (const char *path, const PhSchema *schema)
{
  for (int version = 1; version < schema->version; version++) {
    g_autofree char *name = backup_name (path, version);

    unlink (name);
  }
}

/* A scan ends at the first page that makes no sense.  So the ids of a table are gathered
 * on every way there is, up and down the rows and up and down an index, and then each row
 * is read by itself: only what lies on a damaged page is lost.
 *
 * Rows refer to one another, and what they refer to may be lost; that is mended when all
 * have come, before the references are watched again. */
#include "core/history/salvage.h"

#include "core/history/history.h"

#include <string.h>

#define BUSY_MS 250
#define MAX_COLUMNS 20

/* What to take.  A column that an older version did not have keeps its default. */
typedef struct {
  const char *table;
  const char *index; /* that has every row, or NULL */
  const char *columns;
  const char *into; /* the columns in a table of another name, or NULL */
} Part;

static const Part parts[] = {
  { "chats", "chats_by_time", "id, title, created, updated, deleted, pinned, folder" },
  { "pictures", "sqlite_autoindex_pictures_1", "hash, width, height, file" },
  { "records", NULL, "id, bytes" },
  { "attention", NULL, "turn, record", "records (id, bytes)" }, /* of version 1 */
  { "turns", "turns_by_chat",
    "id, chat, position, state, picture, picture_name, model, prompt, settings, answer, "
    "stop_reason, ids, timings, created, finished, record, deleted, edited, variant_of" },
};

static const char mend[] =
    "UPDATE turns SET record = id"
    "  WHERE record IS NULL AND id IN (SELECT id FROM records);"
    "UPDATE turns SET record = NULL WHERE record NOT IN (SELECT id FROM records);"
    "UPDATE turns SET picture = NULL WHERE picture NOT IN (SELECT hash FROM pictures);"
    "UPDATE turns SET state = 'interrupted' WHERE state = 'streaming' AND writer IS NULL;"
    "INSERT INTO chats (id, title, created, updated)"
    "  SELECT chat, substr (prompt, 1, 80), min (created), max (created) FROM turns"
    "    WHERE chat NOT IN (SELECT id FROM chats) GROUP BY chat;";

/* A view of that name could have any number of rows. */
static bool
is_table (sqlite3 *from, const char *name)
{
  static const char sql[] = "SELECT 1 FROM sqlite_schema WHERE type = 'table'"
                            "  AND name = ?1 AND sql LIKE 'CREATE TABLE %'";
  PhValue values[] = { ph_text (name) };
  g_autoptr (PhStatement) statement = ph_database_prepare (from, sql, values, 1, NULL);

  return statement != NULL && sqlite3_step (statement) == SQLITE_ROW;
}

/* Those of the columns that @from has. */
static char *
find_columns (sqlite3 *from, const Part *part)
{
  g_autofree char *sql = g_strdup_printf ("SELECT * FROM %s LIMIT 0", part->table);
  g_autoptr (PhStatement) statement = ph_database_prepare (from, sql, NULL, 0, NULL);
  g_auto (GStrv) wanted = g_strsplit (part->columns, ", ", -1);
  GString *found = g_string_new (NULL);

  for (char **name = wanted; statement != NULL && *name != NULL; name++)
    for (int i = 0; i < sqlite3_column_count (statement); i++)
      if (strcmp (sqlite3_column_name (statement, i), *name) == 0)
        g_string_append_printf (found, "%s%s", found->len > 0 ? ", " : "", *name);
  return g_string_free (found, FALSE);
}

/* Ids */

static void
scan (sqlite3 *from, const char *sql, GHashTable *ids)
{
  g_autoptr (PhStatement) statement = ph_database_prepare (from, sql, NULL, 0, NULL);

  while (statement != NULL && sqlite3_step (statement) == SQLITE_ROW) {
    int64_t id = sqlite3_column_int64 (statement, 0);

    g_hash_table_add (ids, g_memdup2 (&id, sizeof id));
  }
}

static GHashTable *
gather_ids (sqlite3 *from, const Part *part)
{
  static const char *const ways[] = { "", " DESC" };
  GHashTable *ids = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);

  for (size_t i = 0; i < G_N_ELEMENTS (ways); i++) {
    g_autofree char *rows = g_strdup_printf (
        "SELECT rowid FROM %s NOT INDEXED ORDER BY rowid%s", part->table, ways[i]);

    scan (from, rows, ids);
  }
  if (part->index != NULL) {
    g_autofree char *entries =
        g_strdup_printf ("SELECT rowid FROM %s INDEXED BY %s", part->table, part->index);

    scan (from, entries, ids);
  }
  return ids;
}

/* Rows */

/* False where nothing more can be written. */
static bool
copy_row (sqlite3_stmt *from, sqlite3_stmt *to, int64_t id)
{
  int code = SQLITE_OK;

  sqlite3_reset (from);
  sqlite3_bind_int64 (from, 1, id);
  if (sqlite3_step (from) != SQLITE_ROW)
    return true;

  sqlite3_reset (to);
  for (int i = 0; i < sqlite3_column_count (from); i++)
    sqlite3_bind_value (to, i + 1, sqlite3_column_value (from, i));
  code = sqlite3_step (to) & 0xff;
  return code == SQLITE_DONE || code == SQLITE_CONSTRAINT || code == SQLITE_MISMATCH ||
         code == SQLITE_TOOBIG;
}

static bool
copy_part (sqlite3 *to, sqlite3 *from, const Part *part)
{
  static const char marks[] =
      "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?";
  g_autofree char *columns = find_columns (from, part);
  g_autofree char *source =
      g_strdup_printf ("SELECT %s FROM %s WHERE rowid = ?1", columns, part->table);
  g_autofree char *target = part->into != NULL
                                ? g_strdup (part->into)
                                : g_strdup_printf ("%s (%s)", part->table, columns);
  g_autoptr (PhStatement) row = ph_database_prepare (from, source, NULL, 0, NULL);
  int n_columns = row != NULL ? sqlite3_column_count (row) : 0;
  g_autofree char *sql =
      g_strdup_printf ("INSERT OR IGNORE INTO %s VALUES (%.*s)", target,
                       CLAMP (n_columns, 1, MAX_COLUMNS) * 3 - 2, marks);
  g_autoptr (PhStatement) insert =
      row != NULL ? ph_database_prepare (to, sql, NULL, 0, NULL) : NULL;
  g_autoptr (GHashTable) ids = insert != NULL ? gather_ids (from, part) : NULL;
  GHashTableIter each;
  gpointer id;

  if (ids == NULL)
    return true;
  g_hash_table_iter_init (&each, ids);
  while (g_hash_table_iter_next (&each, &id, NULL))
    if (!copy_row (row, insert, *(const int64_t *) id))
      return false;
  return true;
}

static bool
copy_all (sqlite3 *to, sqlite3 *from)
{
  for (size_t i = 0; i < G_N_ELEMENTS (parts); i++)
    if (is_table (from, parts[i].table) && !copy_part (to, from, &parts[i]))
      return false;
  return true;
}

static int64_t
count_chats (sqlite3 *db)
{
  int64_t n_chats = 0;

  ph_database_get_integer (db, "SELECT count (*) FROM chats", &n_chats, NULL);
  return n_chats;
}

int
ph_salvage (sqlite3 *db, const char *path)
{
  g_autoptr (PhDatabase) from = ph_database_open (path, BUSY_MS, NULL);
  int64_t n_before = count_chats (db);

  if (from == NULL || !ph_database_exec (from, "PRAGMA query_only = ON", NULL) ||
      !ph_database_exec (db, "PRAGMA foreign_keys = OFF", NULL))
    return 0;

  if (ph_database_begin (db, NULL)) {
    if (copy_all (db, from) && ph_database_exec (db, mend, NULL))
      ph_database_commit (db, NULL);
    ph_database_rollback (db);
  }
  ph_database_exec (db, "PRAGMA foreign_keys = ON", NULL);
  return (int) (count_chats (db) - n_before);
}

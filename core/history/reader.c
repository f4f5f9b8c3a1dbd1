#include "core/history/reader.h"

#include "core/base/error.h"

/* A reading call may be on the thread that draws: rather no list than a frozen window. */
#define BUSY_MS 250

/* The connection */

/* SQL's is_new (number): true the first time in a reading. */
static void
is_new_cb (sqlite3_context *context, int n_values, sqlite3_value **values)
{
  GHashTable *seen = sqlite3_user_data (context);
  int64_t number = sqlite3_value_int64 (values[0]);

  sqlite3_result_int (context,
                      g_hash_table_add (seen, g_memdup2 (&number, sizeof number)));
}

static bool
add_is_new (sqlite3 *db, GHashTable *seen, GError **error)
{
  return sqlite3_create_function (db, "is_new", 1, SQLITE_UTF8 | SQLITE_DIRECTONLY, seen,
                                  is_new_cb, NULL, NULL) == SQLITE_OK ||
         ph_database_fail (db, error, "SQLite");
}

/* Not opened read-only, because whoever reads first after a crash plays the journal
 * back; query_only keeps it from writing anything else. */
static sqlite3 *
open_reader (PhHistory *self, GError **error)
{
  g_autoptr (PhDatabase) db = ph_database_open (self->path, BUSY_MS, error);
  int version;

  if (db == NULL || !ph_schema_identify (db, &ph_schema, &version, error) ||
      !ph_database_exec (db, "PRAGMA query_only = ON", error) ||
      !add_is_new (db, self->seen, error))
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

/* Under reading: appends what @read_row makes of each row to @rows. */
static bool
step_through (PhHistory *self,
              const char *sql,
              const PhValue *values,
              size_t n_values,
              PhReadRow read_row,
              GPtrArray *rows,
              GError **error)
{
  g_autoptr (PhStatement) statement = NULL;
  int code;

  if (self->reader == NULL)
    self->reader = open_reader (self, error);
  g_hash_table_remove_all (self->seen);
  if (self->reader != NULL)
    statement = ph_database_prepare (self->reader, sql, values, n_values, error);
  if (statement == NULL)
    return false;

  while ((code = sqlite3_step (statement)) == SQLITE_ROW)
    g_ptr_array_add (rows, read_row (statement));
  return code == SQLITE_DONE || ph_database_fail (self->reader, error, "SQLite");
}

GPtrArray *
ph_reader_read (PhHistory *self,
                const char *sql,
                const PhValue *values,
                size_t n_values,
                PhReadRow read_row,
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
char *
ph_reader_dup_text (sqlite3_stmt *row, int column)
{
  const char *text = (const char *) sqlite3_column_text (row, column);

  return text != NULL ? g_utf8_make_valid (text, -1) : NULL;
}

GBytes *
ph_reader_dup_bytes (sqlite3_stmt *row, int column)
{
  const void *bytes = sqlite3_column_blob (row, column);

  return bytes != NULL ? g_bytes_new (bytes, (size_t) sqlite3_column_bytes (row, column))
                       : NULL;
}

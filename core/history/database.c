#include "core/history/database.h"

#include "core/base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* A commit costs two fsyncs of the file and two of its folder this way (about 20 ms).
 * Write-ahead logging would be faster, but the SQLite of Debian 12 may lose or damage
 * data when two connections reset the log at once, and its cheap mode loses the last
 * commits with the power. */
static const char writer_pragmas[] = "PRAGMA journal_mode = DELETE;"
                                     "PRAGMA synchronous = EXTRA;"
                                     "PRAGMA foreign_keys = ON;"
                                     "PRAGMA secure_delete = ON;";

/* A mapped page of a file that shrinks is a SIGBUS; a cell that lies about its size is
 * found before it is used. */
static const char reader_pragmas[] = "PRAGMA mmap_size = 0;"
                                     "PRAGMA cell_size_check = ON;";

static PhErrorCode
code_of_errno (int number, PhErrorCode otherwise)
{
  switch (number) {
  case EACCES:
  case EPERM:
  case EROFS:
    return PH_ERROR_READ_ONLY;
  case ENOSPC:
  case EDQUOT:
  case EFBIG:
    return PH_ERROR_FULL;
  default:
    return otherwise;
  }
}

/* SQLite forgets the reason of a commit that failed; the file itself still knows. */
static int
system_error_of (sqlite3 *db)
{
  int number = sqlite3_system_errno (db);

  if (number == 0)
    sqlite3_file_control (db, "main", SQLITE_FCNTL_LAST_ERRNO, &number);
  return number;
}

static PhErrorCode
code_of (sqlite3 *db)
{
  int code = sqlite3_extended_errcode (db);

  if (code == SQLITE_READONLY_DBMOVED)
    return PH_ERROR_CHANGED;

  switch (code & 0xff) {
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB:
    return PH_ERROR_CORRUPT;
  case SQLITE_FULL:
    return PH_ERROR_FULL;
  case SQLITE_READONLY:
  case SQLITE_PERM:
    return PH_ERROR_READ_ONLY;
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    return PH_ERROR_BUSY;
  case SQLITE_NOMEM:
    return PH_ERROR_MEMORY;
  case SQLITE_TOOBIG:
    return PH_ERROR_RANGE;
  case SQLITE_CONSTRAINT:
  case SQLITE_MISMATCH:
    return PH_ERROR_FORMAT;
  default:
    return code_of_errno (system_error_of (db), PH_ERROR_IO);
  }
}

bool
ph_database_fail (sqlite3 *db, GError **error, const char *doing)
{
  int code = sqlite3_errcode (db) & 0xff;
  int number = system_error_of (db);

  if ((code == SQLITE_IOERR || code == SQLITE_CANTOPEN) && number != 0)
    return ph_fail (error, code_of (db), "%s: %s (%s)", doing, sqlite3_errmsg (db),
                    g_strerror (number));
  return ph_fail (error, code_of (db), "%s: %s", doing, sqlite3_errmsg (db));
}

/* A history may come from a stranger: what its schema says is not trusted, and no number
 * in it makes SQLite take more memory than the largest thing we store. */
static void
restrict_to_our_needs (sqlite3 *db)
{
  sqlite3_db_config (db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  sqlite3_db_config (db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  sqlite3_db_config (db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
  sqlite3_db_config (db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
  sqlite3_db_config (db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
  sqlite3_limit (db, SQLITE_LIMIT_LENGTH, PH_DATABASE_MAX_BLOB + (8 << 20));
  sqlite3_limit (db, SQLITE_LIMIT_SQL_LENGTH, 64 << 10);
  sqlite3_limit (db, SQLITE_LIMIT_ATTACHED, 1);
  sqlite3_limit (db, SQLITE_LIMIT_VARIABLE_NUMBER, 32);
}

sqlite3 *
ph_database_open (const char *path, int busy_ms, GError **error)
{
  g_autoptr (PhDatabase) db = NULL;
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE |
              SQLITE_OPEN_EXRESCODE;

  if (sqlite3_open_v2 (path, &db, flags, NULL) != SQLITE_OK) {
    ph_database_fail (db, error, "cannot be opened");
    return NULL;
  }

  restrict_to_our_needs (db);
  sqlite3_busy_timeout (db, busy_ms);
  if (!ph_database_exec (db, reader_pragmas, error))
    return NULL;
  return g_steal_pointer (&db);
}

bool
ph_database_configure_writer (sqlite3 *db, GError **error)
{
  return ph_database_exec (db, writer_pragmas, error);
}

void
ph_database_trust_schema (sqlite3 *db)
{
  sqlite3_db_config (db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 1, NULL);
}

bool
ph_database_exec (sqlite3 *db, const char *sql, GError **error)
{
  if (sqlite3_exec (db, sql, NULL, NULL, NULL) != SQLITE_OK)
    return ph_database_fail (db, error, "SQLite");
  return true;
}

static int
bind (sqlite3_stmt *statement, int index, const PhValue *value)
{
  switch (value->kind) {
  case PH_VALUE_INTEGER:
    return sqlite3_bind_int64 (statement, index, value->integer);
  case PH_VALUE_TEXT:
    return sqlite3_bind_text (statement, index, value->text, -1, SQLITE_STATIC);
  case PH_VALUE_BYTES:
    if (value->bytes == NULL)
      return sqlite3_bind_null (statement, index);
    return sqlite3_bind_blob64 (statement, index, g_bytes_get_data (value->bytes, NULL),
                                g_bytes_get_size (value->bytes), SQLITE_STATIC);
  }
  g_assert_not_reached ();
}

sqlite3_stmt *
ph_database_prepare (sqlite3 *db,
                     const char *sql,
                     const PhValue *values,
                     size_t n_values,
                     GError **error)
{
  g_autoptr (PhStatement) statement = NULL;

  if (sqlite3_prepare_v2 (db, sql, -1, &statement, NULL) != SQLITE_OK) {
    ph_database_fail (db, error, "SQLite");
    return NULL;
  }

  for (size_t i = 0; i < n_values; i++)
    if (bind (statement, (int) i + 1, &values[i]) != SQLITE_OK) {
      ph_database_fail (db, error, "SQLite");
      return NULL;
    }

  return g_steal_pointer (&statement);
}

bool
ph_database_run (sqlite3 *db,
                 const char *sql,
                 const PhValue *values,
                 size_t n_values,
                 GError **error)
{
  g_autoptr (PhStatement) statement =
      ph_database_prepare (db, sql, values, n_values, error);
  int code;

  if (statement == NULL)
    return false;

  do
    code = sqlite3_step (statement);
  while (code == SQLITE_ROW);

  return code == SQLITE_DONE || ph_database_fail (db, error, "SQLite");
}

bool
ph_database_get_integer (sqlite3 *db, const char *sql, int64_t *number, GError **error)
{
  g_autoptr (PhStatement) statement = ph_database_prepare (db, sql, NULL, 0, error);
  int code;

  if (statement == NULL)
    return false;

  code = sqlite3_step (statement);
  *number = code == SQLITE_ROW ? sqlite3_column_int64 (statement, 0) : 0;
  return code == SQLITE_ROW || code == SQLITE_DONE ||
         ph_database_fail (db, error, "SQLite");
}

bool
ph_database_begin (sqlite3 *db, GError **error)
{
  return ph_database_exec (db, "BEGIN IMMEDIATE", error);
}

bool
ph_database_commit (sqlite3 *db, GError **error)
{
  bool committed = ph_database_exec (db, "COMMIT", error);

  if (!committed)
    ph_database_rollback (db);
  return committed;
}

/* A failing statement may have ended the transaction by itself. */
void
ph_database_rollback (sqlite3 *db)
{
  if (!sqlite3_get_autocommit (db))
    sqlite3_exec (db, "ROLLBACK", NULL, NULL, NULL);
}

/* SQLite reads what is missing of the last page as zeros, which may pass for text. */
static bool
ends_with_a_page (sqlite3 *db, GError **error)
{
  struct stat status;
  int64_t page_size;

  if (!ph_database_get_integer (db, "PRAGMA page_size", &page_size, error))
    return false;
  if (stat (sqlite3_db_filename (db, "main"), &status) != 0)
    return ph_fail_errno (error, errno, "cannot be looked at");
  return status.st_size % page_size == 0 ||
         ph_fail (error, PH_ERROR_CORRUPT, "damaged: %lld bytes, not whole pages of %lld",
                  (long long) status.st_size, (long long) page_size);
}

bool
ph_database_check (sqlite3 *db, GError **error)
{
  g_autoptr (PhStatement) statement =
      ph_database_prepare (db, "PRAGMA quick_check (1)", NULL, 0, error);
  g_autofree char *verdict = NULL;

  if (statement == NULL)
    return false;
  if (sqlite3_step (statement) != SQLITE_ROW)
    return ph_database_fail (db, error, "SQLite");

  verdict = g_strdup ((const char *) sqlite3_column_text (statement, 0));
  if (g_strcmp0 (verdict, "ok") != 0)
    return ph_fail (error, PH_ERROR_CORRUPT, "damaged: %s",
                    g_strdelimit (verdict, "\n", ' '));
  return ends_with_a_page (db, error);
}

bool
ph_database_sync_file (const char *path, GError **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  int failed = fd < 0 ? errno : fsync (fd) != 0 ? errno : 0;

  if (fd >= 0)
    close (fd);
  return failed == 0 || ph_fail_errno (error, failed, "%s", path);
}

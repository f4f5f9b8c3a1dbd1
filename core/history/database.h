/* database.h - SQLite as the history wants it
 *
 * One place for what every connection must agree on (see open and configure), for
 * turning SQLite's codes into PH_ERROR, and for statements that take their values as a
 * table.  A connection belongs to one thread at a time.
 */
#pragma once

#include <glib.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

/* Nothing larger is stored, and no row larger than this and a little is read. */
#define PH_DATABASE_MAX_BLOB (64 << 20)

typedef struct {
  enum { PH_VALUE_INTEGER, PH_VALUE_TEXT, PH_VALUE_BYTES } kind;
  int64_t integer;
  const char *text; /* NULL is SQL's NULL */
  GBytes *bytes;    /* the same */
} PhValue;

static inline PhValue
ph_integer (int64_t integer)
{
  return (PhValue){ .kind = PH_VALUE_INTEGER, .integer = integer };
}

static inline PhValue
ph_text (const char *text)
{
  return (PhValue){ .kind = PH_VALUE_TEXT, .text = text };
}

static inline PhValue
ph_bytes (GBytes *bytes)
{
  return (PhValue){ .kind = PH_VALUE_BYTES, .bytes = bytes };
}

/* Opens an existing file and waits @busy_ms for other programs in every later call.
 * Nothing is read yet. */
sqlite3 *ph_database_open (const char *path, int busy_ms, GError **error);

/* Makes writing durable: rollback journal, synchronous=EXTRA, deleted bytes zeroed. */
bool ph_database_configure_writer (sqlite3 *db, GError **error);

/* Lets triggers write to the index of words: for a schema that was found to be ours. */
void ph_database_trust_schema (sqlite3 *db);

/* Fails with what SQLite says went wrong last; @doing is put in front. */
bool ph_database_fail (sqlite3 *db, GError **error, const char *doing);

/* Runs statements without values. */
bool ph_database_exec (sqlite3 *db, const char *sql, GError **error);

/* The statement with ?1, ?2, … bound to @values, which must outlive it; the caller
 * finalizes it. */
sqlite3_stmt *ph_database_prepare (sqlite3 *db,
                                   const char *sql,
                                   const PhValue *values,
                                   size_t n_values,
                                   GError **error);

/* Prepares and runs to the end. */
bool ph_database_run (sqlite3 *db,
                      const char *sql,
                      const PhValue *values,
                      size_t n_values,
                      GError **error);

/* The first number a query gives; 0 where it gives none. */
bool
ph_database_get_integer (sqlite3 *db, const char *sql, int64_t *number, GError **error);

/* A transaction that may write from its beginning, so that no lock is upgraded midway.
 * A commit that fails has been rolled back. */
bool ph_database_begin (sqlite3 *db, GError **error);
bool ph_database_commit (sqlite3 *db, GError **error);
void ph_database_rollback (sqlite3 *db);

/* Reads every page and says whether they make sense. */
bool ph_database_check (sqlite3 *db, GError **error);

/* Makes sure that a file nobody has open any more is on the disk: SQLite leaves it to the
 * system when a copy gets there. */
bool ph_database_sync_file (const char *path, GError **error);

typedef sqlite3_stmt PhStatement;
typedef sqlite3 PhDatabase;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PhStatement, sqlite3_finalize)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PhDatabase, sqlite3_close)

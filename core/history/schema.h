/* schema.h - the tables of the history and how old files become new ones
 *
 * The schema is what its migrations make, one after the other, from an empty file;
 * user_version counts those that were applied.  To change it, append a migration to the
 * list in schema.c, and never touch one that has shipped.
 */
#pragma once

#include "core/history/database.h"

typedef struct {
  const char *const *migrations; /* migrations[n] leads from version n to n + 1 */
  int version;                   /* the newest, and their number */
} PhSchema;

extern const PhSchema ph_schema;

/* SQL: what puts the rows called `turn` of one chat in their order, variants where the
 * first of them stands. */
#define PH_TURNS_ORDER                                                                   \
  "coalesce ((SELECT head.position FROM turns AS head"                                   \
  "            WHERE head.id = turn.variant_of AND head.chat = turn.chat),"              \
  "          turn.position), turn.position"

/* Reads which version @db is: 0 for an empty file.  PH_ERROR_FORMAT: another program's;
 * PH_ERROR_UNSUPPORTED: newer than @schema; PH_ERROR_CORRUPT: makes no sense. */
bool
ph_schema_identify (sqlite3 *db, const PhSchema *schema, int *version, GError **error);

/* Whether the first bytes of the file at @path say it is a history, even if the rest is
 * damaged.  No connection to it may be open in this process: closing the file here would
 * drop the locks SQLite has on it. */
bool ph_schema_claims (const char *path);

/* Migrates @db at @path from @version to the newest, each step in one transaction, after
 * a copy of what was there to PATH.backup-vN. */
bool ph_schema_update (sqlite3 *db,
                       const char *path,
                       const PhSchema *schema,
                       int version,
                       GError **error);

/* Whether @db has the tables and indices the migrations make and nothing else: neither
 * one that is missing nor a trigger or view that somebody put in. */
bool ph_schema_verify (sqlite3 *db, const PhSchema *schema, GError **error);

/* Makes the index of words anew from what the chats say. */
bool ph_schema_reindex (sqlite3 *db, GError **error);

/* Removes the copies that updates left: they remember what has been erased. */
void ph_schema_remove_backups (const char *path, const PhSchema *schema);

/* Opening happens in this order, because each step relies on the one before:
 *
 *   1. whose file it is, and of which version: a stranger's is not touched
 *   2. the check of its pages: SQLite may read past what it has not checked
 *   3. journal and sync settings, then migrations
 *   4. the tables are what they must be, so that no later statement can fail on them, and
 *      its triggers are ours and may run */
#include "core/history/file.h"

#include "core/base/error.h"
#include "core/history/copies.h"
#include "core/history/salvage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHECKED_BYTES (50 << 20) /* smaller files are checked at every opening */

bool
ph_file_make_folder (const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);

  if (g_mkdir_with_parents (folder, 0700) != 0)
    return ph_fail_errno (error, errno, "its folder cannot be made");
  if (access (folder, W_OK) != 0)
    return ph_fail_errno (error, errno, "its folder cannot be written");
  return true;
}

/* Conversations are nobody else's business: SQLite gives its journal the same mode. */
static bool
make_file (const char *path, GError **error)
{
  int fd = open (path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);

  if (fd < 0 && errno != EEXIST)
    return ph_fail_errno (error, errno, "cannot be made");
  if (fd >= 0)
    close (fd);
  return true;
}

static bool
is_regular (const char *path, GError **error)
{
  struct stat status;

  if (stat (path, &status) != 0)
    return ph_fail_errno (error, errno, "cannot be opened");
  return S_ISREG (status.st_mode) ||
         ph_fail (error, PH_ERROR_FORMAT, "not a regular file");
}

static bool
deserves_check (const char *path, bool suspect)
{
  g_autofree char *journal = g_strconcat (path, "-journal", NULL);
  struct stat file = { 0 };

  stat (path, &file);
  return suspect || file.st_size < CHECKED_BYTES || access (journal, F_OK) == 0;
}

/* Another program that has the file open would no longer know its tables. */
static bool
may_update (const PhFileOptions *options,
            const PhSession *session,
            int version,
            GError **error)
{
  return version == 0 || version == options->schema->version ||
         ph_session_is_alone (session) ||
         ph_fail (error, PH_ERROR_BUSY,
                  "of an older version; close every other Pinhole, then it is renewed");
}

static sqlite3 *
open_and_check (const PhFileOptions *options, const PhSession *session, GError **error)
{
  bool check = deserves_check (options->path, options->suspect);
  g_autoptr (PhDatabase) db = NULL;
  int version;

  if (!make_file (options->path, error) || !is_regular (options->path, error))
    return NULL;
  db = ph_database_open (options->path, options->busy_ms, error);
  if (db == NULL || !ph_schema_identify (db, options->schema, &version, error))
    return NULL;
  if (sqlite3_db_readonly (db, "main")) {
    ph_fail (error, PH_ERROR_READ_ONLY, "may be read and not written");
    return NULL;
  }

  if ((check && !ph_database_check (db, error)) ||
      !ph_database_configure_writer (db, error) ||
      !may_update (options, session, version, error) ||
      !ph_schema_update (db, options->path, options->schema, version, error) ||
      !ph_schema_verify (db, options->schema, error))
    return NULL;
  ph_database_trust_schema (db);
  if (options->suspect && !ph_schema_reindex (db, error))
    return NULL;
  return g_steal_pointer (&db);
}

/* Damage, set aside */

static char *
free_name (const char *path)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *time = g_date_time_format (now, "%Y%m%d-%H%M%S");
  char *name = g_strdup_printf ("%s.corrupt-%s", path, time);

  for (int i = 2; g_file_test (name, G_FILE_TEST_EXISTS); i++) {
    g_free (name);
    name = g_strdup_printf ("%s.corrupt-%s-%d", path, time, i);
  }
  return name;
}

/* A journal left behind would be played into the new file. */
static void
remove_side_files (const char *path)
{
  static const char *const suffixes[] = { "-journal", "-wal", "-shm" };

  for (size_t i = 0; i < G_N_ELEMENTS (suffixes); i++) {
    g_autofree char *name = g_strconcat (path, suffixes[i], NULL);

    unlink (name);
  }
}

/* Returns the new name. */
static char *
set_aside (const char *path,
           const PhSession *session,
           const GError *damage,
           GError **error)
{
  g_autofree char *name = free_name (path);

  if (!ph_session_is_alone (session)) {
    ph_fail (error, PH_ERROR_CORRUPT,
             "%s; close every other Pinhole, then it is set aside", damage->message);
    return NULL;
  }
  if (rename (path, name) != 0) {
    ph_fail (error, PH_ERROR_CORRUPT, "%s; cannot be set aside (%s)", damage->message,
             g_strerror (errno));
    return NULL;
  }
  remove_side_files (path);
  return g_steal_pointer (&name);
}

/* From the damaged file, and what is lost there from the newest copy. */
static void
salvage (sqlite3 *db,
         const char *path,
         const char *aside,
         const GError *damage,
         GError **notice)
{
  g_autofree char *copy = ph_copies_name (path, 1);
  int n_chats = ph_salvage (db, aside);

  if (g_file_test (copy, G_FILE_TEST_IS_REGULAR))
    n_chats += ph_salvage (db, copy);
  ph_fail (notice, PH_ERROR_CORRUPT,
           "%s; kept as %s, and a new history begun with the %d chats that were saved",
           damage->message, aside, n_chats);
}

static bool
may_set_aside (const PhFileOptions *options)
{
  return options->is_ours || ph_schema_claims (options->path);
}

sqlite3 *
ph_file_open (const PhFileOptions *options,
              const PhSession *session,
              GError **notice,
              GError **error)
{
  g_autoptr (GError) damage = NULL;
  g_autofree char *aside = NULL;
  sqlite3 *db = open_and_check (options, session, &damage);

  if (db != NULL)
    return db;
  if (!g_error_matches (damage, PH_ERROR, PH_ERROR_CORRUPT)) {
    g_propagate_error (error, g_steal_pointer (&damage));
    return NULL;
  }
  if (!may_set_aside (options)) {
    ph_fail (error, PH_ERROR_FORMAT, "not a history (%s)", damage->message);
    return NULL;
  }
  aside = set_aside (options->path, session, damage, error);
  if (aside != NULL)
    db = open_and_check (options, session, error);
  if (db != NULL)
    salvage (db, options->path, aside, damage, notice);
  return db;
}

#include "core/history/copies.h"

#include "core/base/error.h"
#include "core/history/database.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define BUSY_MS 250
#define STEP_PAGES 4096 /* 16 MiB: for so long a writer waits */
#define PAUSE_US 5000
#define ABANDONED_SECONDS 3600 /* after which a copy is no longer being made */
#define DAY_SECONDS (24 * 60 * 60)
#define STEPS_OF_CHECK 10000 /* of SQLite's machine between two looks at the stop */

char *
ph_copies_name (const char *path, int number)
{
  return number == 0 ? g_strconcat (path, ".copy-new", NULL)
                     : g_strdup_printf ("%s.copy-%d", path, number);
}

/* In seconds; -1 where there is none.  A time that has not come yet counts as none. */
static int64_t
age_of (const char *name)
{
  struct stat status;

  if (stat (name, &status) != 0)
    return -1;
  return MAX (-1, (int64_t) time (NULL) - status.st_mtime);
}

bool
ph_copies_are_due (const char *path, int days)
{
  g_autofree char *name = ph_copies_name (path, 1);
  int64_t age = age_of (name);

  return age < 0 || age > (int64_t) days * DAY_SECONDS;
}

/* From the newest on, so that one that is being renamed meanwhile is met later. */
void
ph_copies_remove (const char *path)
{
  for (int number = 0; number <= PH_COPIES_MAX; number++) {
    g_autofree char *name = ph_copies_name (path, number);

    unlink (name);
  }
}

/* Making */

/* Another program may be at it. */
static bool
begin (const char *name, GError **error)
{
  int64_t age = age_of (name);
  int fd;

  if (age >= 0 && age < ABANDONED_SECONDS)
    return ph_fail (error, PH_ERROR_BUSY, "another program makes a copy");
  unlink (name);
  fd = open (name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  if (fd < 0)
    return ph_fail_errno (error, errno, "a copy cannot be made");
  close (fd);
  return true;
}

static bool
is_over (int code)
{
  return code != SQLITE_OK && code != SQLITE_BUSY && code != SQLITE_LOCKED;
}

/* When somebody else writes meanwhile, SQLite begins again. */
static bool
copy_pages (sqlite3 *from, sqlite3 *to, const atomic_bool *stop, GError **error)
{
  sqlite3_backup *backup = sqlite3_backup_init (to, "main", from, "main");
  int code = SQLITE_OK;

  if (backup == NULL)
    return ph_database_fail (to, error, "a copy");
  while (!is_over (code) && !atomic_load (stop)) {
    code = sqlite3_backup_step (backup, STEP_PAGES) & 0xff;
    if (!is_over (code))
      g_usleep (PAUSE_US);
  }
  sqlite3_backup_finish (backup);
  if (code == SQLITE_DONE)
    return true;
  return is_over (code) ? ph_database_fail (to, error, "a copy")
                        : ph_fail (error, PH_ERROR_BUSY, "stopped");
}

static bool
make (const char *path, const char *name, const atomic_bool *stop, GError **error)
{
  g_autoptr (PhDatabase) from = ph_database_open (path, BUSY_MS, error);
  g_autoptr (PhDatabase) to =
      from != NULL ? ph_database_open (name, BUSY_MS, error) : NULL;
  int64_t n_chats;

  if (to == NULL || !ph_database_get_integer (from, "SELECT EXISTS (SELECT 1 FROM chats)",
                                              &n_chats, error))
    return false;
  if (n_chats == 0)
    return ph_fail (error, PH_ERROR_RANGE, "nothing to copy");

  /* A copy that is cut off is thrown away, so it needs none on disk. */
  return ph_database_exec (to, "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF",
                           error) &&
         copy_pages (from, to, stop, error);
}

/* Checking */

static int
stop_cb (void *stop)
{
  return atomic_load ((const atomic_bool *) stop);
}

/* The index is compared with what the chats say. */
static bool
check (const char *name, const atomic_bool *stop, GError **error)
{
  static const char index[] =
      "INSERT INTO search (search, rank) VALUES ('integrity-check', 1)";
  g_autoptr (PhDatabase) db = ph_database_open (name, BUSY_MS, error);

  if (db == NULL)
    return false;
  sqlite3_progress_handler (db, STEPS_OF_CHECK, stop_cb, (void *) stop);
  if (!ph_database_check (db, error))
    return false;
  return ph_database_exec (db, index, NULL) ||
         ph_fail (error, atomic_load (stop) ? PH_ERROR_BUSY : PH_ERROR_CHANGED,
                  "the index of words is not sound");
}

static bool
rotate (const char *path, GError **error)
{
  for (int number = PH_COPIES_MAX - 1; number >= 0; number--) {
    g_autofree char *from = ph_copies_name (path, number);
    g_autofree char *to = ph_copies_name (path, number + 1);

    if (rename (from, to) != 0 && (number == 0 || errno != ENOENT))
      return ph_fail_errno (error, errno, "a copy cannot be renamed");
  }
  return true;
}

bool
ph_copies_make (const char *path, const atomic_bool *stop, GError **error)
{
  g_autofree char *name = ph_copies_name (path, 0);

  if (!begin (name, error))
    return false;
  if (make (path, name, stop, error) && check (name, stop, error) &&
      ph_database_sync_file (name, error) && rotate (path, error))
    return true;
  unlink (name);
  return false;
}

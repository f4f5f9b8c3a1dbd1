/* history-disk.h - a disk that fails when it is told to
 *
 * An SQLite VFS above the system's.  It counts what changes the disk (open to create,
 * write, truncate, sync, delete) and can refuse from the Nth such operation on, once or
 * for ever.  It also remembers what has been synced, so that after a refusal "for ever"
 * disk_lose_power() can put on the real disk what a machine without power would have
 * kept: all that was synced, any half of the sectors that were not, and any half of the
 * deletions that were not.
 *
 * One disk, used by one store thread at a time and told from another.
 */
#pragma once

#include <glib.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <string.h>

#define DISK_SECTOR 512

typedef struct {
  sqlite3_int64 offset; /* a whole sector, or a truncation to @offset */
  bool is_truncation;
  guint8 bytes[DISK_SECTOR];
} DiskChange;

/* What would be found under a name after the power came back. */
typedef struct {
  GByteArray *synced;
  GByteArray *now;
  GArray *changes; /* DiskChange since the last sync */
  bool is_deleted;
} DiskFile;

typedef struct {
  sqlite3_file base;
  DiskFile *tracked; /* NULL: temporary, of no interest */
  sqlite3_file *real;
} DiskHandle;

static struct {
  sqlite3_vfs vfs;
  sqlite3_vfs *real;
  pthread_mutex_t lock;
  GHashTable *files; /* path → DiskFile */
  int n_operations;
  int refuse_at; /* the operation, from 1; 0: never */
  int refuse_n;  /* how many from there on */
  int code;      /* of the refusal */
  int n_refused;
} disk = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void
disk_file_free (gpointer data)
{
  DiskFile *file = data;

  g_byte_array_unref (file->synced);
  g_byte_array_unref (file->now);
  g_array_unref (file->changes);
  g_free (file);
}

/* Counts an operation and says whether it is refused.  Under lock. */
static bool
disk_refuses (void)
{
  bool refused;

  disk.n_operations++;
  refused = disk.refuse_at > 0 && disk.n_operations >= disk.refuse_at &&
            disk.n_operations < (gint64) disk.refuse_at + disk.refuse_n;
  disk.n_refused += refused;
  return refused;
}

static bool
disk_counts (void)
{
  bool refused;

  pthread_mutex_lock (&disk.lock);
  refused = disk_refuses ();
  pthread_mutex_unlock (&disk.lock);
  return refused;
}

static sqlite3_file *
disk_real (sqlite3_file *file)
{
  return ((DiskHandle *) (void *) file)->real;
}

static DiskFile *
disk_tracked (sqlite3_file *file)
{
  return ((DiskHandle *) (void *) file)->tracked;
}

static void
disk_set_size (GByteArray *bytes, gint64 size)
{
  guint old = bytes->len;

  g_byte_array_set_size (bytes, (guint) size);
  if (bytes->len > old)
    memset (bytes->data + old, 0, bytes->len - old);
}

/* Notes the sectors that a write changed, as they are now. */
static void
disk_note_write (DiskFile *file, const void *bytes, int n_bytes, sqlite3_int64 offset)
{
  gint64 end = offset + n_bytes;

  if (end > file->now->len)
    disk_set_size (file->now, (end + DISK_SECTOR - 1) / DISK_SECTOR * DISK_SECTOR);
  memcpy (file->now->data + offset, bytes, (size_t) n_bytes);
  for (gint64 at = offset / DISK_SECTOR * DISK_SECTOR; at < end; at += DISK_SECTOR) {
    DiskChange change = { .offset = at };

    if (file->now->len < at + DISK_SECTOR)
      disk_set_size (file->now, at + DISK_SECTOR);
    memcpy (change.bytes, file->now->data + at, DISK_SECTOR);
    g_array_append_val (file->changes, change);
  }
}

static void
disk_note_truncate (DiskFile *file, sqlite3_int64 size)
{
  DiskChange change = { .offset = size, .is_truncation = true };

  g_byte_array_set_size (file->now, (guint) MIN (size, file->now->len));
  g_array_append_val (file->changes, change);
}

static void
disk_apply (GByteArray *bytes, const DiskChange *change)
{
  if (change->is_truncation) {
    g_byte_array_set_size (bytes, (guint) MIN (change->offset, bytes->len));
    return;
  }
  if (bytes->len < change->offset + DISK_SECTOR)
    disk_set_size (bytes, change->offset + DISK_SECTOR);
  memcpy (bytes->data + change->offset, change->bytes, DISK_SECTOR);
}

static int
disk_close (sqlite3_file *file)
{
  sqlite3_file *real = disk_real (file);
  int code = real->pMethods->xClose (real);

  g_free (real);
  return code;
}

static int
disk_read (sqlite3_file *file, void *bytes, int n_bytes, sqlite3_int64 offset)
{
  sqlite3_file *real = disk_real (file);

  return real->pMethods->xRead (real, bytes, n_bytes, offset);
}

static int
disk_write (sqlite3_file *file, const void *bytes, int n_bytes, sqlite3_int64 offset)
{
  sqlite3_file *real = disk_real (file);
  DiskFile *tracked = disk_tracked (file);
  bool refused;

  pthread_mutex_lock (&disk.lock);
  refused = disk_refuses ();
  if (!refused && tracked != NULL)
    disk_note_write (tracked, bytes, n_bytes, offset);
  pthread_mutex_unlock (&disk.lock);

  return refused ? disk.code : real->pMethods->xWrite (real, bytes, n_bytes, offset);
}

static int
disk_truncate (sqlite3_file *file, sqlite3_int64 size)
{
  sqlite3_file *real = disk_real (file);
  DiskFile *tracked = disk_tracked (file);
  bool refused;

  pthread_mutex_lock (&disk.lock);
  refused = disk_refuses ();
  if (!refused && tracked != NULL)
    disk_note_truncate (tracked, size);
  pthread_mutex_unlock (&disk.lock);

  return refused ? SQLITE_IOERR_TRUNCATE : real->pMethods->xTruncate (real, size);
}

/* The real disk is spared: only this one's memory is ever lost. */
static int
disk_sync (sqlite3_file *file, int flags)
{
  DiskFile *tracked = disk_tracked (file);
  bool refused;

  pthread_mutex_lock (&disk.lock);
  refused = disk_refuses ();
  if (!refused && tracked != NULL) {
    for (guint i = 0; i < tracked->changes->len; i++)
      disk_apply (tracked->synced, &g_array_index (tracked->changes, DiskChange, i));
    g_array_set_size (tracked->changes, 0);
  }
  pthread_mutex_unlock (&disk.lock);

  return refused ? SQLITE_IOERR_FSYNC : SQLITE_OK;
}

static int
disk_size (sqlite3_file *file, sqlite3_int64 *size)
{
  sqlite3_file *real = disk_real (file);

  return real->pMethods->xFileSize (real, size);
}

static int
disk_take_lock (sqlite3_file *file, int level)
{
  sqlite3_file *real = disk_real (file);

  return real->pMethods->xLock (real, level);
}

static int
disk_unlock (sqlite3_file *file, int level)
{
  sqlite3_file *real = disk_real (file);

  return real->pMethods->xUnlock (real, level);
}

static int
disk_check_lock (sqlite3_file *file, int *result)
{
  sqlite3_file *real = disk_real (file);

  return real->pMethods->xCheckReservedLock (real, result);
}

static int
disk_control (sqlite3_file *file, int operation, void *argument)
{
  sqlite3_file *real = disk_real (file);

  return real->pMethods->xFileControl (real, operation, argument);
}

static int
disk_sector_size (sqlite3_file *file)
{
  return DISK_SECTOR;
}

/* Promises nothing: neither that a sector is whole nor that appending is safe. */
static int
disk_characteristics (sqlite3_file *file)
{
  return 0;
}

static const sqlite3_io_methods disk_methods = {
  .iVersion = 1,
  .xClose = disk_close,
  .xRead = disk_read,
  .xWrite = disk_write,
  .xTruncate = disk_truncate,
  .xSync = disk_sync,
  .xFileSize = disk_size,
  .xLock = disk_take_lock,
  .xUnlock = disk_unlock,
  .xCheckReservedLock = disk_check_lock,
  .xFileControl = disk_control,
  .xSectorSize = disk_sector_size,
  .xDeviceCharacteristics = disk_characteristics,
};

/* What is there when a file is seen for the first time counts as synced. */
static DiskFile *
disk_track (const char *path)
{
  DiskFile *file = g_hash_table_lookup (disk.files, path);
  g_autofree char *bytes = NULL;
  gsize n_bytes = 0;

  if (file != NULL && !file->is_deleted)
    return file;

  file = g_new0 (DiskFile, 1);
  file->synced = g_byte_array_new ();
  file->now = g_byte_array_new ();
  file->changes = g_array_new (FALSE, FALSE, sizeof (DiskChange));
  if (g_file_get_contents (path, &bytes, &n_bytes, NULL)) {
    g_byte_array_append (file->synced, (guint8 *) bytes, (guint) n_bytes);
    g_byte_array_append (file->now, (guint8 *) bytes, (guint) n_bytes);
  }
  g_hash_table_replace (disk.files, g_strdup (path), file);
  return file;
}

static int
disk_open (sqlite3_vfs *vfs,
           const char *path,
           sqlite3_file *file,
           int flags,
           int *out_flags)
{
  DiskHandle *handle = (DiskHandle *) (void *) file;
  bool is_journal = flags & SQLITE_OPEN_MAIN_JOURNAL;
  int code;

  file->pMethods = NULL;
  if (is_journal && (flags & SQLITE_OPEN_CREATE) && disk_counts ())
    return SQLITE_CANTOPEN;

  /* Before SQLite has locks on it that closing the file here would drop. */
  pthread_mutex_lock (&disk.lock);
  handle->tracked =
      is_journal || (flags & SQLITE_OPEN_MAIN_DB) ? disk_track (path) : NULL;
  pthread_mutex_unlock (&disk.lock);

  handle->real = g_malloc0 ((gsize) disk.real->szOsFile);
  code = disk.real->xOpen (disk.real, path, handle->real, flags, out_flags);
  if (code == SQLITE_OK)
    file->pMethods = &disk_methods;
  else
    g_free (handle->real);
  return code;
}

static int
disk_delete (sqlite3_vfs *vfs, const char *path, int sync_folder)
{
  DiskFile *tracked;
  bool refused;

  pthread_mutex_lock (&disk.lock);
  refused = disk_refuses ();
  tracked = g_hash_table_lookup (disk.files, path);
  if (!refused && tracked != NULL && sync_folder)
    g_hash_table_remove (disk.files, path);
  else if (!refused && tracked != NULL)
    tracked->is_deleted = true;
  pthread_mutex_unlock (&disk.lock);

  return refused ? SQLITE_IOERR_DELETE : disk.real->xDelete (disk.real, path, 0);
}

static void
disk_insert (void)
{
  disk.real = sqlite3_vfs_find (NULL);
  disk.vfs = *disk.real;
  disk.vfs.zName = "disk";
  disk.vfs.szOsFile = sizeof (DiskHandle);
  disk.vfs.xOpen = disk_open;
  disk.vfs.xDelete = disk_delete;
  disk.files = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, disk_file_free);
  sqlite3_vfs_register (&disk.vfs, 1);
}

static void
disk_remove (void)
{
  sqlite3_vfs_unregister (&disk.vfs);
  sqlite3_vfs_register (disk.real, 1);
  g_clear_pointer (&disk.files, g_hash_table_unref);
}

/* Refuses @refuse_n operations, the first of them the @operation-th from now. */
static void
disk_refuse (int operation, int refuse_n, int code)
{
  pthread_mutex_lock (&disk.lock);
  disk.n_operations = disk.n_refused = 0;
  disk.refuse_at = operation;
  disk.refuse_n = refuse_n;
  disk.code = code;
  pthread_mutex_unlock (&disk.lock);
}

static int
disk_get_n_refused (void)
{
  int n_refused;

  pthread_mutex_lock (&disk.lock);
  n_refused = disk.n_refused;
  pthread_mutex_unlock (&disk.lock);
  return n_refused;
}

static void
disk_keep_half (DiskFile *file, GRand *dice)
{
  GArray *changes = file->changes;

  for (guint n = changes->len; n > 1; n--) {
    guint other = (guint) g_rand_int_range (dice, 0, (gint32) n);
    DiskChange kept = g_array_index (changes, DiskChange, n - 1);

    g_array_index (changes, DiskChange, n - 1) =
        g_array_index (changes, DiskChange, other);
    g_array_index (changes, DiskChange, other) = kept;
  }
  for (guint i = 0; i < changes->len; i++)
    if (g_rand_boolean (dice))
      disk_apply (file->synced, &g_array_index (changes, DiskChange, i));
}

/* No connection may be open.  Afterwards the disk works again and knows nothing. */
static void
disk_lose_power (GRand *dice)
{
  GHashTableIter each;
  gpointer path, data;

  g_hash_table_iter_init (&each, disk.files);
  while (g_hash_table_iter_next (&each, &path, &data)) {
    DiskFile *file = data;

    disk_keep_half (file, dice);
    if (!file->is_deleted || g_rand_boolean (dice))
      g_file_set_contents_full (path, (char *) file->synced->data, file->synced->len,
                                G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL);
  }
  g_hash_table_remove_all (disk.files);
  disk_refuse (0, 0, SQLITE_OK);
}

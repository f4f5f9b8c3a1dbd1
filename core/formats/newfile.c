#include "core/formats/newfile.h"

#include "core/base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdatomic.h>
#include <unistd.h>

struct _PhNewFile {
  char *path;
  char *draft; /* NULL once it is renamed */
  int fd;
};

static bool
fail (const PhNewFile *self, GError **error, const char *what)
{
  ph_fail_errno (error, errno, "%s", what);
  return ph_prefix_path (error, self->path);
}

PhNewFile *
ph_new_file_open (const char *path, GError **error)
{
  static atomic_uint n_drafts;
  g_autoptr (PhNewFile) self = g_new0 (PhNewFile, 1);

  self->path = g_strdup (path);
  self->draft = g_strdup_printf ("%s.%d-%u.new", path, (int) getpid (),
                                 atomic_fetch_add (&n_drafts, 1));
  self->fd =
      open (self->draft, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
  if (self->fd < 0) {
    fail (self, error, "cannot be created");
    return NULL;
  }
  return g_steal_pointer (&self);
}

bool
ph_new_file_write (PhNewFile *self, const void *bytes, size_t n_bytes, GError **error)
{
  const char *next = bytes;

  while (n_bytes > 0) {
    ssize_t n_written = write (self->fd, next, n_bytes);

    if (n_written < 0 && errno == EINTR)
      continue;
    if (n_written < 0)
      return fail (self, error, "cannot be written");
    next += n_written;
    n_bytes -= (size_t) n_written;
  }
  return true;
}

/* Without this a power cut may undo the rename.  Not every file system can do it, and
 * where it fails the file is still whole. */
static void
sync_folder (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd < 0)
    return;
  fsync (fd);
  close (fd);
}

bool
ph_new_file_commit (PhNewFile *self, GError **error)
{
  int fd = self->fd;

  self->fd = -1;
  if (fsync (fd) != 0) {
    fail (self, error, "cannot be brought to the disk");
    close (fd);
    return false;
  }
  if (close (fd) != 0)
    return fail (self, error, "cannot be closed");
  if (rename (self->draft, self->path) != 0)
    return fail (self, error, "cannot be replaced");

  g_clear_pointer (&self->draft, g_free);
  sync_folder (self->path);
  return true;
}

void
ph_new_file_free (PhNewFile *self)
{
  if (self->fd >= 0)
    close (self->fd);
  if (self->draft != NULL)
    g_unlink (self->draft);
  g_free (self->draft);
  g_free (self->path);
  g_free (self);
}

bool
ph_new_file_save (const char *path, const void *bytes, size_t n_bytes, GError **error)
{
  g_autoptr (PhNewFile) file = ph_new_file_open (path, error);

  return file != NULL && ph_new_file_write (file, bytes, n_bytes, error) &&
         ph_new_file_commit (file, error);
}

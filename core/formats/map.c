#include "core/formats/map.h"

#include "core/base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct _PhMap {
  char *path;
  int fd;
  struct stat opened; /* what the file was when it was mapped */
  void *bytes;
  size_t n_bytes;
};

static bool
check_regular (const struct stat *file, GError **error)
{
  if (S_ISDIR (file->st_mode))
    return ph_fail (error, PH_ERROR_IO, "is a folder, not a file");
  if (!S_ISREG (file->st_mode))
    return ph_fail (error, PH_ERROR_IO, "is not a regular file");
  if ((uint64_t) file->st_size > (uint64_t) PTRDIFF_MAX)
    return ph_fail (error, PH_ERROR_MEMORY, "is too large to be mapped");
  return true;
}

/* O_NONBLOCK, since opening a FIFO would wait for its other end. */
static bool
open_regular (PhMap *self, GError **error)
{
  self->fd = open (self->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (self->fd < 0)
    return ph_fail_errno (error, errno, "cannot be opened");
  if (fstat (self->fd, &self->opened) != 0)
    return ph_fail_errno (error, errno, "cannot be examined");
  return check_regular (&self->opened, error);
}

static bool
map_bytes (PhMap *self, GError **error)
{
  self->n_bytes = (size_t) self->opened.st_size;
  if (self->n_bytes == 0)
    return true;

  self->bytes = mmap (NULL, self->n_bytes, PROT_READ, MAP_PRIVATE, self->fd, 0);
  if (self->bytes == MAP_FAILED) {
    self->bytes = NULL;
    return ph_fail_errno (error, errno, "cannot be mapped");
  }
  return true;
}

PhMap *
ph_map_open (const char *path, GError **error)
{
  g_autoptr (PhMap) self = g_new0 (PhMap, 1);

  self->path = g_strdup (path);
  if (!open_regular (self, error) || !map_bytes (self, error)) {
    ph_prefix_path (error, path);
    return NULL;
  }
  return g_steal_pointer (&self);
}

void
ph_map_free (PhMap *self)
{
  if (self->bytes != NULL)
    munmap (self->bytes, self->n_bytes);
  if (self->fd >= 0)
    close (self->fd);
  g_free (self->path);
  g_free (self);
}

const uint8_t *
ph_map_get_bytes (const PhMap *self)
{
  return self->bytes != NULL ? self->bytes : (const uint8_t *) "";
}

size_t
ph_map_get_size (const PhMap *self)
{
  return self->n_bytes;
}

const char *
ph_map_get_path (const PhMap *self)
{
  return self->path;
}

/* For kernels before 5.14, which cannot be asked for more than a hint: one byte a page.
 */
static void
touch (const uint8_t *bytes, size_t n_bytes, size_t page)
{
  for (size_t i = 0; i < n_bytes; i += page)
    (void) *(const volatile uint8_t *) (bytes + i);
}

bool
ph_map_fetch (const PhMap *self, size_t offset, size_t n_bytes, GError **error)
{
  size_t page = (size_t) sysconf (_SC_PAGESIZE);
  size_t begin = offset / page * page;
  uint8_t *bytes = (uint8_t *) self->bytes + begin;

  g_assert (offset <= self->n_bytes && n_bytes <= self->n_bytes - offset);
  n_bytes += offset - begin;
  if (n_bytes == 0 || madvise (bytes, n_bytes, MADV_POPULATE_READ) == 0)
    return true;
  if (!ph_map_is_unchanged (self, error))
    return false;
  touch (bytes, n_bytes, page);
  return true;
}

bool
ph_map_is_unchanged (const PhMap *self, GError **error)
{
  struct stat now;

  if (fstat (self->fd, &now) == 0 && now.st_size == self->opened.st_size &&
      now.st_mtim.tv_sec == self->opened.st_mtim.tv_sec &&
      now.st_mtim.tv_nsec == self->opened.st_mtim.tv_nsec)
    return true;

  ph_fail (error, PH_ERROR_CHANGED, "changed on disk since it was opened");
  return ph_prefix_path (error, self->path);
}

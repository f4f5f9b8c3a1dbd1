#include "core/history/session.h"

#include "core/base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#define WAIT_STEP_MS 20

int64_t
ph_random_id (void)
{
  int64_t id;

  /* Eight bytes come whole or, before the system has gathered entropy, later. */
  do
    if (getrandom (&id, sizeof id, 0) != sizeof id)
      id = 0;
    else
      id &= INT64_MAX;
  while (id == 0);

  return id;
}

/* Locks of the open file description: several histories in one process do not share
 * them, and closing one of its files does not drop another's. */
static struct flock
byte_range (short type, int64_t start, int64_t length)
{
  return (struct flock){
    .l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length
  };
}

static bool
try_lock (int fd, int64_t number)
{
  struct flock lock = byte_range (F_WRLCK, number, 1);

  return fcntl (fd, F_OFD_SETLK, &lock) == 0;
}

/* Whether somebody else holds a byte of the range.  A file system without locks has
 * nobody alive: better a turn marked interrupted too early than never. */
static bool
is_held (int fd, int64_t start, int64_t length)
{
  struct flock lock = byte_range (F_WRLCK, start, length);

  return fcntl (fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

static bool
wait_for_opening (int fd, int wait_ms, GError **error)
{
  for (int waited = 0; !try_lock (fd, 0); waited += WAIT_STEP_MS) {
    if (errno != EAGAIN && errno != EACCES)
      return true;
    if (waited >= wait_ms)
      return ph_fail (error, PH_ERROR_BUSY, "another program is opening it");
    g_usleep (WAIT_STEP_MS * 1000);
  }
  return true;
}

bool
ph_session_open (PhSession *self, const char *path, int wait_ms, GError **error)
{
  g_autofree char *name = g_strconcat (path, "-sessions", NULL);

  self->number = ph_random_id ();
  self->fd = open (name, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600);
  if (self->fd < 0)
    return ph_fail_errno (error, errno, "cannot be written");
  if (!wait_for_opening (self->fd, wait_ms, error)) {
    ph_session_close (self);
    return false;
  }

  try_lock (self->fd, self->number);
  return true;
}

void
ph_session_opened (PhSession *self)
{
  struct flock lock = byte_range (F_UNLCK, 0, 1);

  fcntl (self->fd, F_OFD_SETLK, &lock);
}

bool
ph_session_is_alive (const PhSession *self, int64_t number)
{
  return number == self->number || (number > 0 && is_held (self->fd, number, 1));
}

bool
ph_session_is_alone (const PhSession *self)
{
  return !is_held (self->fd, 1, 0);
}

void
ph_session_close (PhSession *self)
{
  if (self->fd >= 0)
    close (self->fd);
  self->fd = -1;
}

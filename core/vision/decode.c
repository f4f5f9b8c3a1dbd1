#include "core/vision/decode.h"

#include "core/base/error.h"
#include "core/vision/decode-protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM "pinhole-decode"
#define MAX_SECONDS 30
#define GRACE 1000         /* milliseconds to end in */
#define MAX_COMPLAINT 1000 /* bytes */

/* One run of the program. */
typedef struct {
  int input;     /* the picture file */
  int output;    /* a memory file for its answer */
  int complaint; /* what it writes to standard error */
  pid_t pid;
} Decoder;

/* --- files --- */

/* Keeps clear of 0 to 2, which are where the program finds its files: a caller that
 * started without them would give those numbers away. */
static int
lift (int fd)
{
  int lifted;

  if (fd < 0 || fd > STDERR_FILENO)
    return fd;
  lifted = fcntl (fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  close (fd);
  return lifted;
}

static void
close_fd (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

static bool
check_file (const struct stat *file, GError **error)
{
  if (S_ISDIR (file->st_mode))
    return ph_fail (error, PH_ERROR_IO, "is a folder, not a picture");
  if (!S_ISREG (file->st_mode))
    return ph_fail (error, PH_ERROR_IO, "is not a regular file");
  if (file->st_size == 0)
    return ph_fail (error, PH_ERROR_FORMAT, "is empty");
  return true;
}

static bool
open_path (const char *path, int *fd, GError **error)
{
  struct stat file;

  *fd = lift (open (path, O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (*fd < 0)
    return ph_fail_errno (error, errno, "cannot be opened");
  if (fstat (*fd, &file) != 0)
    return ph_fail_errno (error, errno, "cannot be examined");
  return check_file (&file, error);
}

static bool
open_memory (int *fd, GError **error)
{
  *fd = lift (memfd_create (PROGRAM, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  return *fd >= 0 || ph_fail_errno (error, errno, "no memory file for the decoder");
}

static bool
write_all (int fd, const uint8_t *bytes, size_t n_bytes, GError **error)
{
  while (n_bytes > 0) {
    ssize_t n_written = write (fd, bytes, n_bytes);

    if (n_written < 0)
      return ph_fail_errno (error, errno, "cannot be handed to the decoder");
    bytes += n_written;
    n_bytes -= (size_t) n_written;
  }
  return lseek (fd, 0, SEEK_SET) == 0 ||
         ph_fail_errno (error, errno, "cannot be handed on");
}

/* --- the process --- */

static char *
find_program (void)
{
  const char *given = g_getenv ("PINHOLE_DECODE");
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = self != NULL ? g_path_get_dirname (self) : NULL;
  g_autofree char *beside =
      folder != NULL ? g_build_filename (folder, PROGRAM, NULL) : NULL;

  if (given != NULL && *given != '\0')
    return g_strdup (given);
  if (beside != NULL && g_file_test (beside, G_FILE_TEST_IS_EXECUTABLE))
    return g_steal_pointer (&beside);
  return g_build_filename (PH_LIBEXECDIR, PROGRAM, NULL);
}

/* The program gets its three files and nothing of our environment. */
static int
spawn (Decoder *self, const char *program, int complaint)
{
  char *const arguments[] = { (char *) PROGRAM, NULL };
  char *const environment[] = { (char *) "LC_ALL=C", NULL };
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  sigset_t none;
  int status;

  sigemptyset (&none);
  posix_spawnattr_init (&attributes);
  posix_spawnattr_setsigmask (&attributes, &none);
  posix_spawnattr_setflags (&attributes, POSIX_SPAWN_SETSIGMASK);
  posix_spawn_file_actions_init (&files);
  posix_spawn_file_actions_adddup2 (&files, self->input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2 (&files, self->output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2 (&files, complaint, STDERR_FILENO);

  status = posix_spawn (&self->pid, program, &files, &attributes, arguments, environment);
  posix_spawn_file_actions_destroy (&files);
  posix_spawnattr_destroy (&attributes);
  return status;
}

static bool
start (Decoder *self, GError **error)
{
  g_autofree char *program = find_program ();
  int ends[2], status;

  if (pipe2 (ends, O_CLOEXEC | O_NONBLOCK) != 0)
    return ph_fail_errno (error, errno, "no pipe for the decoder");
  self->complaint = lift (ends[0]);
  ends[1] = lift (ends[1]);
  status = spawn (self, program, ends[1]);
  close (ends[1]);
  return status == 0 ||
         ph_fail_errno (error, status, "the decoder %s cannot be started", program);
}

/* Waits until there is something to read, the process is gone, or one of the limits is
 * reached: then the result is false with an error. */
static bool
wait_for_news (Decoder *self, gint64 deadline, GCancellable *cancellable, GError **error)
{
  GPollFD watched[2] = { { self->complaint, G_IO_IN | G_IO_HUP } };
  bool cancels =
      cancellable != NULL && g_cancellable_make_pollfd (cancellable, &watched[1]);
  gint64 left = (deadline - g_get_monotonic_time ()) / 1000;

  if (left > 0)
    g_poll (watched, cancels ? 2 : 1, (gint) left);
  if (cancels)
    g_cancellable_release_fd (cancellable);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return false;
  return left > 0 || ph_fail (error, PH_ERROR_RANGE,
                              "takes more than %d seconds to decode", MAX_SECONDS);
}

/* Reads to the end of what the process says, which comes when it ends. */
static bool
listen_to (Decoder *self, GString *said, GCancellable *cancellable, GError **error)
{
  gint64 deadline = g_get_monotonic_time () + MAX_SECONDS * G_USEC_PER_SEC;
  char piece[256];

  for (;;) {
    ssize_t n;

    if (!wait_for_news (self, deadline, cancellable, error))
      return false;
    n = read (self->complaint, piece, sizeof piece);
    if (n == 0)
      return true;
    if (n < 0 && errno != EAGAIN && errno != EINTR)
      return ph_fail_errno (error, errno, "the decoder cannot be heard");
    if (n > 0 && said->len < MAX_COMPLAINT)
      g_string_append_len (said, piece, n);
  }
}

/* Its exit status, or −1 if a signal ended it.  It has closed its last file, so it is
 * gone or about to be; one that is not is made to. */
static int
end (Decoder *self)
{
  int status = 0;
  pid_t ended = 0;

  for (int i = 0; i < GRACE && (ended = waitpid (self->pid, &status, WNOHANG)) == 0; i++)
    g_usleep (1000);
  if (ended == 0) {
    kill (self->pid, SIGKILL);
    while ((ended = waitpid (self->pid, &status, 0)) < 0 && errno == EINTR)
      continue;
  }
  return ended > 0 && WIFEXITED (status) ? WEXITSTATUS (status) : -1;
}

/* Of several lines libraries may have written all but the last. */
static bool
report (const GString *said, int status, GError **error)
{
  g_autofree char *text = g_strchomp (g_strdup (said->str));
  const char *line = strrchr (text, '\n');
  g_autofree char *shown = ph_printable (line != NULL ? line + 1 : text);

  if (status < 0)
    return ph_fail (
        error, PH_ERROR_RANGE,
        "cannot be decoded within the limits on memory and time, or is broken");
  if (*shown == '\0')
    return ph_fail (error, PH_ERROR_FORMAT, "cannot be decoded (status %d)", status);
  return ph_fail (error, PH_ERROR_FORMAT, "%s", shown);
}

static bool
run (Decoder *self, GCancellable *cancellable, GError **error)
{
  g_autoptr (GString) said = g_string_new (NULL);
  int status;

  if (!start (self, error))
    return false;
  if (!listen_to (self, said, cancellable, error)) {
    kill (self->pid, SIGKILL);
    end (self);
    return false;
  }
  status = end (self);
  return status == 0 || report (said, status, error);
}

/* --- its answer --- */

typedef struct {
  void *bytes;
  size_t n_bytes;
} Answer;

static void
unmap (gpointer data)
{
  Answer *self = data;

  munmap (self->bytes, self->n_bytes);
  g_free (self);
}

static bool
check_header (const PhDecodeHeader *header, size_t n_bytes, GError **error)
{
  uint64_t n_pixels = (uint64_t) header->width * header->height;

  if (memcmp (header->magic, PH_DECODE_MAGIC, sizeof header->magic) != 0)
    return ph_fail (error, PH_ERROR_FORMAT, "the decoder's answer is not a picture");
  if (header->width < 1 || header->height < 1 || header->width > PH_PICTURE_MAX_SIDE ||
      header->height > PH_PICTURE_MAX_SIDE || n_pixels > PH_PICTURE_MAX_PIXELS)
    return ph_fail (error, PH_ERROR_RANGE, "the decoder's answer has %u by %u pixels",
                    header->width, header->height);
  if (n_bytes != sizeof *header + n_pixels * 3)
    return ph_fail (error, PH_ERROR_FORMAT,
                    "the decoder's answer has %zu bytes for %u by %u pixels", n_bytes,
                    header->width, header->height);
  return true;
}

/* The seals keep whoever else may hold the file from changing it under us. */
static bool
seal (int fd, size_t *n_bytes, GError **error)
{
  struct stat file;

  if (fcntl (fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) !=
          0 ||
      fstat (fd, &file) != 0)
    return ph_fail_errno (error, errno, "the decoder's answer is still being written");
  if (file.st_size < (off_t) sizeof (PhDecodeHeader))
    return ph_fail (error, PH_ERROR_FORMAT, "the decoder's answer is cut short");
  *n_bytes = (size_t) file.st_size;
  return true;
}

static PhPicture *
take_answer (int fd, GError **error)
{
  const PhDecodeHeader *header;
  GBytes *rgb;
  Answer *answer;
  size_t n_bytes = 0;
  void *bytes;

  if (!seal (fd, &n_bytes, error))
    return NULL;
  bytes = mmap (NULL, n_bytes, PROT_READ, MAP_PRIVATE, fd, 0);
  if (bytes == MAP_FAILED) {
    ph_fail_errno (error, errno, "the decoder's answer cannot be mapped");
    return NULL;
  }

  header = bytes;
  if (!check_header (header, n_bytes, error)) {
    munmap (bytes, n_bytes);
    return NULL;
  }
  answer = g_new (Answer, 1);
  *answer = (Answer){ bytes, n_bytes };
  rgb = g_bytes_new_with_free_func (header + 1, n_bytes - sizeof *header, unmap, answer);
  return ph_picture_new_take ((int) header->width, (int) header->height, rgb);
}

static PhPicture *
decode (Decoder *self, GCancellable *cancellable, GError **error)
{
  if (!open_memory (&self->output, error) || !run (self, cancellable, error))
    return NULL;
  return take_answer (self->output, error);
}

static void
clear (Decoder *self)
{
  close_fd (&self->input);
  close_fd (&self->output);
  close_fd (&self->complaint);
}

/* A cancelled call says so in the ordinary words, without a path. */
static void
prefix (GError **error, const char *path)
{
  if (error != NULL && !g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    ph_prefix_path (error, path);
}

PhPicture *
ph_picture_load (const char *path, GCancellable *cancellable, GError **error)
{
  Decoder decoder = { -1, -1, -1, 0 };
  PhPicture *picture = NULL;

  if (open_path (path, &decoder.input, error))
    picture = decode (&decoder, cancellable, error);
  if (picture == NULL)
    prefix (error, path);
  clear (&decoder);
  return picture;
}

PhPicture *
ph_picture_load_bytes (GBytes *bytes, GCancellable *cancellable, GError **error)
{
  Decoder decoder = { -1, -1, -1, 0 };
  PhPicture *picture = NULL;
  size_t n_bytes;
  const uint8_t *data = g_bytes_get_data (bytes, &n_bytes);

  if (open_memory (&decoder.input, error) &&
      write_all (decoder.input, data, n_bytes, error))
    picture = decode (&decoder, cancellable, error);
  if (picture == NULL)
    prefix (error, "pasted picture");
  clear (&decoder);
  return picture;
}

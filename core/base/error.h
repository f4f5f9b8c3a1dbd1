/* error.h - how calls say that the world is not as it should be
 *
 * Bugs assert; the world errors.  A call that can fail returns a bool or a pointer and
 * takes `GError **error` last.  The message is one line: what was found, where (file,
 * tensor, byte) and what would have been right.  The outermost call that knows the file
 * puts its path in front, once.
 *
 * Safe from any thread.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

G_BEGIN_DECLS

#define PH_ERROR (ph_error_quark ())

typedef enum {
  PH_ERROR_FORMAT,      /* the bytes are not what the format says */
  PH_ERROR_UNSUPPORTED, /* well formed, and nothing Pinhole can use */
  PH_ERROR_MEMORY,      /* more memory than there is */
  PH_ERROR_RANGE,       /* a number outside of what is allowed */
  PH_ERROR_IO,          /* the system refused to read or write */
  PH_ERROR_BUSY,        /* somebody else holds it */
  PH_ERROR_FULL,        /* no space left */
  PH_ERROR_READ_ONLY,   /* may be read and not written */
  PH_ERROR_CORRUPT,     /* was right once and is damaged */
  PH_ERROR_CHANGED,     /* a file that changed while it was mapped */
} PhErrorCode;

GQuark ph_error_quark (void);

/* Sets @error and returns false, so that a check and its failure stand on one line. */
bool
ph_fail (GError **error, PhErrorCode code, const char *format, ...) G_GNUC_PRINTF (3, 4);

/* The same for a failed system call: appends what @saved_errno means and picks the code
 * (EROFS and EACCES: READ_ONLY, ENOSPC and EDQUOT: FULL, ENOMEM: MEMORY, else IO). */
bool ph_fail_errno (GError **error, int saved_errno, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

/* A copy of @text that may stand in a one-line message or on a terminal: control
 * characters and broken UTF-8 become \xNN, and what is longer than 120 bytes is cut. */
char *ph_printable (const char *text);

/* Puts the printable @path and a colon in front of the message.  What is longer than 120
 * bytes is cut in front, so that the file's name stays.  Returns false. */
bool ph_prefix_path (GError **error, const char *path);

G_END_DECLS

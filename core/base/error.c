#include "core/base/error.h"

#include <errno.h>
#include <string.h>

#define PRINTABLE_BYTES 120

GQuark
ph_error_quark (void)
{
  return g_quark_from_static_string ("ph-error-quark");
}

bool
ph_fail (GError **error, PhErrorCode code, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  if (error != NULL)
    *error = g_error_new_valist (PH_ERROR, code, format, args);
  va_end (args);

  return false;
}

static PhErrorCode
code_of_errno (int number)
{
  switch (number) {
  case EROFS:
  case EACCES:
  case EPERM:
    return PH_ERROR_READ_ONLY;
  case ENOSPC:
  case EDQUOT:
    return PH_ERROR_FULL;
  case ENOMEM:
    return PH_ERROR_MEMORY;
  default:
    return PH_ERROR_IO;
  }
}

bool
ph_fail_errno (GError **error, int saved_errno, const char *format, ...)
{
  g_autofree char *what = NULL;
  va_list args;

  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);

  return ph_fail (error, code_of_errno (saved_errno), "%s: %s", what,
                  g_strerror (saved_errno));
}

/* Bytes of the character at @text that can be shown as it stands, or 0. */
static int
showable (const char *text)
{
  gunichar c = g_utf8_get_char_validated (text, -1);

  if (c == (gunichar) -1 || c == (gunichar) -2 || c < 32 || (c >= 127 && c < 160))
    return 0;
  if (g_unichar_type (c) == G_UNICODE_FORMAT && c != 0x200d)
    return 0;
  return g_unichar_to_utf8 (c, NULL);
}

char *
ph_printable (const char *text)
{
  GString *out = g_string_new (NULL);

  while (*text != '\0' && out->len < PRINTABLE_BYTES) {
    int n = showable (text);

    if (n > 0)
      g_string_append_len (out, text, n);
    else
      g_string_append_printf (out, "\\x%02x", (unsigned char) *text);
    text += MAX (n, 1);
  }
  if (*text != '\0')
    g_string_append (out, "…");

  return g_string_free (out, FALSE);
}

/* The end of @path, from the beginning of a character. */
static const char *
path_tail (const char *path)
{
  size_t n_bytes = strlen (path);
  const char *tail = path + n_bytes - MIN (n_bytes, PRINTABLE_BYTES - 4);

  while (tail > path && ((unsigned char) *tail & 0xc0) == 0x80)
    tail++;
  return tail;
}

bool
ph_prefix_path (GError **error, const char *path)
{
  const char *tail = path_tail (path);
  g_autofree char *shown = ph_printable (tail);

  g_prefix_error (error, "%s%s: ", tail > path ? "…" : "", shown);
  return false;
}

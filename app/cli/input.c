#include "app/cli/input.h"

#include "core/base/error.h"

#include <errno.h>
#include <string.h>

char *
ph_input_read (FILE *stream, const char *what, size_t most, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  char piece[4096];
  size_t n;

  while ((n = fread (piece, 1, sizeof piece, stream)) > 0) {
    if (text->len + n > most) {
      ph_fail (error, PH_ERROR_RANGE, "%s is longer than %zu bytes", what, most);
      return NULL;
    }
    g_string_append_len (text, piece, (gssize) n);
  }
  if (ferror (stream)) {
    ph_fail_errno (error, errno, "%s", what);
    return NULL;
  }
  if (memchr (text->str, '\0', text->len) != NULL) {
    ph_fail (error, PH_ERROR_FORMAT, "%s holds a zero byte", what);
    return NULL;
  }
  g_strchomp (text->str);
  return g_strdup (text->str);
}

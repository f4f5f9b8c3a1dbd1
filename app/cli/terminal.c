#include "app/cli/terminal.h"

#include "core/base/error.h"

#include <langinfo.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define USUAL_WIDTH 80

static bool
is_set (const char *variable)
{
  const char *value = g_getenv (variable);

  return value != NULL && *value != '\0';
}

static bool
is_one_of (const char *variable, const char *const *values)
{
  const char *value = g_getenv (variable);

  return value != NULL && g_strv_contains (values, value);
}

static PhColors
find_colors (void)
{
  static const char *const plain[] = { "", "dumb", NULL };
  static const char *const true_color[] = { "truecolor", "24bit", NULL };

  if (is_set ("NO_COLOR") || !is_set ("TERM") || is_one_of ("TERM", plain))
    return PH_COLORS_NONE;
  return is_one_of ("COLORTERM", true_color) ? PH_COLORS_TRUE : PH_COLORS_256;
}

static int
find_width (int fd)
{
  struct winsize size;

  if (ioctl (fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
    return USUAL_WIDTH;
  return size.ws_col;
}

PhTerminal
ph_terminal_look (int fd)
{
  bool is_terminal = isatty (fd);

  return (PhTerminal){
    .is_terminal = is_terminal,
    .is_unicode = g_str_equal (nl_langinfo (CODESET), "UTF-8"),
    .colors = is_terminal ? find_colors () : PH_COLORS_NONE,
    .width = is_terminal ? find_width (fd) : USUAL_WIDTH,
  };
}

/* ph_printable() cuts what is long, so it is given a character at a time. */
static size_t
append_character (GString *out, const char *text)
{
  gunichar c = g_utf8_get_char_validated (text, -1);
  bool is_valid = c != (gunichar) -1 && c != (gunichar) -2;
  size_t n_bytes = is_valid ? (size_t) (g_utf8_next_char (text) - text) : 1;
  g_autofree char *character = g_strndup (text, n_bytes);
  g_autofree char *shown = ph_printable (character);

  g_string_append (out, c == '\n' || c == '\t' ? character : shown);
  return n_bytes;
}

char *
ph_terminal_escape (const char *text)
{
  GString *out = g_string_new (NULL);

  while (*text != '\0')
    text += append_character (out, text);
  return g_string_free (out, FALSE);
}

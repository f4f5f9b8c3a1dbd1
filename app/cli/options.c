#include "app/cli/options.h"

#include "core/base/error.h"

#include <errno.h>
#include <math.h>
#include <string.h>

static const PhOption *
find (const PhOption *options, const char *name, size_t n_bytes)
{
  for (const PhOption *option = options; option->name != NULL; option++)
    if (strlen (option->name) == n_bytes && memcmp (option->name, name, n_bytes) == 0)
      return option;
  return NULL;
}

static bool
read_whole (const char *text, uint64_t *value)
{
  char *end;

  errno = 0;
  *value = g_ascii_strtoull (text, &end, 10);
  return g_ascii_isdigit (*text) && *end == '\0' && errno == 0;
}

static bool
read_real (const char *text, double *value)
{
  char *end;

  *value = g_ascii_strtod (text, &end);
  return end != text && *end == '\0' && isfinite (*value);
}

static bool
refuse (const PhOption *option, const char *what, const char *text, GError **error)
{
  g_autofree char *shown = ph_printable (text);

  if (option->kind == PH_OPTION_WHOLE)
    return ph_fail (error, PH_ERROR_RANGE, "--%s takes %s, not \"%s\"", option->name,
                    what, shown);
  return ph_fail (error, PH_ERROR_RANGE, "--%s takes %s from %g to %g, not \"%s\"",
                  option->name, what, option->min, option->max, shown);
}

static bool
store (const PhOption *option, const char *text, GError **error)
{
  uint64_t whole;
  double real;

  switch (option->kind) {
  case PH_OPTION_FLAG:
    *(bool *) option->value = true;
    break;
  case PH_OPTION_TEXT:
    *(const char **) option->value = text;
    break;
  case PH_OPTION_COUNT:
    if (!read_whole (text, &whole) || whole < option->min || whole > option->max)
      return refuse (option, "a whole number", text, error);
    *(int *) option->value = (int) whole;
    break;
  case PH_OPTION_WHOLE:
    if (!read_whole (text, &whole))
      return refuse (option, "a whole number", text, error);
    *(PhWhole *) option->value = (PhWhole){ .given = true, .value = whole };
    break;
  case PH_OPTION_REAL:
    if (!read_real (text, &real) || real < option->min || real > option->max)
      return refuse (option, "a number", text, error);
    *(double *) option->value = real;
    break;
  }
  return true;
}

/* Reads the option at *@at, which moves on when the next argument is its value. */
static bool
read_option (const PhOption *options, char ***at, GError **error)
{
  bool is_long = g_str_has_prefix (**at, "--");
  const char *name = is_long ? **at + 2 : "";
  const char *value = strchr (name, '=');
  size_t n_bytes = value != NULL ? (size_t) (value - name) : strlen (name);
  const PhOption *option = find (options, name, n_bytes);

  if (option == NULL) {
    g_autofree char *shown = ph_printable (**at);

    return ph_fail (error, PH_ERROR_RANGE, "%s is not an option", shown);
  }
  if (option->kind == PH_OPTION_FLAG && value != NULL)
    return ph_fail (error, PH_ERROR_RANGE, "--%s takes no value", option->name);
  if (option->kind == PH_OPTION_FLAG || value != NULL)
    return store (option, value != NULL ? value + 1 : "", error);

  if ((*at)[1] == NULL)
    return ph_fail (error, PH_ERROR_RANGE, "--%s needs a value", option->name);
  (*at)++;
  return store (option, **at, error);
}

bool
ph_options_read (const PhOption *options, char **arguments, GError **error)
{
  char **words = arguments;
  bool options_end = false;

  for (char **at = arguments; *at != NULL; at++) {
    if (!options_end && g_str_equal (*at, "--"))
      options_end = true;
    else if (options_end || **at != '-' || g_str_equal (*at, "-"))
      *words++ = *at;
    else if (!read_option (options, &at, error))
      return false;
  }
  *words = NULL;
  return true;
}

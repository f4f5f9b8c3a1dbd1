#include "core/formats/json.h"

#include "core/base/error.h"
#include "core/formats/map.h"

#include <math.h>
#include <string.h>

/* The largest that a double holds without leaving out its neighbours. */
#define MAX_EXACT 9007199254740992.0

/* --- documents --- */

/* Where a string that begins at @at ends: at its closing quote, or at @end. */
static const char *
skip_string (const char *at, const char *end)
{
  for (at++; at < end && *at != '"'; at++)
    if (*at == '\\' && at + 1 < end)
      at++;
  return at;
}

/* Every value but the first stands after a comma or is the first in its container, so
 * commas and opening brackets bound their number from above. */
static bool
check_bounds (const char *text, size_t n_bytes, size_t max_values, GError **error)
{
  const char *end = text + n_bytes;
  size_t n_values = 1, depth = 0;

  for (const char *at = text; at < end; at++) {
    bool opens = *at == '[' || *at == '{';

    if (*at == '"')
      at = skip_string (at, end);
    else if (opens && ++depth > PH_JSON_MAX_DEPTH)
      return ph_fail (error, PH_ERROR_RANGE, "nests deeper than %d at byte %zu",
                      PH_JSON_MAX_DEPTH, (size_t) (at - text));
    else if ((opens || *at == ',') && ++n_values > max_values)
      return ph_fail (error, PH_ERROR_RANGE, "holds more than %zu values", max_values);
    else if ((*at == ']' || *at == '}') && depth > 0)
      depth--;
  }
  return true;
}

static const char *
skip_number (const char *at, const char *end)
{
  while (at < end && (g_ascii_isalnum (*at) || *at == '-' || *at == '+' || *at == '.'))
    at++;
  return at;
}

/* True if a number is whole and has more digits than one of 64 bits. */
static bool
is_huge (const char *at, const char *end)
{
  const ptrdiff_t max_digits = 19;

  if (at < end && *at == '-')
    at++;
  if (end - at <= max_digits)
    return false;
  while (at < end && g_ascii_isdigit (*at))
    at++;
  return at == end;
}

/* A copy with an exponent behind each such number, or NULL if there is none: jansson
 * would refuse the file for the 10^30 by which tokenizer_config.json means "no limit". */
static GString *
make_huge_real (const char *text, size_t n_bytes)
{
  const char *end = text + n_bytes, *copied = text, *next;
  GString *copy = NULL;

  for (const char *at = text; at < end; at = next) {
    next = *at == '"' ? MIN (skip_string (at, end) + 1, end) : skip_number (at, end);
    if (is_huge (at, next)) {
      if (copy == NULL)
        copy = g_string_new (NULL);
      g_string_append_len (copy, copied, next - copied);
      g_string_append (copy, "e0");
      copied = next;
    }
    next = MAX (next, at + 1);
  }
  if (copy != NULL)
    g_string_append_len (copy, copied, end - copied);
  return copy;
}

static json_t *
load (const char *text, size_t n_bytes, json_error_t *problem)
{
  GString *copy = make_huge_real (text, n_bytes);
  json_t *document =
      json_loadb (copy != NULL ? copy->str : text, copy != NULL ? copy->len : n_bytes,
                  JSON_REJECT_DUPLICATES, problem);

  if (copy != NULL)
    g_string_free (copy, TRUE);
  return document;
}

json_t *
ph_json_parse (const char *text, size_t n_bytes, size_t max_values, GError **error)
{
  json_error_t problem;
  g_autoptr (PhJson) document = NULL;

  if (!check_bounds (text, n_bytes, max_values, error))
    return NULL;

  document = load (text, n_bytes, &problem);
  if (document == NULL) {
    g_autofree char *what = ph_printable (problem.text);

    ph_fail (error, PH_ERROR_FORMAT, "line %d, column %d: %s", problem.line,
             problem.column, what);
    return NULL;
  }
  if (!json_is_object (document)) {
    ph_fail (error, PH_ERROR_FORMAT, "is not a JSON object");
    return NULL;
  }
  return g_steal_pointer (&document);
}

json_t *
ph_json_load (const char *path, GError **error)
{
  g_autoptr (PhMap) map = ph_map_open (path, error);
  json_t *document = NULL;

  if (map == NULL)
    return NULL;

  if (ph_map_get_size (map) > PH_JSON_MAX_BYTES)
    ph_fail (error, PH_ERROR_RANGE, "is %zu bytes long, not up to %zu",
             ph_map_get_size (map), PH_JSON_MAX_BYTES);
  else
    document = ph_json_parse ((const char *) ph_map_get_bytes (map),
                              ph_map_get_size (map), PH_JSON_MAX_VALUES, error);
  if (document == NULL)
    ph_prefix_path (error, path);
  return document;
}

/* --- members --- */

char *
ph_json_path (const char *where, const char *name)
{
  g_autofree char *shown = ph_printable (name);

  return *where == '\0' ? g_steal_pointer (&shown)
                        : g_strdup_printf ("%s.%s", where, shown);
}

char *
ph_json_describe (const json_t *value)
{
  g_autofree char *text = NULL;

  switch (json_typeof (value)) {
  case JSON_OBJECT:
    return g_strdup ("an object");
  case JSON_ARRAY:
    return g_strdup ("an array");
  case JSON_STRING:
    text = ph_printable (json_string_value (value));
    return g_strdup_printf ("\"%s\"", text);
  case JSON_INTEGER:
    return g_strdup_printf ("%" JSON_INTEGER_FORMAT, json_integer_value (value));
  case JSON_REAL:
    return g_strdup_printf ("%g", json_real_value (value));
  case JSON_TRUE:
    return g_strdup ("true");
  case JSON_FALSE:
    return g_strdup ("false");
  default:
    return g_strdup ("null");
  }
}

/* "config.size is "big", not WANTED". */
static bool
refuse (const json_t *value,
        const char *where,
        const char *name,
        GError **error,
        const char *wanted)
{
  g_autofree char *path = ph_json_path (where, name);
  g_autofree char *found = ph_json_describe (value);

  return ph_fail (error, PH_ERROR_FORMAT, "%s is %s, not %s", path, found, wanted);
}

static bool
refuse_absent (const char *where, const char *name, GError **error)
{
  g_autofree char *path = ph_json_path (where, name);

  return ph_fail (error, PH_ERROR_FORMAT, "%s is missing", path);
}

static json_t *
get_container (const json_t *object,
               const char *where,
               const char *name,
               json_type type,
               const char *wanted,
               GError **error)
{
  json_t *value = json_object_get (object, name);

  if (value == NULL || json_is_null (value))
    refuse_absent (where, name, error);
  else if (json_typeof (value) != type)
    refuse (value, where, name, error, wanted);
  else
    return value;
  return NULL;
}

json_t *
ph_json_get_object (const json_t *object,
                    const char *where,
                    const char *name,
                    GError **error)
{
  return get_container (object, where, name, JSON_OBJECT, "an object", error);
}

json_t *
ph_json_get_array (const json_t *object,
                   const char *where,
                   const char *name,
                   GError **error)
{
  return get_container (object, where, name, JSON_ARRAY, "an array", error);
}

/* --- tables --- */

static char *
number_text (double number)
{
  bool whole = fabs (number) <= MAX_EXACT && number == floor (number);

  return g_strdup_printf (whole ? "%.0f" : "%g", number);
}

static bool
check_range (const json_t *value,
             const char *where,
             const PhJsonField *field,
             GError **error)
{
  double number = json_number_value (value);
  g_autofree char *path = NULL, *found = NULL, *min = NULL, *max = NULL;

  if (isfinite (number) && number >= field->min && number <= field->max)
    return true;

  path = ph_json_path (where, field->name);
  found = ph_json_describe (value);
  min = number_text (field->min);
  max = number_text (field->max);
  return ph_fail (error, PH_ERROR_RANGE, "%s is %s, not %s to %s", path, found, min, max);
}

static bool
check_kind (const json_t *value,
            const char *where,
            const PhJsonField *field,
            GError **error)
{
  switch (field->kind) {
  case PH_JSON_SIZE:
  case PH_JSON_INT:
    return json_is_integer (value) ||
           refuse (value, where, field->name, error, "a whole number");
  case PH_JSON_REAL:
    return json_is_number (value) ||
           refuse (value, where, field->name, error, "a number");
  case PH_JSON_BOOL:
    return json_is_boolean (value) ||
           refuse (value, where, field->name, error, "true or false");
  case PH_JSON_TEXT:
    return json_is_string (value) ||
           refuse (value, where, field->name, error, "a string");
  }
  g_assert_not_reached ();
}

static void
set_standard (const PhJsonField *field, void *to)
{
  switch (field->kind) {
  case PH_JSON_SIZE:
    *(size_t *) to = (size_t) field->standard;
    break;
  case PH_JSON_INT:
    *(int64_t *) to = (int64_t) field->standard;
    break;
  case PH_JSON_REAL:
    *(double *) to = field->standard;
    break;
  case PH_JSON_BOOL:
    *(bool *) to = field->standard != 0;
    break;
  case PH_JSON_TEXT:
    *(const char **) to = NULL;
    break;
  }
}

static void
set_value (const json_t *value, const PhJsonField *field, void *to)
{
  switch (field->kind) {
  case PH_JSON_SIZE:
    *(size_t *) to = (size_t) json_integer_value (value);
    break;
  case PH_JSON_INT:
    *(int64_t *) to = json_integer_value (value);
    break;
  case PH_JSON_REAL:
    *(double *) to = json_number_value (value);
    break;
  case PH_JSON_BOOL:
    *(bool *) to = json_is_true (value);
    break;
  case PH_JSON_TEXT:
    *(const char **) to = json_string_value (value);
    break;
  }
}

static bool
read_field (const json_t *object,
            const char *where,
            const PhJsonField *field,
            void *to,
            GError **error)
{
  const json_t *value = json_object_get (object, field->name);

  if (value == NULL || json_is_null (value)) {
    set_standard (field, to);
    return !field->required || refuse_absent (where, field->name, error);
  }
  if (!check_kind (value, where, field, error))
    return false;
  if (json_is_number (value) && !check_range (value, where, field, error))
    return false;
  set_value (value, field, to);
  return true;
}

bool
ph_json_read (const json_t *object,
              const char *where,
              const PhJsonField *fields,
              size_t n_fields,
              void *values,
              GError **error)
{
  for (size_t i = 0; i < n_fields; i++) {
    const PhJsonField *field = &fields[i];

    /* A negative number would wrap in a size_t. */
    g_assert (field->kind != PH_JSON_SIZE || field->min >= 0);
    if (!read_field (object, where, field, (char *) values + field->field, error))
      return false;
  }
  return true;
}

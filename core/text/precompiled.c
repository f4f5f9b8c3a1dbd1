/* Precompiled: the table of replacements that SentencePiece carries in its models (for T5
 * NFKC, with line ends and other spaces made plain).
 *
 * In base64: the length of a double array in bytes, the double array, and the
 * replacements, each ended by a zero byte.  A unit of the array has the offset to where
 * its children lie, its label (the byte that leads to it) and whether a key ends there;
 * if one does, the value, where its replacement begins, lies at child 0.
 * [J. Aoe, "An efficient digital search algorithm by using a double-array structure";
 * the bits of a unit are those of Darts-clone.]
 *
 * Like the reference, and unlike SentencePiece, this looks up a short grapheme as a
 * whole, and takes for it the replacement of the shortest key that it begins with: what
 * follows the key is lost.  Other characters are looked up one at a time. */
#include "core/base/error.h"
#include "core/formats/bytes.h"
#include "core/formats/json.h"
#include "core/text/graphemes.h"
#include "core/text/steps.h"

#include <string.h>

#define LENGTH_BYTES 4
#define UNIT_BYTES 4
#define MAX_GRAPHEME_BYTES 5 /* of one that is looked up as a whole */

typedef struct {
  uint32_t *units;
  size_t n_units;
  char *replacements;
  size_t n_bytes; /* of @replacements, the last of which is 0 */
} Precompiled;

/* --- units --- */

static bool
is_value (uint32_t unit)
{
  return unit >> 31 != 0;
}

static uint32_t
get_value (uint32_t unit)
{
  return unit & 0x7fffffff;
}

static bool
ends_key (uint32_t unit)
{
  return (unit >> 8 & 1) != 0;
}

/* The place of child 0; child n lies at the same place with n or-ed exclusively. */
static uint32_t
first_child (uint32_t place, uint32_t unit)
{
  bool far = (unit >> 9 & 1) != 0;

  return place ^ ((unit >> 10) << (far ? 8 : 0));
}

/* A value has no label: no byte equals it. */
static uint32_t
get_label (uint32_t unit)
{
  return unit & 0x800000ff;
}

/* --- reading --- */

static void
free_precompiled (gpointer data)
{
  Precompiled *self = data;

  g_free (self->units);
  g_free (self->replacements);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Precompiled, free_precompiled)

static bool
is_first_byte (char byte)
{
  return (byte & 0xc0) != 0x80;
}

/* After this no search can leave the array or the replacements. */
static bool
check_unit (const Precompiled *self, uint32_t place, GError **error)
{
  uint32_t unit = self->units[place];
  uint32_t child = first_child (place, unit);
  uint32_t value;

  if (is_value (unit))
    return true;
  if ((child | 0xff) >= self->n_units)
    return ph_fail (error, PH_ERROR_RANGE, "unit %u has children up to %u, of %zu units",
                    place, child | 0xff, self->n_units);
  if (!ends_key (unit))
    return true;
  value = get_value (self->units[child]);
  if (value >= self->n_bytes || !is_first_byte (self->replacements[value]))
    return ph_fail (error, PH_ERROR_RANGE,
                    "unit %u has the replacement at %u, which is not the beginning of a "
                    "character in %zu bytes",
                    place, value, self->n_bytes);
  return true;
}

static bool
check_replacements (const Precompiled *self, GError **error)
{
  const char *bad = self->replacements, *end = bad + self->n_bytes;

  if (self->n_bytes == 0 || end[-1] != '\0')
    return ph_fail (error, PH_ERROR_FORMAT, "the last replacement has no end");
  while (bad < end && g_utf8_validate (bad, -1, &bad))
    bad++;
  return bad == end || ph_fail (error, PH_ERROR_FORMAT, "a replacement is not UTF-8");
}

static bool
check (const Precompiled *self, GError **error)
{
  if (!check_replacements (self, error))
    return false;
  if (is_value (self->units[0]))
    return ph_fail (error, PH_ERROR_FORMAT, "unit 0 is a value, not the root");
  for (size_t i = 0; i < self->n_units; i++)
    if (!check_unit (self, (uint32_t) i, error))
      return false;
  return true;
}

static Precompiled *
parse (const uint8_t *bytes, size_t n_bytes, GError **error)
{
  g_autoptr (Precompiled) self = g_new0 (Precompiled, 1);
  size_t n_array = n_bytes >= LENGTH_BYTES ? ph_bytes_u32 (bytes) : 0;

  if (n_array < UNIT_BYTES || n_array % UNIT_BYTES != 0 ||
      n_array > n_bytes - LENGTH_BYTES) {
    ph_fail (error, PH_ERROR_FORMAT, "has no double array of whole units in %zu bytes",
             n_bytes);
    return NULL;
  }

  bytes += LENGTH_BYTES;
  self->n_units = n_array / UNIT_BYTES;
  self->units = g_new (uint32_t, self->n_units);
  for (size_t i = 0; i < self->n_units; i++)
    self->units[i] = ph_bytes_u32 (bytes + i * UNIT_BYTES);
  self->n_bytes = n_bytes - LENGTH_BYTES - n_array;
  self->replacements = g_memdup2 (bytes + n_array, self->n_bytes);
  return check (self, error) ? g_steal_pointer (&self) : NULL;
}

static gpointer
read_precompiled (const json_t *json, const char *where, GError **error)
{
  static const PhJsonField field = { "precompiled_charsmap", PH_JSON_TEXT,
                                     .required = true };
  const char *text;
  g_autofree guchar *bytes = NULL;
  size_t n_bytes;
  gpointer self;

  if (!ph_json_read (json, where, &field, 1, &text, error))
    return NULL;
  bytes = g_base64_decode (text, &n_bytes);
  self = parse (bytes, n_bytes, error);
  if (self == NULL)
    g_prefix_error (error, "%s.%s: ", where, field.name);
  return self;
}

/* --- running --- */

/* The replacement of the shortest key that @text begins with, or NULL. */
static const char *
find (const Precompiled *self, const char *text, const char *end)
{
  uint32_t child = first_child (0, self->units[0]);

  for (; text < end; text++) {
    uint32_t place = child ^ (unsigned char) *text;
    uint32_t unit = self->units[place];

    if (get_label (unit) != (unsigned char) *text)
      return NULL;
    child = first_child (place, unit);
    if (ends_key (unit))
      return self->replacements + get_value (self->units[child]);
  }
  return NULL;
}

static bool
append_replaced (const Precompiled *self, GString *out, const char *text, const char *end)
{
  const char *replacement = find (self, text, end);

  if (replacement != NULL)
    g_string_append (out, replacement);
  return replacement != NULL;
}

static void
append_characters (const Precompiled *self,
                   GString *out,
                   const char *text,
                   const char *end)
{
  for (const char *next; text < end; text = next) {
    next = g_utf8_next_char (text);
    if (!append_replaced (self, out, text, next))
      g_string_append_len (out, text, next - text);
  }
}

static void
normalize (gconstpointer data, GString *text)
{
  const Precompiled *self = data;
  g_autofree char *copy = g_strdup (text->str);
  const char *end;

  g_string_truncate (text, 0);
  for (const char *at = copy; *at != '\0'; at = end) {
    end = ph_grapheme_end (at);
    if (end - at > MAX_GRAPHEME_BYTES || !append_replaced (self, text, at, end))
      append_characters (self, text, at, end);
  }
}

const PhStepClass ph_step_precompiled = {
  "Precompiled",
  read_precompiled,
  free_precompiled,
  .normalize = normalize,
};

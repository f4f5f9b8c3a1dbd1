/* Strip: spaces at the ends of a text go. */
#include "core/formats/json.h"
#include "core/text/steps.h"
#include "core/text/unicode.h"

typedef struct {
  bool left, right;
} Strip;

static const PhJsonField fields[] = {
  { "strip_left", PH_JSON_BOOL, offsetof (Strip, left), .required = true },
  { "strip_right", PH_JSON_BOOL, offsetof (Strip, right), .required = true },
};

static gpointer
read_strip (const json_t *json, const char *where, GError **error)
{
  g_autofree Strip *self = g_new0 (Strip, 1);

  if (!ph_json_read (json, where, fields, G_N_ELEMENTS (fields), self, error))
    return NULL;
  return g_steal_pointer (&self);
}

static void
normalize (gconstpointer data, GString *text)
{
  const Strip *self = data;
  const char *begin = text->str, *end = begin + text->len, *last;

  while (self->right && end > begin &&
         ph_unicode_is_space (g_utf8_get_char (last = g_utf8_prev_char (end))))
    end = last;
  g_string_truncate (text, (gsize) (end - begin));

  while (self->left && begin < end && ph_unicode_is_space (g_utf8_get_char (begin)))
    begin = g_utf8_next_char (begin);
  g_string_erase (text, 0, begin - text->str);
}

const PhStepClass ph_step_strip = { "Strip", read_strip, g_free, .normalize = normalize };

/* TemplateProcessing: special tokens before and behind a text.  What it says of pairs of
 * texts is not used. */
#include "core/base/error.h"
#include "core/formats/json.h"
#include "core/text/steps.h"

#include <string.h>

#define WHERE "post_processor"

static bool
append_ids (GArray *out,
            const json_t *ids,
            const char *name,
            const PhVocabulary *vocabulary,
            GError **error)
{
  for (size_t i = 0; i < json_array_size (ids); i++) {
    const json_t *number = json_array_get (ids, i);
    json_int_t value = json_integer_value (number);
    int32_t id = (int32_t) value;

    if (!json_is_integer (number) || value != id ||
        ph_vocabulary_get (vocabulary, id) == NULL)
      return ph_fail (error, PH_ERROR_RANGE,
                      WHERE ": an id of %s is not in the vocabulary", name);
    g_array_append_val (out, id);
  }
  return true;
}

/* The ids of the special token that @item, {"id": …}, means. */
static bool
append_special (GArray *out,
                const json_t *specials,
                const json_t *item,
                const PhVocabulary *vocabulary,
                GError **error)
{
  static const PhJsonField field = { "id", PH_JSON_TEXT, .required = true };
  const char *name;
  g_autofree char *where = NULL;
  json_t *special, *ids;

  if (!ph_json_read (item, WHERE ".single", &field, 1, &name, error))
    return false;
  special = ph_json_get_object (specials, WHERE ".special_tokens", name, error);
  if (special == NULL)
    return false;
  where = ph_json_path (WHERE ".special_tokens", name);
  ids = ph_json_get_array (special, where, "ids", error);
  return ids != NULL && append_ids (out, ids, where, vocabulary, error);
}

static bool
read_template (PhTemplate *self,
               const json_t *json,
               const PhVocabulary *vocabulary,
               GError **error)
{
  const json_t *single = ph_json_get_array (json, WHERE, "single", error);
  const json_t *specials = ph_json_get_object (json, WHERE, "special_tokens", error);
  GArray *out = self->before;

  if (single == NULL || specials == NULL)
    return false;

  for (size_t i = 0; i < json_array_size (single); i++) {
    const json_t *item = json_array_get (single, i);
    const json_t *special = json_object_get (item, "SpecialToken");
    bool is_text = json_object_get (item, "Sequence") != NULL;

    if (special != NULL && !append_special (out, specials, special, vocabulary, error))
      return false;
    if (special == NULL && (!is_text || out == self->after))
      return ph_fail (error, PH_ERROR_FORMAT,
                      WHERE ".single[%zu] is not one text or a special token", i);
    if (is_text)
      out = self->after;
  }
  return true;
}

bool
ph_template_read (PhTemplate *self,
                  const json_t *json,
                  const PhVocabulary *vocabulary,
                  GError **error)
{
  const char *type = json_string_value (json_object_get (json, "type"));
  g_autofree char *shown = NULL;

  self->before = g_array_new (FALSE, FALSE, sizeof (int32_t));
  self->after = g_array_new (FALSE, FALSE, sizeof (int32_t));
  if (json == NULL || json_is_null (json))
    return true;
  if (type != NULL && strcmp (type, "TemplateProcessing") == 0)
    return read_template (self, json, vocabulary, error);

  shown = ph_printable (type != NULL ? type : "");
  return ph_fail (error, PH_ERROR_UNSUPPORTED,
                  WHERE " is of the type \"%s\", which is not known", shown);
}

void
ph_template_clear (PhTemplate *self)
{
  g_clear_pointer (&self->before, g_array_unref);
  g_clear_pointer (&self->after, g_array_unref);
}

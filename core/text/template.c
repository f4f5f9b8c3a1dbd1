/* The post-processor.  TemplateProcessing: special tokens before and behind a text; what
 * it says of pairs of texts is not used.  ByteLevel moves only offsets, which nobody asks
 * for here. */
#include "core/base/error.h"
#include "core/formats/json.h"
#include "core/text/steps.h"

#include <string.h>

static bool
append_ids (GArray *out,
            const json_t *ids,
            const char *where,
            const PhVocabulary *vocabulary,
            GError **error)
{
  for (size_t i = 0; i < json_array_size (ids); i++) {
    const json_t *number = json_array_get (ids, i);
    json_int_t value = json_integer_value (number);
    int32_t id = (int32_t) value;

    if (!json_is_integer (number) || value != id ||
        ph_vocabulary_get (vocabulary, id) == NULL)
      return ph_fail (error, PH_ERROR_RANGE, "an id of %s is not in the vocabulary",
                      where);
    g_array_append_val (out, id);
  }
  return true;
}

/* The ids of the special token that @item, {"id": …}, means; @where is the template. */
static bool
append_special (GArray *out,
                const json_t *specials,
                const json_t *item,
                const char *where,
                const PhVocabulary *vocabulary,
                GError **error)
{
  static const PhJsonField field = { "id", PH_JSON_TEXT, .required = true };
  g_autofree char *single = ph_json_path (where, "single");
  g_autofree char *all = ph_json_path (where, "special_tokens");
  g_autofree char *path = NULL;
  const char *name;
  json_t *special, *ids;

  if (!ph_json_read (item, single, &field, 1, &name, error))
    return false;
  special = ph_json_get_object (specials, all, name, error);
  if (special == NULL)
    return false;
  path = ph_json_path (all, name);
  ids = ph_json_get_array (special, path, "ids", error);
  return ids != NULL && append_ids (out, ids, path, vocabulary, error);
}

static bool
read_template (PhTemplate *self,
               const json_t *json,
               const char *where,
               const PhVocabulary *vocabulary,
               GError **error)
{
  const json_t *single = ph_json_get_array (json, where, "single", error);
  const json_t *specials = ph_json_get_object (json, where, "special_tokens", error);
  GArray *out = self->before;

  if (single == NULL || specials == NULL)
    return false;

  for (size_t i = 0; i < json_array_size (single); i++) {
    const json_t *item = json_array_get (single, i);
    const json_t *special = json_object_get (item, "SpecialToken");
    bool is_text = json_object_get (item, "Sequence") != NULL;

    if (special != NULL &&
        !append_special (out, specials, special, where, vocabulary, error))
      return false;
    if (special == NULL && (!is_text || out == self->after))
      return ph_fail (error, PH_ERROR_FORMAT,
                      "%s.single[%zu] is not one text or a special token", where, i);
    if (is_text)
      out = self->after;
  }
  return true;
}

static bool read_processor (PhTemplate *self,
                            const json_t *json,
                            const char *where,
                            const PhVocabulary *vocabulary,
                            GError **error);

/* May nest, no deeper than JSON may. */
static bool
read_sequence (PhTemplate *self,
               const json_t *json,
               const char *where,
               const PhVocabulary *vocabulary,
               GError **error)
{
  const json_t *list = ph_json_get_array (json, where, "processors", error);

  for (size_t i = 0; i < json_array_size (list); i++) {
    g_autofree char *inner = g_strdup_printf ("%s.processors[%zu]", where, i);

    if (!read_processor (self, json_array_get (list, i), inner, vocabulary, error))
      return false;
  }
  return list != NULL;
}

static bool
read_processor (PhTemplate *self,
                const json_t *json,
                const char *where,
                const PhVocabulary *vocabulary,
                GError **error)
{
  const char *type = json_string_value (json_object_get (json, "type"));
  g_autofree char *shown = ph_printable (type != NULL ? type : "");

  if (strcmp (shown, "ByteLevel") == 0)
    return true;
  if (strcmp (shown, "Sequence") == 0)
    return read_sequence (self, json, where, vocabulary, error);
  if (strcmp (shown, "TemplateProcessing") != 0)
    return ph_fail (error, PH_ERROR_UNSUPPORTED,
                    "%s is of the type \"%s\", which is not known", where, shown);

  if (self->before->len + self->after->len > 0)
    return ph_fail (error, PH_ERROR_UNSUPPORTED,
                    "%s is a second template; only one can be used", where);
  return read_template (self, json, where, vocabulary, error);
}

bool
ph_template_read (PhTemplate *self,
                  const json_t *json,
                  const PhVocabulary *vocabulary,
                  GError **error)
{
  self->before = g_array_new (FALSE, FALSE, sizeof (int32_t));
  self->after = g_array_new (FALSE, FALSE, sizeof (int32_t));
  return json == NULL || json_is_null (json) ||
         read_processor (self, json, "post_processor", vocabulary, error);
}

void
ph_template_clear (PhTemplate *self)
{
  g_clear_pointer (&self->before, g_array_unref);
  g_clear_pointer (&self->after, g_array_unref);
}

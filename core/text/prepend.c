/* Prepend: a fixed text in front of any that is not empty. */
#include "core/formats/json.h"
#include "core/text/steps.h"

static gpointer
read_prepend (const json_t *json, const char *where, GError **error)
{
  static const PhJsonField field = { "prepend", PH_JSON_TEXT, .required = true };
  const char *prepend;

  return ph_json_read (json, where, &field, 1, &prepend, error) ? g_strdup (prepend)
                                                                : NULL;
}

static void
normalize (gconstpointer prepend, GString *text)
{
  if (text->len > 0)
    g_string_prepend (text, prepend);
}

const PhStepClass ph_step_prepend = {
  "Prepend",
  read_prepend,
  g_free,
  .normalize = normalize,
};

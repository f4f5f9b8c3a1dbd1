/* Replace: every match of a pattern becomes a fixed text.  A normalizer and a decoder. */
#include "core/formats/json.h"
#include "core/text/pattern.h"
#include "core/text/steps.h"

typedef struct {
  PhPattern pattern;
  char *content;
} Replace;

static void
free_replace (gpointer data)
{
  Replace *self = data;

  ph_pattern_clear (&self->pattern);
  g_free (self->content);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Replace, free_replace)

static gpointer
read_replace (const json_t *json, const char *where, GError **error)
{
  static const PhJsonField field = { "content", PH_JSON_TEXT, .required = true };
  g_autoptr (Replace) self = g_new0 (Replace, 1);
  const char *content;

  if (!ph_json_read (json, where, &field, 1, &content, error) ||
      !ph_pattern_read (&self->pattern, json, where, error))
    return NULL;
  self->content = g_strdup (content);
  return g_steal_pointer (&self);
}

static void
normalize (gconstpointer data, GString *text)
{
  const Replace *self = data;
  g_autofree char *before = g_strdup (text->str);

  g_string_truncate (text, 0);
  ph_pattern_replace (&self->pattern, before, self->content, text);
}

const PhStepClass ph_step_replace = {
  "Replace",
  read_replace,
  free_replace,
  .normalize = normalize,
};

static void
decode (gconstpointer data, GPtrArray *tokens)
{
  const Replace *self = data;

  for (guint i = 0; i < tokens->len; i++) {
    g_autofree char *token = g_steal_pointer (&tokens->pdata[i]);
    GString *text = g_string_new (NULL);

    ph_pattern_replace (&self->pattern, token, self->content, text);
    tokens->pdata[i] = g_string_free (text, FALSE);
  }
}

const PhStepClass ph_step_replace_decoder = {
  "Replace",
  read_replace,
  free_replace,
  .decode = decode,
};

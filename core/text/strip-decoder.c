/* Strip, the decoder: up to so many of one character go from the ends of every token. */
#include "core/base/error.h"
#include "core/formats/json.h"
#include "core/text/steps.h"

#include <string.h>

typedef struct {
  gunichar content;
  size_t start, stop; /* how many, at most */
} Strip;

typedef struct {
  const char *content;
  size_t start, stop;
} Settings;

static const PhJsonField fields[] = {
  { "content", PH_JSON_TEXT, offsetof (Settings, content), .required = true },
  { "start", PH_JSON_SIZE, offsetof (Settings, start), 0, 1 << 20, .required = true },
  { "stop", PH_JSON_SIZE, offsetof (Settings, stop), 0, 1 << 20, .required = true },
};

static gpointer
read_strip (const json_t *json, const char *where, GError **error)
{
  Settings settings;
  Strip *self;

  if (!ph_json_read (json, where, fields, G_N_ELEMENTS (fields), &settings, error))
    return NULL;
  if (g_utf8_strlen (settings.content, -1) != 1) {
    g_autofree char *shown = ph_printable (settings.content);

    ph_fail (error, PH_ERROR_FORMAT, "%s.content is \"%s\", not one character", where,
             shown);
    return NULL;
  }

  self = g_new0 (Strip, 1);
  self->content = g_utf8_get_char (settings.content);
  self->start = settings.start;
  self->stop = settings.stop;
  return self;
}

static char *
strip (const Strip *self, const char *token)
{
  const char *begin = token, *end = token + strlen (token);

  for (size_t i = 0; i < self->start && g_utf8_get_char (begin) == self->content; i++)
    begin = g_utf8_next_char (begin);
  for (size_t i = 0; i < self->stop && end > begin; i++) {
    const char *last = g_utf8_prev_char (end);

    if (g_utf8_get_char (last) != self->content)
      break;
    end = last;
  }
  return g_strndup (begin, (gsize) (end - begin));
}

static void
decode (gconstpointer self, GPtrArray *tokens)
{
  for (guint i = 0; i < tokens->len; i++) {
    g_autofree char *token = g_steal_pointer (&tokens->pdata[i]);

    tokens->pdata[i] = strip (self, token);
  }
}

const PhStepClass ph_step_strip_decoder = {
  "Strip",
  read_strip,
  g_free,
  .decode = decode,
};

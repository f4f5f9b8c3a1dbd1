/* Metaspace: blanks are a visible character (▁), one stands in front of the text, and
 * each begins a word.  SentencePiece's way, as newer files describe it. */
#include "core/base/error.h"
#include "core/formats/json.h"
#include "core/text/pattern.h"
#include "core/text/steps.h"

#include <string.h>

typedef enum { PREPEND_ALWAYS, PREPEND_FIRST, PREPEND_NEVER } Prepend;

typedef struct {
  PhPattern mark;
  Prepend prepend;
  bool split;
} Metaspace;

static void
free_metaspace (gpointer data)
{
  Metaspace *self = data;

  ph_pattern_clear (&self->mark);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Metaspace, free_metaspace)

typedef struct {
  const char *replacement, *scheme;
  bool add_prefix_space, split;
} Settings;

static const PhJsonField fields[] = {
  { "replacement", PH_JSON_TEXT, offsetof (Settings, replacement), .required = true },
  { "prepend_scheme", PH_JSON_TEXT, offsetof (Settings, scheme) },
  { "add_prefix_space", PH_JSON_BOOL, offsetof (Settings, add_prefix_space),
    .standard = true },
  { "split", PH_JSON_BOOL, offsetof (Settings, split), .standard = true },
};

/* Older files say only add_prefix_space. */
static bool
find_prepend (Metaspace *self,
              const Settings *settings,
              const char *where,
              GError **error)
{
  static const char *const schemes[] = {
    [PREPEND_ALWAYS] = "always",
    [PREPEND_FIRST] = "first",
    [PREPEND_NEVER] = "never",
  };
  g_autofree char *shown = NULL;

  if (settings->scheme == NULL) {
    self->prepend = settings->add_prefix_space ? PREPEND_ALWAYS : PREPEND_NEVER;
    return true;
  }
  for (size_t i = 0; i < G_N_ELEMENTS (schemes); i++)
    if (strcmp (schemes[i], settings->scheme) == 0) {
      self->prepend = (Prepend) i;
      return settings->add_prefix_space || self->prepend == PREPEND_NEVER ||
             ph_fail (error, PH_ERROR_FORMAT,
                      "%s.add_prefix_space is false and prepend_scheme \"%s\"", where,
                      schemes[i]);
    }
  shown = ph_printable (settings->scheme);
  return ph_fail (error, PH_ERROR_UNSUPPORTED,
                  "%s.prepend_scheme is \"%s\", not always, first or never", where,
                  shown);
}

static gpointer
read_metaspace (const json_t *json, const char *where, GError **error)
{
  g_autoptr (Metaspace) self = g_new0 (Metaspace, 1);
  Settings settings;

  if (!ph_json_read (json, where, fields, G_N_ELEMENTS (fields), &settings, error) ||
      !find_prepend (self, &settings, where, error))
    return NULL;
  if (g_utf8_strlen (settings.replacement, -1) != 1) {
    g_autofree char *shown = ph_printable (settings.replacement);

    ph_fail (error, PH_ERROR_FORMAT, "%s.replacement is \"%s\", not one character", where,
             shown);
    return NULL;
  }
  self->mark.string = g_strdup (settings.replacement);
  self->split = settings.split;
  return g_steal_pointer (&self);
}

/* --- the pre-tokenizer --- */

static size_t
match_blank (const char *at)
{
  return *at == ' ';
}

static void
split (gconstpointer data, const char *text, bool first, GPtrArray *words)
{
  static const PhPattern blank = { .match = match_blank };
  const Metaspace *self = data;
  const char *mark = self->mark.string;
  g_autoptr (GString) marked = g_string_new (NULL);

  ph_pattern_replace (&blank, text, mark, marked);
  if ((self->prepend == PREPEND_ALWAYS || (self->prepend == PREPEND_FIRST && first)) &&
      !g_str_has_prefix (marked->str, mark))
    g_string_prepend (marked, mark);

  if (self->split)
    ph_pattern_cut (&self->mark, marked->str, PH_CUT_MERGED_WITH_NEXT, false, words);
  else
    g_ptr_array_add (words, g_strdup (marked->str));
}

const PhStepClass ph_step_metaspace = {
  "Metaspace",
  read_metaspace,
  free_metaspace,
  .split = split,
};

/* --- the decoder --- */

/* The first token loses all of its marks: more than were put there, and the reference's
 * way. */
static void
decode (gconstpointer data, GPtrArray *tokens)
{
  const Metaspace *self = data;

  for (guint i = 0; i < tokens->len; i++) {
    g_autofree char *token = g_steal_pointer (&tokens->pdata[i]);
    bool taken = i == 0 && self->prepend != PREPEND_NEVER;
    GString *text = g_string_new (NULL);

    ph_pattern_replace (&self->mark, token, taken ? "" : " ", text);
    tokens->pdata[i] = g_string_free (text, FALSE);
  }
}

const PhStepClass ph_step_metaspace_decoder = {
  "Metaspace",
  read_metaspace,
  free_metaspace,
  .decode = decode,
};

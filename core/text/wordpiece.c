/* WordPiece: the longest piece that a word begins with, then the longest that goes on
 * with what is left, whose pieces are spelt with a prefix (##).  A word with a rest that
 * no piece fits is unknown as a whole. */
#include "core/base/error.h"
#include "core/formats/json.h"
#include "core/text/steps.h"
#include "core/text/trie.h"

#include <string.h>

/* --- the model --- */

typedef struct {
  PhTrie *pieces;
  char *prefix;     /* of a piece that goes on */
  size_t max_chars; /* longer words are unknown */
  int32_t unknown;
} WordPiece;

typedef struct {
  const char *unknown, *prefix;
  size_t max_chars;
} ModelSettings;

static const PhJsonField model_fields[] = {
  { "unk_token", PH_JSON_TEXT, offsetof (ModelSettings, unknown), .required = true },
  { "continuing_subword_prefix", PH_JSON_TEXT, offsetof (ModelSettings, prefix),
    .required = true },
  { "max_input_chars_per_word", PH_JSON_SIZE, offsetof (ModelSettings, max_chars), 1,
    1 << 20, .standard = 100 },
};

static void
free_wordpiece (gpointer data)
{
  WordPiece *self = data;

  ph_trie_free (self->pieces);
  g_free (self->prefix);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WordPiece, free_wordpiece)

static WordPiece *
make (const ModelSettings *settings, const PhVocabulary *vocabulary)
{
  WordPiece *self = g_new0 (WordPiece, 1);

  self->prefix = g_strdup (settings->prefix);
  self->max_chars = settings->max_chars;
  self->unknown = ph_vocabulary_find (vocabulary, settings->unknown);
  self->pieces = ph_trie_new ();
  for (int32_t id = 0; (size_t) id < ph_vocabulary_get_size (vocabulary); id++)
    if (ph_vocabulary_get (vocabulary, id) != NULL)
      ph_trie_add (self->pieces, ph_vocabulary_get (vocabulary, id), id);
  return self;
}

static gpointer
read_model (json_t *json, PhVocabulary *vocabulary, GError **error)
{
  ModelSettings settings;
  json_t *pieces;

  if (!ph_json_read (json, "model", model_fields, G_N_ELEMENTS (model_fields), &settings,
                     error))
    return NULL;
  pieces = ph_json_get_object (json, "model", "vocab", error);
  if (pieces == NULL || !ph_vocabulary_read (vocabulary, pieces, "model.vocab", error))
    return NULL;
  if (ph_vocabulary_find (vocabulary, settings.unknown) < 0) {
    g_autofree char *shown = ph_printable (settings.unknown);

    ph_fail (error, PH_ERROR_FORMAT,
             "model.unk_token is \"%s\", which is not in the vocabulary", shown);
    return NULL;
  }
  return make (&settings, vocabulary);
}

static void
encode (gconstpointer data, const char *word, GArray *ids)
{
  const WordPiece *self = data;
  guint n_before = ids->len;
  const char *at = word;

  if (g_utf8_strlen (word, -1) > (glong) self->max_chars) {
    g_array_append_val (ids, self->unknown);
    return;
  }

  while (*at != '\0') {
    int32_t id;
    size_t n_bytes =
        ph_trie_longest (self->pieces, at > word ? self->prefix : "", at, &id);

    if (n_bytes == 0) {
      g_array_set_size (ids, n_before);
      g_array_append_val (ids, self->unknown);
      return;
    }
    g_array_append_val (ids, id);
    at += n_bytes;
  }
}

const PhTokenModelClass ph_token_model_wordpiece = {
  "WordPiece", "continuing_subword_prefix", read_model, free_wordpiece, encode,
};

/* --- the decoder --- */

typedef struct {
  char *prefix;
  bool cleanup;
} Decoder;

static void
free_decoder (gpointer data)
{
  Decoder *self = data;

  g_free (self->prefix);
  g_free (self);
}

typedef struct {
  const char *prefix;
  bool cleanup;
} DecoderSettings;

static const PhJsonField decoder_fields[] = {
  { "prefix", PH_JSON_TEXT, offsetof (DecoderSettings, prefix), .required = true },
  { "cleanup", PH_JSON_BOOL, offsetof (DecoderSettings, cleanup), .standard = true },
};

static gpointer
read_decoder (const json_t *json, const char *where, GError **error)
{
  DecoderSettings settings;
  Decoder *self;

  if (!ph_json_read (json, where, decoder_fields, G_N_ELEMENTS (decoder_fields),
                     &settings, error))
    return NULL;

  self = g_new0 (Decoder, 1);
  self->prefix = g_strdup (settings.prefix);
  self->cleanup = settings.cleanup;
  return self;
}

/* The reference's list for spaces that English does not write, in its order. */
static const struct {
  const char *spaced, *joined;
} cleanups[] = {
  { " .", "." },   { " ?", "?" },     { " !", "!" },     { " ,", "," },
  { " ' ", "'" },  { " n't", "n't" }, { " 'm", "'m" },   { " do not", " don't" },
  { " 's", "'s" }, { " 've", "'ve" }, { " 're", "'re" },
};

static void
clean_up (GString *token)
{
  for (size_t i = 0; i < G_N_ELEMENTS (cleanups); i++)
    g_string_replace (token, cleanups[i].spaced, cleanups[i].joined, 0);
}

static void
decode (gconstpointer data, GPtrArray *tokens)
{
  const Decoder *self = data;

  for (guint i = 0; i < tokens->len; i++) {
    g_autofree char *token = g_steal_pointer (&tokens->pdata[i]);
    bool goes_on = i > 0 && g_str_has_prefix (token, self->prefix);
    GString *text = g_string_new (i == 0 || goes_on ? "" : " ");

    g_string_append (text, goes_on ? token + strlen (self->prefix) : token);
    if (self->cleanup)
      clean_up (text);
    tokens->pdata[i] = g_string_free (text, FALSE);
  }
}

const PhStepClass ph_step_wordpiece_decoder = {
  "WordPiece",
  read_decoder,
  free_decoder,
  .decode = decode,
};

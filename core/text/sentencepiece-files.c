/* A model of SentencePiece, and what the reference's classes for T5 and LLaMA do around
 * it, which no file of such a folder says: T5's hundred extra tokens, where a text ends
 * or begins, and how blanks are marked. */
#include "core/base/error.h"
#include "core/formats/json.h"
#include "core/text/sentencepiece.h"
#include "core/text/tokenizer-files.h"
#include "core/text/vocabulary.h"

#include <string.h>

#define MARK "\xe2\x96\x81" /* ▁, a blank that can be seen */

#define MAX_EXTRA_TOKENS 1000           /* T5 has 100 */
#define MAX_MERGES ((size_t) 1 << 20)   /* LLaMA has 61 000 */
#define MAX_MERGED_BYTES ((size_t) 256) /* each piece is cut everywhere to find them */

/* What tokenizer_config.json may say, with what the classes do if it does not. */
typedef struct {
  size_t n_extra;        /* T5: tokens behind the pieces */
  bool add_bos, add_eos; /* LLaMA */
  bool legacy;           /* LLaMA: a blank before every part of a text */
  const char *bos, *eos; /* names of tokens, borrowed from the file; may be NULL */
} Config;

static const PhJsonField fields[] = {
  { "extra_ids", PH_JSON_SIZE, offsetof (Config, n_extra), 0, MAX_EXTRA_TOKENS,
    .standard = 100 },
  { "add_bos_token", PH_JSON_BOOL, offsetof (Config, add_bos), .standard = true },
  { "add_eos_token", PH_JSON_BOOL, offsetof (Config, add_eos) },
  { "legacy", PH_JSON_BOOL, offsetof (Config, legacy), .standard = true },
};

typedef struct {
  PhSentencePiece *model;
  const char *folder;
  Config config;
  json_t *vocab;    /* {token: id} */
  json_t *document; /* what tokenizer.json would be */
} Description;

static const PhPiece *
get_piece (const Description *self, guint id)
{
  return &g_array_index (self->model->pieces, PhPiece, id);
}

/* --- steps --- */

/* SentencePiece's table of replacements as a step, or NULL if it has none. */
static json_t *
describe_charsmap (const Description *self)
{
  gsize n_bytes;
  const guchar *bytes = g_bytes_get_data (self->model->charsmap, &n_bytes);
  g_autofree char *text = n_bytes > 0 ? g_base64_encode (bytes, n_bytes) : NULL;

  if (text == NULL)
    return NULL;
  return json_pack ("{s:s, s:s}", "type", "Precompiled", "precompiled_charsmap", text);
}

/* @steps, a list, is taken. */
static json_t *
describe_sequence (const char *name, json_t *steps)
{
  return json_pack ("{s:s, s:o}", "type", "Sequence", name, steps);
}

static json_t *
describe_replace (const char *from, const char *to)
{
  return json_pack ("{s:s, s:{s:s}, s:s}", "type", "Replace", "pattern", "String", from,
                    "content", to);
}

static json_t *
describe_metaspace (const Description *self, const char *scheme, bool split)
{
  return json_pack ("{s:s, s:s, s:s, s:b}", "type", "Metaspace", "replacement", MARK,
                    "prepend_scheme", self->model->add_dummy_prefix ? scheme : "never",
                    "split", split);
}

static void
add_normalizers (Description *self, json_t *more)
{
  json_t *steps = json_array ();
  json_t *charsmap = describe_charsmap (self);

  if (charsmap != NULL)
    json_array_append_new (steps, charsmap);
  json_array_extend (steps, more);
  json_object_set_new (self->document, "normalizer",
                       describe_sequence ("normalizers", steps));
}

/* --- Unigram, T5 --- */

static void
add_unigram_steps (Description *self)
{
  g_autoptr (PhJson) none = json_array ();
  json_t *splits = json_array ();

  add_normalizers (self, none);
  if (self->model->remove_extra_whitespaces)
    json_array_append_new (splits, json_pack ("{s:s}", "type", "WhitespaceSplit"));
  json_array_append_new (splits, describe_metaspace (self, "always", true));
  json_object_set_new (self->document, "pre_tokenizer",
                       describe_sequence ("pretokenizers", splits));
  json_object_set_new (self->document, "decoder",
                       describe_metaspace (self, "always", true));
}

static char **
list_extra_tokens (const Description *self)
{
  char **list = g_new0 (char *, self->config.n_extra + 1);

  for (size_t i = 0; i < self->config.n_extra; i++)
    list[i] = g_strdup_printf ("<extra_id_%zu>", i);
  return list;
}

/* T5's extra tokens are counted down: the first has the last id. */
static void
add_extra_tokens (Description *self, json_t *pieces)
{
  g_auto (GStrv) extra = list_extra_tokens (self);

  for (size_t i = self->config.n_extra; i-- > 0;) {
    json_int_t id = (json_int_t) json_array_size (pieces);

    if (json_object_get (self->vocab, extra[i]) != NULL)
      continue;
    json_object_set_new (self->vocab, extra[i], json_integer (id));
    json_array_append_new (pieces, json_pack ("[s, f]", extra[i], 0.0));
  }
}

static bool
add_unigram (Description *self, GError **error)
{
  json_t *pieces = json_array ();

  for (guint i = 0; i < self->model->pieces->len; i++)
    json_array_append_new (pieces, json_pack ("[s, f]", get_piece (self, i)->text,
                                              get_piece (self, i)->score));
  add_extra_tokens (self, pieces);
  json_object_set_new (self->document, "model",
                       json_pack ("{s:s, s:i, s:b, s:o}", "type", "Unigram", "unk_id",
                                  self->model->unknown, "byte_fallback",
                                  self->model->byte_fallback, "vocab", pieces));
  add_unigram_steps (self);
  return true;
}

/* --- BPE, LLaMA --- */

/* Every way to make the piece @text of two, the shortest in front first. */
static bool
add_merges_of (const Description *self, json_t *merges, const char *text, GError **error)
{
  if (strlen (text) > MAX_MERGED_BYTES)
    return ph_fail (error, PH_ERROR_RANGE,
                    "a piece of BPE is %zu bytes long, not up to %zu", strlen (text),
                    MAX_MERGED_BYTES);
  if (*text == '\0')
    return true;

  for (const char *cut = g_utf8_next_char (text); *cut != '\0';
       cut = g_utf8_next_char (cut)) {
    g_autofree char *left = g_strndup (text, (gsize) (cut - text));

    if (json_object_get (self->vocab, left) != NULL &&
        json_object_get (self->vocab, cut) != NULL)
      json_array_append_new (merges, json_pack ("[s, s]", left, cut));
  }
  return json_array_size (merges) <= MAX_MERGES ||
         ph_fail (error, PH_ERROR_RANGE, "has more than %zu merges", MAX_MERGES);
}

/* The pieces of BPE stand in the order in which they were merged. */
static json_t *
describe_merges (const Description *self, GError **error)
{
  g_autoptr (PhJson) merges = json_array ();

  for (guint i = 0; i < self->model->pieces->len; i++)
    if (!add_merges_of (self, merges, get_piece (self, i)->text, error))
      return NULL;
  return g_steal_pointer (&merges);
}

static void
add_bpe_splits (Description *self)
{
  g_autoptr (PhJson) marks = json_array ();

  if (self->config.legacy) {
    if (self->model->add_dummy_prefix)
      json_array_append_new (
          marks, json_pack ("{s:s, s:s}", "type", "Prepend", "prepend", MARK));
    json_array_append_new (marks, describe_replace (" ", MARK));
  } else
    json_object_set_new (self->document, "pre_tokenizer",
                         describe_metaspace (self, "first", false));
  add_normalizers (self, marks);
}

static void
add_bpe_decoders (Description *self)
{
  json_t *steps = json_pack ("[o, {s:s}, {s:s}]", describe_replace (MARK, " "), "type",
                             "ByteFallback", "type", "Fuse");

  if (self->model->add_dummy_prefix)
    json_array_append_new (steps, json_pack ("{s:s, s:s, s:i, s:i}", "type", "Strip",
                                             "content", " ", "start", 1, "stop", 0));
  json_object_set_new (self->document, "decoder", describe_sequence ("decoders", steps));
}

static bool
add_bpe (Description *self, GError **error)
{
  json_t *merges = describe_merges (self, error);

  if (merges == NULL)
    return false;
  json_object_set_new (
      self->document, "model",
      json_pack ("{s:s, s:s, s:b, s:b, s:O, s:o}", "type", "BPE", "unk_token",
                 ph_sentencepiece_get_text (self->model, self->model->unknown),
                 "fuse_unk", true, "byte_fallback", self->model->byte_fallback, "vocab",
                 self->vocab, "merges", merges));
  add_bpe_splits (self);
  add_bpe_decoders (self);
  return true;
}

/* --- added tokens and the template --- */

/* The pieces of @type, a strv. */
static char **
list_pieces (const Description *self, PhPieceType type)
{
  GPtrArray *list = g_ptr_array_new ();

  for (guint i = 0; i < self->model->pieces->len; i++)
    if (get_piece (self, i)->type == type)
      g_ptr_array_add (list, g_strdup (get_piece (self, i)->text));
  g_ptr_array_add (list, NULL);
  return (char **) g_ptr_array_free (list, FALSE);
}

/* Takes @tokens. */
static void
add_missing (const Description *self, json_t *added, char **tokens, bool special)
{
  ph_tokenizer_files_add (added, self->vocab, (const char *const *) tokens, special);
  g_strfreev (tokens);
}

/* Those that the files tell of, and the pieces that stand for themselves. */
static bool
add_added_tokens (Description *self, GError **error)
{
  json_t *added = ph_tokenizer_files_describe_added (self->folder, self->vocab, error);

  if (added == NULL)
    return false;
  add_missing (self, added, list_pieces (self, PH_PIECE_CONTROL), true);
  add_missing (self, added, list_pieces (self, PH_PIECE_UNKNOWN), true);
  add_missing (self, added, list_pieces (self, PH_PIECE_USER_DEFINED), false);
  add_missing (self, added, list_extra_tokens (self), true);
  json_object_set_new (self->document, "added_tokens", added);
  return true;
}

static bool
add_template (Description *self, GError **error)
{
  bool unigram = self->model->algorithm == PH_SENTENCEPIECE_UNIGRAM;
  json_t *template = ph_tokenizer_files_describe_template (
      self->vocab, json_object_get (self->document, "added_tokens"),
      !unigram && self->config.add_bos ? self->config.bos : NULL,
      unigram || self->config.add_eos ? self->config.eos : NULL, error);

  if (template == NULL)
    return false;
  json_object_set_new (self->document, "post_processor", template);
  return true;
}

/* --- the whole --- */

static bool
read_config (Description *self, const json_t *config, GError **error)
{
  const char *bos = ph_tokenizer_files_get_role (config, "bos_token");
  const char *eos = ph_tokenizer_files_get_role (config, "eos_token");

  if (!ph_tokenizer_files_read_config (self->folder, config, fields,
                                       G_N_ELEMENTS (fields), &self->config, error))
    return false;
  self->config.bos =
      bos != NULL ? bos : ph_sentencepiece_get_text (self->model, self->model->bos);
  self->config.eos =
      eos != NULL ? eos : ph_sentencepiece_get_text (self->model, self->model->eos);
  return true;
}

static bool
add_all (Description *self, GError **error)
{
  bool unigram = self->model->algorithm == PH_SENTENCEPIECE_UNIGRAM;

  for (guint i = 0; i < self->model->pieces->len; i++)
    json_object_set_new (self->vocab, get_piece (self, i)->text, json_integer (i));
  return (unigram ? add_unigram (self, error) : add_bpe (self, error)) &&
         add_added_tokens (self, error) && add_template (self, error);
}

static json_t *
describe (const char *folder, const char *name, GError **error)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (PhSentencePiece) model = ph_sentencepiece_open (path, error);
  g_autoptr (PhJson) config = NULL;
  g_autoptr (PhJson) vocab = json_object ();
  g_autoptr (PhJson) document = json_object ();
  Description self = { model, folder, .vocab = vocab, .document = document };

  if (model == NULL)
    return NULL;
  config = ph_tokenizer_files_load_config (folder, error);
  if (config == NULL || !read_config (&self, config, error))
    return NULL;
  if (!add_all (&self, error)) {
    ph_prefix_path (error, path);
    return NULL;
  }
  return g_steal_pointer (&document);
}

static json_t *
describe_t5 (const char *folder, GError **error)
{
  return describe (folder, "spiece.model", error);
}

static json_t *
describe_llama (const char *folder, GError **error)
{
  return describe (folder, "tokenizer.model", error);
}

const PhTokenizerFiles ph_tokenizer_files_t5 = { "spiece.model", describe_t5 };
const PhTokenizerFiles ph_tokenizer_files_llama = { "tokenizer.model", describe_llama };

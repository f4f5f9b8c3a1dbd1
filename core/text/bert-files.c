/* The files of BERT's tokenizer: vocab.txt with a piece a line, the number of the line
 * being its id.  The rest of the pipeline is that of bert-base-uncased, but for what
 * tokenizer_config.json says. */
#include "core/base/error.h"
#include "core/formats/json.h"
#include "core/text/tokenizer-files.h"

typedef struct {
  bool lowercase, chinese_spaces;
} Settings;

static const PhJsonField fields[] = {
  { "do_lower_case", PH_JSON_BOOL, offsetof (Settings, lowercase), .standard = true },
  { "tokenize_chinese_chars", PH_JSON_BOOL, offsetof (Settings, chinese_spaces),
    .standard = true },
};

/* --- the vocabulary --- */

static json_t *
number_lines (const json_t *lines, GError **error)
{
  g_autoptr (PhJson) vocab = json_object ();

  for (size_t i = 0; i < json_array_size (lines); i++) {
    const char *piece = json_string_value (json_array_get (lines, i));

    if (json_object_get (vocab, piece) != NULL) {
      g_autofree char *shown = ph_printable (piece);

      ph_fail (error, PH_ERROR_FORMAT, "line %zu is \"%s\" once more", i + 1, shown);
      return NULL;
    }
    json_object_set_new (vocab, piece, json_integer ((json_int_t) i));
  }
  return g_steal_pointer (&vocab);
}

static json_t *
load_vocab (const char *folder, const char *path, GError **error)
{
  g_autoptr (PhJson) lines = NULL;
  json_t *vocab;

  lines = ph_tokenizer_files_load_lines (folder, "vocab.txt", error);
  if (lines == NULL)
    return NULL;
  vocab = number_lines (lines, error);
  if (vocab == NULL)
    ph_prefix_path (error, path);
  return vocab;
}

/* --- the pipeline --- */

static const char *
get_role (const json_t *config, const char *role, const char *standard)
{
  const char *token = ph_tokenizer_files_get_role (config, role);

  return token != NULL ? token : standard;
}

static bool
add_steps (json_t *document, const char *folder, const json_t *config, GError **error)
{
  json_t *accents = json_object_get (config, "strip_accents");
  json_t *normalizer;
  Settings settings;

  if (!ph_tokenizer_files_read_config (folder, config, fields, G_N_ELEMENTS (fields),
                                       &settings, error))
    return false;

  normalizer =
      json_pack ("{s:s, s:b, s:b}", "type", "BertNormalizer", "lowercase",
                 settings.lowercase, "handle_chinese_chars", settings.chinese_spaces);
  if (accents != NULL)
    json_object_set (normalizer, "strip_accents", accents);
  json_object_set_new (document, "normalizer", normalizer);
  json_object_set_new (document, "pre_tokenizer",
                       json_pack ("{s:s}", "type", "BertPreTokenizer"));
  json_object_set_new (document, "decoder",
                       json_pack ("{s:s, s:s}", "type", "WordPiece", "prefix", "##"));
  return true;
}

/* The five special tokens are added even if no file but the vocabulary has them. */
static bool
add_tokens (json_t *document,
            const char *folder,
            const json_t *vocab,
            const json_t *config,
            GError **error)
{
  const char *before = get_role (config, "cls_token", "[CLS]");
  const char *after = get_role (config, "sep_token", "[SEP]");
  const char *const specials[] = {
    get_role (config, "pad_token", "[PAD]"),
    get_role (config, "unk_token", "[UNK]"),
    get_role (config, "mask_token", "[MASK]"),
    before,
    after,
    NULL,
  };
  json_t *added = ph_tokenizer_files_describe_added (folder, vocab, error), *template;

  if (added == NULL)
    return false;
  json_object_set_new (document, "added_tokens", added);
  ph_tokenizer_files_add (added, vocab, specials, true);

  template = ph_tokenizer_files_describe_template (vocab, added, before, after, error);
  if (template != NULL)
    json_object_set_new (document, "post_processor", template);
  return template != NULL;
}

static json_t *
describe (const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "vocab.txt", NULL);
  g_autoptr (PhJson) document = json_object ();
  g_autoptr (PhJson) config = NULL;
  g_autoptr (PhJson) vocab = load_vocab (folder, path, error);

  if (vocab == NULL)
    return NULL;
  config = ph_tokenizer_files_load_config (folder, error);
  if (config == NULL || !add_steps (document, folder, config, error))
    return NULL;

  json_object_set_new (document, "model",
                       json_pack ("{s:s, s:s, s:s, s:O}", "type", "WordPiece",
                                  "continuing_subword_prefix", "##", "unk_token",
                                  get_role (config, "unk_token", "[UNK]"), "vocab",
                                  vocab));
  if (!add_tokens (document, folder, vocab, config, error)) {
    ph_prefix_path (error, path);
    return NULL;
  }
  return g_steal_pointer (&document);
}

const PhTokenizerFiles ph_tokenizer_files_bert = { "vocab.txt", describe };

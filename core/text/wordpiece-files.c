#include "core/text/wordpiece-files.h"

#include "core/base/error.h"
#include "core/formats/json.h"
#include "core/formats/newfile.h"
#include "core/text/steps.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#define PREFIX "##"
#define MAX_CHARS 100

/* --- the vocabulary --- */

typedef struct {
  GPtrArray *tokens;
  GHashTable *known;
} Collector;

static void
collect (Collector *self, char *token)
{
  if (g_hash_table_add (self->known, token))
    g_ptr_array_add (self->tokens, token);
  else
    g_free (token);
}

/* Words as the tokenizer itself will cut them. */
static void
collect_words (Collector *self,
               const PhSteps *normalizers,
               const PhSteps *pre_tokenizers,
               const char *text)
{
  g_autoptr (GString) normal = g_string_new (text);
  g_autoptr (GPtrArray) words = NULL;

  ph_steps_normalize (normalizers, normal);
  words = ph_steps_split (pre_tokenizers, normal->str, true);
  for (guint i = 0; i < words->len; i++)
    collect (self, g_strdup (words->pdata[i]));
}

static void
collect_characters (Collector *self)
{
  for (char c = '!'; c <= '~'; c++)
    if (g_ascii_ispunct (c))
      collect (self, g_strdup_printf ("%c", c));
  for (char c = '0'; c <= 'z'; c++)
    if (g_ascii_isdigit (c) || g_ascii_islower (c))
      collect (self, g_strdup_printf ("%c", c));
  for (char c = '0'; c <= 'z'; c++)
    if (g_ascii_isdigit (c) || g_ascii_islower (c))
      collect (self, g_strdup_printf (PREFIX "%c", c));
}

static json_t *
describe_normalizer (void)
{
  return json_pack ("{s:s, s:b, s:b, s:n, s:b}", "type", "BertNormalizer", "clean_text",
                    1, "handle_chinese_chars", 1, "strip_accents", "lowercase", 1);
}

static json_t *
describe_pre_tokenizer (void)
{
  return json_pack ("{s:s}", "type", "BertPreTokenizer");
}

char **
ph_wordpiece_vocabulary (const char *const *specials, const char *const *words)
{
  g_autoptr (PhJson) normalizer = describe_normalizer ();
  g_autoptr (PhJson) pre_tokenizer = describe_pre_tokenizer ();
  g_autoptr (PhSteps) normalizers = ph_steps_read_normalizers (normalizer, NULL);
  g_autoptr (PhSteps) pre_tokenizers = ph_steps_read_pre_tokenizers (pre_tokenizer, NULL);
  Collector collector = { g_ptr_array_new (),
                          g_hash_table_new (g_str_hash, g_str_equal) };

  for (; *specials != NULL; specials++)
    collect (&collector, g_strdup (*specials));
  for (; *words != NULL; words++)
    collect_words (&collector, normalizers, pre_tokenizers, *words);
  collect_characters (&collector);

  g_hash_table_destroy (collector.known);
  g_ptr_array_add (collector.tokens, NULL);
  return (char **) g_ptr_array_free (collector.tokens, FALSE);
}

/* --- tokenizer.json --- */

static int
id_of (const PhWordPieceFiles *files, const char *token)
{
  for (int id = 0; files->tokens[id] != NULL; id++)
    if (strcmp (files->tokens[id], token) == 0)
      return id;
  g_assert_not_reached ();
}

static json_t *
describe_added (const PhWordPieceFiles *files)
{
  json_t *added = json_array ();

  for (const char *const *special = files->specials; *special != NULL; special++)
    json_array_append_new (added, json_pack ("{s:i, s:s, s:b, s:b, s:b, s:b, s:b}", "id",
                                             id_of (files, *special), "content", *special,
                                             "single_word", 0, "lstrip", 0, "rstrip", 0,
                                             "normalized", 0, "special", 1));
  return added;
}

static json_t *
describe_model (const PhWordPieceFiles *files)
{
  json_t *vocabulary = json_object ();

  for (int id = 0; files->tokens[id] != NULL; id++)
    json_object_set_new (vocabulary, files->tokens[id], json_integer (id));
  return json_pack ("{s:s, s:s, s:s, s:i, s:o}", "type", "WordPiece", "unk_token",
                    files->roles.unk, "continuing_subword_prefix", PREFIX,
                    "max_input_chars_per_word", MAX_CHARS, "vocab", vocabulary);
}

static void
append_special (json_t *list,
                json_t *specials,
                const PhWordPieceFiles *files,
                const char *token)
{
  if (token == NULL)
    return;
  json_array_append_new (
      list, json_pack ("{s:{s:s, s:i}}", "SpecialToken", "id", token, "type_id", 0));
  json_object_set_new (specials, token,
                       json_pack ("{s:s, s:[i], s:[s]}", "id", token, "ids",
                                  id_of (files, token), "tokens", token));
}

static void
append_text (json_t *list, const char *name)
{
  json_array_append_new (
      list, json_pack ("{s:{s:s, s:i}}", "Sequence", "id", name, "type_id", 0));
}

/* A pair is two texts one after the other; the format wants it said. */
static json_t *
describe_template (const PhWordPieceFiles *files)
{
  json_t *single = json_array (), *pair = json_array (), *specials = json_object ();

  append_special (single, specials, files, files->before);
  append_text (single, "A");
  append_special (single, specials, files, files->after);
  json_array_extend (pair, single);
  append_text (pair, "B");
  append_special (pair, specials, files, files->after);
  return json_pack ("{s:s, s:o, s:o, s:o}", "type", "TemplateProcessing", "single",
                    single, "pair", pair, "special_tokens", specials);
}

static json_t *
describe_tokenizer (const PhWordPieceFiles *files)
{
  return json_pack ("{s:s, s:n, s:n, s:o, s:o, s:o, s:o, s:{s:s, s:s, s:b}, s:o}",
                    "version", "1.0", "truncation", "padding", "added_tokens",
                    describe_added (files), "normalizer", describe_normalizer (),
                    "pre_tokenizer", describe_pre_tokenizer (), "post_processor",
                    describe_template (files), "decoder", "type", "WordPiece", "prefix",
                    PREFIX, "cleanup", 1, "model", describe_model (files));
}

/* --- the files beside it --- */

static json_t *
describe_roles (const PhSpecialRoles *roles)
{
  const struct {
    const char *name, *token;
  } all[] = {
    { "bos_token", roles->bos },   { "eos_token", roles->eos },
    { "pad_token", roles->pad },   { "unk_token", roles->unk },
    { "cls_token", roles->cls },   { "sep_token", roles->sep },
    { "mask_token", roles->mask },
  };
  json_t *map = json_object ();

  for (size_t i = 0; i < G_N_ELEMENTS (all); i++)
    if (all[i].token != NULL)
      json_object_set_new (map, all[i].name, json_string (all[i].token));
  return map;
}

/* That class takes tokenizer.json as it stands. */
static json_t *
describe_config (const PhWordPieceFiles *files)
{
  json_t *config = describe_roles (&files->roles);

  json_object_set_new (config, "tokenizer_class",
                       json_string ("PreTrainedTokenizerFast"));
  json_object_set_new (config, "model_max_length",
                       json_integer ((json_int_t) files->max_length));
  json_object_set_new (config, "padding_side", json_string (files->padding_side));
  json_object_set_new (config, "clean_up_tokenization_spaces", json_false ());
  return config;
}

static bool
save (const char *folder, const char *name, json_t *json, GError **error)
{
  g_autoptr (PhJson) owned = json;
  g_autofree char *path = g_build_filename (folder, name, NULL);
  char *text = json_dumps (owned, JSON_INDENT (2));
  bool saved;

  g_assert (text != NULL);
  saved = ph_new_file_save (path, text, strlen (text), error);
  free (text);
  return saved;
}

bool
ph_wordpiece_write (const char *folder, const PhWordPieceFiles *files, GError **error)
{
  if (g_mkdir_with_parents (folder, 0777) != 0) {
    ph_fail_errno (error, errno, "cannot be created");
    return ph_prefix_path (error, folder);
  }
  return save (folder, "tokenizer.json", describe_tokenizer (files), error) &&
         save (folder, "tokenizer_config.json", describe_config (files), error) &&
         save (folder, "special_tokens_map.json", describe_roles (&files->roles), error);
}

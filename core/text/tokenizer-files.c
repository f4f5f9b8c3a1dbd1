#include "core/text/tokenizer-files.h"

#include "core/base/error.h"
#include "core/formats/json.h"
#include "core/formats/map.h"

#include <string.h>

#define CONFIG "tokenizer_config.json"

static const PhTokenizerFiles *const kinds[] = {
  &ph_tokenizer_files_json,  &ph_tokenizer_files_gpt2, &ph_tokenizer_files_t5,
  &ph_tokenizer_files_llama, &ph_tokenizer_files_bert,
};

static bool
holds (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

const PhTokenizerFiles *
ph_tokenizer_files_find (const char *folder)
{
  for (size_t i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (holds (folder, kinds[i]->name))
      return kinds[i];
  return kinds[0];
}

/* --- what the kinds share --- */

json_t *
ph_tokenizer_files_load_optional (const char *folder, const char *name, GError **error)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  return holds (folder, name) ? ph_json_load (path, error) : json_object ();
}

json_t *
ph_tokenizer_files_load_config (const char *folder, GError **error)
{
  return ph_tokenizer_files_load_optional (folder, CONFIG, error);
}

static bool
prefix_config (GError **error, const char *folder)
{
  g_autofree char *path = g_build_filename (folder, CONFIG, NULL);

  return ph_prefix_path (error, path);
}

bool
ph_tokenizer_files_read_config (const char *folder,
                                const json_t *config,
                                const PhJsonField *fields,
                                size_t n_fields,
                                void *values,
                                GError **error)
{
  return ph_json_read (config, "", fields, n_fields, values, error) ||
         prefix_config (error, folder);
}

bool
ph_tokenizer_files_read_flag (const char *folder,
                              const json_t *config,
                              const char *name,
                              bool *value,
                              GError **error)
{
  const PhJsonField field = { name, PH_JSON_BOOL };

  return ph_tokenizer_files_read_config (folder, config, &field, 1, value, error);
}

/* The lines of the text from @line to @end. */
static json_t *
list_lines (const char *line, const char *end, GError **error)
{
  g_autoptr (PhJson) lines = json_array ();
  const char *next;

  for (; line < end; line = next + 1) {
    size_t n_bytes;

    next = memchr (line, '\n', (size_t) (end - line));
    if (next == NULL)
      next = end;
    n_bytes = (size_t) (next - line);
    if (n_bytes > 0 && line[n_bytes - 1] == '\r')
      n_bytes--;
    json_array_append_new (lines, json_stringn (line, n_bytes));
    if (json_array_size (lines) > PH_JSON_MAX_VALUES) {
      ph_fail (error, PH_ERROR_RANGE, "has more than %zu lines", PH_JSON_MAX_VALUES);
      return NULL;
    }
  }
  return g_steal_pointer (&lines);
}

static json_t *
parse_lines (const char *text, size_t n_bytes, GError **error)
{
  const char *bad;

  if (n_bytes > PH_JSON_MAX_BYTES) {
    ph_fail (error, PH_ERROR_RANGE, "is %zu bytes long, not up to %zu", n_bytes,
             PH_JSON_MAX_BYTES);
    return NULL;
  }
  if (n_bytes > 0 && !g_utf8_validate_len (text, n_bytes, &bad)) {
    ph_fail (error, PH_ERROR_FORMAT, "is not UTF-8 at byte %zu", (size_t) (bad - text));
    return NULL;
  }
  return list_lines (text, text + n_bytes, error);
}

json_t *
ph_tokenizer_files_load_lines (const char *folder, const char *name, GError **error)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (PhMap) map = ph_map_open (path, error);
  json_t *lines;

  if (map == NULL)
    return NULL;
  lines =
      parse_lines ((const char *) ph_map_get_bytes (map), ph_map_get_size (map), error);
  if (lines == NULL)
    ph_prefix_path (error, path);
  return lines;
}

static const char *
content_of (const json_t *token)
{
  return json_string_value (json_is_object (token) ? json_object_get (token, "content")
                                                   : token);
}

const char *
ph_tokenizer_files_get_role (const json_t *config, const char *role)
{
  return content_of (json_object_get (config, role));
}

/* --- added tokens --- */

/* As newer files have it: {"50265": {"content": "<image>", …}, …}. */
static json_t *
describe_by_id (json_t *tokens)
{
  json_t *added = json_array ();
  const char *key;
  json_t *token;

  json_object_foreach (tokens, key, token)
  {
    json_t *copy = json_copy (token);
    guint64 id;
    bool is_id = g_ascii_string_to_unsigned (key, 10, 0, G_MAXINT32, &id, NULL);

    /* Whoever reads the list refuses −1. */
    json_object_set_new (copy, "id", json_integer (is_id ? (json_int_t) id : -1));
    json_array_append_new (added, copy);
  }
  return added;
}

/* Puts the special token @token, a string or an object, into @added, by content.  One
 * that the model has no id for is left out. */
static void
add_special (json_t *added, const json_t *ids, const json_t *vocab, json_t *token)
{
  const char *content = content_of (token);
  json_t *id, *copy;

  if (content == NULL || json_object_get (added, content) != NULL)
    return;
  id = json_object_get (ids, content);
  if (id == NULL)
    id = json_object_get (vocab, content);
  if (id == NULL)
    return;

  copy = json_is_object (token) ? json_copy (token) : json_object ();
  json_object_set (copy, "id", id);
  json_object_set_new (copy, "content", json_string (content));
  json_object_set_new (copy, "special", json_true ());
  json_object_set_new (added, content, copy);
}

static void
add_specials (json_t *added, const json_t *ids, const json_t *vocab, const json_t *map)
{
  static const char *const roles[] = { "bos_token", "eos_token", "unk_token", "sep_token",
                                       "pad_token", "cls_token", "mask_token" };
  const json_t *more = json_object_get (map, "additional_special_tokens");

  for (size_t i = 0; i < G_N_ELEMENTS (roles); i++)
    add_special (added, ids, vocab, json_object_get (map, roles[i]));
  for (size_t i = 0; i < json_array_size (more); i++)
    add_special (added, ids, vocab, json_array_get (more, i));
}

static void
add_ordinary (json_t *added, json_t *ids)
{
  const char *content;
  json_t *id;

  json_object_foreach (ids, content, id)
  {
    if (json_object_get (added, content) == NULL)
      json_object_set_new (
          added, content,
          json_pack ("{s:O, s:s, s:b}", "id", id, "content", content, "normalized", 1));
  }
}

static json_t *
list_values (json_t *object)
{
  json_t *list = json_array ();
  const char *key;
  json_t *value;

  json_object_foreach (object, key, value)
  {
    json_array_append (list, value);
  }
  return list;
}

/* As older files have it: ids in one, what is special in the others. */
static json_t *
describe_by_role (const char *folder,
                  const json_t *config,
                  const json_t *vocab,
                  GError **error)
{
  g_autoptr (PhJson) added = json_object ();
  g_autoptr (PhJson) ids = NULL;
  g_autoptr (PhJson) map = NULL;

  ids = ph_tokenizer_files_load_optional (folder, "added_tokens.json", error);
  if (ids == NULL)
    return NULL;
  map = ph_tokenizer_files_load_optional (folder, "special_tokens_map.json", error);
  if (map == NULL)
    return NULL;

  add_specials (added, ids, vocab, map);
  add_specials (added, ids, vocab, config);
  add_ordinary (added, ids);
  return list_values (added);
}

json_t *
ph_tokenizer_files_describe_added (const char *folder,
                                   const json_t *vocab,
                                   GError **error)
{
  g_autoptr (PhJson) config = ph_tokenizer_files_load_config (folder, error);
  json_t *by_id = json_object_get (config, "added_tokens_decoder");

  if (config == NULL)
    return NULL;
  return json_object_size (by_id) > 0 ? describe_by_id (by_id)
                                      : describe_by_role (folder, config, vocab, error);
}

void
ph_tokenizer_files_add (json_t *added,
                        const json_t *vocab,
                        const char *const *tokens,
                        bool special)
{
  g_autoptr (GHashTable) known = g_hash_table_new (g_str_hash, g_str_equal);

  for (size_t i = 0; i < json_array_size (added); i++) {
    const char *content = content_of (json_array_get (added, i));

    if (content != NULL)
      g_hash_table_add (known, (gpointer) content);
  }
  for (; *tokens != NULL; tokens++) {
    json_t *id = json_object_get (vocab, *tokens);

    if (id != NULL && g_hash_table_add (known, (gpointer) *tokens))
      json_array_append_new (added, json_pack ("{s:O, s:s, s:b}", "id", id, "content",
                                               *tokens, "special", special));
  }
}

/* --- the template --- */

/* Borrowed; NULL if there is no such token. */
static json_t *
find_id (const json_t *vocab, const json_t *added, const char *token)
{
  for (size_t i = 0; i < json_array_size (added); i++) {
    const json_t *entry = json_array_get (added, i);

    if (g_strcmp0 (content_of (entry), token) == 0)
      return json_object_get (entry, "id");
  }
  return json_object_get (vocab, token);
}

/* @token may be NULL: then there is nothing to add. */
static bool
add_to_template (json_t *post_processor,
                 const json_t *vocab,
                 const json_t *added,
                 const char *token,
                 GError **error)
{
  json_t *id = token != NULL ? find_id (vocab, added, token) : NULL;

  if (token == NULL)
    return true;
  if (id == NULL) {
    g_autofree char *shown = ph_printable (token);

    return ph_fail (error, PH_ERROR_FORMAT, "\"%s\" is not in the vocabulary", shown);
  }

  json_array_append_new (json_object_get (post_processor, "single"),
                         json_pack ("{s:{s:s}}", "SpecialToken", "id", token));
  json_object_set_new (json_object_get (post_processor, "special_tokens"), token,
                       json_pack ("{s:[O]}", "ids", id));
  return true;
}

json_t *
ph_tokenizer_files_describe_template (const json_t *vocab,
                                      const json_t *added,
                                      const char *before,
                                      const char *after,
                                      GError **error)
{
  g_autoptr (PhJson) post_processor = json_pack (
      "{s:s, s:[], s:{}}", "type", "TemplateProcessing", "single", "special_tokens");

  if (!add_to_template (post_processor, vocab, added, before, error))
    return NULL;
  json_array_append_new (json_object_get (post_processor, "single"),
                         json_pack ("{s:{}}", "Sequence"));
  if (!add_to_template (post_processor, vocab, added, after, error))
    return NULL;
  return g_steal_pointer (&post_processor);
}

/* Puts the token for bos_token in front of every text. */
static bool
add_bos (const char *folder, const json_t *config, json_t *document, GError **error)
{
  const json_t *model = json_object_get (document, "model");
  json_t *post_processor = ph_tokenizer_files_describe_template (
      json_object_get (model, "vocab"), json_object_get (document, "added_tokens"),
      ph_tokenizer_files_get_role (config, "bos_token"), NULL, error);

  if (post_processor == NULL) {
    g_prefix_error (error, "bos_token: ");
    return prefix_config (error, folder);
  }
  json_object_set_new (document, "post_processor", post_processor);
  return true;
}

bool
ph_tokenizer_files_honour_bos (const char *folder, json_t *document, GError **error)
{
  const json_t *step = json_object_get (document, "post_processor");
  g_autoptr (PhJson) config = NULL;
  bool add_bos_token;

  if (g_strcmp0 (ph_tokenizer_files_get_role (step, "type"), "ByteLevel") != 0)
    return true;
  config = ph_tokenizer_files_load_config (folder, error);
  if (config == NULL || !ph_tokenizer_files_read_flag (folder, config, "add_bos_token",
                                                       &add_bos_token, error))
    return false;
  return !add_bos_token || add_bos (folder, config, document, error);
}

/* --- tokenizer.json --- */

static json_t *
describe (const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "tokenizer.json", NULL);
  g_autoptr (PhJson) document = ph_json_load (path, error);

  if (document == NULL || !ph_tokenizer_files_honour_bos (folder, document, error))
    return NULL;
  return g_steal_pointer (&document);
}

const PhTokenizerFiles ph_tokenizer_files_json = { "tokenizer.json", describe };

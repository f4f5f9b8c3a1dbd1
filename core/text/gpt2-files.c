/* The files of GPT-2's tokenizer: vocab.json with the ids, merges.txt with a pair of
 * pieces a line, most wanted first.  What the pipeline does was known to the program. */
#include "core/formats/json.h"
#include "core/text/tokenizer-files.h"

/* The lines that are neither empty nor the version. */
static json_t *
load_merges (const char *folder, GError **error)
{
  g_autoptr (PhJson) lines = NULL;
  json_t *merges;

  lines = ph_tokenizer_files_load_lines (folder, "merges.txt", error);
  if (lines == NULL)
    return NULL;

  merges = json_array ();
  for (size_t i = 0; i < json_array_size (lines); i++) {
    json_t *line = json_array_get (lines, i);

    if (json_string_length (line) > 0 &&
        !g_str_has_prefix (json_string_value (line), "#version"))
      json_array_append (merges, line);
  }
  return merges;
}

static json_t *
load_vocab (const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "vocab.json", NULL);

  return ph_json_load (path, error);
}

/* @vocab and @merges are taken. */
static json_t *
describe_model (json_t *vocab, json_t *merges)
{
  return json_pack ("{s:s, s:o, s:o}", "type", "BPE", "vocab", vocab, "merges", merges);
}

static bool
add_steps (json_t *document, const char *folder, GError **error)
{
  g_autoptr (PhJson) config = ph_tokenizer_files_load_config (folder, error);
  bool add_prefix_space;

  if (config == NULL || !ph_tokenizer_files_read_flag (folder, config, "add_prefix_space",
                                                       &add_prefix_space, error))
    return false;

  json_object_set_new (document, "pre_tokenizer",
                       json_pack ("{s:s, s:b}", "type", "ByteLevel", "add_prefix_space",
                                  add_prefix_space));
  json_object_set_new (document, "post_processor",
                       json_pack ("{s:s}", "type", "ByteLevel"));
  json_object_set_new (document, "decoder", json_pack ("{s:s}", "type", "ByteLevel"));
  return ph_tokenizer_files_honour_bos (folder, document, error);
}

static json_t *
describe (const char *folder, GError **error)
{
  g_autoptr (PhJson) document = json_object ();
  g_autoptr (PhJson) vocab = load_vocab (folder, error);
  json_t *merges = vocab != NULL ? load_merges (folder, error) : NULL;
  json_t *added;

  if (merges == NULL)
    return NULL;
  json_object_set_new (document, "model", describe_model (json_incref (vocab), merges));

  added = ph_tokenizer_files_describe_added (folder, vocab, error);
  if (added == NULL)
    return NULL;
  json_object_set_new (document, "added_tokens", added);
  return add_steps (document, folder, error) ? g_steal_pointer (&document) : NULL;
}

const PhTokenizerFiles ph_tokenizer_files_gpt2 = { "vocab.json", describe };

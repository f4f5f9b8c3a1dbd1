/* The files of GPT-2's tokenizer: vocab.json with the ids, merges.txt with a pair of
 * pieces a line, most wanted first.  What the pipeline does was known to the program. */
#include "core/base/error.h"
#include "core/formats/json.h"
#include "core/formats/map.h"
#include "core/text/tokenizer-files.h"

#include <string.h>

static bool
is_version (const char *line, size_t n_bytes)
{
  static const char mark[] = "#version";

  return n_bytes >= strlen (mark) && memcmp (line, mark, strlen (mark)) == 0;
}

/* The lines of @text that are neither empty nor the version. */
static json_t *
list_lines (const char *text, const char *end)
{
  json_t *lines = json_array ();
  const char *next;

  for (const char *line = text; line < end; line = next + 1) {
    size_t n_bytes;

    next = memchr (line, '\n', (size_t) (end - line));
    if (next == NULL)
      next = end;
    n_bytes = (size_t) (next - line);
    if (n_bytes > 0 && line[n_bytes - 1] == '\r')
      n_bytes--;
    if (n_bytes > 0 && !is_version (line, n_bytes))
      json_array_append_new (lines, json_stringn (line, n_bytes));
  }
  return lines;
}

static json_t *
parse_merges (const char *text, size_t n_bytes, GError **error)
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
  return list_lines (text, text + n_bytes);
}

static json_t *
load_merges (const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "merges.txt", NULL);
  g_autoptr (PhMap) map = ph_map_open (path, error);
  json_t *merges;

  if (map == NULL)
    return NULL;
  merges =
      parse_merges ((const char *) ph_map_get_bytes (map), ph_map_get_size (map), error);
  if (merges == NULL)
    ph_prefix_path (error, path);
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
  static const PhJsonField field = { "add_prefix_space", PH_JSON_BOOL };
  g_autoptr (PhJson) config = ph_tokenizer_files_load_config (folder, error);
  bool add_prefix_space;

  if (config == NULL || !ph_json_read (config, "tokenizer_config.json", &field, 1,
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

/* ByteLevel: every byte is a character, so that no text is without pieces.  Bytes that
 * are no visible characters of Latin-1 stand at U+0100 and above, in order. */
#include "core/formats/json.h"
#include "core/text/pattern.h"
#include "core/text/steps.h"
#include "core/text/unicode.h"

/* --- bytes as characters --- */

/* The three stretches that are moved, and where to. */
static const struct {
  gunichar first, last, to;
} moved[] = {
  { 0x00, 0x20, 0x100 },
  { 0x7f, 0xa0, 0x121 },
  { 0xad, 0xad, 0x143 },
};

static gunichar
character_of (guchar byte)
{
  for (size_t i = 0; i < G_N_ELEMENTS (moved); i++)
    if (byte >= moved[i].first && byte <= moved[i].last)
      return moved[i].to + (byte - moved[i].first);
  return byte;
}

/* -1: @c stands for no byte. */
static int
byte_of (gunichar c)
{
  for (size_t i = 0; i < G_N_ELEMENTS (moved); i++) {
    gunichar n = moved[i].last - moved[i].first;

    if (c >= moved[i].to && c <= moved[i].to + n)
      return (int) (moved[i].first + (c - moved[i].to));
    if (c >= moved[i].first && c <= moved[i].last)
      return -1;
  }
  return c < 0x100 ? (int) c : -1;
}

/* --- the pre-tokenizer --- */

typedef struct {
  bool add_prefix_space, use_regex;
} ByteLevel;

static const PhJsonField fields[] = {
  { "add_prefix_space", PH_JSON_BOOL, offsetof (ByteLevel, add_prefix_space),
    .required = true },
  { "use_regex", PH_JSON_BOOL, offsetof (ByteLevel, use_regex), .standard = true },
};

static gpointer
read_byte_level (const json_t *json, const char *where, GError **error)
{
  g_autofree ByteLevel *self = g_new0 (ByteLevel, 1);

  if (!ph_json_read (json, where, fields, G_N_ELEMENTS (fields), self, error))
    return NULL;
  return g_steal_pointer (&self);
}

/* Takes @text. */
static char *
spell (char *text)
{
  g_autofree char *owned = text;
  GString *spelt = g_string_new (NULL);

  for (const char *at = text; *at != '\0'; at++)
    g_string_append_unichar (spelt, character_of ((guchar) *at));
  return g_string_free (spelt, FALSE);
}

static void
split (gconstpointer data, const char *text, bool first, GPtrArray *words)
{
  static const PhPattern gpt2 = { .match = ph_pattern_match_gpt2 };
  const ByteLevel *self = data;
  bool prefixed = self->add_prefix_space && *text != ' ';
  g_autofree char *whole = g_strconcat (prefixed ? " " : "", text, NULL);
  guint n_before = words->len;

  if (self->use_regex)
    ph_pattern_cut (&gpt2, whole, PH_CUT_ISOLATED, false, words);
  else
    g_ptr_array_add (words, g_steal_pointer (&whole));
  for (guint i = n_before; i < words->len; i++)
    words->pdata[i] = spell (words->pdata[i]);
}

const PhStepClass ph_step_byte_level = {
  "ByteLevel",
  read_byte_level,
  g_free,
  .split = split,
};

/* --- the decoder --- */

/* Tokens with a character that stands for no byte are added ones: taken as they are. */
static void
append_bytes (GString *bytes, const char *token)
{
  gsize n_before = bytes->len;

  for (const char *at = token; *at != '\0'; at = g_utf8_next_char (at)) {
    int byte = byte_of (g_utf8_get_char (at));

    if (byte < 0) {
      g_string_truncate (bytes, n_before);
      g_string_append (bytes, token);
      return;
    }
    g_string_append_c (bytes, (char) byte);
  }
}

/* Characters may be spread over tokens, so that only the whole is UTF-8. */
static void
decode (gconstpointer self, GPtrArray *tokens)
{
  g_autoptr (GString) bytes = g_string_new (NULL);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < tokens->len; i++)
    append_bytes (bytes, tokens->pdata[i]);
  ph_unicode_append_lossy (text, bytes->str, bytes->len);
  g_ptr_array_set_size (tokens, 0);
  g_ptr_array_add (tokens, g_string_free (text, FALSE));
}

const PhStepClass ph_step_byte_level_decoder = {
  "ByteLevel",
  .decode = decode,
};

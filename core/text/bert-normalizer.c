/* Cleaning, spaces around Chinese characters, accents off, small letters: in this order,
 * each if the file asks for it. */
#include "core/formats/json.h"
#include "core/text/steps.h"
#include "core/text/unicode.h"

typedef struct {
  bool clean_text, chinese_spaces, strip_accents, lowercase;
} BertNormalizer;

static const PhJsonField fields[] = {
  { "clean_text", PH_JSON_BOOL, offsetof (BertNormalizer, clean_text), .standard = true },
  { "handle_chinese_chars", PH_JSON_BOOL, offsetof (BertNormalizer, chinese_spaces),
    .standard = true },
  { "lowercase", PH_JSON_BOOL, offsetof (BertNormalizer, lowercase), .standard = true },
};

static gpointer
read_normalizer (const json_t *json, const char *where, GError **error)
{
  g_autofree BertNormalizer *self = g_new0 (BertNormalizer, 1);
  PhJsonField accents = { "strip_accents", PH_JSON_BOOL,
                          offsetof (BertNormalizer, strip_accents) };

  if (!ph_json_read (json, where, fields, G_N_ELEMENTS (fields), self, error))
    return NULL;
  accents.standard = self->lowercase;
  if (!ph_json_read (json, where, &accents, 1, self, error))
    return NULL;
  return g_steal_pointer (&self);
}

/* The ranges of the reference, which leaves out U+2B820 to U+2B91F. */
static bool
is_chinese (gunichar c)
{
  return (c >= 0x4e00 && c <= 0x9fff) || (c >= 0x3400 && c <= 0x4dbf) ||
         (c >= 0x20000 && c <= 0x2a6df) || (c >= 0x2a700 && c <= 0x2b73f) ||
         (c >= 0x2b740 && c <= 0x2b81f) || (c >= 0x2b920 && c <= 0x2ceaf) ||
         (c >= 0xf900 && c <= 0xfaff) || (c >= 0x2f800 && c <= 0x2fa1f);
}

static void
append_clean (GString *out, gunichar c)
{
  const gunichar replacement = 0xfffd;

  if (c == '\t' || c == '\n' || c == '\r')
    g_string_append_c (out, ' ');
  else if (c == replacement || ph_unicode_is_other (c))
    return;
  else if (ph_unicode_is_space (c))
    g_string_append_c (out, ' ');
  else
    g_string_append_unichar (out, c);
}

static void
append_spaced (GString *out, gunichar c)
{
  if (is_chinese (c))
    g_string_append_c (out, ' ');
  g_string_append_unichar (out, c);
  if (is_chinese (c))
    g_string_append_c (out, ' ');
}

static void
append_unmarked (GString *out, gunichar c)
{
  if (!ph_unicode_is_mark (c))
    g_string_append_unichar (out, c);
}

static void
normalize (gconstpointer data, GString *text)
{
  const BertNormalizer *self = data;

  if (self->clean_text)
    ph_unicode_rewrite (text, append_clean);
  if (self->chinese_spaces)
    ph_unicode_rewrite (text, append_spaced);
  if (self->strip_accents) {
    g_autofree char *decomposed =
        g_utf8_normalize (text->str, (gssize) text->len, G_NORMALIZE_NFD);

    g_string_assign (text, decomposed);
    ph_unicode_rewrite (text, append_unmarked);
  }
  if (self->lowercase)
    ph_unicode_rewrite (text, ph_unicode_append_lower);
}

const PhStepClass ph_step_bert_normalizer = {
  "BertNormalizer",
  read_normalizer,
  g_free,
  .normalize = normalize,
};

/* Normalizers that Unicode defines: the four forms of its Annex 15, small letters, and
 * marks taken away. */
#include "core/text/steps.h"
#include "core/text/unicode.h"

/* --- the four forms --- */

static void
normalize_form (GString *text, GNormalizeMode form)
{
  g_autofree char *normal = g_utf8_normalize (text->str, (gssize) text->len, form);

  g_string_assign (text, normal);
}

static void
normalize_nfd (gconstpointer self, GString *text)
{
  normalize_form (text, G_NORMALIZE_NFD);
}

static void
normalize_nfc (gconstpointer self, GString *text)
{
  normalize_form (text, G_NORMALIZE_NFC);
}

static void
normalize_nfkd (gconstpointer self, GString *text)
{
  normalize_form (text, G_NORMALIZE_NFKD);
}

static void
normalize_nfkc (gconstpointer self, GString *text)
{
  normalize_form (text, G_NORMALIZE_NFKC);
}

const PhStepClass ph_step_nfd = { "NFD", .normalize = normalize_nfd };
const PhStepClass ph_step_nfc = { "NFC", .normalize = normalize_nfc };
const PhStepClass ph_step_nfkd = { "NFKD", .normalize = normalize_nfkd };
const PhStepClass ph_step_nfkc = { "NFKC", .normalize = normalize_nfkc };

/* --- character by character --- */

static void
normalize_lowercase (gconstpointer self, GString *text)
{
  ph_unicode_rewrite (text, ph_unicode_append_lower);
}

static void
append_unmarked (GString *out, gunichar c)
{
  if (!ph_unicode_is_any_mark (c))
    g_string_append_unichar (out, c);
}

static void
normalize_strip_accents (gconstpointer self, GString *text)
{
  ph_unicode_rewrite (text, append_unmarked);
}

const PhStepClass ph_step_lowercase = { "Lowercase", .normalize = normalize_lowercase };
const PhStepClass ph_step_strip_accents = {
  "StripAccents",
  .normalize = normalize_strip_accents,
};

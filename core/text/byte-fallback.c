/* ByteFallback: tokens like <0xE4>, a byte each, become the characters they spell.  A run
 * that spells none is U+FFFD for each of its bytes. */
#include "core/text/steps.h"
#include "core/text/unicode.h"

#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd"

/* -1: @token is no byte. */
static int
byte_of (const char *token)
{
  if (strlen (token) != strlen ("<0x00>") || !g_str_has_prefix (token, "<0x") ||
      token[5] != '>' || !g_ascii_isxdigit (token[3]) || !g_ascii_isxdigit (token[4]))
    return -1;
  return g_ascii_xdigit_value (token[3]) << 4 | g_ascii_xdigit_value (token[4]);
}

/* A byte of 0 is a character that no C string can hold. */
static void
append_byte (GString *run, int byte)
{
  if (byte == 0)
    g_string_append (run, REPLACEMENT);
  else
    g_string_append_c (run, (char) byte);
}

/* Ends the run of @n_bytes. */
static void
flush (GPtrArray *tokens, GString *run, size_t n_bytes)
{
  if (g_utf8_validate_len (run->str, run->len, NULL)) {
    if (n_bytes > 0)
      g_ptr_array_add (tokens, g_strdup (run->str));
  } else
    for (size_t i = 0; i < n_bytes; i++)
      g_ptr_array_add (tokens, g_strdup (REPLACEMENT));
  g_string_truncate (run, 0);
}

static void
decode (gconstpointer self, GPtrArray *tokens)
{
  gsize n_tokens;
  gpointer *before = g_ptr_array_steal (tokens, &n_tokens);
  g_autoptr (GString) run = g_string_new (NULL);
  size_t n_bytes = 0;

  for (gsize i = 0; i < n_tokens; i++) {
    g_autofree char *token = before[i];
    int byte = byte_of (token);

    if (byte >= 0) {
      append_byte (run, byte);
      n_bytes++;
      continue;
    }
    flush (tokens, run, n_bytes);
    n_bytes = 0;
    g_ptr_array_add (tokens, g_steal_pointer (&token));
  }
  flush (tokens, run, n_bytes);
  g_free (before);
}

const PhStepClass ph_step_byte_fallback = {
  "ByteFallback",
  .decode = decode,
};

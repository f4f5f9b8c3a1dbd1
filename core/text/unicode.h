/* unicode.h - what characters are, as the published tokenizers have it
 *
 * Hugging Face's tokenizers ask three libraries: one knows the general categories of
 * Unicode 8, one the small letters and the numbers of Unicode 17, and the regular
 * expressions are those of Unicode 16.  GLib knows another version.  The calls give the
 * reference's answer for every code point, so that ids agree for every text.
 *
 * Any thread.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

G_BEGIN_DECLS

/* The property White_Space. */
bool ph_unicode_is_space (gunichar c);
/* Control, format and private use. */
bool ph_unicode_is_other (gunichar c);
/* Punctuation, and all of ASCII that is neither letter, digit, space nor control. */
bool ph_unicode_is_punctuation (gunichar c);
/* Nonspacing mark. */
bool ph_unicode_is_mark (gunichar c);
/* Mark of any kind; here the reference knows Unicode 9. */
bool ph_unicode_is_any_mark (gunichar c);
/* Letters, marks, decimal digits, connectors and joiners: \w of a regular expression. */
bool ph_unicode_is_word (gunichar c);

/* \p{L} and \p{N} of a regular expression. */
bool ph_unicode_is_letter (gunichar c);
bool ph_unicode_is_number (gunichar c);
/* The numbers that Digits parts: those, and what came with Unicode 17. */
bool ph_unicode_is_numeric (gunichar c);

/* The small letter or letters of @c, or @c. */
void ph_unicode_append_lower (GString *text, gunichar c);

/* Rewrites @text character by character. */
void ph_unicode_rewrite (GString *text, void (*append) (GString *out, gunichar c));

/* Appends @n_bytes that ought to be UTF-8: the beginning of a character that breaks off,
 * a byte that begins none, and NUL, which a C string cannot hold, are each U+FFFD. */
void ph_unicode_append_lossy (GString *text, const char *bytes, size_t n_bytes);

G_END_DECLS

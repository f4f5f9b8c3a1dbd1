/* unicode.h - what characters are, as the published tokenizers have it
 *
 * Hugging Face's tokenizers ask two libraries: one knows the general categories of
 * Unicode 8 and the other the small letters of Unicode 17.  GLib knows another version.
 * The calls give the reference's answer for every code point, so that ids agree for
 * every text.
 *
 * Any thread.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

G_BEGIN_DECLS

/* The property White_Space. */
bool ph_unicode_is_space (gunichar c);
/* Control, format and private use. */
bool ph_unicode_is_other (gunichar c);
/* Punctuation, and all of ASCII that is neither letter, digit, space nor control. */
bool ph_unicode_is_punctuation (gunichar c);
/* Nonspacing mark. */
bool ph_unicode_is_mark (gunichar c);
/* Letters, marks, digits, connectors and joiners: \w of a regular expression. */
bool ph_unicode_is_word (gunichar c);

/* The small letter or letters of @c, or @c. */
void ph_unicode_append_lower (GString *text, gunichar c);

G_END_DECLS

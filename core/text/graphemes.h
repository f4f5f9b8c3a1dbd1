/* graphemes.h - where what a reader takes for one character ends
 *
 * A letter with its accents, a syllable, a flag, a family of faces: the extended grapheme
 * clusters of Unicode's Annex 29, https://www.unicode.org/reports/tr29/, in the version
 * that the reference has, since ids depend on it.
 *
 * Any thread.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The end of the first grapheme of @text, which is UTF-8 and not empty. */
const char *ph_grapheme_end (const char *text);

G_END_DECLS

#include "core/text/unicode.h"

typedef struct {
  gunichar first, last;
} Range;

/* Where marks, punctuation and format characters stand that came after Unicode 8.  Other
 * characters may stand between them: only those categories are looked up here. */
static const Range newer[] = {
  { 0x61d, 0x61d },     { 0x7fd, 0x7fd },     { 0x890, 0x8e2 },     { 0x9fd, 0x9fe },
  { 0xa76, 0xa76 },     { 0xafa, 0xaff },     { 0xb55, 0xb55 },     { 0xc04, 0xc3c },
  { 0xc77, 0xc77 },     { 0xc84, 0xc84 },     { 0xd00, 0xd00 },     { 0xd3b, 0xd3c },
  { 0xd81, 0xd81 },     { 0xeba, 0xeba },     { 0xece, 0xece },     { 0x180f, 0x1886 },
  { 0x1abf, 0x1ace },   { 0x1b7d, 0x1b7e },   { 0x1df6, 0x1dfb },   { 0x2e43, 0x2e5d },
  { 0xa82c, 0xa82c },   { 0xa8c5, 0xa8c5 },   { 0xa8ff, 0xa8ff },   { 0xa9bd, 0xa9bd },
  { 0x10d24, 0x10f89 }, { 0x11070, 0x11074 }, { 0x110c2, 0x110cd }, { 0x111c9, 0x111c9 },
  { 0x111cf, 0x111cf }, { 0x1123e, 0x11241 }, { 0x1133b, 0x1133b }, { 0x11438, 0x1145e },
  { 0x11660, 0x1166c }, { 0x116b9, 0x116b9 }, { 0x1182f, 0x11fff }, { 0x12ff1, 0x13455 },
  { 0x16e97, 0x16f4f }, { 0x16fe2, 0x16fe4 }, { 0x1cf00, 0x1cf46 }, { 0x1e000, 0x1e4ef },
  { 0x1e944, 0x1e95f },
};

/* Three characters that have another category since. */
#define PUNCTUATION_THEN_1 0x166d  /* CANADIAN SYLLABICS CHI SIGN */
#define PUNCTUATION_THEN_2 0x111c9 /* SHARADA SANDHI MARK */
#define MARK_THEN 0x1734           /* HANUNOO SIGN PAMUDPOD */

/* @ranges in rising order. */
static bool
is_in (const Range *ranges, size_t n_ranges, gunichar c)
{
  for (size_t i = 0; i < n_ranges && ranges[i].first <= c; i++)
    if (c <= ranges[i].last)
      return true;
  return false;
}

static bool
is_newer (gunichar c)
{
  return is_in (newer, G_N_ELEMENTS (newer), c);
}

bool
ph_unicode_is_space (gunichar c)
{
  switch (g_unichar_type (c)) {
  case G_UNICODE_SPACE_SEPARATOR:
  case G_UNICODE_LINE_SEPARATOR:
  case G_UNICODE_PARAGRAPH_SEPARATOR:
    return true;
  default:
    return (c >= '\t' && c <= '\r') || c == 0x85;
  }
}

bool
ph_unicode_is_other (gunichar c)
{
  switch (g_unichar_type (c)) {
  case G_UNICODE_CONTROL:
  case G_UNICODE_FORMAT:
  case G_UNICODE_PRIVATE_USE:
    return !is_newer (c);
  default:
    return false;
  }
}

/* g_unichar_ispunct() takes symbols for punctuation too. */
static bool
has_punctuation_category (gunichar c)
{
  switch (g_unichar_type (c)) {
  case G_UNICODE_CONNECT_PUNCTUATION:
  case G_UNICODE_DASH_PUNCTUATION:
  case G_UNICODE_OPEN_PUNCTUATION:
  case G_UNICODE_CLOSE_PUNCTUATION:
  case G_UNICODE_INITIAL_PUNCTUATION:
  case G_UNICODE_FINAL_PUNCTUATION:
  case G_UNICODE_OTHER_PUNCTUATION:
    return true;
  default:
    return false;
  }
}

bool
ph_unicode_is_punctuation (gunichar c)
{
  if (c < 0x80)
    return g_ascii_ispunct ((char) c);
  if (c == PUNCTUATION_THEN_1 || c == PUNCTUATION_THEN_2)
    return true;
  return has_punctuation_category (c) && !is_newer (c);
}

bool
ph_unicode_is_mark (gunichar c)
{
  if (c == MARK_THEN)
    return true;
  return g_unichar_type (c) == G_UNICODE_NON_SPACING_MARK && !is_newer (c);
}

/* Where marks stand that came after Unicode 9. */
static const Range newer_marks[] = {
  { 0x7fd, 0x7fd },     { 0x898, 0x8d3 },     { 0x9fe, 0x9fe },     { 0xafa, 0xaff },
  { 0xb55, 0xb55 },     { 0xc04, 0xc3c },     { 0xcf3, 0xd00 },     { 0xd3b, 0xd3c },
  { 0xd81, 0xd81 },     { 0xeba, 0xeba },     { 0xece, 0xece },     { 0x1715, 0x1715 },
  { 0x180f, 0x180f },   { 0x1abf, 0x1ace },   { 0x1cf7, 0x1cf7 },   { 0x1df6, 0x1dfa },
  { 0xa82c, 0xa82c },   { 0xa8ff, 0xa8ff },   { 0x10d24, 0x10f85 }, { 0x11070, 0x11074 },
  { 0x110c2, 0x110c2 }, { 0x11145, 0x11146 }, { 0x111c9, 0x111c9 }, { 0x111ce, 0x111cf },
  { 0x11241, 0x11241 }, { 0x1133b, 0x1133b }, { 0x1145e, 0x1145e }, { 0x1182c, 0x11a99 },
  { 0x11d31, 0x13455 }, { 0x16f4f, 0x16f4f }, { 0x16f7f, 0x16f87 }, { 0x16fe4, 0x16ff1 },
  { 0x1cf00, 0x1cf46 }, { 0x1e08f, 0x1e4ef },
};

bool
ph_unicode_is_any_mark (gunichar c)
{
  const gunichar ardhavisarga = 0x1cf2, rotated = 0x1cf3; /* letters since */

  if (c == ardhavisarga || c == rotated)
    return true;
  return g_unichar_ismark (c) && !is_in (newer_marks, G_N_ELEMENTS (newer_marks), c);
}

/* Letters and numbers that came after the Unicode 15 of GLib 2.74. */
static const Range newer_letters[] = {
  { 0x1c89, 0x1c8a },   { 0xa7cb, 0xa7cd },   { 0xa7da, 0xa7dc },   { 0x105c0, 0x105f3 },
  { 0x10d4a, 0x10d65 }, { 0x10d6f, 0x10d85 }, { 0x10ec2, 0x10ec4 }, { 0x11380, 0x11389 },
  { 0x1138b, 0x1138b }, { 0x1138e, 0x1138e }, { 0x11390, 0x113b5 }, { 0x113b7, 0x113b7 },
  { 0x113d1, 0x113d1 }, { 0x113d3, 0x113d3 }, { 0x11bc0, 0x11be0 }, { 0x13460, 0x143fa },
  { 0x16100, 0x1611d }, { 0x16d40, 0x16d6c }, { 0x18cff, 0x18cff }, { 0x1e5d0, 0x1e5ed },
  { 0x1e5f0, 0x1e5f0 }, { 0x2ebf0, 0x2ee5d },
};
static const Range newer_numbers[] = {
  { 0x10d40, 0x10d49 }, { 0x116d0, 0x116e3 }, { 0x11bf0, 0x11bf9 }, { 0x16130, 0x16139 },
  { 0x16d70, 0x16d79 }, { 0x1ccf0, 0x1ccf9 }, { 0x1e5f1, 0x1e5fa },
};
static const Range newest_numbers[] = {
  { 0x11de0, 0x11de9 },
  { 0x16ff4, 0x16ff6 },
};

bool
ph_unicode_is_letter (gunichar c)
{
  return g_unichar_isalpha (c) || is_in (newer_letters, G_N_ELEMENTS (newer_letters), c);
}

bool
ph_unicode_is_number (gunichar c)
{
  switch (g_unichar_type (c)) {
  case G_UNICODE_DECIMAL_NUMBER:
  case G_UNICODE_LETTER_NUMBER:
  case G_UNICODE_OTHER_NUMBER:
    return true;
  default:
    return is_in (newer_numbers, G_N_ELEMENTS (newer_numbers), c);
  }
}

bool
ph_unicode_is_numeric (gunichar c)
{
  return ph_unicode_is_number (c) ||
         is_in (newest_numbers, G_N_ELEMENTS (newest_numbers), c);
}

/* Marks that came after GLib's Unicode 15, and symbols that Unicode calls alphabetic. */
static const Range newer_word_marks[] = {
  { 0x897, 0x897 },     { 0x10d69, 0x10d6d }, { 0x10efc, 0x10efc }, { 0x113b8, 0x113c0 },
  { 0x113c2, 0x113c2 }, { 0x113c5, 0x113c5 }, { 0x113c7, 0x113ca }, { 0x113cc, 0x113d0 },
  { 0x113d2, 0x113d2 }, { 0x113e1, 0x113e2 }, { 0x11f5a, 0x11f5a }, { 0x1611e, 0x1612f },
  { 0x1e5ee, 0x1e5ef },
};
static const Range enclosed_letters[] = {
  { 0x24b6, 0x24e9 },
  { 0x1f130, 0x1f149 },
  { 0x1f150, 0x1f169 },
  { 0x1f170, 0x1f189 },
};

bool
ph_unicode_is_word (gunichar c)
{
  const gunichar non_joiner = 0x200c, joiner = 0x200d;

  switch (g_unichar_type (c)) {
  case G_UNICODE_DECIMAL_NUMBER:
  case G_UNICODE_LETTER_NUMBER:
  case G_UNICODE_CONNECT_PUNCTUATION:
    return true;
  default:
    return ph_unicode_is_letter (c) || g_unichar_ismark (c) || c == non_joiner ||
           c == joiner || is_in (newer_numbers, G_N_ELEMENTS (newer_numbers), c) ||
           is_in (newer_word_marks, G_N_ELEMENTS (newer_word_marks), c) ||
           is_in (enclosed_letters, G_N_ELEMENTS (enclosed_letters), c);
  }
}

/* Small letters that GLib does not give: those of characters that are no letters, and
 * those that came later. */
static const struct {
  Range capitals;
  gunichar first; /* small letter */
} small[] = {
  { { 0x1c89, 0x1c89 }, 0x1c8a },    { { 0x2160, 0x216f }, 0x2170 },
  { { 0x24b6, 0x24cf }, 0x24d0 },    { { 0xa7cb, 0xa7cb }, 0x264 },
  { { 0xa7cc, 0xa7cc }, 0xa7cd },    { { 0xa7ce, 0xa7ce }, 0xa7cf },
  { { 0xa7d2, 0xa7d2 }, 0xa7d3 },    { { 0xa7d4, 0xa7d4 }, 0xa7d5 },
  { { 0xa7da, 0xa7da }, 0xa7db },    { { 0xa7dc, 0xa7dc }, 0x19b },
  { { 0x10d50, 0x10d65 }, 0x10d70 }, { { 0x16ea0, 0x16eb8 }, 0x16ebb },
};

static gunichar
to_lower (gunichar c)
{
  for (size_t i = 0; i < G_N_ELEMENTS (small); i++)
    if (c >= small[i].capitals.first && c <= small[i].capitals.last)
      return small[i].first + (c - small[i].capitals.first);
  return g_unichar_tolower (c);
}

void
ph_unicode_append_lower (GString *text, gunichar c)
{
  const gunichar dotted_capital_i = 0x130;

  if (c < 0x80)
    g_string_append_c (text, g_ascii_tolower ((char) c));
  else if (c == dotted_capital_i)
    g_string_append (text, "i\xcc\x87");
  else
    g_string_append_unichar (text, to_lower (c));
}

void
ph_unicode_rewrite (GString *text, void (*append) (GString *out, gunichar c))
{
  g_autofree char *copy = g_strdup (text->str);

  g_string_truncate (text, 0);
  for (const char *at = copy; *at != '\0'; at = g_utf8_next_char (at))
    append (text, g_utf8_get_char (at));
}

/* How many of the @n_bytes at @at, which are no character, could begin one: 1 or more.
 * The second byte of some characters has a narrower range (table 3-7 of the Unicode
 * standard). */
static size_t
broken_length (const guchar *at, size_t n_bytes)
{
  guchar lead = at[0];
  size_t length = lead < 0xc2 || lead > 0xf4 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  guchar low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  guchar high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  size_t n = 1;

  for (; n < MIN (length, n_bytes) && at[n] >= low && at[n] <= high; n++) {
    low = 0x80;
    high = 0xbf;
  }
  return n;
}

void
ph_unicode_append_lossy (GString *text, const char *bytes, size_t n_bytes)
{
  const gunichar replacement = 0xfffd;
  const char *end = bytes + n_bytes, *bad;

  for (const char *at = bytes; at < end;) {
    bool whole = g_utf8_validate_len (at, (size_t) (end - at), &bad);

    g_string_append_len (text, at, bad - at);
    at = bad;
    if (whole)
      break;
    g_string_append_unichar (text, replacement);
    at += broken_length ((const guchar *) at, (size_t) (end - at));
  }
}

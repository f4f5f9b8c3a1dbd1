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

static bool
is_newer (gunichar c)
{
  for (size_t i = 0; i < G_N_ELEMENTS (newer) && newer[i].first <= c; i++)
    if (c <= newer[i].last)
      return true;
  return false;
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

bool
ph_unicode_is_word (gunichar c)
{
  const gunichar non_joiner = 0x200c, joiner = 0x200d;

  return g_unichar_isalnum (c) || g_unichar_ismark (c) || c == non_joiner ||
         c == joiner || g_unichar_type (c) == G_UNICODE_CONNECT_PUNCTUATION;
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

#include "core/text/graphemes.h"

#include "core/text/grapheme-table.h"

#include <stdbool.h>

typedef enum {
  OTHER,
  CONTROL,
  EXTEND,
  NON_JOINER, /* extends too, but parts a conjunct */
  LINKER,     /* extends too, and makes a conjunct of the consonants around it */
  JOINER,
  SPACING_MARK,
  PREPEND,
  PICTURE,
  CONSONANT,
  REGIONAL,
  HANGUL_L,
  HANGUL_V,
  HANGUL_T,
  HANGUL_LV,
  HANGUL_LVT,
} Class;

#define IN(table, c) is_in (table, G_N_ELEMENTS (table), c)

static bool
is_in (const Range *ranges, size_t n_ranges, gunichar c)
{
  size_t first = 0, end = n_ranges;

  while (first < end) {
    size_t middle = first + (end - first) / 2;

    if (c > ranges[middle].last)
      first = middle + 1;
    else
      end = middle;
  }
  return first < n_ranges && c >= ranges[first].first;
}

static Class
class_of_syllable (gunichar c)
{
  const gunichar first = 0xac00, last = 0xd7a3, n_trailing = 28;

  if (c >= first && c <= last)
    return (c - first) % n_trailing == 0 ? HANGUL_LV : HANGUL_LVT;
  if (IN (hangul_leading, c))
    return HANGUL_L;
  if (IN (hangul_vowel, c))
    return HANGUL_V;
  return IN (hangul_trailing, c) ? HANGUL_T : OTHER;
}

static Class
class_of (gunichar c)
{
  if (c >= 0x20 && c < 0x7f)
    return OTHER;
  if (IN (extend, c))
    return EXTEND;
  if (IN (control, c))
    return CONTROL;
  if (c == 0x200c)
    return NON_JOINER;
  if (c == 0x200d)
    return JOINER;
  if (c >= 0x1f1e6 && c <= 0x1f1ff)
    return REGIONAL;
  if (IN (spacing_mark, c))
    return SPACING_MARK;
  if (IN (linker, c))
    return LINKER;
  if (IN (picture, c))
    return PICTURE;
  if (IN (consonant, c))
    return CONSONANT;
  if (IN (prepend, c))
    return PREPEND;
  return class_of_syllable (c);
}

/* What of the grapheme so far bears on whether it goes on. */
typedef struct {
  Class last;
  bool picture;   /* ends with a picture and what extends it */
  bool consonant; /* ends with a consonant and what extends it */
  bool linked;    /* which a linker is among */
  bool flag;      /* ends with the first half of a flag */
} State;

static bool
extends (Class class)
{
  return class == EXTEND || class == NON_JOINER || class == LINKER;
}

static void
advance (State *self, Class class)
{
  bool after_joiner = self->last == JOINER;

  self->picture = class == PICTURE || (self->picture && !after_joiner &&
                                       (extends (class) || class == JOINER));
  self->consonant =
      class == CONSONANT ||
      (self->consonant && (class == EXTEND || class == LINKER || class == JOINER));
  self->linked =
      self->consonant && (class == LINKER || (self->linked && class != CONSONANT));
  self->flag = class == REGIONAL && !self->flag;
  self->last = class;
}

static bool
makes_syllable (Class last, Class class)
{
  switch (last) {
  case HANGUL_L:
    return class == HANGUL_L || class == HANGUL_V || class == HANGUL_LV ||
           class == HANGUL_LVT;
  case HANGUL_V:
  case HANGUL_LV:
    return class == HANGUL_V || class == HANGUL_T;
  case HANGUL_T:
  case HANGUL_LVT:
    return class == HANGUL_T;
  default:
    return false;
  }
}

/* True if a character of @class belongs to the grapheme that has come to @self. */
static bool
goes_on (const State *self, Class class)
{
  if (self->last == CONTROL || class == CONTROL)
    return false;
  if (extends (class) || class == JOINER || class == SPACING_MARK)
    return true;
  return self->last == PREPEND || makes_syllable (self->last, class) ||
         (self->picture && self->last == JOINER && class == PICTURE) ||
         (self->linked && class == CONSONANT) || (self->flag && class == REGIONAL);
}

const char *
ph_grapheme_end (const char *text)
{
  State state = { OTHER };
  const char *at = g_utf8_next_char (text);

  if (text[0] == '\r' && text[1] == '\n')
    return text + 2;

  advance (&state, class_of (g_utf8_get_char (text)));
  while (*at != '\0') {
    Class class = class_of (g_utf8_get_char (at));

    if (!goes_on (&state, class))
      break;
    advance (&state, class);
    at = g_utf8_next_char (at);
  }
  return at;
}

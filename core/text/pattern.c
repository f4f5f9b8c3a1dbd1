#include "core/text/pattern.h"

#include "core/base/error.h"
#include "core/formats/json.h"
#include "core/text/unicode.h"

#include <string.h>

/* --- expressions --- */

typedef bool (*IsKind) (gunichar c);

/* Not \s, \p{L} or \p{N}. */
static bool
is_rest (gunichar c)
{
  return !ph_unicode_is_space (c) && !ph_unicode_is_letter (c) &&
         !ph_unicode_is_number (c);
}

/* How many bytes the characters of one kind take, at most @max of them. */
static size_t
run_length (const char *at, IsKind is_kind, size_t max)
{
  const char *end = at;

  for (size_t n = 0; n < max && *end != '\0' && is_kind (g_utf8_get_char (end)); n++)
    end = g_utf8_next_char (end);
  return (size_t) (end - at);
}

static size_t
match_contraction (const char *at)
{
  static const char *const ends[] = { "'s", "'t", "'re", "'ve", "'m", "'ll", "'d" };

  for (size_t i = 0; i < G_N_ELEMENTS (ends); i++)
    if (g_str_has_prefix (at, ends[i]))
      return strlen (ends[i]);
  return 0;
}

/* A run of one kind, with a space in front of it if there is one. */
static size_t
match_word (const char *at)
{
  static const IsKind kinds[] = { ph_unicode_is_letter, ph_unicode_is_number, is_rest };
  size_t n_before = *at == ' ' ? 1 : 0;

  for (size_t i = 0; i < G_N_ELEMENTS (kinds); i++) {
    size_t n_bytes = run_length (at + n_before, kinds[i], G_MAXSIZE);

    if (n_bytes > 0)
      return n_before + n_bytes;
  }
  return 0;
}

/* A run of spaces leaves its last one to the word that follows, unless it has no other.
 */
static size_t
match_spaces_before_word (const char *at)
{
  size_t n_bytes = run_length (at, ph_unicode_is_space, G_MAXSIZE);
  const char *last;

  if (n_bytes == 0 || at[n_bytes] == '\0')
    return n_bytes;
  last = g_utf8_prev_char (at + n_bytes);
  return last > at ? (size_t) (last - at) : n_bytes;
}

size_t
ph_pattern_match_gpt2 (const char *at)
{
  size_t n_bytes = match_contraction (at);

  if (n_bytes == 0)
    n_bytes = match_word (at);
  return n_bytes > 0 ? n_bytes : match_spaces_before_word (at);
}

static size_t
match_two_blanks_or_more (const char *at)
{
  size_t n_bytes = strspn (at, " ");

  return n_bytes >= 2 ? n_bytes : 0;
}

static size_t
match_spaces (const char *at)
{
  return run_length (at, ph_unicode_is_space, G_MAXSIZE);
}

static size_t
match_number (const char *at)
{
  return run_length (at, ph_unicode_is_number, 1);
}

static size_t
match_three_numbers (const char *at)
{
  return run_length (at, ph_unicode_is_number, 3);
}

#define GPT2_WORDS " ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"

static const struct {
  const char *expression;
  size_t (*match) (const char *at);
} known[] = {
  { "'s|'t|'re|'ve|'m|'ll|'d|" GPT2_WORDS, ph_pattern_match_gpt2 },
  { "'(?:[sdmt]|ll|ve|re)|" GPT2_WORDS, ph_pattern_match_gpt2 },
  { " {2,}", match_two_blanks_or_more },
  { "\\s+", match_spaces },
  { "\\p{N}", match_number },
  { "\\p{N}{1,3}", match_three_numbers },
};

/* --- reading --- */

static bool
find_expression (PhPattern *self,
                 const char *expression,
                 const char *where,
                 GError **error)
{
  g_autofree char *shown = NULL;

  for (size_t i = 0; i < G_N_ELEMENTS (known); i++)
    if (strcmp (known[i].expression, expression) == 0) {
      self->match = known[i].match;
      return true;
    }
  shown = ph_printable (expression);
  return ph_fail (error, PH_ERROR_UNSUPPORTED,
                  "%s is the expression \"%s\", which is not known", where, shown);
}

bool
ph_pattern_read (PhPattern *self, const json_t *json, const char *where, GError **error)
{
  static const PhJsonField fields[] = { { "String", PH_JSON_TEXT, 0 },
                                        { "Regex", PH_JSON_TEXT, sizeof (char *) } };
  const json_t *pattern = ph_json_get_object (json, where, "pattern", error);
  g_autofree char *path = ph_json_path (where, "pattern");
  const char *either[2];

  *self = (PhPattern){ 0 };
  if (pattern == NULL ||
      !ph_json_read (pattern, path, fields, G_N_ELEMENTS (fields), either, error))
    return false;
  if (either[1] != NULL)
    return find_expression (self, either[1], path, error);
  if (either[0] == NULL || *either[0] == '\0')
    return ph_fail (error, PH_ERROR_FORMAT, "%s is neither a string nor an expression",
                    path);
  self->string = g_strdup (either[0]);
  return true;
}

void
ph_pattern_clear (PhPattern *self)
{
  g_clear_pointer (&self->string, g_free);
}

/* --- searching --- */

static size_t
match_at (const PhPattern *self, const char *at)
{
  if (self->match != NULL)
    return self->match (at);
  return g_str_has_prefix (at, self->string) ? strlen (self->string) : 0;
}

/* Where the match at @at ends, or, with @found false, where the next one begins. */
static const char *
next_end (const PhPattern *self, const char *at, bool *found)
{
  size_t n_bytes = match_at (self, at);

  *found = n_bytes > 0;
  if (*found)
    return at + n_bytes;
  do
    at = g_utf8_next_char (at);
  while (*at != '\0' && match_at (self, at) == 0);
  return at;
}

/* Whether two neighbours, each a match or not, are one word. */
static bool
belong_together (PhCut cut, bool left, bool right)
{
  switch (cut) {
  case PH_CUT_MERGED_WITH_PREVIOUS:
    return !left && right;
  case PH_CUT_MERGED_WITH_NEXT:
    return left && !right;
  case PH_CUT_CONTIGUOUS:
    return left == right;
  default:
    return false;
  }
}

void
ph_pattern_cut (const PhPattern *self,
                const char *text,
                PhCut cut,
                bool invert,
                GPtrArray *words)
{
  const char *word = text, *end;
  bool last = false;

  for (const char *at = text; *at != '\0'; at = end) {
    bool match;

    end = next_end (self, at, &match);
    match = match != invert;
    if (at > text && !belong_together (cut, last, match)) {
      if (!(cut == PH_CUT_REMOVED && last))
        g_ptr_array_add (words, g_strndup (word, (gsize) (at - word)));
      word = at;
    }
    last = match;
  }
  if (*word != '\0' && !(cut == PH_CUT_REMOVED && last))
    g_ptr_array_add (words, g_strdup (word));
}

void
ph_pattern_replace (const PhPattern *self,
                    const char *text,
                    const char *content,
                    GString *out)
{
  const char *end;

  for (const char *at = text; *at != '\0'; at = end) {
    bool match;

    end = next_end (self, at, &match);
    if (match)
      g_string_append (out, content);
    else
      g_string_append_len (out, at, end - at);
  }
}

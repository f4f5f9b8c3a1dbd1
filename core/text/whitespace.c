/* Words end at spaces, which go.  Whitespace also parts letters, digits and the like from
 * other characters: \w+|[^\w\s]+ are its words. */
#include "core/text/steps.h"
#include "core/text/unicode.h"

typedef enum { SPACE, WORD, OTHER } Kind;

static Kind
kind_of (gunichar c)
{
  if (ph_unicode_is_space (c))
    return SPACE;
  return ph_unicode_is_word (c) ? WORD : OTHER;
}

static Kind
kind_without_words (gunichar c)
{
  return ph_unicode_is_space (c) ? SPACE : OTHER;
}

/* Runs of one kind are words, but for those of spaces. */
static void
split_by_kind (const char *text, Kind (*kind) (gunichar c), GPtrArray *words)
{
  const char *end;

  for (const char *begin = text; *begin != '\0'; begin = end) {
    Kind here = kind (g_utf8_get_char (begin));

    end = g_utf8_next_char (begin);
    while (*end != '\0' && kind (g_utf8_get_char (end)) == here)
      end = g_utf8_next_char (end);
    if (here != SPACE)
      g_ptr_array_add (words, g_strndup (begin, (gsize) (end - begin)));
  }
}

static void
split_whitespace (gconstpointer self, const char *text, bool first, GPtrArray *words)
{
  split_by_kind (text, kind_of, words);
}

static void
split_at_spaces (gconstpointer self, const char *text, bool first, GPtrArray *words)
{
  split_by_kind (text, kind_without_words, words);
}

const PhStepClass ph_step_whitespace = { "Whitespace", .split = split_whitespace };
const PhStepClass ph_step_whitespace_split = {
  "WhitespaceSplit",
  .split = split_at_spaces,
};

/* Words end at spaces, which go, and at punctuation, each of which is a word. */
#include "core/text/steps.h"
#include "core/text/unicode.h"

#include <string.h>

static void
add_word (GPtrArray *words, const char *begin, const char *end)
{
  if (end > begin)
    g_ptr_array_add (words, g_strndup (begin, (gsize) (end - begin)));
}

static void
split (gconstpointer self, const char *text, bool first, GPtrArray *words)
{
  const char *begin = text, *next;

  for (const char *at = text; *at != '\0'; at = next) {
    gunichar c = g_utf8_get_char (at);
    bool punctuation = ph_unicode_is_punctuation (c);

    next = g_utf8_next_char (at);
    if (!punctuation && !ph_unicode_is_space (c))
      continue;
    add_word (words, begin, at);
    if (punctuation)
      add_word (words, at, next);
    begin = next;
  }
  add_word (words, begin, begin + strlen (begin));
}

const PhStepClass ph_step_bert_pre_tokenizer = {
  "BertPreTokenizer",
  .split = split,
};

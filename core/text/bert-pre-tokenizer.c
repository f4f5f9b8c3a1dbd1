/* Words end at spaces, which go, and at punctuation, each of which is a word. */
#include "core/text/steps.h"
#include "core/text/unicode.h"

#include <string.h>

/* A step without settings still needs something to be. */
static gpointer
read_pre_tokenizer (const json_t *json, const char *where, GError **error)
{
  return g_malloc0 (1);
}

static void
add_word (GPtrArray *words, const char *begin, const char *end)
{
  if (end > begin)
    g_ptr_array_add (words, g_strndup (begin, (gsize) (end - begin)));
}

static void
split (gconstpointer self, const char *text, GPtrArray *words)
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
  read_pre_tokenizer,
  g_free,
  .split = split,
};

#include "core/base/word-diff.h"

#include <string.h>

#define MOST_PAIRS 4000000

typedef struct {
  gsize begin, end;
} Word;

/* --- words --- */

static gboolean
is_letter (gunichar c)
{
  return (g_unichar_isalnum (c) || g_unichar_ismark (c)) && !g_unichar_iswide (c);
}

/* An apostrophe, hyphen or point with letters on both sides of it. */
static gboolean
is_joint (gunichar c, const char *after)
{
  return (c == '\'' || c == 0x2019 || c == '-' || c == '.') &&
         is_letter (g_utf8_get_char (after));
}

/* The end of the word that begins at @at. */
static const char *
skip_word (const char *at)
{
  gboolean has_letters = is_letter (g_utf8_get_char (at));

  at = g_utf8_next_char (at);
  while (has_letters && *at != '\0') {
    gunichar c = g_utf8_get_char (at);

    if (!is_letter (c) && !is_joint (c, g_utf8_next_char (at)))
      break;
    at = g_utf8_next_char (at);
  }
  return at;
}

static GArray *
split_words (const char *text)
{
  GArray *words = g_array_new (FALSE, FALSE, sizeof (Word));
  const char *at = text;

  while (*at != '\0') {
    const char *begin = at;
    Word word;

    if (g_unichar_isspace (g_utf8_get_char (at))) {
      at = g_utf8_next_char (at);
      continue;
    }
    at = skip_word (at);
    word = (Word){ (gsize) (begin - text), (gsize) (at - text) };
    g_array_append_val (words, word);
  }
  return words;
}

/* --- the longest that both have in common --- */

typedef struct {
  const char *texts[2];
  GArray *words[2];
  gsize first; /* that many words at the beginning are the same */
  gsize n[2];  /* and so many behind them may differ; those at the end are the same */
  GArray *runs;
} Diff;

static gboolean
are_same (const Diff *self, gsize i, gsize j)
{
  const Word *a = &g_array_index (self->words[0], Word, i);
  const Word *b = &g_array_index (self->words[1], Word, j);

  return a->end - a->begin == b->end - b->begin &&
         memcmp (self->texts[0] + a->begin, self->texts[1] + b->begin,
                 a->end - a->begin) == 0;
}

static void
trim (Diff *self)
{
  gsize n = self->words[0]->len, m = self->words[1]->len;

  while (self->first < MIN (n, m) && are_same (self, self->first, self->first))
    self->first++;
  while (MIN (n, m) > self->first && are_same (self, n - 1, m - 1))
    n--, m--;
  self->n[0] = n - self->first;
  self->n[1] = m - self->first;
}

/* Element (i, j) is the length of what the words from i and from j on have in common. */
static guint32 *
measure_common (const Diff *self)
{
  gsize n = self->n[0], m = self->n[1], width = m + 1;
  guint32 *common;

  if (n > 0 && m > MOST_PAIRS / n)
    return NULL;
  common = g_new0 (guint32, (n + 1) * width);
  for (gsize i = n; i-- > 0;)
    for (gsize j = m; j-- > 0;)
      common[i * width + j] =
          are_same (self, self->first + i, self->first + j)
              ? common[(i + 1) * width + j + 1] + 1
              : MAX (common[(i + 1) * width + j], common[i * width + j + 1]);
  return common;
}

static void
add_word (Diff *self, PhWordChange change, gsize number)
{
  const Word *word =
      &g_array_index (self->words[change == PH_WORD_GONE ? 0 : 1], Word, number);
  PhWordRun *last = self->runs->len > 0
                        ? &g_array_index (self->runs, PhWordRun, self->runs->len - 1)
                        : NULL;

  if (last != NULL && last->change == change)
    last->end = word->end;
  else
    g_array_append_vals (self->runs, &(PhWordRun){ change, word->begin, word->end }, 1);
}

/* Of two ways that keep as much, the one that first lets words go. */
static void
add_differences (Diff *self, const guint32 *common)
{
  gsize i = 0, j = 0, n = self->n[0], m = self->n[1], width = m + 1;

  while (i < n || j < m) {
    if (common != NULL && i < n && j < m &&
        are_same (self, self->first + i, self->first + j))
      add_word (self, PH_WORD_KEPT, self->first + j++), i++;
    else if (j == m || (i < n && (common == NULL || common[(i + 1) * width + j] >=
                                                        common[i * width + j + 1])))
      add_word (self, PH_WORD_GONE, self->first + i++);
    else
      add_word (self, PH_WORD_NEW, self->first + j++);
  }
}

GArray *
ph_word_diff (const char *before, const char *after)
{
  Diff self = { .texts = { before, after },
                .words = { split_words (before), split_words (after) },
                .runs = g_array_new (FALSE, FALSE, sizeof (PhWordRun)) };
  g_autofree guint32 *common = NULL;

  trim (&self);
  common = measure_common (&self);
  for (gsize i = 0; i < self.first; i++)
    add_word (&self, PH_WORD_KEPT, i);
  add_differences (&self, common);
  for (gsize i = self.first + self.n[1]; i < self.words[1]->len; i++)
    add_word (&self, PH_WORD_KEPT, i);
  g_array_unref (self.words[0]);
  g_array_unref (self.words[1]);
  return self.runs;
}

#include "ui/views/answer-words.h"

#include "core/base/measures.h"

#include <glib/gi18n.h>
#include <string.h>

/* --- words --- */

static gboolean
is_blank (const char *text, size_t from, size_t to)
{
  while (from < to && g_ascii_isspace (text[from]))
    from++;
  return from == to;
}

/* What adds nothing to be read belongs to the word it stands in or behind; but what
 * stands before the first word, to that. */
static gboolean
begins_word (const PhRecord *record, size_t first, size_t i)
{
  const PhRecordToken *token = ph_record_get_token (record, i);
  const char *text = ph_record_get_text (record);
  size_t begin = token->begin;

  if (is_blank (text, begin, token->end) ||
      is_blank (text, ph_record_get_token (record, first)->begin, begin))
    return FALSE;
  return g_ascii_isspace (text[begin]) || g_ascii_isspace (text[begin - 1]);
}

static char *
dup_text (const PhRecord *record, size_t first, size_t end)
{
  size_t from = ph_record_get_token (record, first)->begin;
  size_t to = ph_record_get_token (record, end - 1)->end;

  g_autofree char *text =
      g_utf8_make_valid (ph_record_get_text (record) + from, (gssize) (to - from));

  return g_strdup (g_strstrip (text));
}

static PhAnswerWord
make_word (const PhRecord *record, size_t first, size_t end)
{
  PhAnswerWord word = { dup_text (record, first, end), (int) first, (int) (end - first),
                        1, 0 };

  for (size_t i = first; i < end; i++) {
    const PhRecordToken *token = ph_record_get_token (record, i);

    word.probability *= token->chosen.probability;
    word.entropy = MAX (word.entropy, token->entropy);
  }
  return word;
}

static void
find_words (PhAnswerWords *self)
{
  size_t n = ph_record_get_n_tokens (self->record), first = 0;

  self->words = g_new (PhAnswerWord, n);
  while (first < n) {
    size_t end = first + 1;

    while (end < n && !begins_word (self->record, first, end))
      end++;
    self->words[self->n_words++] = make_word (self->record, first, end);
    first = end;
  }
}

static PhAnswerWay
find_way (const PhRecord *record)
{
  const PhSnapshot *snapshot = ph_record_get_snapshot (record);
  const PhRecordWords *kept = ph_record_get_words (record);

  if (snapshot == NULL)
    return PH_WAY_NONE;
  if (ph_record_get_first_row (record) >= 0)
    return PH_WAY_DIRECT;
  return kept->n_layers > 0 &&
                 kept->n_queries == ph_snapshot_get_shape (snapshot)->n_queries
             ? PH_WAY_QUERIES
             : PH_WAY_NONE;
}

PhAnswerWords *
ph_answer_words_new (PhRecord *record)
{
  PhAnswerWords *self = g_new0 (PhAnswerWords, 1);

  self->record = ph_record_ref (record);
  self->way = find_way (record);
  find_words (self);
  return self;
}

void
ph_answer_words_free (PhAnswerWords *self)
{
  for (int i = 0; i < self->n_words; i++)
    g_free (self->words[i].text);
  g_free (self->words);
  ph_record_unref (self->record);
  g_free (self);
}

int
ph_answer_words_find (const PhAnswerWords *self, int token)
{
  for (int i = 0; token >= 0 && i < self->n_words; i++)
    if (token < self->words[i].first_token + self->words[i].n_tokens)
      return i;
  return -1;
}

char *
ph_answer_words_dup_name (const PhAnswerWords *self, int word)
{
  const PhAnswerWord *it = &self->words[word];

  /* Translators: a word of an answer and how likely the model found it */
  return g_strdup_printf (_ ("“%s”, probability %.0f %%"), it->text,
                          100 * (double) it->probability);
}

/* --- their look --- */

/* Of how many tokens it is known where they looked. */
static int
count_kept (const PhAnswerWords *self)
{
  const PhSnapshot *snapshot = ph_record_get_snapshot (self->record);

  switch (self->way) {
  case PH_WAY_QUERIES:
    return ph_record_get_words (self->record)->n_tokens;
  case PH_WAY_DIRECT:
    return ph_snapshot_get_shape (snapshot)->n_queries -
           ph_record_get_first_row (self->record);
  default:
    return 0;
  }
}

/* The tokens of @word, or of all words, of which that is known. */
static void
get_tokens (const PhAnswerWords *self, int word, int *first, int *end)
{
  const PhAnswerWord *it = word >= 0 ? &self->words[word] : NULL;

  *first = it != NULL ? it->first_token : 0;
  *end = it != NULL ? it->first_token + it->n_tokens
                    : (int) ph_record_get_n_tokens (self->record);
  *end = MIN (*end, count_kept (self));
}

bool
ph_answer_words_has_look (const PhAnswerWords *self, int word)
{
  int first, end;

  get_tokens (self, word, &first, &end);
  return first < end;
}

PhRecordMasses
ph_answer_words_queries (const PhAnswerWords *self, int layer, int word, float *shares)
{
  int n_queries = ph_record_get_words (self->record)->n_queries, first, end;
  g_autofree float *one = g_new (float, n_queries);
  PhRecordMasses mean = { 0 };

  get_tokens (self, word, &first, &end);
  memset (shares, 0, (size_t) n_queries * sizeof *shares);
  for (int token = first; token < end; token++) {
    PhRecordMasses masses = ph_record_word_queries (self->record, layer, token, one);
    float part = 1 / (float) (end - first);

    for (int i = 0; i < n_queries; i++)
      shares[i] += part * one[i];
    mean.queries += part * masses.queries;
    mean.prompt += part * masses.prompt;
    mean.answer += part * masses.answer;
  }
  return mean;
}

/* How much each row of the snapshot counts for @word. */
static void
weigh_rows (const PhAnswerWords *self, int layer, int word, float *weights)
{
  const PhSnapshot *snapshot = ph_record_get_snapshot (self->record);
  int n_rows = ph_snapshot_get_shape (snapshot)->n_queries, first, end;

  if (self->way == PH_WAY_QUERIES) {
    ph_answer_words_queries (self, layer, word, weights);
    return;
  }
  get_tokens (self, word, &first, &end);
  memset (weights, 0, (size_t) n_rows * sizeof *weights);
  for (int token = first; token < end; token++)
    weights[ph_record_get_first_row (self->record) + token] = 1;
}

/* Where every row of the snapshot looked: row by key, the class token first. */
static float *
read_rows (const PhAnswerWords *self, const PhAnswerLens *lens, size_t *n_keys)
{
  const PhSnapshot *snapshot = ph_record_get_snapshot (self->record);
  const PhSnapshotShape *shape = ph_snapshot_get_shape (snapshot);
  float *rows;

  *n_keys = 1 + (size_t) shape->n_rows * (size_t) shape->n_columns;
  rows = g_new (float, (size_t) shape->n_queries **n_keys);
  for (int i = 0; i < shape->n_queries; i++) {
    float *row = rows + (size_t) i * *n_keys;

    row[0] = ph_snapshot_map (snapshot, lens->layer, lens->head, i, row + 1);
  }
  return rows;
}

/* @keys, the class token first, as a map. */
static PhHeatMap *
make_map (const PhSnapshotShape *shape, const float *keys)
{
  size_t n = (size_t) shape->n_rows * (size_t) shape->n_columns;

  return ph_heat_map_new_take (shape->n_rows, shape->n_columns,
                               g_memdup2 (keys + 1, n * sizeof *keys), keys[0]);
}

PhHeatMap *
ph_answer_words_map (const PhAnswerWords *self, const PhAnswerLens *lens, int word)
{
  const PhSnapshotShape *shape;
  size_t n_keys;
  g_autofree float *rows = NULL;
  g_autofree float *weights = NULL;
  g_autofree float *keys = NULL;

  if (!ph_answer_words_has_look (self, word))
    return NULL;

  shape = ph_snapshot_get_shape (ph_record_get_snapshot (self->record));
  rows = read_rows (self, lens, &n_keys);
  weights = g_new (float, shape->n_queries);
  keys = g_new (float, n_keys);
  weigh_rows (self, lens->writing_layer, word, weights);
  ph_measure_compose (rows, weights, (size_t) shape->n_queries, n_keys, keys);
  return make_map (shape, keys);
}

void
ph_answer_words_at (const PhAnswerWords *self,
                    const PhAnswerLens *lens,
                    int patch,
                    float *shares)
{
  size_t n_rows, n_keys;
  g_autofree float *rows = NULL;
  g_autofree float *column = NULL;
  g_autofree float *weights = NULL;

  memset (shares, 0, (size_t) self->n_words * sizeof *shares);
  if (self->way == PH_WAY_NONE)
    return;

  n_rows =
      (size_t) ph_snapshot_get_shape (ph_record_get_snapshot (self->record))->n_queries;
  rows = read_rows (self, lens, &n_keys);
  column = g_new (float, n_rows);
  weights = g_new (float, n_rows);
  for (size_t i = 0; i < n_rows; i++)
    column[i] = rows[i * n_keys + 1 + (size_t) patch];
  for (int word = 0; word < self->n_words; word++) {
    if (!ph_answer_words_has_look (self, word))
      continue;
    weigh_rows (self, lens->writing_layer, word, weights);
    ph_measure_compose (column, weights, n_rows, 1, &shares[word]);
  }
}

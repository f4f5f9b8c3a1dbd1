#include "core/base/record-private.h"

#include <string.h>

#define MOST_INSTRUCTION_SHARES (1 << 18)

PhRecord *
ph_record_allocate (void)
{
  PhRecord *self = g_atomic_rc_box_new0 (PhRecord);

  self->first_row = -1;
  self->text = g_strdup ("");
  self->strings = g_string_chunk_new (1024);
  return self;
}

static void
keep_text (PhRecord *self, PhRecordChoice *choice)
{
  choice->text = g_string_chunk_insert_const (self->strings, choice->text);
}

static void
keep_tokens (PhRecord *self, const PhRecordParts *parts)
{
  self->n_tokens = parts->n_tokens;
  self->tokens = g_memdup2 (parts->tokens, parts->n_tokens * sizeof *parts->tokens);
  for (size_t i = 0; i < self->n_tokens; i++) {
    PhRecordToken *token = &self->tokens[i];

    keep_text (self, &token->chosen);
    for (int b = 0; b < token->n_best; b++)
      keep_text (self, &token->best[b]);
  }
}

static void
keep_words (PhRecord *self, const PhRecordParts *parts)
{
  const PhRecordWords *words = &parts->words;
  size_t n_rows = (size_t) words->n_layers * (size_t) words->n_tokens;

  if (n_rows == 0)
    return;
  self->words = *words;
  ph_shares_init (&self->word_queries, n_rows, (size_t) words->n_queries,
                  parts->word_queries);
  self->word_masses = g_memdup2 (parts->word_masses, n_rows * sizeof *parts->word_masses);
}

/* @shares, layer by head by anything, with the mean in the place of the heads. */
static float *
average_heads (const float *shares, size_t n_layers, size_t n_heads, size_t n)
{
  float *mean = g_new0 (float, n_layers *n);

  for (size_t row = 0; row < n_layers * n_heads; row++)
    for (size_t i = 0; i < n; i++)
      mean[row / n_heads * n + i] += shares[row * n + i] / (float) n_heads;
  return mean;
}

static void
keep_shares (PhRecord *self, const float *query_words, const float *word_looks)
{
  const PhRecordInstruction *sizes = &self->instruction;
  size_t n = (size_t) sizes->n_layers * (size_t) sizes->n_heads;
  size_t n_queries = (size_t) sizes->n_queries, n_words = (size_t) sizes->n_words;

  ph_shares_init (&self->query_words, n * n_queries, n_words, query_words);
  ph_shares_init (&self->word_looks, n * n_words, n_queries, word_looks);
}

static void
keep_instruction (PhRecord *self, const PhRecordParts *parts)
{
  PhRecordInstruction *sizes = &self->instruction;
  size_t n_layers = (size_t) parts->instruction.n_layers,
         n_heads = (size_t) parts->instruction.n_heads;
  size_t n = (size_t) parts->instruction.n_queries * (size_t) parts->instruction.n_words;

  self->instruction.state = parts->instruction.state;
  if (parts->instruction.state != PH_INSTRUCTION_READ)
    return;
  *sizes = parts->instruction;
  self->instruction_words = g_new (const char *, sizes->n_words);
  for (int i = 0; i < sizes->n_words; i++)
    self->instruction_words[i] =
        g_string_chunk_insert (self->strings, parts->instruction_words[i]);

  if (2 * n_layers * n_heads * n <= MOST_INSTRUCTION_SHARES) {
    keep_shares (self, parts->query_words, parts->word_looks);
  } else {
    g_autofree float *query_words =
        average_heads (parts->query_words, n_layers, n_heads, n);
    g_autofree float *word_looks =
        average_heads (parts->word_looks, n_layers, n_heads, n);

    sizes->n_heads = 1;
    keep_shares (self, query_words, word_looks);
  }
}

PhRecord *
ph_record_new (const PhRecordParts *parts)
{
  PhRecord *self = ph_record_allocate ();

  self->cross = parts->cross != NULL ? ph_snapshot_ref (parts->cross) : NULL;
  self->side = parts->side;
  self->first_row = parts->first_row;
  g_free (self->text);
  self->text = g_strdup (parts->text);
  keep_tokens (self, parts);
  keep_words (self, parts);
  keep_instruction (self, parts);
  return self;
}

PhRecord *
ph_record_ref (PhRecord *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
clear (void *data)
{
  PhRecord *self = data;

  g_clear_pointer (&self->cross, ph_snapshot_unref);
  g_free (self->text);
  g_free (self->tokens);
  g_string_chunk_free (self->strings);
  ph_shares_clear (&self->word_queries);
  g_free (self->word_masses);
  g_free (self->instruction_words);
  ph_shares_clear (&self->query_words);
  ph_shares_clear (&self->word_looks);
}

void
ph_record_unref (PhRecord *self)
{
  g_atomic_rc_box_release_full (self, clear);
}

/* --- what is in it --- */

PhSnapshot *
ph_record_get_snapshot (const PhRecord *self)
{
  return self->cross;
}

int
ph_record_get_side (const PhRecord *self)
{
  return self->side;
}

int
ph_record_get_first_row (const PhRecord *self)
{
  return self->first_row;
}

const char *
ph_record_get_text (const PhRecord *self)
{
  return self->text;
}

size_t
ph_record_get_n_tokens (const PhRecord *self)
{
  return self->n_tokens;
}

const PhRecordToken *
ph_record_get_token (const PhRecord *self, size_t token)
{
  g_assert (token < self->n_tokens);
  return &self->tokens[token];
}

int
ph_record_find_token (const PhRecord *self, size_t at)
{
  for (size_t i = 0; i < self->n_tokens; i++)
    if (at >= self->tokens[i].begin && at < self->tokens[i].end)
      return (int) i;
  return -1;
}

const PhRecordWords *
ph_record_get_words (const PhRecord *self)
{
  return &self->words;
}

static PhRecordMasses
mean_masses (const PhRecord *self, int layer, int token)
{
  const PhRecordWords *words = &self->words;
  int first_layer = MAX (layer, 0), first_token = MAX (token, 0);
  int end_layer = layer < 0 ? words->n_layers : layer + 1,
      end_token = token < 0 ? words->n_tokens : token + 1;
  float n = (float) ((end_layer - first_layer) * (end_token - first_token));
  PhRecordMasses mean = { 0 };

  for (int l = first_layer; l < end_layer; l++)
    for (int t = first_token; t < end_token; t++) {
      const PhRecordMasses *masses = &self->word_masses[l * words->n_tokens + t];

      mean.queries += masses->queries / n;
      mean.prompt += masses->prompt / n;
      mean.answer += masses->answer / n;
    }
  return mean;
}

PhRecordMasses
ph_record_word_queries (const PhRecord *self, int layer, int token, float *shares)
{
  const PhRecordWords *words = &self->words;
  const int sizes[] = { words->n_layers, words->n_tokens, 1 };
  const int chosen[] = { layer, token, 0 };

  g_assert (words->n_layers > 0);
  ph_shares_mean (&self->word_queries, sizes, chosen, shares);
  return mean_masses (self, layer, token);
}

const PhRecordInstruction *
ph_record_get_instruction (const PhRecord *self)
{
  return &self->instruction;
}

const char *
ph_record_get_instruction_word (const PhRecord *self, int word)
{
  g_assert (word >= 0 && word < self->instruction.n_words);
  return self->instruction_words[word];
}

void
ph_record_query_words (const PhRecord *self,
                       int layer,
                       int head,
                       int query,
                       float *shares)
{
  const PhRecordInstruction *instruction = &self->instruction;
  const int sizes[] = { instruction->n_layers, instruction->n_heads,
                        instruction->n_queries };
  const int chosen[] = { layer, head, query };

  g_assert (instruction->state == PH_INSTRUCTION_READ);
  ph_shares_mean (&self->query_words, sizes, chosen, shares);
}

void
ph_record_word_looks (const PhRecord *self, int layer, int head, int word, float *shares)
{
  const PhRecordInstruction *instruction = &self->instruction;
  const int sizes[] = { instruction->n_layers, instruction->n_heads,
                        instruction->n_words };
  const int chosen[] = { layer, head, word };

  g_assert (instruction->state == PH_INSTRUCTION_READ);
  ph_shares_mean (&self->word_looks, sizes, chosen, shares);
}

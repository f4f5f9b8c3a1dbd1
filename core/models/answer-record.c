#include "core/models/answer-record.h"

#include <string.h>

PhListenerSizes
ph_answer_get_sizes (const PhModel *self, const PhRun *run)
{
  return (PhListenerSizes){ .n_queries = (size_t) self->info.n_queries,
                            .apart = self->lm->reads_prompt_apart,
                            .reads_instruction = run->qformer_ids->len > 0 };
}

/* --- text --- */

/* Bytes that both begin with, whole characters. */
static size_t
common_beginning (const char *a, const char *b)
{
  size_t n = 0;

  while (a[n] != '\0' && a[n] == b[n])
    n++;
  while ((b[n] & 0xc0) == 0x80 || (a[n] & 0xc0) == 0x80)
    n--;
  return n;
}

/* How much of the answer's text its first @n tokens write.  What they say alone may
 * differ at its end: a character that is cut, a space that the next token takes away. */
static size_t
measure_text (const PhModel *self, const PhAnswer *answer, size_t n)
{
  g_autofree char *text =
      ph_tokenizer_decode (self->tokenizer, (const int32_t *) answer->ids->data, n, true);

  return common_beginning (text, answer->text);
}

/* What token @id adds behind @before, which is -1 at the beginning. */
static char *
dup_piece (const PhModel *self, int32_t before, int32_t id)
{
  const int32_t both[] = { before, id };
  g_autofree char *first = NULL, *text = NULL;
  const char *token;

  if (ph_tokenizer_is_special (self->tokenizer, id)) {
    token = ph_tokenizer_get_token (self->tokenizer, id);
    return g_strdup (token != NULL ? token : "");
  }
  if (before < 0)
    return ph_tokenizer_decode (self->tokenizer, &id, 1, true);
  first = ph_tokenizer_decode (self->tokenizer, &before, 1, true);
  text = ph_tokenizer_decode (self->tokenizer, both, 2, true);
  if (g_str_has_prefix (text, first))
    return g_strdup (text + strlen (first));
  return ph_tokenizer_decode (self->tokenizer, &id, 1, true);
}

/* --- tokens --- */

typedef struct {
  const PhModel *model;
  const PhAnswer *answer;
  const PhListener *listener;
  PhRecordToken *tokens;
  GPtrArray *texts; /* behind those of the tokens */
} Making;

static PhRecordChoice
make_choice (Making *self, int32_t before, int32_t id, float probability)
{
  char *text = dup_piece (self->model, before, id);

  g_ptr_array_add (self->texts, text);
  return (PhRecordChoice){ id, CLAMP (probability, 0, 1), text };
}

static void
add_scores (Making *self, PhRecordToken *token, int32_t before, size_t i)
{
  const PhListenerScores *scores =
      &g_array_index (self->listener->scores, PhListenerScores, i);

  token->entropy = MAX (scores->entropy, 0);
  token->n_best = scores->n_best;
  for (int b = 0; b < scores->n_best; b++)
    token->best[b] = make_choice (self, before, scores->ids[b], scores->probabilities[b]);
}

static void
make_tokens (Making *self)
{
  const int32_t *ids = (const int32_t *) self->answer->ids->data;
  const float *probabilities = (const float *) self->answer->probabilities->data;
  size_t n = self->answer->ids->len, begin = 0;

  self->tokens = g_new0 (PhRecordToken, n);
  for (size_t i = 0; i < n; i++) {
    PhRecordToken *token = &self->tokens[i];
    int32_t before = i > 0 ? ids[i - 1] : -1;

    token->begin = begin;
    token->end = MAX (begin, measure_text (self->model, self->answer, i + 1));
    token->chosen = make_choice (self, before, ids[i], probabilities[i]);
    if (i < self->listener->scores->len)
      add_scores (self, token, before, i);
    begin = token->end;
  }
}

/* --- the instruction --- */

static const char **
spell_instruction (const PhModel *self, const GArray *ids)
{
  const char **words = g_new0 (const char *, ids->len);

  for (guint i = 0; i < ids->len; i++) {
    int32_t id = g_array_index (ids, int32_t, i);
    const char *token = ph_tokenizer_get_token (self->qformer_tokenizer, id);

    words[i] = token != NULL ? token : "";
  }
  return words;
}

static PhRecordInstruction
measure_instruction (const PhModel *self, const PhAnswer *answer, const PhListener *heard)
{
  if (self->info.n_queries == 0 || answer->snapshot == NULL)
    return (PhRecordInstruction){ PH_INSTRUCTION_NOT_KEPT };
  if (heard->n_words == 0)
    return (PhRecordInstruction){ PH_INSTRUCTION_UNREAD };
  return (PhRecordInstruction){
    .state = PH_INSTRUCTION_READ,
    .n_layers = (int) heard->n_qformer_layers,
    .n_heads = (int) heard->n_qformer_heads,
    .n_queries = (int) heard->sizes.n_queries,
    .n_words = (int) heard->n_words,
  };
}

/* --- the record --- */

/* A caption's tokens are the last of those that looked; a question's are none of it. */
static int
find_first_row (const PhModel *self, const PhRun *run, const PhAnswer *answer)
{
  if (self->class->recall == NULL || answer->snapshot == NULL)
    return -1;
  return (int) run->row_ids->len - (int) answer->ids->len;
}

PhRecord *
ph_answer_make_record (const PhModel *self,
                       const PhRun *run,
                       const PhAnswer *answer,
                       const PhListener *listener)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  Making making = { self, answer, listener, NULL, texts };
  g_autofree const char **words = spell_instruction (self, run->qformer_ids);
  g_autofree float *queries = NULL;
  g_autofree PhRecordMasses *masses = NULL;
  PhRecordParts parts = { .cross = answer->snapshot,
                          .side = self->info.image_side,
                          .first_row = find_first_row (self, run, answer),
                          .text = answer->text };
  PhRecord *record;

  if (answer->snapshot == NULL && answer->ids->len == 0)
    return NULL;
  make_tokens (&making);
  parts.tokens = making.tokens;
  parts.n_tokens = answer->ids->len;
  ph_listener_take_words (listener, answer->ids->len, &parts.words, &queries, &masses);
  parts.word_queries = queries;
  parts.word_masses = masses;
  parts.instruction = measure_instruction (self, answer, listener);
  parts.instruction_words = words;
  parts.query_words = (const float *) listener->query_words->data;
  parts.word_looks = (const float *) listener->word_looks->data;
  record = ph_record_new (&parts);
  g_free (making.tokens);
  return record;
}

/* Questions about a shard's scenes, as ids. */
#include "core/train/objective.h"

#include "core/base/error.h"

#include <string.h>

#define MAX_DRAWS 100

bool
ph_family_weights_read (PhFamilyWeights *self,
                        const PhRecipe *recipe,
                        const char *name,
                        double others,
                        GError **error)
{
  const json_t *stated = json_object_get (recipe->options, name);
  size_t n_known = 0;

  g_assert (ph_question_get_n_families () <= PH_MAX_FAMILIES);
  for (int f = 0; f < ph_question_get_n_families (); f++) {
    const json_t *weight = json_object_get (stated, ph_question_get_family_name (f));

    self->weights[f] = weight != NULL ? json_number_value (weight) : others;
    n_known += weight != NULL;
    if (!(self->weights[f] >= 0))
      return ph_fail (error, PH_ERROR_RANGE, "%s: options.%s: a weight below 0",
                      recipe->path, name);
  }
  if (n_known != json_object_size (stated))
    return ph_fail (error, PH_ERROR_FORMAT,
                    "%s: options.%s: names a family that there is not", recipe->path,
                    name);
  return true;
}

/* A question of a family drawn by weight; families that the scene cannot serve are drawn
 * again, and after many in vain any family will do. */
static PhQuestion *
ask_one (const PhScene *scene, const PhFamilyWeights *weights, PhRandom *random)
{
  int n_families = ph_question_get_n_families ();
  PhQuestion *question = NULL;

  for (int i = 0; question == NULL; i++) {
    int family = i < MAX_DRAWS ? ph_random_weighted (random, weights->weights, n_families)
                               : ph_random_below (random, n_families);

    question = ph_question_ask (scene, family, random);
  }
  return question;
}

static bool
is_long (int family)
{
  const char *name = ph_question_get_family_name (family);

  return g_str_equal (name, "list") || g_str_equal (name, "describe");
}

/* A shard asks either for long answers or for short ones, each as often as the weights
 * say: side by side, most of what is computed would be padding. */
static PhFamilyWeights
of_one_length (const PhFamilyWeights *weights, PhRandom *random)
{
  PhFamilyWeights kept = *weights;
  double sums[2] = { 0, 0 };
  bool longs;

  for (int f = 0; f < ph_question_get_n_families (); f++)
    sums[is_long (f)] += weights->weights[f];
  longs = ph_random_weighted (random, sums, 2) == 1;
  for (int f = 0; f < ph_question_get_n_families (); f++)
    if (is_long (f) != longs)
      kept.weights[f] = 0;
  return kept;
}

static int32_t *
encode (const PhTokenizer *tokenizer,
        PhShard *shard,
        const char *text,
        bool special,
        size_t *n)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (int32_t));
  int32_t *kept;

  if (!ph_tokenizer_encode (tokenizer, text, special, ids, NULL))
    g_assert_not_reached ();
  *n = ids->len;
  kept = ph_shard_take (shard, (ids->len + 1) * sizeof *kept);
  memcpy (kept, ids->data, ids->len * sizeof *kept);
  return kept;
}

static PhAsked
encode_question (const PhWorkbench *bench,
                 PhShard *shard,
                 PhQuestion *question,
                 size_t picture)
{
  PhAsked asked = { .question = question, .picture = picture };

  asked.prompt = encode (bench->tokenizer, shard, question->text, true, &asked.n_prompt);
  asked.answer =
      encode (bench->tokenizer, shard, question->answer, false, &asked.n_answer);
  asked.answer[asked.n_answer++] = ph_tokenizer_find (bench->tokenizer, "</s>");
  asked.instruction = encode (bench->qformer_tokenizer, shard, question->text, true,
                              &asked.n_instruction);
  return asked;
}

PhAskedList
ph_shard_ask (const PhWorkbench *bench,
              PhShard *shard,
              const PhSample *samples,
              size_t n,
              const PhFamilyWeights *weights)
{
  PhAskedList list = { .n = shard->n_pictures * n };
  PhFamilyWeights kept = of_one_length (weights, &shard->random);

  list.items = ph_shard_take (shard, list.n * sizeof *list.items);
  for (size_t i = 0; i < list.n; i++)
    list.items[i] = encode_question (
        bench, shard, ask_one (&samples[i / n].scene, &kept, &shard->random), i / n);
  return list;
}

void
ph_asked_clear (PhAskedList *self)
{
  for (size_t i = 0; i < self->n; i++)
    ph_question_free (self->items[i].question);
}

/* Writes one sequence at @at and appends the positions that count. */
static void
add_sequence (PhSequences *s,
              size_t at,
              const PhAsked *asked,
              size_t n_before,
              float prompt_weight)
{
  size_t n = asked->n_prompt + asked->n_answer;
  int32_t *ids = s->ids + at * s->length;

  for (size_t i = 0; i + 1 < n; i++) {
    bool in_prompt = i + 1 < asked->n_prompt;
    int32_t next =
        in_prompt ? asked->prompt[i + 1] : asked->answer[i + 1 - asked->n_prompt];

    ids[i] = i < asked->n_prompt ? asked->prompt[i] : asked->answer[i - asked->n_prompt];
    if (in_prompt && prompt_weight <= 0)
      continue;
    s->rows[s->n_rows] = (int32_t) (at * (n_before + s->length) + n_before + i);
    s->weights[s->n_rows] = in_prompt ? prompt_weight : 1;
    s->targets[s->n_rows++] = next;
  }
}

PhSequences
ph_shard_sequences (PhShard *shard,
                    const PhAskedList *asked,
                    size_t n_before,
                    float prompt_weight)
{
  PhSequences s = { .n = asked->n };
  size_t n_ids;

  for (size_t i = 0; i < asked->n; i++)
    s.length = MAX (s.length, asked->items[i].n_prompt + asked->items[i].n_answer - 1);
  n_ids = s.n * s.length;
  s.ids = ph_shard_take (shard, n_ids * sizeof *s.ids);
  s.rows = ph_shard_take (shard, n_ids * sizeof *s.rows);
  s.targets = ph_shard_take (shard, n_ids * sizeof *s.targets);
  s.weights = ph_shard_take (shard, n_ids * sizeof *s.weights);
  memset (s.ids, 0, n_ids * sizeof *s.ids);

  for (size_t i = 0; i < asked->n; i++)
    add_sequence (&s, i, &asked->items[i], n_before, prompt_weight);
  return s;
}

static size_t
greatest (const float *row, size_t n)
{
  size_t best = 0;

  for (size_t i = 1; i < n; i++)
    best = row[i] > row[best] ? i : best;
  return best;
}

double
ph_sequences_right (const PhSequences *self,
                    const PhTensor *scores,
                    const PhAskedList *asked)
{
  size_t n = ph_width (scores), n_right = 0, row = 0;

  for (size_t i = 0; i < asked->n; i++) {
    const PhAsked *item = &asked->items[i];
    bool right = true;

    while (row < self->n_rows && self->weights[row] < 1)
      row++;
    for (size_t k = 0; k < item->n_answer; k++, row++)
      right =
          right && greatest (scores->data + row * n, n) == (size_t) self->targets[row];
    n_right += right;
  }
  return asked->n > 0 ? (double) n_right / (double) asked->n : 1;
}

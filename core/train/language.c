/* The language model alone, before it ever hears of a picture.  In front of question and
 * answer stand as many slots as the Q-Former has queries, filled with what queries may
 * come to say, and the model learns to read the answer off them:
 *
 *   nothing   then only the way questions go can be learned;
 *   a hint    the answer's words among noise words;
 *   the thing asked about, or all things, each as one slot that holds the sum of its
 *             words (size, colour, kind, region): finding the thing named in the question
 *             and picking the word asked for is then a matter of attention.
 *
 * Slots are scaled and noised, so that the answer does not hang on exact embeddings. */
#include "core/train/objective.h"

#include "core/base/error.h"
#include "core/tensor/ops.h"

#include <math.h>
#include <string.h>

#define MAX_WORDS 8 /* of a thing */

typedef struct {
  PhWorkbench *bench;
  PhFamilyWeights families;
  size_t n_questions; /* about each scene */
  double shares[4];   /* of the four ways to fill the slots */
} Language;

enum { NOTHING, HINT, ASKED, ALL };

typedef struct {
  size_t n_questions;
  double nothing, hint, asked;
} Options;

static const PhJsonField fields[] = {
  { "questions", PH_JSON_SIZE, offsetof (Options, n_questions), 1, 64, .standard = 3 },
  { "nothing", PH_JSON_REAL, offsetof (Options, nothing), 0, 1, .standard = 0.05 },
  { "hint", PH_JSON_REAL, offsetof (Options, hint), 0, 1, .standard = 0.3 },
  { "asked", PH_JSON_REAL, offsetof (Options, asked), 0, 1, .standard = 0.25 },
};

static void *
language_new (PhWorkbench *bench, GError **error)
{
  g_autofree Language *self = g_new0 (Language, 1);
  g_autoptr (PhJson) empty = json_object ();
  const json_t *options = bench->recipe->options != NULL ? bench->recipe->options : empty;
  Options o = { 0 };

  if (!ph_json_read (options, "options", fields, G_N_ELEMENTS (fields), &o, error) ||
      !ph_family_weights_read (&self->families, bench->recipe, "families", 1, error))
    return NULL;
  self->bench = bench;
  self->n_questions = o.n_questions;
  self->shares[NOTHING] = o.nothing;
  self->shares[HINT] = o.hint;
  self->shares[ASKED] = o.asked;
  self->shares[ALL] = fmax (0, 1 - o.nothing - o.hint - o.asked);
  return g_steal_pointer (&self);
}

static bool
language_bind (void *data, PhBinder *binder, GError **error)
{
  return true;
}

static bool
language_start (void *data, GError **error)
{
  return true;
}

/* What a slot holds: the sum of some words, times a scale, plus noise. */
typedef struct {
  int32_t words[MAX_WORDS];
  size_t n_words;
} Slot;

static void
add_word (const Language *self, Slot *slot, const char *word)
{
  int32_t id = ph_tokenizer_find (self->bench->tokenizer, word);

  g_assert (slot->n_words < MAX_WORDS && id >= 0);
  slot->words[slot->n_words++] = id;
}

static void
fill_with_thing (const Language *self, Slot *slot, const PhThing *thing)
{
  PhThingWords words;
  g_auto (GStrv) region = NULL;

  ph_thing_get_words (thing, &words);
  region = g_strsplit (words.region, " ", -1);
  slot->n_words = 0;
  add_word (self, slot, words.size);
  add_word (self, slot, words.color);
  add_word (self, slot, words.kind);
  if (words.digit != NULL)
    add_word (self, slot, words.digit);
  for (int i = 0; region[i] != NULL; i++)
    add_word (self, slot, region[i]);
}

/* Slots for things of @mask: every one of them once, then copies at random. */
static void
fill_with_things (const Language *self,
                  Slot *slots,
                  size_t n,
                  const PhScene *scene,
                  uint32_t mask,
                  PhRandom *random)
{
  int things[PH_SCENE_MAX_THINGS], n_things = 0;

  for (int i = 0; i < scene->n_things; i++)
    if (mask & (1u << i))
      things[n_things++] = i;
  for (size_t i = 0; n_things > 0 && i < n; i++) {
    int which = i < (size_t) n_things ? (int) i : ph_random_below (random, n_things);

    fill_with_thing (self, &slots[i], &scene->things[things[which]]);
  }
}

/* The answer's words in a row somewhere, noise words around them. */
static void
fill_with_hint (const Language *self,
                Slot *slots,
                size_t n,
                const PhAsked *asked,
                PhRandom *random)
{
  size_t n_answer = MIN (asked->n_answer - 1, n);
  size_t n_noise = (size_t) ph_random_below (random, (int) (n - n_answer) + 1);
  size_t first = (size_t) ph_random_below (random, (int) n_noise + 1);
  int n_vocabulary = (int) self->bench->net.lm->n_vocabulary;

  for (size_t i = 0; i < n_noise + n_answer; i++) {
    slots[i].n_words = 1;
    slots[i].words[0] = i >= first && i < first + n_answer
                            ? asked->answer[i - first]
                            : ph_random_below (random, n_vocabulary);
  }
}

static void
shuffle (Slot *slots, size_t n, PhRandom *random)
{
  for (size_t i = n; i > 1; i--) {
    size_t other = (size_t) ph_random_below (random, (int) i);
    Slot kept = slots[i - 1];

    slots[i - 1] = slots[other];
    slots[other] = kept;
  }
}

static void
fill_slots (const Language *self,
            Slot *slots,
            size_t n,
            const PhScene *scene,
            const PhAsked *asked,
            PhRandom *random)
{
  uint32_t asked_about = asked->question->about | asked->question->answers;

  memset (slots, 0, n * sizeof *slots);
  switch (ph_random_weighted (random, self->shares, 4)) {
  case HINT:
    fill_with_hint (self, slots, n, asked, random);
    break;
  case ASKED:
    fill_with_things (self, slots, n, scene, asked_about, random);
    shuffle (slots, n, random);
    break;
  case ALL:
    fill_with_things (self, slots, n, scene, ~0u, random);
    shuffle (slots, n, random);
    break;
  default:
    break;
  }
}

/* All slots of one sequence as numbers.  The embeddings behind them get no gradient:
 * queries will not move them either. */
static void
write_slots (const Language *self,
             const Slot *slots,
             size_t n,
             PhTensor *table,
             float *values,
             PhRandom *random)
{
  size_t width = ph_width (table);
  float scale = (float) ph_random_between (random, 0.5, 2),
        noise = (float) ph_random_between (random, 0, 0.1);

  for (size_t i = 0; i < n; i++, values += width) {
    for (size_t k = 0; k < width; k++)
      values[k] = noise * (float) ph_random_normal (random);
    for (size_t w = 0; w < slots[i].n_words; w++)
      for (size_t k = 0; k < width; k++)
        values[k] += scale * table->data[(size_t) slots[i].words[w] * width + k];
  }
}

static PhTensor *
make_prefix (Language *self,
             PhShard *shard,
             const PhSample *samples,
             const PhAskedList *asked)
{
  size_t n_slots = self->bench->net.qformer.config.n_queries,
         width = self->bench->net.lm->width;
  const PhParameter *embedding = ph_parameters_find (
      self->bench->parameters, "language_model.model.embed_tokens.weight");
  PhTensor *prefix =
      ph_tensor_new (shard->pass->context, PH_DIMS (asked->n, n_slots, width));
  Slot *slots = ph_shard_take (shard, n_slots * sizeof *slots);

  for (size_t i = 0; i < asked->n; i++) {
    fill_slots (self, slots, n_slots, &samples[asked->items[i].picture].scene,
                &asked->items[i], &shard->random);
    write_slots (self, slots, n_slots, embedding->tensor,
                 prefix->data + i * n_slots * width, &shard->random);
  }
  return prefix;
}

static PhTensor *
language_loss (void *data, PhShard *shard)
{
  Language *self = data;
  PhLm *lm = self->bench->net.lm;
  PhContext *c = shard->pass->context;
  PhSample *samples = ph_shard_draw_scenes (self->bench, shard);
  PhAskedList asked =
      ph_shard_ask (self->bench, shard, samples, self->n_questions, &self->families);
  PhTensor *prefix = make_prefix (self, shard, samples, &asked);
  PhSequences s = ph_shard_sequences (shard, &asked, prefix->dims[1], 0.1f);
  PhTensor *x =
      ph_join (c, prefix, lm->class->embed (lm, shard->pass, s.ids, s.n, s.length));
  PhTensor *loss;

  x = lm->class->hidden (lm, shard->pass, x);
  x = ph_reshape (c, x, PH_DIMS (x->dims[0] * x->dims[1], lm->width));
  x = lm->class->logits (lm, shard->pass, ph_take (c, x, s.rows, s.n_rows));
  loss = ph_cross_entropy (c, x, s.targets, s.weights, 0);
  ph_terms_set (&shard->terms, "right", ph_sequences_right (&s, x, &asked));
  ph_asked_clear (&asked);
  return loss;
}

const PhObjectiveClass ph_objective_language = {
  .name = "language",
  .new = language_new,
  .free = g_free,
  .bind = language_bind,
  .start = language_start,
  .loss = language_loss,
};

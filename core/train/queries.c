/* Stage 1: the Q-Former learns what of a picture can be said, by three objectives at once
 * on pictures and true descriptions (Li et al. 2022, BLIP; 2023, BLIP-2):
 *
 * ITC  queries and text apart; the greatest similarity over the queries tells the right
 *      description from those of the other pictures of the shard, and the reverse;
 * ITM  queries and text together; matched or not, with hard negatives drawn in proportion
 *      to the ITC similarities;
 * ITG  the text is written word by word behind queries that cannot see it.
 *
 * The class of text is [CLS] for ITC and ITM and [DEC] for ITG.  Heads and temperature
 * are needed here alone. */
#include "core/train/bridge.h"

#include "core/base/error.h"
#include "core/tensor/ops.h"

#include <math.h>
#include <string.h>

typedef struct {
  PhWorkbench *bench;
  PhVisionHeads heads;
  PhAffine picture_head, text_head; /* to the space of ITC */
  PhAffine match_head;
  PhAffine write_head; /* before the word embeddings, which serve as the output table */
  PhTensor temperature;
  int describe, list;   /* families */
  double itc, itm, itg; /* weights of the losses */
  bool start;
} Queries;

#define ITC_WIDTH 64
#define WRITE_SCALE 0.2f /* the embeddings are long for an output table */

enum { WIDTH, ITC, TWO, ONE, N_SIZES };

static const PhWeight head_weights[] = {
  PH_AFFINE (Queries, picture_head, "picture", ITC, WIDTH),
  PH_AFFINE (Queries, text_head, "text", ITC, WIDTH),
  PH_AFFINE (Queries, match_head, "match", TWO, WIDTH),
  PH_AFFINE (Queries, write_head, "write", WIDTH, WIDTH),
  { "temperature", offsetof (Queries, temperature), 1, { ONE } },
};

static const PhJsonField fields[] = {
  { "itc", PH_JSON_REAL, offsetof (Queries, itc), 0, 10, .standard = 1 },
  { "itm", PH_JSON_REAL, offsetof (Queries, itm), 0, 10, .standard = 1 },
  { "itg", PH_JSON_REAL, offsetof (Queries, itg), 0, 10, .standard = 1 },
  { "start_queries", PH_JSON_BOOL, offsetof (Queries, start) },
};

static int
find_family (const char *name)
{
  for (int f = 0; f < ph_question_get_n_families (); f++)
    if (g_str_equal (ph_question_get_family_name (f), name))
      return f;
  g_assert_not_reached ();
}

static void *
queries_new (PhWorkbench *bench, GError **error)
{
  g_autofree Queries *self = g_new0 (Queries, 1);
  g_autoptr (PhJson) empty = json_object ();
  const json_t *options = bench->recipe->options != NULL ? bench->recipe->options : empty;

  self->bench = bench;
  self->describe = find_family ("describe");
  self->list = find_family ("list");
  if (!ph_json_read (options, "options", fields, G_N_ELEMENTS (fields), self, error) ||
      !ph_bridge_check (bench, 0, error))
    return NULL;
  if (bench->recipe->pictures < 2) {
    ph_fail (error, PH_ERROR_RANGE, "%s: pictures: ITC needs at least 2 to a shard",
             bench->recipe->path);
    return NULL;
  }
  return g_steal_pointer (&self);
}

static bool
queries_bind (void *data, PhBinder *binder, GError **error)
{
  Queries *self = data;
  const size_t sizes[N_SIZES] = {
    [WIDTH] = self->bench->net.qformer.config.width,
    [ITC] = ITC_WIDTH,
    [TWO] = 2,
    [ONE] = 1,
  };

  return ph_vision_heads_bind (&self->heads, binder, self->bench->net.vit.config.width,
                               error) &&
         ph_weights_bind (binder, "train.queries.", head_weights,
                          G_N_ELEMENTS (head_weights), self, sizes, error);
}

static bool
queries_start (void *data, GError **error)
{
  Queries *self = data;

  if (self->start)
    ph_bridge_start (self->bench, &self->heads);
  for (size_t i = 0; i < self->write_head.w.dims[0]; i++)
    self->write_head.w.data[i * self->write_head.w.dims[1] + i] += 1;
  *self->temperature.data = 0.1f;
  return true;
}

/* --- texts --- */

/* Most descriptions are whole, some only list, some speak of one thing or two. */
static char *
describe (const Queries *self, const PhScene *scene, PhRandom *random)
{
  double kind = ph_random_unit (random);
  PhScene part = *scene;
  PhQuestion *question;
  char *text;

  if (kind > 0.7 && scene->n_things > 1) {
    int n = 1 + ph_random_below (random, MIN (2, scene->n_things - 1));
    int order[PH_SCENE_MAX_THINGS];

    ph_random_shuffle (random, order, scene->n_things);
    part.n_things = n;
    for (int i = 0; i < n; i++)
      part.things[i] = scene->things[order[i]];
  }
  question = ph_question_ask (
      &part, kind > 0.6 && kind <= 0.7 ? self->list : self->describe, random);
  text = g_strdup (question->answer);
  ph_question_free (question);
  return text;
}

static PhTexts
make_texts (const Queries *self, PhShard *shard, const PhSample *samples)
{
  size_t n = shard->n_pictures, longest = 0;
  g_autoptr (GPtrArray) all =
      g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);
  PhTexts texts;

  for (size_t i = 0; i < n; i++) {
    GArray *ids = g_array_new (FALSE, FALSE, sizeof (int32_t));
    g_autofree char *text = describe (self, &samples[i].scene, &shard->random);

    if (!ph_tokenizer_encode (self->bench->qformer_tokenizer, text, true, ids, NULL))
      g_assert_not_reached ();
    g_ptr_array_add (all, ids);
    longest = MAX (longest, ids->len);
  }

  texts = ph_texts_new (shard, n, longest);
  for (size_t i = 0; i < n; i++) {
    const GArray *ids = g_ptr_array_index (all, i);

    texts.lengths[i] = ids->len;
    memcpy (texts.ids + i * longest, ids->data, ids->len * sizeof (int32_t));
  }
  return texts;
}

/* Texts by number, side by side. */
static PhTexts
pick_texts (PhShard *shard, const PhTexts *texts, const int32_t *which, size_t n)
{
  PhTexts picked = ph_texts_new (shard, n, texts->length);

  for (size_t i = 0; i < n; i++) {
    picked.lengths[i] = texts->lengths[which[i]];
    memcpy (picked.ids + i * texts->length,
            texts->ids + (size_t) which[i] * texts->length,
            texts->length * sizeof *texts->ids);
  }
  return picked;
}

/* --- the passes --- */

static PhTensor *
encode (Queries *self,
        PhShard *shard,
        PhProbe *probe,
        PhTensor *pictures,
        const PhTexts *texts,
        PhSees sees)
{
  PhPass pass = { shard->pass->context, probe };
  size_t n_queries = pictures != NULL ? self->bench->net.qformer.config.n_queries : 0;
  PhQformerInput input = { .picture = pictures,
                           .n_rows = texts != NULL ? texts->n : pictures->dims[0] };

  if (texts != NULL) {
    input.ids = texts->ids;
    input.n_ids = texts->length;
    input.mask = ph_texts_mask (shard, texts, n_queries, sees);
    input.mask_rows = texts->n;
  }
  return ph_qformer_encode (&self->bench->net.qformer, &pass, &input);
}

static PhTensor *
head (PhContext *c, PhTensor *x, PhAffine *affine)
{
  return ph_linear (c, x, &affine->w, &affine->b);
}

static PhTensor *
flat (PhContext *c, PhTensor *x)
{
  return ph_reshape (c, x, PH_DIMS (ph_n_rows (x), ph_width (x)));
}

/* Similarities over temperature, picture by text. */
static PhTensor *
similarities (Queries *self, PhShard *shard, PhTensor *queries, const PhTexts *texts)
{
  PhContext *c = shard->pass->context;
  size_t n_queries = queries->dims[1];
  PhTensor *text = encode (self, shard, NULL, NULL, texts, PH_SEES_ALL);
  PhTensor *v, *t;

  text = flat (c, ph_tokens (c, text, 0, 1));
  v = ph_unit (c, head (c, flat (c, queries), &self->picture_head));
  t = ph_unit (c, head (c, text, &self->text_head));
  v = ph_max_of (c, ph_linear (c, v, t, NULL), n_queries);
  return ph_divide (c, v, &self->temperature);
}

static double
diagonal_right (const PhTensor *x)
{
  size_t n = x->dims[0], right = 0;

  for (size_t i = 0; i < n; i++) {
    size_t best = 0;

    for (size_t k = 1; k < n; k++)
      best = x->data[i * n + k] > x->data[i * n + best] ? k : best;
    right += best == i;
  }
  return (double) right / (double) n;
}

static PhTensor *
contrast (PhShard *shard, PhTensor *similarity)
{
  PhContext *c = shard->pass->context;
  size_t n = similarity->dims[0];
  int32_t *own = ph_shard_take (shard, n * sizeof *own);
  const float halves[] = { 0.5f, 0.5f };
  PhTensor *both[2];

  for (size_t i = 0; i < n; i++)
    own[i] = (int32_t) i;
  both[0] = ph_cross_entropy (c, similarity, own, NULL, 0);
  both[1] = ph_cross_entropy (c, ph_transpose (c, similarity), own, NULL, 0);
  ph_terms_set (&shard->terms, "itc_right", diagonal_right (similarity));
  return ph_weighted_sum (c, both, halves, 2);
}

/* For each row one other column, the more alike the likelier; for columns with
 * @by_column. */
static void
draw_negatives (PhShard *shard,
                const PhTensor *similarity,
                bool by_column,
                int32_t *negatives)
{
  size_t n = similarity->dims[0];
  g_autofree double *weights = g_new (double, n);

  for (size_t i = 0; i < n; i++) {
    double peak = -INFINITY;

    for (size_t k = 0; k < n; k++)
      peak = fmax (peak, similarity->data[by_column ? k * n + i : i * n + k]);
    for (size_t k = 0; k < n; k++)
      weights[k] =
          exp (similarity->data[by_column ? k * n + i : i * n + k] - peak) + 1e-4;
    weights[i] = 0;
    negatives[i] = ph_random_weighted (&shard->random, weights, (int) n);
  }
}

/* Matched pairs, each picture with a wrong text, each text with a wrong picture. */
static PhTensor *
match (Queries *self,
       PhShard *shard,
       PhTensor *features,
       const PhTexts *texts,
       const PhTensor *similarity)
{
  PhContext *c = shard->pass->context;
  size_t n = texts->n, n_queries = self->bench->net.qformer.config.n_queries, right = 0;
  int32_t *pictures = ph_shard_take (shard, 3 * n * sizeof *pictures);
  int32_t *words = ph_shard_take (shard, 3 * n * sizeof *words);
  int32_t *matched = ph_shard_take (shard, 3 * n * sizeof *matched);
  PhTexts picked;
  PhTensor *x;

  for (size_t i = 0; i < 3 * n; i++) {
    pictures[i] = words[i] = (int32_t) (i % n);
    matched[i] = i < n;
  }
  draw_negatives (shard, similarity, false, words + n);
  draw_negatives (shard, similarity, true, pictures + 2 * n);

  picked = pick_texts (shard, texts, words, 3 * n);
  x = encode (self, shard, NULL, ph_take (c, features, pictures, 3 * n), &picked,
              PH_SEES_ALL);
  x = head (c, flat (c, ph_tokens (c, x, 0, n_queries)), &self->match_head);
  x = ph_mean_of (c, x, n_queries);
  for (size_t i = 0; i < 3 * n; i++)
    right += (x->data[2 * i + 1] > x->data[2 * i]) == matched[i];
  ph_terms_set (&shard->terms, "itm_right", (double) right / (double) (3 * n));
  return ph_cross_entropy (c, x, matched, NULL, 0);
}

/* Each token from those before it and from queries that do not know it. */
static PhTensor *
write_text (Queries *self, PhShard *shard, PhTensor *features, const PhTexts *texts)
{
  PhContext *c = shard->pass->context;
  PhQformer *qformer = &self->bench->net.qformer;
  size_t n_queries = qformer->config.n_queries, n_rows = texts->n * texts->length,
         right = 0, all = 0;
  PhTexts begun = ph_texts_new (shard, texts->n, texts->length);
  int32_t *next = ph_shard_take (shard, n_rows * sizeof *next);
  int32_t start = ph_tokenizer_find (self->bench->qformer_tokenizer, "[DEC]");
  PhTensor *x;

  memcpy (begun.ids, texts->ids, n_rows * sizeof *begun.ids);
  memcpy (begun.lengths, texts->lengths, texts->n * sizeof *begun.lengths);
  for (size_t i = 0; i < n_rows; i++) {
    size_t at = i % texts->length;

    if (at == 0)
      begun.ids[i] = start;
    next[i] = at + 1 < texts->lengths[i / texts->length] ? texts->ids[i + 1] : -1;
  }

  x = encode (self, shard, NULL, features, &begun, PH_SEES_PAST);
  x = head (c, flat (c, ph_tokens (c, x, n_queries, texts->length)), &self->write_head);
  x = ph_scale (c, ph_linear (c, x, &qformer->word_embedding, NULL), WRITE_SCALE);
  for (size_t i = 0; i < n_rows; i++) {
    const float *row = x->data + i * ph_width (x);
    size_t best = 0;

    for (size_t k = 1; next[i] >= 0 && k < ph_width (x); k++)
      best = row[k] > row[best] ? k : best;
    all += next[i] >= 0;
    right += next[i] >= 0 && best == (size_t) next[i];
  }
  ph_terms_set (&shard->terms, "itg_right", (double) right / (double) all);
  return ph_cross_entropy (c, x, next, NULL, 0);
}

static PhTensor *
queries_loss (void *data, PhShard *shard)
{
  Queries *self = data;
  PhContext *c = shard->pass->context;
  PhPictures pictures = ph_shard_draw (self->bench, shard);
  PhTensor *features = ph_bridge_features (self->bench, shard, pictures.pixels);
  PhTexts texts = make_texts (self, shard, pictures.samples);
  PhTensor *queries = encode (self, shard, NULL, features, NULL, PH_SEES_ALL);
  PhTensor *similarity = similarities (self, shard, queries, &texts);
  const float weights[] = { (float) self->itc, (float) self->itm, (float) self->itg };
  PhTensor *terms[3];

  terms[0] = contrast (shard, similarity);
  terms[1] = match (self, shard, features, &texts, similarity);
  terms[2] = write_text (self, shard, features, &texts);
  ph_terms_set (&shard->terms, "itc", *terms[0]->data);
  ph_terms_set (&shard->terms, "itm", *terms[1]->data);
  ph_terms_set (&shard->terms, "itg", *terms[2]->data);
  return ph_weighted_sum (c, terms, weights, 3);
}

const PhObjectiveClass ph_objective_queries = {
  .name = "queries",
  .new = queries_new,
  .free = g_free,
  .bind = queries_bind,
  .start = queries_start,
  .loss = queries_loss,
};

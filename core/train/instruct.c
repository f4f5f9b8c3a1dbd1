/* Stage 2, with instruction tuning from its first step: picture and instruction through
 * the Q-Former, its queries projected in front of the language model, and the loss on the
 * answer alone.  Vision and language are frozen.
 *
 * Questions about one picture share its keys and values in cross-attention, which is what
 * makes many questions a second.  A grounding loss pulls the first heads to what is asked
 * about; without it the words never find their things (README.md of the recipes).
 *
 * Scores grow while that is all there is to gain, until a query that is torn between two
 * things is decided by the last bits of the features.  The option "calm" weighs a loss on
 * cross-attention whose scores have a variance beyond "sharpness". */
#include "core/train/bridge.h"

#include "core/tensor/ops.h"

#include <math.h>
#include <string.h>

typedef struct {
  PhWorkbench *bench;
  PhVisionHeads heads;
  PhFamilyWeights families;
  size_t n_questions;               /* about each picture */
  size_t n_heads;                   /* that are grounded */
  double grounding;                 /* weight of their loss */
  double noise;                     /* added to the features, in parts of their rms */
  double soften_cross, soften_self; /* what scores are multiplied by at the start */
  double calm;                      /* weight of the loss on cross-attention … */
  double sharpness;                 /* … whose scores have a variance beyond this */
  bool start, start_projection;
} Instruct;

static const PhJsonField fields[] = {
  { "questions", PH_JSON_SIZE, offsetof (Instruct, n_questions), 1, 64, .standard = 6 },
  { "grounded_heads", PH_JSON_SIZE, offsetof (Instruct, n_heads), 1, 64, .standard = 2 },
  { "grounding", PH_JSON_REAL, offsetof (Instruct, grounding), 0, 10, .standard = 0.2 },
  { "noise", PH_JSON_REAL, offsetof (Instruct, noise), 0, 2, .standard = 0 },
  { "soften_cross", PH_JSON_REAL, offsetof (Instruct, soften_cross), 0, 1,
    .standard = 1 },
  { "soften_self", PH_JSON_REAL, offsetof (Instruct, soften_self), 0, 1, .standard = 1 },
  { "calm", PH_JSON_REAL, offsetof (Instruct, calm), 0, 10, .standard = 0 },
  { "sharpness", PH_JSON_REAL, offsetof (Instruct, sharpness), 0, 1e3, .standard = 0 },
  { "start_queries", PH_JSON_BOOL, offsetof (Instruct, start) },
  { "start_projection", PH_JSON_BOOL, offsetof (Instruct, start_projection) },
};

static void *
instruct_new (PhWorkbench *bench, GError **error)
{
  g_autofree Instruct *self = g_new0 (Instruct, 1);
  g_autoptr (PhJson) empty = json_object ();
  const json_t *options = bench->recipe->options != NULL ? bench->recipe->options : empty;

  self->bench = bench;
  if (!ph_json_read (options, "options", fields, G_N_ELEMENTS (fields), self, error) ||
      !ph_family_weights_read (&self->families, bench->recipe, "families", 1, error) ||
      !ph_bridge_check (bench, self->n_heads, error))
    return NULL;
  return g_steal_pointer (&self);
}

static bool
instruct_bind (void *data, PhBinder *binder, GError **error)
{
  Instruct *self = data;

  return ph_vision_heads_bind (&self->heads, binder, self->bench->net.vit.config.width,
                               error);
}

static void
scale (PhAffine *affine, double factor)
{
  for (size_t i = 0; i < ph_n_elements (&affine->w); i++)
    affine->w.data[i] *= (float) factor;
  for (size_t i = 0; i < ph_n_elements (&affine->b); i++)
    affine->b.data[i] *= (float) factor;
}

/* Scores that are larger than they need be make the last bits of the features decide
 * where within a thing a query looks: engines that round otherwise then disagree. */
static void
soften (Instruct *self)
{
  PhQformer *qformer = &self->bench->net.qformer;

  for (size_t i = 0; i < qformer->config.n_layers; i++) {
    scale (&qformer->layers[i].self.q, self->soften_self);
    if (ph_qformer_crosses (&qformer->config, i))
      scale (&qformer->layers[i].cross.q, self->soften_cross);
  }
}

static bool
instruct_start (void *data, GError **error)
{
  Instruct *self = data;

  soften (self);

  if (self->start)
    ph_bridge_start (self->bench, &self->heads);
  if (self->start_projection)
    ph_projection_start (self->bench);
  return true;
}

/* The instructions of all questions, side by side. */
static PhTexts
instructions (PhShard *shard, const PhAskedList *asked)
{
  size_t length = 0;
  PhTexts texts;

  for (size_t i = 0; i < asked->n; i++)
    length = MAX (length, asked->items[i].n_instruction);
  texts = ph_texts_new (shard, asked->n, length);
  for (size_t i = 0; i < asked->n; i++) {
    texts.lengths[i] = asked->items[i].n_instruction;
    memcpy (texts.ids + i * length, asked->items[i].instruction,
            texts.lengths[i] * sizeof *texts.ids);
  }
  return texts;
}

/* With noise on every feature a query does better to read many patches of a thing than
 * the one that is ahead by a hair: what it says then hangs on no last bit. */
static void
add_noise (PhShard *shard, PhTensor *features, double noise)
{
  size_t n = ph_n_elements (features);
  double squares = 0;

  for (size_t i = 0; i < n; i++)
    squares += (double) features->data[i] * features->data[i];
  noise *= sqrt (squares / (double) n);
  for (size_t i = 0; i < n; i++)
    features->data[i] += (float) (noise * ph_random_normal (&shard->random));
}

/* Scores of the positions that count in @s. */
static PhTensor *
answer_scores (Instruct *self, const PhPass *pass, PhTensor *prefix, const PhSequences *s)
{
  PhLm *lm = self->bench->net.lm;
  PhContext *c = pass->context;
  PhTensor *x = ph_join (c, prefix, lm->class->embed (lm, pass, s->ids, s->n, s->length));

  x = lm->class->hidden (lm, pass, x);
  x = ph_reshape (c, x, PH_DIMS (x->dims[0] * x->dims[1], lm->width));
  return lm->class->logits (lm, pass, ph_take (c, x, s->rows, s->n_rows));
}

static PhTensor *
instruct_loss (void *data, PhShard *shard)
{
  Instruct *self = data;
  PhBlip2 *net = &self->bench->net;
  size_t n_queries = net->qformer.config.n_queries;
  PhContext *c = shard->pass->context;
  PhPictures pictures = ph_shard_draw (self->bench, shard);
  PhTensor *features = ph_bridge_features (self->bench, shard, pictures.pixels);
  PhAskedList asked = ph_shard_ask (self->bench, shard, pictures.samples,
                                    self->n_questions, &self->families);
  PhTexts texts = instructions (shard, &asked);
  PhSequences s = ph_shard_sequences (shard, &asked, n_queries, 0);
  PhCrossMaps maps;
  PhPass pass = { c, &maps.probe };
  PhTensor *prefix, *scores, *terms[3] = { NULL };
  const float weights[3] = { 1, (float) self->grounding, (float) self->calm };

  if (self->noise > 0 && !shard->held_out)
    add_noise (shard, features, self->noise);
  ph_cross_maps_init (&maps);
  prefix = ph_blip2_project (
      net, &pass,
      &(PhQformerInput){ .picture = features,
                         .ids = texts.ids,
                         .n_ids = texts.length,
                         .n_rows = texts.n,
                         .mask = ph_texts_mask (shard, &texts, n_queries, PH_SEES_ALL),
                         .mask_rows = texts.n });
  scores = answer_scores (self, &pass, prefix, &s);
  terms[0] = ph_cross_entropy (c, scores, s.targets, s.weights, 0);
  terms[1] =
      ph_bridge_grounding (shard, &maps, &pictures, &asked, n_queries, self->n_heads);
  ph_terms_set (&shard->terms, "answer", *terms[0]->data);
  ph_terms_set (&shard->terms, "grounding", *terms[1]->data);
  if (self->calm > 0) {
    terms[2] = ph_bridge_sharpness (shard, &maps, self->sharpness);
    ph_terms_set (&shard->terms, "sharpness", *terms[2]->data);
  }
  ph_terms_set (&shard->terms, "right", ph_sequences_right (&s, scores, &asked));
  ph_asked_clear (&asked);
  return ph_weighted_sum (c, terms, weights, 3);
}

const PhObjectiveClass ph_objective_instruct = {
  .name = "instruct",
  .new = instruct_new,
  .free = g_free,
  .bind = instruct_bind,
  .start = instruct_start,
  .loss = instruct_loss,
};

/*   x = norm ([queries, words + positions])
 *   x = norm (x + out (attention (x, x)))                   queries and text
 *   x = norm (x + out (attention (x, picture)))             queries, every f-th layer
 *   x = norm (x + W2 gelu (W1 x))                           each with weights of its own
 */
#include "core/models/qformer.h"

#include "core/tensor/ops.h"

#include <math.h>

enum { ONE, WIDTH, INNER, PICTURE, QUERIES, VOCABULARY, POSITIONS, N_SIZES };

#define AFFINE(field, name, out, in) PH_AFFINE (PhQformerLayer, field, name, out, in)
#define NORM(field, name) PH_NORM (PhQformerLayer, field, name, WIDTH)

static const PhWeight layer_weights[] = {
  AFFINE (self.q, "attention.attention.query", WIDTH, WIDTH),
  AFFINE (self.k, "attention.attention.key", WIDTH, WIDTH),
  AFFINE (self.v, "attention.attention.value", WIDTH, WIDTH),
  AFFINE (self.out, "attention.output.dense", WIDTH, WIDTH),
  NORM (self.norm, "attention.output.LayerNorm"),
  AFFINE (text_in, "intermediate.dense", INNER, WIDTH),
  AFFINE (text_out, "output.dense", WIDTH, INNER),
  NORM (text_norm, "output.LayerNorm"),
  AFFINE (query_in, "intermediate_query.dense", INNER, WIDTH),
  AFFINE (query_out, "output_query.dense", WIDTH, INNER),
  NORM (query_norm, "output_query.LayerNorm"),
};

static const PhWeight cross_weights[] = {
  AFFINE (cross.q, "crossattention.attention.query", WIDTH, WIDTH),
  AFFINE (cross.k, "crossattention.attention.key", WIDTH, PICTURE),
  AFFINE (cross.v, "crossattention.attention.value", WIDTH, PICTURE),
  AFFINE (cross.out, "crossattention.output.dense", WIDTH, WIDTH),
  NORM (cross.norm, "crossattention.output.LayerNorm"),
};

static const PhWeight qformer_weights[] = {
  { "query_tokens", offsetof (PhQformer, query_tokens), 3, { ONE, QUERIES, WIDTH } },
  { "qformer.embeddings.word_embeddings.weight",
    offsetof (PhQformer, word_embedding),
    2,
    { VOCABULARY, WIDTH } },
  { "qformer.embeddings.position_embeddings.weight",
    offsetof (PhQformer, position_embedding),
    2,
    { POSITIONS, WIDTH } },
  PH_NORM (PhQformer, embedding_norm, "qformer.embeddings.layernorm", WIDTH),
};

void
ph_qformer_init (PhQformer *self, const PhQformerConfig *config)
{
  *self = (PhQformer){ .config = *config,
                       .layers = g_new0 (PhQformerLayer, config->n_layers) };
}

void
ph_qformer_clear (PhQformer *self)
{
  g_clear_pointer (&self->layers, g_free);
}

bool
ph_qformer_crosses (const PhQformerConfig *config, size_t layer)
{
  return layer % config->cross_frequency == 0;
}

bool
ph_qformer_bind (PhQformer *self, PhBinder *binder, GError **error)
{
  const PhQformerConfig *config = &self->config;
  const size_t sizes[N_SIZES] = {
    [ONE] = 1,
    [WIDTH] = config->width,
    [INNER] = config->inner,
    [PICTURE] = config->picture_width,
    [QUERIES] = config->n_queries,
    [VOCABULARY] = config->n_vocabulary,
    [POSITIONS] = config->n_positions,
  };

  if (!ph_weights_bind (binder, "", qformer_weights, G_N_ELEMENTS (qformer_weights), self,
                        sizes, error))
    return false;

  for (size_t i = 0; i < config->n_layers; i++) {
    g_autofree char *layer = g_strdup_printf ("qformer.encoder.layer.%zu.", i);

    if (!ph_weights_bind (binder, layer, layer_weights, G_N_ELEMENTS (layer_weights),
                          &self->layers[i], sizes, error))
      return false;
    if (ph_qformer_crosses (config, i) &&
        !ph_weights_bind (binder, layer, cross_weights, G_N_ELEMENTS (cross_weights),
                          &self->layers[i], sizes, error))
      return false;
  }
  return true;
}

static PhTensor *
affine (PhContext *c, PhTensor *x, PhAffine *a)
{
  return ph_linear (c, x, &a->w, &a->b);
}

/* norm (x + y): every sub-layer ends so. */
static PhTensor *
add_and_norm (PhQformer *self, PhContext *c, PhTensor *x, PhTensor *y, PhAffine *norm)
{
  return ph_layer_norm (c, ph_add (c, x, y), &norm->w, &norm->b, self->config.eps);
}

static PhTensor *
embed (PhQformer *self, PhContext *c, const PhQformerInput *input)
{
  PhTensor *text = NULL, *queries = NULL, *x;

  if (input->ids != NULL) {
    text = ph_take (c, &self->word_embedding, input->ids, input->n_rows * input->n_ids);
    text =
        ph_reshape (c, text, PH_DIMS (input->n_rows, input->n_ids, self->config.width));
    text = ph_add (c, text, ph_part (c, &self->position_embedding, 0, input->n_ids));
  }
  if (input->picture != NULL)
    queries = ph_repeat (c, &self->query_tokens, input->n_rows);

  x = text == NULL ? queries : queries == NULL ? text : ph_join (c, queries, text);
  return ph_layer_norm (c, x, &self->embedding_norm.w, &self->embedding_norm.b,
                        self->config.eps);
}

/* @keys may have fewer elements in its batch than @x: rows that share a picture lie one
 * after another, and are taken as one long row of queries. */
static PhTensor *
attend (PhQformer *self,
        const PhPass *pass,
        PhQformerAttention *attention,
        PhTensor *x,
        PhTensor *keys,
        const PhQformerInput *input,
        PhTensor **probabilities)
{
  const PhQformerConfig *config = &self->config;
  PhContext *c = pass->context;
  size_t n_batch = keys->dims[0], n_positions = x->dims[0] * x->dims[1] / n_batch;
  bool crosses = keys != x;
  PhTensor *q = affine (c, x, &attention->q);
  PhTensor *y;

  q = ph_reshape (c, q, PH_DIMS (n_batch, n_positions, config->width));
  y = ph_attention (c,
                    &(PhAttention){
                        .q = q,
                        .k = affine (c, keys, &attention->k),
                        .v = affine (c, keys, &attention->v),
                        .n_heads = config->n_heads,
                        .n_key_heads = config->n_heads,
                        .scale = 1.0f / sqrtf ((float) (config->width / config->n_heads)),
                        .mask = crosses ? NULL : input->mask,
                        .mask_batch = input->mask_rows,
                        .probabilities = probabilities,
                    });
  y = ph_reshape (c, y, x->n_dims, x->dims);
  return add_and_norm (self, c, x, affine (c, y, &attention->out), &attention->norm);
}

static PhTensor *
feed_forward (PhQformer *self,
              PhContext *c,
              PhTensor *x,
              PhAffine *in,
              PhAffine *out,
              PhAffine *norm)
{
  return add_and_norm (self, c, x, affine (c, ph_gelu (c, affine (c, x, in)), out), norm);
}

/* What the queries do alone: look at the picture, and their feed-forward. */
static PhTensor *
query_half (PhQformer *self,
            const PhPass *pass,
            size_t layer,
            PhTensor *x,
            const PhQformerInput *input)
{
  PhQformerLayer *l = &self->layers[layer];

  if (ph_qformer_crosses (&self->config, layer)) {
    PhTensor *p = NULL;
    bool wanted = ph_probe_wants (pass, PH_PROBE_CROSS_ATTENTION);

    x = attend (self, pass, &l->cross, x, input->picture, input, wanted ? &p : NULL);
    if (wanted)
      ph_probe (pass, PH_PROBE_CROSS_ATTENTION, (int) layer, p);
  }
  return feed_forward (self, pass->context, x, &l->query_in, &l->query_out,
                       &l->query_norm);
}

static PhTensor *
layer_forward (PhQformer *self,
               const PhPass *pass,
               size_t layer,
               PhTensor *x,
               const PhQformerInput *input)
{
  PhQformerLayer *l = &self->layers[layer];
  PhContext *c = pass->context;
  size_t scope = ph_scope_begin (c);
  size_t n_queries = input->picture != NULL ? self->config.n_queries : 0;
  size_t n_text = x->dims[1] - n_queries;
  bool wanted = ph_probe_wants (pass, PH_PROBE_SELF_ATTENTION);
  PhTensor *queries = NULL, *text = NULL, *p = NULL;

  x = attend (self, pass, &l->self, x, x, input, wanted ? &p : NULL);
  if (wanted)
    ph_probe (pass, PH_PROBE_SELF_ATTENTION, (int) layer, p);

  if (n_queries > 0)
    queries = query_half (self, pass, layer, ph_tokens (c, x, 0, n_queries), input);
  if (n_text > 0)
    text = feed_forward (self, c, ph_tokens (c, x, n_queries, n_text), &l->text_in,
                         &l->text_out, &l->text_norm);
  x = queries == NULL ? text : text == NULL ? queries : ph_join (c, queries, text);
  return ph_scope_end (c, scope, x);
}

PhTensor *
ph_qformer_encode (PhQformer *self, const PhPass *pass, const PhQformerInput *input)
{
  PhTensor *x = embed (self, pass->context, input);

  g_assert (input->picture == NULL || input->n_rows % input->picture->dims[0] == 0);
  for (size_t i = 0; i < self->config.n_layers; i++)
    x = layer_forward (self, pass, i, x, input);
  return x;
}

/*   x = norm ([queries, words + positions])
 *   x = norm (x + out (attention (x, x)))                   queries and text
 *   x = norm (x + out (attention (x, picture)))             queries, every f-th layer
 *   x = norm (x + W2 gelu (W1 x))                           each with weights of its own
 */
#include "core/models/qformer.h"

#include "core/tensor/ops.h"

enum { ONE, WIDTH, INNER, PICTURE, QUERIES, VOCABULARY, POSITIONS, N_SIZES };

#define ATTENTION(field, name, key_width)                                                \
  PH_BERT_ATTENTION (PhQformerLayer, field, name, "attention", WIDTH, key_width)
#define FEED(field, first, last)                                                         \
  PH_BERT_FEED (PhQformerLayer, field, first, last, WIDTH, INNER)
#define TABLE(field, name, rows)                                                         \
  {                                                                                      \
    name, offsetof (PhQformer, field), 2,                                                \
    {                                                                                    \
      rows, WIDTH                                                                        \
    }                                                                                    \
  }
#define EMBEDDING_NORM(name) PH_NORM (PhQformer, embedding_norm, name, WIDTH)

static const PhWeight self_weights[] = { ATTENTION (self, "attention", WIDTH) };
static const PhWeight text_weights[] = { FEED (text, "intermediate", "output") };
static const PhWeight query_weights[] = {
  FEED (query, "intermediate_query", "output_query"),
};
static const PhWeight cross_weights[] = { ATTENTION (cross, "crossattention", PICTURE) };

static const PhWeight query_tokens[] = {
  { "query_tokens", offsetof (PhQformer, query_tokens), 3, { ONE, QUERIES, WIDTH } },
};

static const PhWeight instructblip_weights[] = {
  TABLE (word_embedding, "qformer.embeddings.word_embeddings.weight", VOCABULARY),
  TABLE (position_embedding, "qformer.embeddings.position_embeddings.weight", POSITIONS),
  EMBEDDING_NORM ("qformer.embeddings.layernorm"),
};
static const PhWeight blip2_weights[] = { EMBEDDING_NORM ("qformer.layernorm") };
static const PhWeight retrieval_weights[] = {
  TABLE (word_embedding, "embeddings.word_embeddings.weight", VOCABULARY),
  TABLE (position_embedding, "embeddings.position_embeddings.weight", POSITIONS),
  EMBEDDING_NORM ("qformer.layernorm"),
};

static const struct {
  const PhWeight *weights;
  size_t n_weights;
} layouts[] = {
  [PH_QFORMER_INSTRUCTBLIP] = { instructblip_weights,
                                G_N_ELEMENTS (instructblip_weights) },
  [PH_QFORMER_BLIP2] = { blip2_weights, G_N_ELEMENTS (blip2_weights) },
  [PH_QFORMER_RETRIEVAL] = { retrieval_weights, G_N_ELEMENTS (retrieval_weights) },
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

size_t
ph_qformer_count_looking (const PhQformerConfig *config)
{
  return (config->n_layers + config->cross_frequency - 1) / config->cross_frequency;
}

bool
ph_qformer_reads_text (const PhQformerConfig *config)
{
  return config->layout != PH_QFORMER_BLIP2;
}

#define BIND(prefix, table, fields)                                                      \
  ph_weights_bind (binder, prefix, table, G_N_ELEMENTS (table), fields, sizes, error)

static bool
bind_layer (PhQformer *self,
            PhBinder *binder,
            size_t layer,
            const size_t *sizes,
            GError **error)
{
  PhQformerLayer *l = &self->layers[layer];
  g_autofree char *prefix = g_strdup_printf ("qformer.encoder.layer.%zu.", layer);

  return BIND (prefix, self_weights, l) &&
         (!ph_qformer_reads_text (&self->config) || BIND (prefix, text_weights, l)) &&
         BIND (prefix, query_weights, l) &&
         (!ph_qformer_crosses (&self->config, layer) || BIND (prefix, cross_weights, l));
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

  if (!BIND ("", query_tokens, self) ||
      !ph_weights_bind (binder, "", layouts[config->layout].weights,
                        layouts[config->layout].n_weights, self, sizes, error))
    return false;
  for (size_t i = 0; i < config->n_layers; i++)
    if (!bind_layer (self, binder, i, sizes, error))
      return false;
  return true;
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

static PhBertLook
look_of (const PhQformer *self, PhTensor *x, PhTensor *tokens)
{
  return (PhBertLook){
    .n_heads = self->config.n_heads, .eps = self->config.eps, .x = x, .tokens = tokens
  };
}

static PhTensor *
attend_to_each_other (PhQformer *self,
                      const PhPass *pass,
                      size_t layer,
                      PhTensor *x,
                      const PhQformerInput *input)
{
  PhBertLook look = look_of (self, x, x);
  PhTensor *p = NULL;

  look.mask = input->mask;
  look.mask_rows = input->mask_rows;
  if (ph_probe_wants (pass, PH_PROBE_SELF_ATTENTION))
    look.probabilities = &p;
  x = ph_bert_attend (pass->context, &self->layers[layer].self, &look);
  ph_probe (pass, PH_PROBE_SELF_ATTENTION, (int) layer, p);
  return x;
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
    PhBertLook look = look_of (self, x, input->picture);
    PhTensor *p = NULL;

    if (ph_probe_wants (pass, PH_PROBE_CROSS_ATTENTION))
      look.probabilities = &p;
    if (input->silent != NULL)
      look.silent =
          input->silent + layer / self->config.cross_frequency * self->config.n_heads;
    x = ph_bert_attend (pass->context, &l->cross, &look);
    ph_probe (pass, PH_PROBE_CROSS_ATTENTION, (int) layer, p);
  }
  return ph_bert_feed (pass->context, &l->query, x, self->config.eps);
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
  PhTensor *queries = NULL, *text = NULL;

  x = attend_to_each_other (self, pass, layer, x, input);
  if (n_queries > 0)
    queries = query_half (self, pass, layer, ph_tokens (c, x, 0, n_queries), input);
  if (n_text > 0)
    text =
        ph_bert_feed (c, &l->text, ph_tokens (c, x, n_queries, n_text), self->config.eps);
  x = queries == NULL ? text : text == NULL ? queries : ph_join (c, queries, text);
  return ph_scope_end (c, scope, x);
}

PhTensor *
ph_qformer_encode (PhQformer *self, const PhPass *pass, const PhQformerInput *input)
{
  PhTensor *x;

  g_assert (input->picture == NULL || input->n_rows % input->picture->dims[0] == 0);
  g_assert (input->ids == NULL || ph_qformer_reads_text (&self->config));
  x = embed (self, pass->context, input);
  for (size_t i = 0; i < self->config.n_layers; i++)
    x = layer_forward (self, pass, i, x, input);
  return x;
}

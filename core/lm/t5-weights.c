/* Tensor names as in modeling_t5.py of transformers: a block is a list of layers, each a
 * norm and an attention or a feed-forward. */
#include "core/lm/t5-private.h"

#include "core/base/error.h"

enum { WIDTH, HEADS_WIDTH, HEADS, INNER, BUCKETS, VOCABULARY, N_SIZES };

static const PhWeight attention_weights[] = {
  { "q.weight", offsetof (PhT5Attention, q), 2, { HEADS_WIDTH, WIDTH } },
  { "k.weight", offsetof (PhT5Attention, k), 2, { HEADS_WIDTH, WIDTH } },
  { "v.weight", offsetof (PhT5Attention, v), 2, { HEADS_WIDTH, WIDTH } },
  { "o.weight", offsetof (PhT5Attention, o), 2, { WIDTH, HEADS_WIDTH } },
};

static const PhWeight feed_forward_weights[] = {
  { "wi_0.weight", offsetof (PhT5FeedForward, gate), 2, { INNER, WIDTH } },
  { "wi_1.weight", offsetof (PhT5FeedForward, up), 2, { INNER, WIDTH } },
  { "wo.weight", offsetof (PhT5FeedForward, down), 2, { WIDTH, INNER } },
};

static const PhWeight stack_weights[] = {
  { "embed_tokens.weight",
    offsetof (PhT5Stack, embedding),
    2,
    { VOCABULARY, WIDTH },
    .optional = true },
  { "block.0.layer.0.SelfAttention.relative_attention_bias.weight",
    offsetof (PhT5Stack, bias),
    2,
    { BUCKETS, HEADS } },
  { "final_layer_norm.weight", offsetof (PhT5Stack, norm), 1, { WIDTH } },
};

/* Old files have a bias for the cross-attention, which nothing ever read. */
static const PhWeight model_weights[] = {
  { "shared.weight", offsetof (PhT5, embedding), 2, { VOCABULARY, WIDTH } },
  { "lm_head.weight", offsetof (PhT5, head), 2, { VOCABULARY, WIDTH }, .optional = true },
  { "decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight",
    offsetof (PhT5, unused_bias),
    2,
    { BUCKETS, HEADS },
    .optional = true },
};

typedef struct {
  const char *name;
  size_t norm, fields; /* offsets in the block */
  const PhWeight *weights;
  size_t n_weights;
} Layer;

#define ATTENTION(name, field)                                                           \
  {                                                                                      \
    name, offsetof (PhT5Block, field.norm), offsetof (PhT5Block, field),                 \
        attention_weights, G_N_ELEMENTS (attention_weights)                              \
  }
#define FEED_FORWARD                                                                     \
  {                                                                                      \
    "DenseReluDense", offsetof (PhT5Block, feed_forward.norm),                           \
        offsetof (PhT5Block, feed_forward), feed_forward_weights,                        \
        G_N_ELEMENTS (feed_forward_weights)                                              \
  }

static const Layer encoder_layers[] = {
  ATTENTION ("SelfAttention", self),
  FEED_FORWARD,
};

static const Layer decoder_layers[] = {
  ATTENTION ("SelfAttention", self),
  ATTENTION ("EncDecAttention", cross),
  FEED_FORWARD,
};

typedef struct {
  PhBinder *binder;
  const size_t *sizes;
  const Layer *layers;
  size_t n_layers;
} Plan;

static bool
bind_block (const Plan *plan, PhT5Block *block, const char *prefix, GError **error)
{
  for (size_t i = 0; i < plan->n_layers; i++) {
    const Layer *layer = &plan->layers[i];
    const PhWeight norm = { "layer_norm.weight", layer->norm, 1, { WIDTH } };
    g_autofree char *outer = g_strdup_printf ("%slayer.%zu.", prefix, i);
    g_autofree char *inner = g_strdup_printf ("%s%s.", outer, layer->name);

    if (!ph_weights_bind (plan->binder, outer, &norm, 1, block, plan->sizes, error) ||
        !ph_weights_bind (plan->binder, inner, layer->weights, layer->n_weights,
                          (char *) block + layer->fields, plan->sizes, error))
      return false;
  }
  return true;
}

static bool
bind_stack (const Plan *plan, PhT5Stack *stack, const char *prefix, GError **error)
{
  if (!ph_weights_bind (plan->binder, prefix, stack_weights, G_N_ELEMENTS (stack_weights),
                        stack, plan->sizes, error))
    return false;

  for (size_t i = 0; i < stack->n_blocks; i++) {
    g_autofree char *block = g_strdup_printf ("%sblock.%zu.", prefix, i);

    if (!bind_block (plan, &stack->blocks[i], block, error))
      return false;
  }
  return true;
}

bool
ph_t5_bind (PhLm *lm, PhBinder *binder, const char *prefix, GError **error)
{
  PhT5 *self = (PhT5 *) lm;
  const PhT5Config *config = &self->config;
  const size_t sizes[N_SIZES] = {
    [WIDTH] = config->width,       [HEADS_WIDTH] = config->n_heads * config->head_size,
    [HEADS] = config->n_heads,     [INNER] = config->inner,
    [BUCKETS] = config->n_buckets, [VOCABULARY] = lm->n_vocabulary,
  };
  const Plan encoder = { binder, sizes, encoder_layers, G_N_ELEMENTS (encoder_layers) };
  const Plan decoder = { binder, sizes, decoder_layers, G_N_ELEMENTS (decoder_layers) };
  g_autofree char *encoder_prefix = g_strconcat (prefix, "encoder.", NULL);
  g_autofree char *decoder_prefix = g_strconcat (prefix, "decoder.", NULL);

  if ((size_t) config->start_id >= lm->n_vocabulary)
    return ph_fail (error, PH_ERROR_RANGE,
                    "text_config: decoder_start_token_id is %d, not one of %zu tokens",
                    (int) config->start_id, lm->n_vocabulary);
  return ph_weights_bind (binder, prefix, model_weights, G_N_ELEMENTS (model_weights),
                          self, sizes, error) &&
         bind_stack (&encoder, &self->encoder, encoder_prefix, error) &&
         bind_stack (&decoder, &self->decoder, decoder_prefix, error);
}

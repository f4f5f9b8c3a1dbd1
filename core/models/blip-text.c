/*   x = norm (words + positions)
 *   x = norm (x + out (attention (x, x)))
 *   x = norm (x + out (attention (x, seen)))                if there is something to see
 *   x = norm (x + W2 gelu (W1 x))
 */
#include "core/models/blip-text.h"

#include "core/tensor/ops.h"

enum { WIDTH, INNER, SEEN, VOCABULARY, POSITIONS, N_SIZES };

#define ATTENTION(field, name, key_width)                                                \
  PH_BERT_ATTENTION (PhBlipTextLayer, field, name, "self", WIDTH, key_width)

static const PhWeight layer_weights[] = {
  ATTENTION (self, "attention", WIDTH),
  ATTENTION (cross, "crossattention", SEEN),
  PH_BERT_FEED (PhBlipTextLayer, feed, "intermediate", "output", WIDTH, INNER),
};

static const PhWeight embedding_weights[] = {
  { "embeddings.word_embeddings.weight",
    offsetof (PhBlipText, word_embedding),
    2,
    { VOCABULARY, WIDTH } },
  { "embeddings.position_embeddings.weight",
    offsetof (PhBlipText, position_embedding),
    2,
    { POSITIONS, WIDTH } },
  PH_NORM (PhBlipText, embedding_norm, "embeddings.LayerNorm", WIDTH),
};

void
ph_blip_text_init (PhBlipText *self, const PhBlipTextConfig *config)
{
  *self = (PhBlipText){ .config = *config,
                        .layers = g_new0 (PhBlipTextLayer, config->n_layers) };
}

void
ph_blip_text_clear (PhBlipText *self)
{
  g_clear_pointer (&self->layers, g_free);
}

bool
ph_blip_text_bind (PhBlipText *self, PhBinder *binder, const char *prefix, GError **error)
{
  const PhBlipTextConfig *config = &self->config;
  const size_t sizes[N_SIZES] = {
    [WIDTH] = config->width,           [INNER] = config->inner,
    [SEEN] = config->seen_width,       [VOCABULARY] = config->n_vocabulary,
    [POSITIONS] = config->n_positions,
  };

  if (!ph_weights_bind (binder, prefix, embedding_weights,
                        G_N_ELEMENTS (embedding_weights), self, sizes, error))
    return false;
  for (size_t i = 0; i < config->n_layers; i++) {
    g_autofree char *layer = g_strdup_printf ("%sencoder.layer.%zu.", prefix, i);

    if (!ph_weights_bind (binder, layer, layer_weights, G_N_ELEMENTS (layer_weights),
                          &self->layers[i], sizes, error))
      return false;
  }
  return true;
}

PhTensor *
ph_blip_text_words (PhBlipText *self,
                    PhContext *c,
                    const int32_t *ids,
                    size_t n_rows,
                    size_t n_ids)
{
  PhTensor *rows = ph_take (c, &self->word_embedding, ids, n_rows * n_ids);

  return ph_reshape (c, rows, PH_DIMS (n_rows, n_ids, self->config.width));
}

PhBertKeys *
ph_blip_text_see (PhBlipText *self, PhContext *c, PhTensor *tokens)
{
  size_t n = self->config.n_layers;
  PhBertKeys *seen = ph_arena_take (c->arena, n * sizeof *seen);

  for (size_t i = 0; i < n; i++)
    seen[i] = ph_bert_keys (c, &self->layers[i].cross, tokens);
  return seen;
}

static void
copy (PhTensor *to, const PhTensor *x)
{
  *to = *x;
  to->data = g_memdup2 (x->data, ph_n_elements (x) * sizeof *x->data);
}

void
ph_blip_seen_keep (PhBlipSeen *self, const PhBertKeys *keys, size_t n_layers)
{
  ph_blip_seen_clear (self);
  self->n_layers = n_layers;
  self->tensors = g_new (PhTensor, 2 * n_layers);
  self->keys = g_new (PhBertKeys, n_layers);
  for (size_t i = 0; i < n_layers; i++) {
    PhTensor *pair = self->tensors + 2 * i;

    copy (&pair[0], keys[i].k);
    copy (&pair[1], keys[i].v);
    self->keys[i] = (PhBertKeys){ &pair[0], &pair[1] };
  }
}

void
ph_blip_seen_clear (PhBlipSeen *self)
{
  for (size_t i = 0; i < 2 * self->n_layers; i++)
    g_free (self->tensors[i].data);
  g_free (self->tensors);
  g_free (self->keys);
  *self = (PhBlipSeen){ 0 };
}

static PhTensor *
embed (PhBlipText *self, PhContext *c, const PhBlipTextInput *input)
{
  size_t first = input->past != NULL ? ph_lm_cache_get_n_used (input->past) : 0;
  PhTensor *positions =
      ph_part (c, &self->position_embedding, first, input->words->dims[1]);

  return ph_layer_norm (c, ph_add (c, input->words, positions), &self->embedding_norm.w,
                        &self->embedding_norm.b, self->config.eps);
}

static PhTensor *
attend_to_text (PhBlipText *self,
                PhContext *c,
                size_t layer,
                PhTensor *x,
                const PhBlipTextInput *input)
{
  PhBertAttention *attention = &self->layers[layer].self;
  PhBertLook look = { .n_heads = self->config.n_heads,
                      .eps = self->config.eps,
                      .x = x,
                      .keys = ph_bert_keys (c, attention, x),
                      .causal = input->causal || input->past != NULL };

  if (input->past != NULL)
    ph_lm_cache_append (input->past, c, layer, &look.keys.k, &look.keys.v);
  return ph_bert_attend (c, attention, &look);
}

static PhTensor *
attend_to_seen (PhBlipText *self,
                const PhPass *pass,
                size_t layer,
                PhTensor *x,
                PhBertKeys keys)
{
  PhTensor *p = NULL;
  PhBertLook look = {
    .n_heads = self->config.n_heads, .eps = self->config.eps, .x = x, .keys = keys
  };

  if (ph_probe_wants (pass, PH_PROBE_CROSS_ATTENTION))
    look.probabilities = &p;
  x = ph_bert_attend (pass->context, &self->layers[layer].cross, &look);
  ph_probe (pass, PH_PROBE_CROSS_ATTENTION, (int) layer, p);
  return x;
}

PhTensor *
ph_blip_text_run (PhBlipText *self, const PhPass *pass, const PhBlipTextInput *input)
{
  PhContext *c = pass->context;
  PhTensor *x = embed (self, c, input);

  for (size_t i = 0; i < self->config.n_layers; i++) {
    size_t scope = ph_scope_begin (c);

    x = attend_to_text (self, c, i, x, input);
    if (input->seen != NULL)
      x = attend_to_seen (self, pass, i, x, input->seen[i]);
    x = ph_bert_feed (c, &self->layers[i].feed, x, self->config.eps);
    x = ph_scope_end (c, scope, x);
  }
  if (input->past != NULL)
    ph_lm_cache_advance (input->past, input->words->dims[1]);
  return x;
}

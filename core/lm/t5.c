/* T5 (Raffel et al. 2020) as its 1.1 and Flan have it.  Encoder, over the prompt:
 *
 *   x += o (attention (q n, k n, v n) with a bias),  n = rms_norm (x)
 *   x += wo (gelu (wi_0 n) × wi_1 n),                n = rms_norm (x)
 *
 * and a last norm.  The decoder has between the two an attention to what the encoder
 * gave, whose keys and values are made once a prompt.  Scores are not scaled; instead of
 * positions there is a bias of the distance, by logarithmic buckets, one table a stack
 * for all of its blocks.  Activations stay in f32: those of the large models do not fit
 * into f16. */
#include "core/lm/t5.h"

#include "core/lm/decoder.h"
#include "core/lm/t5-private.h"

#include <math.h>
#include <string.h>

/* Distances have no end; this bounds the memory. */
#define MOST_POSITIONS 4096

struct _PhLmState {
  PhLmCache *cache; /* of the answer */
  size_t n_layers, n_prompt, width;
  float **keys, **values; /* of each layer's cross-attention: prompt by width */
};

static void
t5_free (PhLm *lm)
{
  PhT5 *self = (PhT5 *) lm;

  g_free (self->encoder.blocks);
  g_free (self->decoder.blocks);
  g_free (self);
}

static PhLm *
t5_new (const json_t *text_config, GError **error)
{
  PhT5Config config;
  PhT5 *self;

  if (!ph_t5_config_read (&config, text_config, error))
    return NULL;

  self = g_new0 (PhT5, 1);
  self->lm.class = &ph_lm_t5;
  self->lm.width = config.width;
  self->lm.n_vocabulary = config.n_vocabulary;
  self->lm.n_positions = MOST_POSITIONS;
  self->lm.reads_prompt_apart = true;
  self->lm.start_id = config.start_id;
  self->config = config;
  self->encoder.n_blocks = config.n_encoder_blocks;
  self->encoder.blocks = g_new0 (PhT5Block, config.n_encoder_blocks);
  self->decoder.n_blocks = config.n_decoder_blocks;
  self->decoder.blocks = g_new0 (PhT5Block, config.n_decoder_blocks);
  return &self->lm;
}

/* --- distances --- */

/* Which bucket a key belongs in that lies @ahead of its query: near distances have one
 * each, farther ones share the rest by their logarithm, those from max_distance on the
 * last.  The logarithm and what follows it are of f32 and cut off, since the reference
 * rounds so at the edge of a bucket. */
static int32_t
bucket_of (ptrdiff_t ahead, bool looks_ahead, size_t n_buckets, size_t max_distance)
{
  size_t n = looks_ahead ? n_buckets / 2 : n_buckets;
  size_t first = looks_ahead && ahead > 0 ? n : 0;
  size_t distance = ahead < 0 ? (size_t) -ahead : looks_ahead ? (size_t) ahead : 0;
  size_t n_near = n / 2, shared;
  float range = (float) log ((double) max_distance / (double) n_near);

  if (distance < n_near)
    return (int32_t) (first + distance);

  shared =
      (size_t) (logf ((float) distance / (float) n_near) / range * (float) (n - n_near));
  return (int32_t) (first + MIN (n_near + shared, n - 1));
}

/* The bias of @stack for the last @n_queries of @n_keys positions: head by distance, as
 * ph_attention takes it. */
static PhTensor *
distance_bias (const PhT5 *self,
               PhContext *c,
               PhT5Stack *stack,
               size_t n_queries,
               size_t n_keys)
{
  bool looks_ahead = stack == &self->encoder;
  size_t n = n_queries + n_keys - 1;
  g_autofree int32_t *buckets = g_new (int32_t, n);

  for (size_t i = 0; i < n; i++)
    buckets[i] = bucket_of ((ptrdiff_t) i + 1 - (ptrdiff_t) n_keys, looks_ahead,
                            self->config.n_buckets, self->config.max_distance);
  return ph_transpose (c, ph_take (c, &stack->bias, buckets, n));
}

/* --- what both stacks are made of --- */

/* An attention by the normed @n to keys and values that the caller fills in. */
static PhAttention
asked_by (const PhT5 *self, PhContext *c, PhT5Attention *weights, PhTensor *n)
{
  return (PhAttention){ .q = ph_linear (c, n, &weights->q, NULL),
                        .n_heads = self->config.n_heads,
                        .n_key_heads = self->config.n_heads,
                        .scale = 1 };
}

static PhTensor *
norm (const PhT5 *self, PhContext *c, PhTensor *x, PhTensor *weight)
{
  return ph_rms_norm (c, x, weight, (float) self->config.eps);
}

static PhTensor *
feed_forward (const PhT5 *self, PhContext *c, PhT5FeedForward *weights, PhTensor *x)
{
  PhTensor *n = norm (self, c, x, &weights->norm);

  n = ph_gelu_multiply (c, ph_linear (c, n, &weights->gate, NULL),
                        ph_linear (c, n, &weights->up, NULL));
  return ph_add (c, x, ph_linear (c, n, &weights->down, NULL));
}

/* --- encoder --- */

static PhTensor *
look_around (PhT5 *self,
             PhContext *c,
             PhT5Attention *weights,
             PhTensor *x,
             PhTensor *bias)
{
  PhTensor *n = norm (self, c, x, &weights->norm);
  PhAttention attention = asked_by (self, c, weights, n);

  attention.k = ph_linear (c, n, &weights->k, NULL);
  attention.v = ph_linear (c, n, &weights->v, NULL);
  attention.bias = bias;
  n = ph_attention (c, &attention);
  return ph_add (c, x, ph_linear (c, n, &weights->o, NULL));
}

PhTensor *
ph_t5_encode (PhT5 *self, PhContext *c, PhTensor *x)
{
  size_t n_positions = x->dims[1];
  PhTensor *bias = distance_bias (self, c, &self->encoder, n_positions, n_positions);

  for (size_t i = 0; i < self->encoder.n_blocks; i++) {
    PhT5Block *block = &self->encoder.blocks[i];
    size_t scope = ph_scope_begin (c);

    x = look_around (self, c, &block->self, x, bias);
    x = feed_forward (self, c, &block->feed_forward, x);
    x = ph_scope_end (c, scope, x);
  }
  return norm (self, c, x, &self->encoder.norm);
}

/* --- state --- */

static PhLmState *
t5_state_new (PhLm *lm, size_t n_rows, size_t n_positions)
{
  PhT5 *self = (PhT5 *) lm;
  size_t n_layers = self->decoder.n_blocks;
  size_t width = self->config.n_heads * self->config.head_size;
  /* One more, for the token that the decoder starts with. */
  PhLmCache *cache = ph_lm_cache_new (n_layers, n_rows, n_positions + 1, width);
  PhLmState *state;

  if (cache == NULL)
    return NULL;
  state = g_new0 (PhLmState, 1);
  state->cache = cache;
  state->n_layers = n_layers;
  state->width = width;
  state->keys = g_new0 (float *, 2 * n_layers);
  state->values = state->keys + n_layers;
  return state;
}

static void
t5_state_free (PhLmState *state)
{
  if (state == NULL)
    return;
  ph_lm_cache_free (state->cache);
  for (size_t i = 0; i < 2 * state->n_layers; i++)
    g_free (state->keys[i]);
  g_free (state->keys);
  g_free (state);
}

static void
t5_state_select (PhLmState *state, const size_t *from, size_t n)
{
  ph_lm_cache_select (state->cache, from, n);
}

/* What the decoder's blocks will look at, made of the encoder's last states. */
static void
keep_cross_keys (PhT5 *self, PhContext *c, PhLmState *state, PhTensor *encoded)
{
  size_t n_bytes = encoded->dims[1] * state->width * sizeof (float);

  state->n_prompt = encoded->dims[1];
  for (size_t i = 0; i < state->n_layers; i++) {
    PhT5Attention *cross = &self->decoder.blocks[i].cross;
    size_t mark = ph_arena_mark (c->arena);

    state->keys[i] = g_realloc (state->keys[i], n_bytes);
    memcpy (state->keys[i], ph_linear (c, encoded, &cross->k, NULL)->data, n_bytes);
    state->values[i] = g_realloc (state->values[i], n_bytes);
    memcpy (state->values[i], ph_linear (c, encoded, &cross->v, NULL)->data, n_bytes);
    ph_arena_reset (c->arena, mark);
  }
}

/* --- decoder --- */

static PhTensor *
kept (PhContext *c, const PhLmState *state, float *rows)
{
  PhTensor *x = ph_arena_take (c->arena, sizeof *x);

  *x = (PhTensor){ .n_dims = 3,
                   .dims = { 1, state->n_prompt, state->width },
                   .data = rows,
                   .slot = PH_NO_SLOT };
  return x;
}

static PhTensor *
look_back (PhT5 *self,
           const PhPass *pass,
           PhLmState *state,
           size_t layer,
           PhTensor *x,
           PhTensor *bias)
{
  PhContext *c = pass->context;
  PhT5Attention *weights = &self->decoder.blocks[layer].self;
  PhTensor *n = norm (self, c, x, &weights->norm);
  PhAttention attention = asked_by (self, c, weights, n);

  attention.k = ph_linear (c, n, &weights->k, NULL);
  attention.v = ph_linear (c, n, &weights->v, NULL);
  attention.bias = bias;
  n = ph_decoder_attend (pass, state->cache, layer, attention);
  return ph_add (c, x, ph_linear (c, n, &weights->o, NULL));
}

static PhTensor *
look_at_prompt (PhT5 *self,
                const PhPass *pass,
                const PhLmState *state,
                size_t layer,
                PhTensor *x)
{
  PhContext *c = pass->context;
  PhT5Attention *weights = &self->decoder.blocks[layer].cross;
  PhTensor *n = norm (self, c, x, &weights->norm), *probabilities = NULL;
  PhAttention attention = asked_by (self, c, weights, n);

  attention.k = kept (c, state, state->keys[layer]);
  attention.v = kept (c, state, state->values[layer]);
  if (ph_probe_wants (pass, PH_PROBE_LM_CROSS_ATTENTION))
    attention.probabilities = &probabilities;
  n = ph_attention (c, &attention);
  ph_probe (pass, PH_PROBE_LM_CROSS_ATTENTION, (int) layer, probabilities);
  return ph_add (c, x, ph_linear (c, n, &weights->o, NULL));
}

static PhTensor *
embed_with (PhContext *c,
            PhTensor *table,
            const int32_t *ids,
            size_t n_rows,
            size_t n_ids)
{
  PhTensor *rows = ph_take (c, table, ids, n_rows * n_ids);

  return ph_reshape (c, rows, PH_DIMS (n_rows, n_ids, ph_width (table)));
}

/* A file may keep the decoder's table apart from the shared one. */
static PhTensor *
decoder_table (PhT5 *self)
{
  return self->decoder.embedding.stored != NULL ? &self->decoder.embedding
                                                : &self->embedding;
}

static PhTensor *
score (PhT5 *self, PhContext *c, PhTensor *x)
{
  x = norm (self, c, x, &self->decoder.norm);
  if (self->config.scaled)
    x = ph_scale (c, x, 1.0f / sqrtf ((float) self->config.width));
  return ph_linear (c, x, self->head.stored != NULL ? &self->head : &self->embedding,
                    NULL);
}

/* --- the class --- */

static PhTensor *
t5_embed (PhLm *lm, const PhPass *pass, const int32_t *ids, size_t n_batch, size_t n_ids)
{
  PhT5 *self = (PhT5 *) lm;

  return embed_with (pass->context, &self->embedding, ids, n_batch, n_ids);
}

static PhTensor *
t5_next (PhLm *lm, const PhPass *pass, PhLmState *state, const int32_t *ids, size_t n_ids)
{
  PhT5 *self = (PhT5 *) lm;
  PhContext *c = pass->context;
  size_t n_rows = ph_lm_cache_get_n_rows (state->cache);
  size_t n_keys = ph_lm_cache_get_n_used (state->cache) + n_ids;
  PhTensor *bias = distance_bias (self, c, &self->decoder, n_ids, n_keys);
  PhTensor *x = embed_with (c, decoder_table (self), ids, n_rows, n_ids);

  for (size_t i = 0; i < self->decoder.n_blocks; i++) {
    size_t scope = ph_scope_begin (c);

    x = look_back (self, pass, state, i, x, bias);
    x = look_at_prompt (self, pass, state, i, x);
    x = feed_forward (self, c, &self->decoder.blocks[i].feed_forward, x);
    x = ph_scope_end (c, scope, x);
  }
  ph_lm_cache_advance (state->cache, n_ids);
  return score (self, c, x);
}

static PhTensor *
t5_begin (PhLm *lm, const PhPass *pass, PhLmState *state, PhTensor *prompt)
{
  PhT5 *self = (PhT5 *) lm;
  PhContext *c = pass->context;
  size_t mark = ph_arena_mark (c->arena);

  keep_cross_keys (self, c, state, ph_t5_encode (self, c, prompt));
  ph_arena_reset (c->arena, mark);
  ph_lm_cache_clear (state->cache);
  return t5_next (lm, pass, state, &self->config.start_id, 1);
}

const PhLmClass ph_lm_t5 = {
  .name = "t5",
  .new = t5_new,
  .free = t5_free,
  .bind = ph_t5_bind,
  .embed = t5_embed,
  .state_new = t5_state_new,
  .state_free = t5_state_free,
  .state_select = t5_state_select,
  .begin = t5_begin,
  .next = t5_next,
};

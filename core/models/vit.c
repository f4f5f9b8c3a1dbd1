/*   x = [class, patches] + positions
 *   x += projection (attention (q n, k n, v n)),  n = norm1 (x)
 *   x += fc2 (gelu (fc1 (n))),                    n = norm2 (x)
 *   post_norm (x)
 *
 * The rows of qkv are those of q, then k, then v, each head by head.  A bias of k adds
 * the same to all scores of a query, which is nothing; where it is, it is used all the
 * same. */
#include "core/models/vit.h"
#include "core/models/positions.h"

#include "core/base/error.h"
#include "core/tensor/ops.h"
#include "core/vision/preprocess.h"

#include <math.h>

enum { ONE, WIDTH, WIDTH3, INNER, CHANNELS, PATCH, TOKENS, N_SIZES };

#define AFFINE(field, name, out, in) PH_AFFINE (PhVitBlock, field, name, out, in)
#define NORM(field, name) PH_NORM (PhVitBlock, field, name, WIDTH)

static const PhWeight block_weights[] = {
  NORM (norm1, "layer_norm1"),
  { "self_attn.qkv.weight", offsetof (PhVitBlock, qkv.w), 2, { WIDTH3, WIDTH } },
  AFFINE (projection, "self_attn.projection", WIDTH, WIDTH),
  NORM (norm2, "layer_norm2"),
  AFFINE (fc1, "mlp.fc1", INNER, WIDTH),
  AFFINE (fc2, "mlp.fc2", WIDTH, INNER),
};

static const PhWeight whole_bias[] = {
  { "self_attn.qkv.bias", offsetof (PhVitBlock, qkv.b), 1, { WIDTH3 } },
};

static const PhWeight split_bias[] = {
  { "self_attn.q_bias", offsetof (PhVitBlock, q_bias), 1, { WIDTH } },
  { "self_attn.v_bias", offsetof (PhVitBlock, v_bias), 1, { WIDTH } },
};

static const PhWeight vit_weights[] = {
  { "embeddings.class_embedding",
    offsetof (PhVit, class_embedding),
    3,
    { ONE, ONE, WIDTH } },
  { "embeddings.position_embedding",
    offsetof (PhVit, position_embedding),
    3,
    { ONE, TOKENS, WIDTH } },
  { "embeddings.patch_embedding.weight",
    offsetof (PhVit, patch_embedding.w),
    4,
    { WIDTH, CHANNELS, PATCH, PATCH } },
  { "embeddings.patch_embedding.bias",
    offsetof (PhVit, patch_embedding.b),
    1,
    { WIDTH } },
  PH_NORM (PhVit, post_norm, "post_layernorm", WIDTH),
};

void
ph_vit_init (PhVit *self, const PhVitConfig *config)
{
  *self = (PhVit){ .config = *config, .blocks = g_new0 (PhVitBlock, config->n_layers) };
}

void
ph_vit_clear (PhVit *self)
{
  g_clear_pointer (&self->blocks, g_free);
  g_clear_pointer (&self->positions.data, g_free);
}

size_t
ph_vit_n_patches (const PhVitConfig *config)
{
  return config->side / config->patch;
}

size_t
ph_vit_n_tokens (const PhVitConfig *config)
{
  size_t n = ph_vit_n_patches (config);

  return 1 + n * n;
}

/* --- opening --- */

static size_t
square_root (size_t n)
{
  size_t root = 0;

  while ((root + 1) * (root + 1) <= n)
    root++;
  return root;
}

bool
ph_vit_fit (PhVitConfig *config, const PhStore *store, const char *prefix, GError **error)
{
  g_autofree char *positions =
      g_strdup_printf ("%sembeddings.position_embedding", prefix);
  g_autofree char *bias = g_strdup_printf ("%sencoder.layers.0.self_attn.q_bias", prefix);
  const PhStoredTensor *stored = ph_store_find (store, positions);
  const size_t most = PH_PREPROCESS_MAX_SIDE / config->patch;
  size_t n, side;

  config->split_bias = ph_store_find (store, bias) != NULL;
  /* What is not there or has another shape is told when it is bound. */
  if (stored == NULL || stored->n_dims != 3)
    return true;

  n = stored->dims[1];
  side = n > 0 && n <= 1 + most * most ? square_root (n - 1) : 0;
  if (side == 0 || side * side != n - 1)
    return ph_fail (error, PH_ERROR_RANGE,
                    "%s has %zu positions, not one for the class and a square of at "
                    "most %zu patches a side",
                    positions, n, most);
  if (side != ph_vit_n_patches (config))
    config->side = side * config->patch;
  return true;
}

bool
ph_vit_bind (PhVit *self, PhBinder *binder, const char *prefix, GError **error)
{
  const PhVitConfig *config = &self->config;
  const size_t sizes[N_SIZES] = {
    [ONE] = 1,
    [WIDTH] = config->width,
    [WIDTH3] = 3 * config->width,
    [CHANNELS] = 3,
    [INNER] = config->inner,
    [PATCH] = config->patch,
    [TOKENS] = ph_vit_n_tokens (config),
  };

  if (!ph_weights_bind (binder, prefix, vit_weights, G_N_ELEMENTS (vit_weights), self,
                        sizes, error))
    return false;

  for (size_t i = 0; i < config->n_layers; i++) {
    g_autofree char *block = g_strdup_printf ("%sencoder.layers.%zu.", prefix, i);

    if (!ph_weights_bind (binder, block, block_weights, G_N_ELEMENTS (block_weights),
                          &self->blocks[i], sizes, error) ||
        !ph_weights_bind (binder, block, config->split_bias ? split_bias : whole_bias,
                          config->split_bias ? G_N_ELEMENTS (split_bias)
                                             : G_N_ELEMENTS (whole_bias),
                          &self->blocks[i], sizes, error))
      return false;
  }
  return true;
}

bool
ph_vit_set_side (PhVit *self, size_t side, GError **error)
{
  PhVitConfig *config = &self->config;
  size_t n = side / config->patch;

  if (n == 0)
    return ph_fail (error, PH_ERROR_RANGE,
                    "pictures of %zu pixels a side have no patch of %zu", side,
                    config->patch);
  if (n != ph_vit_n_patches (config) &&
      !ph_positions_interpolate (&self->position_embedding, n, &self->positions, error))
    return false;
  config->side = side;
  return true;
}

/* --- reading a picture --- */

static PhTensor *
embed (PhVit *self, PhContext *c, const float *pixels, size_t n_batch)
{
  const PhVitConfig *config = &self->config;
  PhTensor *patches =
      ph_patches (c, pixels, n_batch, config->side, config->side, config->patch);
  PhTensor *kernel =
      ph_reshape (c, &self->patch_embedding.w,
                  PH_DIMS (config->width, 3 * config->patch * config->patch));
  PhTensor *class_token = ph_repeat (c, &self->class_embedding, n_batch);
  PhTensor *positions =
      self->positions.data != NULL ? &self->positions : &self->position_embedding;

  patches = ph_linear (c, patches, kernel, &self->patch_embedding.b);
  return ph_add (c, ph_join (c, class_token, patches), positions);
}

/* q, k or v: a third of the fused qkv. */
static PhTensor *
third (PhContext *c, PhTensor *x, const PhVitConfig *config, PhVitBlock *b, size_t which)
{
  PhTensor *const split[] = { &b->q_bias, NULL, &b->v_bias };
  size_t width = config->width;
  PhTensor *bias =
      config->split_bias ? split[which] : ph_part (c, &b->qkv.b, which * width, width);

  return ph_linear (c, x, ph_part (c, &b->qkv.w, which * width, width), bias);
}

static PhTensor *
block_forward (const PhVitConfig *config, PhContext *c, PhVitBlock *block, PhTensor *x)
{
  size_t scope = ph_scope_begin (c);
  PhTensor *n = ph_layer_norm (c, x, &block->norm1.w, &block->norm1.b, config->eps);

  n = ph_attention (c,
                    &(PhAttention){
                        .q = third (c, n, config, block, 0),
                        .k = third (c, n, config, block, 1),
                        .v = third (c, n, config, block, 2),
                        .n_heads = config->n_heads,
                        .n_key_heads = config->n_heads,
                        .scale = 1.0f / sqrtf ((float) (config->width / config->n_heads)),
                    });
  x = ph_add (c, x, ph_linear (c, n, &block->projection.w, &block->projection.b));

  n = ph_layer_norm (c, x, &block->norm2.w, &block->norm2.b, config->eps);
  n = ph_gelu (c, ph_linear (c, n, &block->fc1.w, &block->fc1.b));
  x = ph_add (c, x, ph_linear (c, n, &block->fc2.w, &block->fc2.b));
  return ph_scope_end (c, scope, x);
}

PhTensor *
ph_vit_encode (PhVit *self, const PhPass *pass, const float *pixels, size_t n_batch)
{
  PhContext *c = pass->context;
  PhTensor *x = embed (self, c, pixels, n_batch);

  for (size_t i = 0; i < self->config.n_layers; i++) {
    x = block_forward (&self->config, c, &self->blocks[i], x);
    ph_probe (pass, PH_PROBE_VISION_BLOCK, (int) i, x);
  }
  x = ph_layer_norm (c, x, &self->post_norm.w, &self->post_norm.b, self->config.eps);
  ph_probe (pass, PH_PROBE_VISION_OUTPUT, 0, x);
  return x;
}

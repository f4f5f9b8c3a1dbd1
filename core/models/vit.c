/*   x = [class, patches] + positions
 *   x += projection (attention (q n, k n, v n)),  n = norm1 (x)
 *   x += fc2 (gelu (fc1 (n))),                    n = norm2 (x)
 *   post_norm (x)
 *
 * The rows of qkv are those of q, then k, then v, each head by head. */
#include "core/models/vit.h"

#include "core/tensor/ops.h"

#include <math.h>

enum { ONE, WIDTH, WIDTH3, INNER, CHANNELS, PATCH, TOKENS, N_SIZES };

#define AFFINE(field, name, out, in) PH_AFFINE (PhVitBlock, field, name, out, in)
#define NORM(field, name) PH_NORM (PhVitBlock, field, name, WIDTH)

static const PhWeight block_weights[] = {
  NORM (norm1, "layer_norm1"),
  AFFINE (qkv, "self_attn.qkv", WIDTH3, WIDTH),
  AFFINE (projection, "self_attn.projection", WIDTH, WIDTH),
  NORM (norm2, "layer_norm2"),
  AFFINE (fc1, "mlp.fc1", INNER, WIDTH),
  AFFINE (fc2, "mlp.fc2", WIDTH, INNER),
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
}

size_t
ph_vit_n_tokens (const PhVitConfig *config)
{
  size_t n = config->side / config->patch;

  return 1 + n * n;
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
                          &self->blocks[i], sizes, error))
      return false;
  }
  return true;
}

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

  patches = ph_linear (c, patches, kernel, &self->patch_embedding.b);
  return ph_add (c, ph_join (c, class_token, patches), &self->position_embedding);
}

/* q, k or v of the fused qkv. */
static PhTensor *
third (PhContext *c, PhTensor *x, PhAffine *qkv, size_t which)
{
  size_t width = ph_width (x);

  return ph_linear (c, x, ph_part (c, &qkv->w, which * width, width),
                    ph_part (c, &qkv->b, which * width, width));
}

static PhTensor *
block_forward (const PhVitConfig *config, PhContext *c, PhVitBlock *block, PhTensor *x)
{
  size_t scope = ph_scope_begin (c);
  PhTensor *n = ph_layer_norm (c, x, &block->norm1.w, &block->norm1.b, config->eps);

  n = ph_attention (c,
                    &(PhAttention){
                        .q = third (c, n, &block->qkv, 0),
                        .k = third (c, n, &block->qkv, 1),
                        .v = third (c, n, &block->qkv, 2),
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

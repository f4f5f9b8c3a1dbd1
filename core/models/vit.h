/* vit.h - the vision transformer of BLIP, BLIP-2 and InstructBLIP
 *
 * Pictures cut into square patches, a class token before them, learned positions, blocks
 * with their norms in front, one norm over all tokens at the end (Dosovitskiy et al.
 * 2021; modeling_instructblip.py of transformers).  Whoever looks at the picture reads
 * every token.
 *
 * Opening a checkpoint: ph_vit_fit(), since config.json is not always right about it,
 * ph_vit_init(), ph_vit_bind(), and ph_vit_set_side() for pictures of another size than
 * it was trained with.
 *
 * Plain data once bound; any number of threads may encode with one, each in its pass.
 */
#pragma once

#include "core/base/pass.h"
#include "core/formats/store.h"

G_BEGIN_DECLS

typedef struct {
  size_t width, inner;
  size_t n_layers, n_heads;
  /* Pixels.  What the patches leave over on the right and below is not seen. */
  size_t side, patch;
  /* The bias of q and that of v lie apart, and there is none of k: first conversions. */
  bool split_bias;
  float eps;
} PhVitConfig;

typedef struct {
  PhAffine norm1, qkv, projection, norm2, fc1, fc2;
  PhTensor q_bias, v_bias; /* if split, instead of qkv.b */
} PhVitBlock;

typedef struct {
  PhVitConfig config;
  PhTensor class_embedding;    /* 1 by 1 by width */
  PhTensor position_embedding; /* 1 by token by width, as trained */
  PhTensor positions;          /* the same for another number of patches; or no data */
  PhAffine patch_embedding;    /* width by 3 by patch by patch */
  PhVitBlock *blocks;
  PhAffine post_norm;
} PhVit;

void ph_vit_init (PhVit *self, const PhVitConfig *config);
void ph_vit_clear (PhVit *self);

/* Corrects what the weights know better than config.json: the side, from the number of
 * positions, and where the biases lie.  @prefix as in ph_vit_bind(). */
bool ph_vit_fit (PhVitConfig *config,
                 const PhStore *store,
                 const char *prefix,
                 GError **error);

/* @prefix is "vision_model." in the published files. */
bool ph_vit_bind (PhVit *self, PhBinder *binder, const char *prefix, GError **error);

/* After binding: reads pictures of @side pixels from now on.  Where that makes another
 * number of patches, positions are interpolated as transformers does it. */
bool ph_vit_set_side (PhVit *self, size_t side, GError **error);

/* Patches along a side; and all of them with the class token. */
size_t ph_vit_n_patches (const PhVitConfig *config);
size_t ph_vit_n_tokens (const PhVitConfig *config);

/* @pixels: batch by 3 by side by side, preprocessed.  Gives batch by token by width, the
 * class token first, then patches row by row.  Probes every block and the output. */
PhTensor *
ph_vit_encode (PhVit *self, const PhPass *pass, const float *pixels, size_t n_batch);

G_END_DECLS

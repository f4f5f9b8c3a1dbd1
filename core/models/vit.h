/* vit.h - the vision transformer of BLIP-2 and InstructBLIP
 *
 * Pictures cut into square patches, a class token before them, learned positions, blocks
 * with their norms in front, one norm over all tokens at the end (Dosovitskiy et al.
 * 2021; modeling_instructblip.py of transformers).  The Q-Former reads every token.
 *
 * Plain data once bound; any number of threads may encode with one, each in its pass.
 */
#pragma once

#include "core/base/pass.h"
#include "core/formats/weights.h"

G_BEGIN_DECLS

typedef struct {
  size_t width, inner;
  size_t n_layers, n_heads;
  size_t side, patch; /* pixels; patch divides side */
  float eps;
} PhVitConfig;

typedef struct {
  PhAffine norm1, qkv, projection, norm2, fc1, fc2;
} PhVitBlock;

typedef struct {
  PhVitConfig config;
  PhTensor class_embedding;    /* 1 by 1 by width */
  PhTensor position_embedding; /* 1 by token by width */
  PhAffine patch_embedding;    /* width by 3 by patch by patch */
  PhVitBlock *blocks;
  PhAffine post_norm;
} PhVit;

void ph_vit_init (PhVit *self, const PhVitConfig *config);
void ph_vit_clear (PhVit *self);

/* @prefix is "vision_model." in the published files. */
bool ph_vit_bind (PhVit *self, PhBinder *binder, const char *prefix, GError **error);

/* Patches and the class token. */
size_t ph_vit_n_tokens (const PhVitConfig *config);

/* @pixels: batch by 3 by side by side, preprocessed.  Gives batch by token by width, the
 * class token first, then patches row by row.  Probes every block and the output. */
PhTensor *
ph_vit_encode (PhVit *self, const PhPass *pass, const float *pixels, size_t n_batch);

G_END_DECLS

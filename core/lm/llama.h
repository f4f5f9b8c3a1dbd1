/* llama.h - the LLaMA family as a language model
 *
 * Sizes for making one without a config.json, as the trainer does; everything else goes
 * through the class.
 */
#pragma once

#include "core/lm/lm.h"

G_BEGIN_DECLS

typedef struct {
  size_t width, inner;
  size_t n_layers;
  size_t n_heads, n_key_heads, head_size;
  size_t n_vocabulary, n_positions;
  float eps;   /* of the norms */
  float theta; /* of the rotary positions */
  bool tied;   /* the output table is the embedding table */
} PhLlamaConfig;

PhLm *ph_llama_new (const PhLlamaConfig *config);

extern const PhLmClass ph_lm_llama;

G_END_DECLS

/* t5-private.h - what a T5 consists of: its sizes and its weights
 *
 * Read by t5-config.c, bound by t5-weights.c, computed with by t5.c.
 */
#pragma once

#include "core/lm/lm.h"

G_BEGIN_DECLS

typedef struct {
  size_t width, inner;
  size_t n_encoder_blocks, n_decoder_blocks;
  size_t n_heads, head_size;
  size_t n_vocabulary;
  size_t n_buckets, max_distance; /* of the distances between positions */
  double eps;                     /* of the norms */
  bool scaled;      /* hidden states by width^-1/2 before the output table */
  int32_t start_id; /* what the decoder reads before the answer */
} PhT5Config;

typedef struct {
  PhTensor norm, q, k, v, o;
} PhT5Attention;

typedef struct {
  PhTensor norm, gate, up, down;
} PhT5FeedForward;

typedef struct {
  PhT5Attention self;
  PhT5Attention cross; /* of the decoder alone */
  PhT5FeedForward feed_forward;
} PhT5Block;

typedef struct {
  PhTensor embedding; /* a copy of the shared one, or without data */
  PhTensor bias;      /* bucket by head */
  PhTensor norm;
  PhT5Block *blocks;
  size_t n_blocks;
} PhT5Stack;

typedef struct {
  PhLm lm;
  PhT5Config config;
  PhTensor embedding;
  PhTensor head; /* without data: the embedding */
  PhTensor unused_bias;
  PhT5Stack encoder, decoder;
} PhT5;

/* Fills @config, with the defaults of configuration_t5.py where keys are absent.  Fails
 * for numbers that nothing can be computed with, and for other kinds of T5. */
bool ph_t5_config_read (PhT5Config *config, const json_t *text_config, GError **error);

/* PhLmClass.bind. */
bool ph_t5_bind (PhLm *lm, PhBinder *binder, const char *prefix, GError **error);

/* What the decoder looks at: the last normed states of the prompt @x, 1 by position by
 * width. */
PhTensor *ph_t5_encode (PhT5 *self, PhContext *c, PhTensor *x);

G_END_DECLS

/* ops.h - the operators: forward here, backward beside it in the same file
 *
 * Every call computes at once and returns a tensor in the context's arena; with a tape
 * it also leaves a note for the way back.  x is what flows, w and b are weights.
 * Shapes are written "batch by token by width"; whatever stands before the last axis is
 * taken as rows.  Wrong shapes assert.
 *
 * To add an operator: forward, backward and formula in one file, a prototype here, a
 * row in the gradient table of tests/test-ops.c.
 */
#pragma once

#include "core/tensor/tensor.h"

/* --- linear.c --- */

/* x wᵀ + b.  @w is out by in, of any type; @b has out elements or is NULL.  A weight
 * that is not f32 is frozen: the gradient goes to x alone. */
PhTensor *ph_linear (PhContext *c, PhTensor *x, PhTensor *w, PhTensor *b);

/* --- attention.c --- */

typedef struct {
  PhTensor *q; /* batch by query by n_heads × size */
  PhTensor *k; /* batch, or 1 for all, by key by n_key_heads × size */
  PhTensor *v; /* like k */
  size_t n_heads;
  size_t n_key_heads; /* divides n_heads: each serves as many query heads in a row */
  float scale;        /* of the scores, usually size^-1/2 */
  /* NULL, or what is added to the scaled scores, n_heads by n_queries + n_keys - 1: it
   * depends on the distance alone (Raffel et al. 2020), and the pair of query i and key j
   * has element j - i + n_queries - 1 of its head's row. */
  PhTensor *bias;

  /* Query i sees keys 0 … i + n_keys - n_queries. */
  bool causal;
  /* NULL, or mask_batch (1 or batch) by query by key: 0 hides.  Not copied: it must
   * live as long as the tape. */
  const uint8_t *mask;
  size_t mask_batch;

  /* Not NULL: set to the probabilities, batch by head by query by key.  Their gradient
   * is taken into account, and after the way back is whole if ph_gradient() was called
   * for them before it. */
  PhTensor **probabilities;
} PhAttention;

/* softmax (scale q kᵀ + bias) v per head (Vaswani et al. 2017): batch by query by
 * n_heads × size.  A query that sees no key gives zeros. */
PhTensor *ph_attention (PhContext *c, const PhAttention *attention);

/* --- norm.c --- */

/* (x - mean) / sqrt (variance + eps) × w + b, per row. */
PhTensor *ph_layer_norm (PhContext *c, PhTensor *x, PhTensor *w, PhTensor *b, float eps);
/* x / sqrt (mean of squares + eps) × w, per row (Zhang and Sennrich 2019). */
PhTensor *ph_rms_norm (PhContext *c, PhTensor *x, PhTensor *w, float eps);
/* x / its Euclidean norm, per row. */
PhTensor *ph_unit (PhContext *c, PhTensor *x);

/* --- elementwise.c --- */

/* a + b.  @b has the shape of a, or that of its last axes and is then added to each. */
PhTensor *ph_add (PhContext *c, PhTensor *a, PhTensor *b);
PhTensor *ph_scale (PhContext *c, PhTensor *x, float factor);
/* x / t, @t one element (a temperature). */
PhTensor *ph_divide (PhContext *c, PhTensor *x, PhTensor *t);
/* x Φ(x), Φ the normal distribution (the exact GELU). */
PhTensor *ph_gelu (PhContext *c, PhTensor *x);
/* max (x, 0). */
PhTensor *ph_relu (PhContext *c, PhTensor *x);
/* silu (gate) × up (SwiGLU, Shazeer 2020). */
PhTensor *ph_silu_multiply (PhContext *c, PhTensor *gate, PhTensor *up);
/* Exact gelu (gate) × up (GEGLU, Shazeer 2020). */
PhTensor *ph_gelu_multiply (PhContext *c, PhTensor *gate, PhTensor *up);
/* Rotary positions, half-split: channel j of a head turns with channel j + size/2 by
 * (first + token) × theta^(-2j/size) (Su et al. 2021).  x: batch by token by
 * n_heads × size. */
PhTensor *
ph_rotate (PhContext *c, PhTensor *x, size_t n_heads, size_t first, float theta);

/* --- layout.c --- */

/* Views: data and gradient are shared with x. */
PhTensor *ph_reshape (PhContext *c, PhTensor *x, int n_dims, const size_t *dims);
/* Rows from … from + n - 1 of the first axis. */
PhTensor *ph_part (PhContext *c, PhTensor *x, size_t from, size_t n);

/* Copies.  a: batch by n by width, b: batch by m by width: batch by n + m by width. */
PhTensor *ph_join (PhContext *c, PhTensor *a, PhTensor *b);
/* Of batch by token by width, tokens from … from + n - 1. */
PhTensor *ph_tokens (PhContext *c, PhTensor *x, size_t from, size_t n);
/* Each element of the first axis @n times in a row. */
PhTensor *ph_repeat (PhContext *c, PhTensor *x, size_t n);
/* Rows of the first axis by number; a row may be taken more than once. The numbers are
 * copied.  With a table of any type as @x this is an embedding. */
PhTensor *ph_take (PhContext *c, PhTensor *x, const int32_t *rows, size_t n);
/* Two axes: row by column to column by row. */
PhTensor *ph_transpose (PhContext *c, PhTensor *x);
/* Groups of @n rows in a row: their largest, or mean, element by element. */
PhTensor *ph_max_of (PhContext *c, PhTensor *x, size_t n);
PhTensor *ph_mean_of (PhContext *c, PhTensor *x, size_t n);
/* Pictures, batch by 3 by height by width, as patches row by row: batch by patch by
 * 3 × size × size, in the order of a convolution's weight.  What is left over on the
 * right and below is in none.  No gradient. */
PhTensor *ph_patches (PhContext *c,
                      const float *pixels,
                      size_t batch,
                      size_t height,
                      size_t width,
                      size_t size);

/* --- loss.c --- (each gives one element) */

/* Mean over rows of -log softmax (x)[target], weighted; rows with a target below 0 do
 * not count.  @weights NULL: all 1.  @smoothing spreads that much over all columns.
 * Targets and weights are copied. */
PhTensor *ph_cross_entropy (PhContext *c,
                            PhTensor *x,
                            const int32_t *targets,
                            const float *weights,
                            float smoothing);
/* Mean of the binary cross-entropy of sigmoid (x) against targets in [0, 1]; positive
 * parts weigh @positive times as much.  Targets are copied. */
PhTensor *
ph_binary_cross_entropy (PhContext *c, PhTensor *x, const float *targets, float positive);
/* Mean of (x - target)².  Targets are copied. */
PhTensor *ph_squared_error (PhContext *c, PhTensor *x, const float *targets);
/* Grounding: mean of -log of the attention that falls on the marked keys.  @p is batch
 * by head by query by key and @marks batch by query by key (0 or 1, copied); the first
 * @n_heads heads count, and rows without a mark do not. */
PhTensor *
ph_attention_mass (PhContext *c, PhTensor *p, const uint8_t *marks, size_t n_heads);
/* How much sharper attention is than it may be: mean over rows of what the variance of
 * log p, which is that of the scores, has beyond @limit.  @p is probabilities, a row by
 * key; keys of probability 0, which are hidden, do not count. */
PhTensor *ph_attention_sharpness (PhContext *c, PhTensor *p, float limit);
/* Sum of weights[i] × terms[i], each of one element; NULL terms are skipped. */
PhTensor *
ph_weighted_sum (PhContext *c, PhTensor *const *terms, const float *weights, size_t n);

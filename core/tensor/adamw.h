/* adamw.h - the optimiser
 *
 * AdamW (Loshchilov and Hutter 2019), epsilon 1e-8, over one flat array of parameters
 * with its gradients and moments.  No decay on what the caller marks: biases, norms and
 * other one-dimensional tensors.
 */
#pragma once

#include "core/tensor/pool.h"

typedef struct {
  size_t first; /* into the flat arrays */
  size_t n;
  bool decays;
} PhAdamwRange;

typedef struct {
  float *weights;
  float *gradients;
  float *first_moments;
  float *second_moments;
  const PhAdamwRange *ranges;
  size_t n_ranges;
  float beta1, beta2, weight_decay;
} PhAdamw;

/* Euclidean norm of the gradients. */
double ph_adamw_norm (const PhAdamw *self);

/* One step, @step counting from 1.  Gradients are scaled so that their norm is at most
 * @max_norm (0: as they are).  Returns the norm before. */
double
ph_adamw_step (PhAdamw *self, PhPool *pool, size_t step, float rate, float max_norm);

/* ops-private.h - what the operators' files share */
#pragma once

#include "core/tensor/kernels/kernels.h"
#include "core/tensor/ops.h"
#include "core/tensor/tape.h"

#include <math.h>
#include <string.h>

/* Products of row-major matrices; C is m by n.  Where a tape or a pool is at work, BLAS
 * runs on the calling thread. */
void ph_gemm (bool transpose_a,
              bool transpose_b,
              size_t m,
              size_t n,
              size_t k,
              float alpha,
              const float *a,
              size_t lda,
              const float *b,
              size_t ldb,
              float beta,
              float *c,
              size_t ldc);

/* The values of a small weight as floats: itself, or widened into the arena. */
const float *ph_floats (PhContext *c, const PhTensor *x);
/* Widens @n values that begin at element @from. */
void ph_widen (const PhTensor *x, size_t from, size_t n, float *out);

/* A tensor shaped like @x. */
static inline PhTensor *
ph_like (PhContext *c, const PhTensor *x)
{
  return ph_tensor_new (c, x->n_dims, x->dims);
}

/* A copy of @bytes that lives as long as the tape. */
static inline void *
ph_keep (PhContext *c, const void *bytes, size_t n_bytes)
{
  return memcpy (ph_arena_take (c->arena, n_bytes), bytes, n_bytes);
}

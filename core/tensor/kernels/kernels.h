/* kernels.h - the inner loops, once for each level of instruction set
 *
 * One source, rows.h, is compiled by base.c, avx2.c and avx512.c; each yields a table
 * of functions, and the best one that the processor and the system support is chosen
 * at the first call.  PINHOLE_ISA=base|avx2|avx512 in the environment may lower the
 * level, never raise it, so that one machine tests all below its own.
 *
 * Safe from any thread.  Nothing here allocates.
 *
 * To add a loop: a member here and its body in rows.h.
 */
#pragma once

#include "core/tensor/tensor.h"

typedef struct {
  const char *name;

  float (*dot) (const float *a, const float *b, size_t n);
  /* One row of weights, @n of the type that indexes this, against @n_rows rows of x:
   * y[r × stride] = w · x_r.  The weights come from memory once. */
  void (*dots[3]) (float *y,
                   size_t stride,
                   const void *w,
                   const float *x,
                   size_t n_rows,
                   size_t n);
  float (*sum) (const float *x, size_t n);
  /* Mean of (x - mean)²: a second pass, since the difference of squares loses too much
   * where the mean is large beside the spread. */
  float (*variance) (const float *x, float mean, size_t n);
  /* y += a x */
  void (*add_scaled) (float *y, const float *x, float a, size_t n);

  void (*widen_f16) (float *y, const uint16_t *x, size_t n);
  void (*widen_bf16) (float *y, const uint16_t *x, size_t n);

  /* In place: exp (x - max) over their sum; -INFINITY gives 0, and a row of nothing
   * else gives zeros. */
  void (*softmax) (float *x, size_t n);
  /* Sum of exp (x - shift). */
  float (*sum_exp) (const float *x, float shift, size_t n);
  float (*max) (const float *x, size_t n);

  /* x Φ(x), Φ by erf: within 3e-7 of the exact one. */
  void (*gelu) (float *y, const float *x, size_t n);
  /* dx += dy gelu' (x) */
  void (*gelu_backward) (float *dx, const float *dy, const float *x, size_t n);

  /* y = gelu (gate) × up */
  void (*gelu_multiply) (float *y, const float *gate, const float *up, size_t n);
  void (*gelu_multiply_backward) (float *dgate,
                                  float *dup,
                                  const float *dy,
                                  const float *gate,
                                  const float *up,
                                  size_t n);

  /* y = silu (gate) × up */
  void (*silu_multiply) (float *y, const float *gate, const float *up, size_t n);
  void (*silu_multiply_backward) (float *dgate,
                                  float *dup,
                                  const float *dy,
                                  const float *gate,
                                  const float *up,
                                  size_t n);

  /* One step of AdamW (Loshchilov and Hutter 2019) on n parameters. */
  void (*adamw) (float *w,
                 float *m,
                 float *v,
                 const float *g,
                 size_t n,
                 const float coefficients[7]);
} PhKernels;

/* What PhKernels.adamw reads its coefficients as. */
enum {
  PH_ADAMW_RATE, /* learning rate */
  PH_ADAMW_BETA1,
  PH_ADAMW_BETA2,
  PH_ADAMW_DECAY,       /* 1 - rate × weight decay */
  PH_ADAMW_CORRECTION1, /* 1 / (1 - beta1^step) */
  PH_ADAMW_CORRECTION2, /* 1 / (1 - beta2^step) */
  PH_ADAMW_CLIP,        /* what the gradient is multiplied by first */
};

const PhKernels *ph_kernels (void);

extern const PhKernels ph_kernels_base;
extern const PhKernels ph_kernels_avx2;
extern const PhKernels ph_kernels_avx512;

/* Makes this thread treat denormals as zero.  Every thread that computes calls it once:
 * without it, training and decoding slow down by an order of magnitude or two. */
void ph_flush_denormals (void);

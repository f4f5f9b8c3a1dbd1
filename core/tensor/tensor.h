/* tensor.h - arrays of numbers, and the context that operators work in
 *
 * A PhTensor is a shape and a pointer, row-major, at most four axes, the batch first.
 * Activations are f32 and live in the context's arena until it is reset; weights may
 * also be f16 or bf16 and belong to whoever loaded them.
 *
 * A PhContext is all that an operator knows of the world: an arena to put its result
 * in, a pool to share its work, a tape if gradients are wanted, a stop flag.  One
 * context serves one thread.  Operators (ops.h) never fail: wrong shapes assert, memory
 * that is not to be had aborts, and after a stop the results are undefined, so whoever
 * owns the stop flag looks at it before using them.
 *
 * C11, no GLib.
 */
#pragma once

#include <assert.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PH_MAX_DIMS 4

typedef enum { PH_F32, PH_F16, PH_BF16 } PhType;

typedef struct {
  PhType type;
  int n_dims;
  size_t dims[PH_MAX_DIMS];
  union {
    float *data;        /* of PH_F32 */
    const void *stored; /* of any type; weights in a mapped file are not to be written */
  };
  float *gradient; /* same shape, or NULL until the backward pass asks for it */
  ptrdiff_t slot;  /* where its gradient begins in PhContext.gradients, or PH_NO_SLOT */
  bool wants_gradient;
} PhTensor;

#define PH_NO_SLOT ((ptrdiff_t) -1)

typedef struct _PhArena PhArena;
typedef struct _PhPool PhPool;
typedef struct _PhTape PhTape;

typedef struct {
  PhArena *arena;
  PhPool *pool;            /* NULL: everything on the calling thread */
  PhTape *tape;            /* NULL: nothing is recorded */
  float *gradients;        /* of the parameters, indexed by PhTensor.slot; with a tape */
  const atomic_bool *stop; /* NULL: never stopped */
} PhContext;

/* --- shapes --- */

size_t ph_n_elements (const PhTensor *x);
/* The last axis, and the product of all others. */
size_t ph_width (const PhTensor *x);
size_t ph_n_rows (const PhTensor *x);
size_t ph_type_bytes (PhType type);
bool ph_same_shape (const PhTensor *a, const PhTensor *b);

/* --- arena --- */

PhArena *ph_arena_new (void);
void ph_arena_free (PhArena *self);
/* 64-byte aligned and not cleared; lives until a reset to an earlier mark. */
void *ph_arena_take (PhArena *self, size_t n_bytes);
size_t ph_arena_mark (const PhArena *self);
void ph_arena_reset (PhArena *self, size_t mark);

/* --- making tensors in the arena --- */

PhTensor *ph_tensor_new (PhContext *c, int n_dims, const size_t *dims);
PhTensor *ph_tensor_zeros (PhContext *c, int n_dims, const size_t *dims);
#define PH_DIMS(...)                                                                     \
  (int) (sizeof ((size_t[]){ __VA_ARGS__ }) / sizeof (size_t)), (const size_t[])         \
  {                                                                                      \
    __VA_ARGS__                                                                          \
  }

/* Everything made in the arena between the two goes away, but @x, which is moved down.
 * With a tape it stays, for the backward pass, and the calls do nothing. */
size_t ph_scope_begin (PhContext *c);
PhTensor *ph_scope_end (PhContext *c, size_t scope, PhTensor *x);

static inline bool
ph_stopped (const PhContext *c)
{
  return c->stop != NULL && atomic_load_explicit (c->stop, memory_order_relaxed);
}

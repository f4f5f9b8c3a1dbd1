/* weights.h - one table a layer says what its weights are called and how large they are
 *
 * A layer's struct holds PhTensors; a const table names each one as the checkpoint
 * does, with the field it belongs in and its shape in symbols.  A binder walks the
 * tables: one finds the tensors in a file and checks them (store.h), one makes fresh
 * parameters for training, one writes them out.  So loading, training and saving share
 * a single description of a model.
 *
 * To give a layer a weight: a field in its struct and a row in its table.
 */
#pragma once

#include "core/tensor/tensor.h"

#include <glib.h>

G_BEGIN_DECLS

#define PH_WEIGHT_MAX_NAME 256

typedef struct {
  const char *name; /* after the prefix, as the published files spell it */
  size_t field;     /* offset of a PhTensor in the layer's struct */
  int n_dims;
  unsigned char
      dims[PH_MAX_DIMS]; /* each an index into the sizes that go with the table */
  bool optional;         /* absent: the tensor stays without data */
} PhWeight;

typedef struct _PhBinder PhBinder;

struct _PhBinder {
  /* Fills @tensor, whose shape must be @dims.  @name is whole.  For an optional one
   * that is not there: returns true and leaves @tensor->stored NULL. */
  bool (*bind) (PhBinder *self,
                const char *name,
                PhTensor *tensor,
                int n_dims,
                const size_t *dims,
                bool optional,
                GError **error);
};

/* A weight and its bias, as most layers have them: out by in, and out. */
typedef struct {
  PhTensor w, b;
} PhAffine;

/* The two rows of a PhAffine called @field in @Struct, and of a norm's scale and shift.
 */
#define PH_AFFINE(Struct, field, name, out, in)                                          \
  { name ".weight", offsetof (Struct, field.w), 2, { out, in } },                        \
  {                                                                                      \
    name ".bias", offsetof (Struct, field.b), 1,                                         \
    {                                                                                    \
      out                                                                                \
    }                                                                                    \
  }
#define PH_NORM(Struct, field, name, width)                                              \
  { name ".weight", offsetof (Struct, field.w), 1, { width } },                          \
  {                                                                                      \
    name ".bias", offsetof (Struct, field.b), 1,                                         \
    {                                                                                    \
      width                                                                              \
    }                                                                                    \
  }

/* Binds every row of @table for the struct at @fields.  @prefix is put before each name
 * as it stands (with its final dot). */
bool ph_weights_bind (PhBinder *binder,
                      const char *prefix,
                      const PhWeight *table,
                      size_t n_weights,
                      void *fields,
                      const size_t *sizes,
                      GError **error);

/* "f32", "f16" or "bf16". */
const char *ph_type_name (PhType type);

/* [3, 4] */
char *ph_shape_text (int n_dims, const size_t *dims);

G_END_DECLS

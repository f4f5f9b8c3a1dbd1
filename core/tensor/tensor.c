#include "core/tensor/tensor.h"

#include <string.h>

size_t
ph_n_elements (const PhTensor *x)
{
  size_t n = 1;

  for (int d = 0; d < x->n_dims; d++)
    n *= x->dims[d];
  return n;
}

size_t
ph_width (const PhTensor *x)
{
  assert (x->n_dims > 0);
  return x->dims[x->n_dims - 1];
}

size_t
ph_n_rows (const PhTensor *x)
{
  size_t n = 1;

  for (int d = 0; d + 1 < x->n_dims; d++)
    n *= x->dims[d];
  return n;
}

size_t
ph_type_bytes (PhType type)
{
  return type == PH_F32 ? 4 : 2;
}

bool
ph_same_shape (const PhTensor *a, const PhTensor *b)
{
  return a->n_dims == b->n_dims &&
         memcmp (a->dims, b->dims, (size_t) a->n_dims * sizeof *a->dims) == 0;
}

PhTensor *
ph_tensor_new (PhContext *c, int n_dims, const size_t *dims)
{
  PhTensor *self = ph_arena_take (c->arena, sizeof *self);

  assert (n_dims >= 1 && n_dims <= PH_MAX_DIMS);
  *self = (PhTensor){ .type = PH_F32, .n_dims = n_dims, .slot = PH_NO_SLOT };
  memcpy (self->dims, dims, (size_t) n_dims * sizeof *dims);
  self->data = ph_arena_take (c->arena, ph_n_elements (self) * sizeof (float));
  return self;
}

PhTensor *
ph_tensor_zeros (PhContext *c, int n_dims, const size_t *dims)
{
  PhTensor *self = ph_tensor_new (c, n_dims, dims);

  memset (self->data, 0, ph_n_elements (self) * sizeof (float));
  return self;
}

size_t
ph_scope_begin (PhContext *c)
{
  return ph_arena_mark (c->arena);
}

PhTensor *
ph_scope_end (PhContext *c, size_t scope, PhTensor *x)
{
  const size_t header = (sizeof *x + 63) & ~(size_t) 63;
  PhTensor copy = *x;
  PhTensor *moved;
  char *place;

  if (c->tape != NULL)
    return x;

  /* The data first: the old ones may begin where the new header goes. */
  ph_arena_reset (c->arena, scope);
  place = ph_arena_take (c->arena, header + ph_n_elements (&copy) * sizeof (float));
  memmove (place + header, copy.data, ph_n_elements (&copy) * sizeof (float));
  moved = (PhTensor *) place;
  *moved = copy;
  moved->data = (float *) (place + header);
  return moved;
}

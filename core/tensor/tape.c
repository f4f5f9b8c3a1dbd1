#include "core/tensor/tape.h"

#include <stdlib.h>
#include <string.h>

struct _PhTape {
  PhNote *last;
};

PhTape *
ph_tape_new (void)
{
  PhTape *self = calloc (1, sizeof *self);

  if (self == NULL)
    abort ();
  return self;
}

void
ph_tape_free (PhTape *self)
{
  free (self);
}

void
ph_tape_clear (PhTape *self)
{
  self->last = NULL;
}

void *
ph_tape_note (PhContext *c, PhBackward backward, size_t n_bytes)
{
  PhNote *note = ph_arena_take (c->arena, n_bytes);

  memset (note, 0, n_bytes);
  note->backward = backward;
  note->before = c->tape->last;
  c->tape->last = note;
  return note;
}

bool
ph_wants_gradient (const PhContext *c, const PhTensor *x)
{
  return c->tape != NULL && x != NULL && x->wants_gradient;
}

float *
ph_gradient (PhContext *c, PhTensor *x)
{
  if (x->slot != PH_NO_SLOT)
    return c->gradients + x->slot;

  if (x->gradient == NULL) {
    size_t n_bytes = ph_n_elements (x) * sizeof (float);

    x->gradient = ph_arena_take (c->arena, n_bytes);
    memset (x->gradient, 0, n_bytes);
  }
  return x->gradient;
}

void
ph_tape_backward (PhContext *c, PhTensor *loss)
{
  assert (ph_n_elements (loss) == 1);
  *ph_gradient (c, loss) = 1.0f;

  for (PhNote *note = c->tape->last; note != NULL; note = note->before)
    note->backward (c, note);
}

/* tape.h - the record of a forward pass, and the way back
 *
 * An operator that runs with a tape leaves a note: a function and the note's own
 * struct, whose first member is a PhNote.  ph_tape_backward walks the notes from the
 * last to the first; each adds to the gradients of its inputs what its output's
 * gradient says.  Backward always adds, never sets.
 *
 * Notes lie in the context's arena, so resetting the arena means clearing the tape.
 * One tape serves one context and its thread.
 */
#pragma once

#include "core/tensor/tensor.h"

typedef struct _PhNote PhNote;
typedef void (*PhBackward) (PhContext *c, PhNote *note);

struct _PhNote {
  PhBackward backward;
  PhNote *before;
};

PhTape *ph_tape_new (void);
void ph_tape_free (PhTape *self);
void ph_tape_clear (PhTape *self);

/* A cleared note of @n_bytes on the tape of @c; the caller fills what follows PhNote. */
void *ph_tape_note (PhContext *c, PhBackward backward, size_t n_bytes);

/* True if a gradient for @x is of use: there is a tape, and a parameter stands behind. */
bool ph_wants_gradient (const PhContext *c, const PhTensor *x);

/* Where to add the gradient of @x; cleared at the first call for it in a pass. */
float *ph_gradient (PhContext *c, PhTensor *x);

/* Sets the gradient of the one-element @loss to 1 and walks back. */
void ph_tape_backward (PhContext *c, PhTensor *loss);

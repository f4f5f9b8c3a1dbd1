/* vision.h - what the vision objective leaves for later stages
 *
 * Its heads are thrown away, but their rows say in which direction of the picture's
 * features each kind, colour and size lies: the start of the Q-Former is made of them.
 */
#pragma once

#include "core/train/objective.h"

G_BEGIN_DECLS

typedef struct {
  PhAffine kind, color, size, region, offset, center;
  PhAffine present, count;
  PhAffine own, near, wide;
} PhVisionHeads;

/* Binds them as "train.vision.…". */
bool ph_vision_heads_bind (PhVisionHeads *self,
                           PhBinder *binder,
                           size_t width,
                           GError **error);

/* Row of the kind head for a thing's kind or, with kind PH_KIND_DIGIT, its digit; row 0
 * is the ground, in the colour and size heads as well. */
int ph_vision_class (PhKind kind, int digit);

G_END_DECLS

/* instructblip.h - the network of InstructBLIP
 *
 * Dai et al. 2023: a vision transformer, a Q-Former that reads the picture with the
 * instruction in sight, a projection of its queries into the space of a language model,
 * and that language model.  This is the network alone, for the family in
 * instructblip-model.c and for the trainer; both bind it with the names of
 * InstructBlipForConditionalGeneration.
 */
#pragma once

#include "core/lm/lm.h"
#include "core/models/qformer.h"
#include "core/models/vit.h"

G_BEGIN_DECLS

typedef struct {
  PhVit vit;
  PhQformer qformer;
  PhAffine projection; /* width of the language model by width of the Q-Former */
  PhLm *lm;            /* owned */
} PhInstructBlip;

/* Takes @lm. */
void ph_instructblip_init (PhInstructBlip *self,
                           const PhVitConfig *vision,
                           const PhQformerConfig *qformer,
                           PhLm *lm);
/* Sizes from a whole config.json; errors name the field. */
bool ph_instructblip_init_from_config (PhInstructBlip *self,
                                       const json_t *config,
                                       GError **error);
void ph_instructblip_clear (PhInstructBlip *self);

bool ph_instructblip_bind (PhInstructBlip *self, PhBinder *binder, GError **error);

/* Queries of @input, projected: row by query by width of the language model. */
PhTensor *ph_instructblip_project (PhInstructBlip *self,
                                   const PhPass *pass,
                                   const PhQformerInput *input);

G_END_DECLS

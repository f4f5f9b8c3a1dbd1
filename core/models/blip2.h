/* blip2.h - the network of BLIP-2 and InstructBLIP
 *
 * Li et al. 2023: a vision transformer, a Q-Former whose queries read the picture, a
 * projection of the queries into the space of a language model, and that language model.
 * Dai et al. 2023, InstructBLIP, is the same network whose Q-Former has the instruction
 * in sight.  This is the network alone, for the families in blip2-model.c and for the
 * trainer; both bind it with the names of Blip2ForConditionalGeneration and
 * InstructBlipForConditionalGeneration, which PhQformerLayout tells apart.
 */
#pragma once

#include "core/formats/store.h"
#include "core/lm/lm.h"
#include "core/models/qformer.h"
#include "core/models/vit.h"

G_BEGIN_DECLS

typedef struct {
  PhVit vit;
  PhQformer qformer;
  PhAffine projection; /* width of the language model by width of the Q-Former */
  PhLm *lm;            /* owned */
} PhBlip2;

/* Sizes of the vision transformer and the Q-Former from a whole config.json, with the
 * defaults of its class for what it leaves out; errors name the field.  With @store (or
 * NULL) the weights correct what they know better: the picture's side, the number of
 * queries, the rows of the tables of words. */
bool ph_blip2_read_sizes (const json_t *config,
                          PhQformerLayout layout,
                          const PhStore *store,
                          PhVitConfig *vision,
                          PhQformerConfig *qformer,
                          GError **error);

/* Takes @lm. */
void ph_blip2_init (PhBlip2 *self,
                    const PhVitConfig *vision,
                    const PhQformerConfig *qformer,
                    PhLm *lm);
/* The same with sizes as above, and a language model from text_config. */
bool ph_blip2_init_from_config (PhBlip2 *self,
                                const json_t *config,
                                PhQformerLayout layout,
                                const PhStore *store,
                                GError **error);
void ph_blip2_clear (PhBlip2 *self);

bool ph_blip2_bind (PhBlip2 *self, PhBinder *binder, GError **error);

/* Queries of @input, projected: row by query by width of the language model. */
PhTensor *
ph_blip2_project (PhBlip2 *self, const PhPass *pass, const PhQformerInput *input);

G_END_DECLS

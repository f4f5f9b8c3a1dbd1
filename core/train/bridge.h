/* bridge.h - what the two stages that train the Q-Former share
 *
 * The frozen features of a shard's pictures, masks for padded text, the grounding loss,
 * and the common start.
 */
#pragma once

#include "core/train/objective.h"
#include "core/train/vision.h"

G_BEGIN_DECLS

/* Refuses sizes that these stages have no use for: words and features share one space
 * only if it has one width, and labels are of the drawn world's grid. */
bool ph_bridge_check (const PhWorkbench *bench, size_t n_grounded_heads, GError **error);

/* picture by token by width from the frozen transformer; nothing is recorded. */
PhTensor *ph_bridge_features (PhWorkbench *bench, PhShard *shard, const float *pixels);

/* Texts side by side, padded with 0 on the right. */
typedef struct {
  int32_t *ids; /* n by length */
  size_t *lengths;
  size_t n, length;
} PhTexts;

PhTexts ph_texts_new (PhShard *shard, size_t n, size_t length);

typedef enum {
  PH_SEES_ALL,  /* queries and text see each other */
  PH_SEES_PAST, /* text sees queries and the text before; queries see queries (ITG) */
} PhSees;

/* n by position by position, for PhQformerInput.mask: padding is hidden from all. */
uint8_t *
ph_texts_mask (PhShard *shard, const PhTexts *texts, size_t n_queries, PhSees sees);

/* Listens to the cross-attention of a pass. */
typedef struct {
  PhProbe probe;
  PhTensor *maps[PH_MAX_TERMS]; /* by layer; NULL where there is none */
  int n_layers;
} PhCrossMaps;

void ph_cross_maps_init (PhCrossMaps *self);

/* Pulls the first heads' attention to the patches of what each question is about: in the
 * first half of the layers the things it names, in the second those that answer it.
 * The questions of a picture lie one after another, as many for each. */
PhTensor *ph_bridge_grounding (PhShard *shard,
                               const PhCrossMaps *maps,
                               const PhPictures *pictures,
                               const PhAskedList *asked,
                               size_t n_queries,
                               size_t n_heads);

/* Mean over the maps of what ph_attention_sharpness() finds beyond @limit. */
PhTensor *
ph_bridge_sharpness (PhShard *shard, const PhCrossMaps *maps, double limit);

/* One space from the start: the words of the instruction, the picture's features and the
 * Q-Former's insides are aligned in closed form (start.c says how). */
void ph_bridge_start (PhWorkbench *bench, const PhVisionHeads *heads);

/* The projection by ridge regression, from what the queries say of a thing when they are
 * asked about it to the sum of the language model's embeddings of its words. */
void ph_projection_start (PhWorkbench *bench);

G_END_DECLS

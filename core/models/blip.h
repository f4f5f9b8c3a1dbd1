/* blip.h - what the three families of BLIP have in common
 *
 * Li et al. 2022.  BlipForConditionalGeneration writes captions and
 * BlipForQuestionAnswering answers (blip.c), BlipForImageTextRetrieval compares
 * (blip-retrieval.c).  In all of them the text looks at every token that a vision
 * transformer makes of the picture, without queries in between.
 */
#pragma once

#include "core/models/blip-text.h"
#include "core/models/model-private.h"
#include "core/models/vit.h"

G_BEGIN_DECLS

typedef struct {
  PhVitConfig vision;
  PhBlipTextConfig text;
  size_t match_width; /* of the space where picture and text are compared */
  int32_t start_id;   /* what decoders begin with */
  int32_t stop_id;
} PhBlipConfig;

/* The part that each family's struct begins with. */
typedef struct {
  PhModel model;
  PhVit vit;
  PhPicture *shown; /* whose keys the text side has made */
} PhBlip;

/* Sizes from config.json, and from the weights what they know better: @words names the
 * table that has a row a word.  Errors name the field. */
bool ph_blip_config_read (PhBlipConfig *self,
                          const json_t *config,
                          const PhStore *store,
                          const char *words,
                          GError **error);

/* Binds the vision transformer, and holds the tokenizer against the word table. */
bool ph_blip_open (PhBlip *self, const PhBlipConfig *config, GError **error);
void ph_blip_clear (PhBlip *self);

/* Notes that the keys of @picture were made, unless they were stopped; NULL: of something
 * that is not to be taken for one. */
void ph_blip_note_shown (PhBlip *self, const PhContext *c, const PhPicture *picture);

/* PhModelClass.read_prompt of those that read with an encoder: "[CLS] text [SEP]". */
bool ph_blip_read_text (PhModel *model, const char *text, GArray *ids, GError **error);

G_END_DECLS

/* blip-lm.h - the part of BLIP that writes, as a language model
 *
 * Li et al. 2022.  The captioner is a decoder that looks at the picture in every layer
 * and goes on behind its prompt.  The answerer of VQA first reads the question with an
 * encoder that looks at the picture; its decoder looks at what came of that, and begins
 * with a token of its own.
 *
 *   PhLm *lm = ph_blip_lm_new (&config, PH_BLIP_CAPTION, start_id);
 *   lm->class->bind (lm, binder, "", error);
 *   ph_blip_lm_show (lm, c, picture);
 *   … ph_generate (…) …
 *
 * It is not in the list of lm.c: no text_config alone says which of the two is meant.
 */
#pragma once

#include "core/lm/lm.h"
#include "core/models/blip-text.h"

G_BEGIN_DECLS

typedef enum {
  PH_BLIP_CAPTION,
  PH_BLIP_ANSWER,
} PhBlipTask;

/* @config is of both encoder and decoder; for answers its seen_width must be its width,
 * since the published decoder has keys for tokens of a picture and reads states of text.
 * An answer's decoder begins with @start_id; a caption's prompt does so by the caller. */
PhLm *ph_blip_lm_new (const PhBlipTextConfig *config, PhBlipTask task, int32_t start_id);

/* What begin() reads from now on is about @picture, 1 by token by seen_width.  Call
 * before begin(), and not between it and next(). */
void ph_blip_lm_show (PhLm *lm, PhContext *c, PhTensor *picture);

/* Reads a caption that was written, start and prompt in front, once more and all at once,
 * so that the probe sees each layer's cross-attention with one row a token: only at the
 * end is known which of several beams the caption was.  Captioners only. */
void ph_blip_lm_recall (PhLm *lm, const PhPass *pass, const int32_t *ids, size_t n_ids);

G_END_DECLS

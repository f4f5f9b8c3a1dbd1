/* decoder.h - what decoder-only language models have in common
 *
 * They read the prompt with the layers that go on to write, so all they remember is a
 * cache of keys and values; they begin with a table of embeddings and end with one of
 * outputs, which may be the same.  Such a model's struct begins with a PhDecoder, and
 * its class takes these functions as they stand; what it adds is forward(): the layers.
 */
#pragma once

#include "core/lm/cache.h"
#include "core/lm/lm.h"
#include "core/tensor/ops.h"

G_BEGIN_DECLS

typedef struct _PhDecoder PhDecoder;

/* Hidden states after the last norm for @x, batch by position by width, that go on from
 * @cache and are left in it; NULL: from nothing. */
typedef PhTensor *(*PhDecoderForward) (PhDecoder *self,
                                       const PhPass *pass,
                                       PhTensor *x,
                                       PhLmCache *cache);

struct _PhDecoder {
  PhLm lm;
  PhDecoderForward forward;
  size_t n_layers;
  size_t key_width;   /* of one position's keys in a layer, and of its values */
  PhTensor embedding; /* vocabulary by width */
  PhTensor head;      /* the same; without data: the embedding table is the output's */
};

/* Causal attention of layer @layer from its new queries, keys and values to all that
 * @cache has (NULL: to themselves), shown to PH_PROBE_LM_SELF_ATTENTION. */
PhTensor *ph_decoder_attend (const PhPass *pass,
                             PhLmCache *cache,
                             size_t layer,
                             PhAttention attention);

/* --- members of the class --- */

PhTensor *ph_decoder_embed (PhLm *lm,
                            const PhPass *pass,
                            const int32_t *ids,
                            size_t n_batch,
                            size_t n_ids);
PhLmState *ph_decoder_state_new (PhLm *lm, size_t n_rows, size_t n_positions);
void ph_decoder_state_free (PhLmState *state);
void ph_decoder_state_select (PhLmState *state, const size_t *from, size_t n);
PhTensor *
ph_decoder_begin (PhLm *lm, const PhPass *pass, PhLmState *state, PhTensor *prompt);
PhTensor *ph_decoder_next (PhLm *lm,
                           const PhPass *pass,
                           PhLmState *state,
                           const int32_t *ids,
                           size_t n_ids);
PhTensor *ph_decoder_hidden (PhLm *lm, const PhPass *pass, PhTensor *inputs);
PhTensor *ph_decoder_logits (PhLm *lm, const PhPass *pass, PhTensor *hidden);

/* The members of a PhLmClass that are those above. */
#define PH_DECODER_CLASS                                                                 \
  .embed = ph_decoder_embed, .state_new = ph_decoder_state_new,                          \
  .state_free = ph_decoder_state_free, .state_select = ph_decoder_state_select,          \
  .begin = ph_decoder_begin, .next = ph_decoder_next, .hidden = ph_decoder_hidden,       \
  .logits = ph_decoder_logits

G_END_DECLS

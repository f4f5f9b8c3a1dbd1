/* blip-text.h - the text models of BLIP: encoder and decoder of one build
 *
 * Li et al. 2022: a BERT in which every layer looks at something between its
 * self-attention and its feed-forward, at a picture's tokens or at what an encoder made
 * of a question.  With nothing to look at it reads text alone, as ITC wants it
 * (modeling_blip_text.py of transformers).
 *
 *   words = ph_blip_text_words (text, c, ids, 1, n_ids);
 *   seen = ph_blip_text_see (text, c, picture);
 *   states = ph_blip_text_run (text, pass, &(PhBlipTextInput){ words, seen });
 *
 * Plain data once bound; any number of threads may run one, each in its pass.
 */
#pragma once

#include "core/base/pass.h"
#include "core/lm/cache.h"
#include "core/models/bert.h"

G_BEGIN_DECLS

typedef struct {
  size_t width, inner;
  size_t n_layers, n_heads;
  size_t seen_width; /* of the tokens it looks at */
  size_t n_vocabulary, n_positions;
  float eps;
} PhBlipTextConfig;

typedef struct {
  PhBertAttention self, cross;
  PhBertFeed feed;
} PhBlipTextLayer;

typedef struct {
  PhBlipTextConfig config;
  PhTensor word_embedding, position_embedding;
  PhAffine embedding_norm;
  PhBlipTextLayer *layers;
} PhBlipText;

void ph_blip_text_init (PhBlipText *self, const PhBlipTextConfig *config);
void ph_blip_text_clear (PhBlipText *self);

/* @prefix is "text_encoder." or "text_decoder.bert." in the published files. */
bool ph_blip_text_bind (PhBlipText *self,
                        PhBinder *binder,
                        const char *prefix,
                        GError **error);

/* Rows of the word table: row by n_ids by width. */
PhTensor *ph_blip_text_words (PhBlipText *self,
                              PhContext *c,
                              const int32_t *ids,
                              size_t n_rows,
                              size_t n_ids);

/* What each layer makes of @tokens, 1 by token by seen_width: one pair a layer, in the
 * arena.  Made once for all texts about a picture. */
PhBertKeys *ph_blip_text_see (PhBlipText *self, PhContext *c, PhTensor *tokens);

/* Copies of such pairs that outlive the arena. */
typedef struct {
  PhBertKeys *keys; /* NULL: nothing was kept yet */
  PhTensor *tensors;
  size_t n_layers;
} PhBlipSeen;

/* Forgets what was kept before.  Owned; cleared by the other call. */
void ph_blip_seen_keep (PhBlipSeen *self, const PhBertKeys *keys, size_t n_layers);
void ph_blip_seen_clear (PhBlipSeen *self);

typedef struct {
  PhTensor *words;  /* row by token by width */
  PhBertKeys *seen; /* a pair a layer, of a batch of 1; NULL: nothing to look at */
  bool causal;      /* tokens see only those before */
  PhLmCache *past;  /* or NULL: goes on behind what was read, causal */
} PhBlipTextInput;

/* States after the last layer: row by token by width.  Probes cross-attention, which for
 * several rows is 1 by head by (row, then token) by key. */
PhTensor *
ph_blip_text_run (PhBlipText *self, const PhPass *pass, const PhBlipTextInput *input);

G_END_DECLS

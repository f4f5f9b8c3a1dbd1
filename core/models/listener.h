/* listener.h - what is noted of an answer besides where it looked at the picture
 *
 * A probe, and a reader of scores, that keeps for each token of the answer which of the
 * queries the language model attended to and what else it might have said, and for each
 * layer of the Q-Former what queries and words of the instruction had of each other.
 *
 *   ph_listener_start (&listener, pass.probe, &sizes);
 *   … look with &listener.probe, then set listener.n_prompt …
 *   … write with it and ph_listener_score() for each token, or, with beams, write
 *     without and ph_listener_reread() …
 *   … take what is noted …
 *   ph_listener_clear (&listener);
 *
 * One thread, that of the pass.
 */
#pragma once

#include "core/base/record.h"
#include "core/lm/lm.h"

G_BEGIN_DECLS

typedef struct {
  size_t n_queries;       /* 0: the language model has none to attend to */
  bool apart;             /* it reads them with an encoder */
  bool reads_instruction; /* the Q-Former reads text */
} PhListenerSizes;

/* What the model says of one token before it is chosen. */
typedef struct {
  float entropy; /* bits */
  int n_best;
  int32_t ids[PH_RECORD_N_BEST];
  float probabilities[PH_RECORD_N_BEST];
} PhListenerScores;

typedef struct {
  PhProbe probe;
  PhProbe *outer;
  PhListenerSizes sizes;
  size_t n_prompt; /* positions of it, queries and all */
  GArray *scores;  /* of PhListenerScores, one a token */
  GPtrArray
      *layers; /* of the language model: GArray of float, token by (query, masses) */

  size_t n_qformer_layers, n_qformer_heads, n_words;
  GArray *query_words; /* of float: layer by head by query by word */
  GArray *word_looks;  /* of float: layer by head by word by query */
} PhListener;

/* @outer, which may be NULL, is told what it wants as before. */
void ph_listener_start (PhListener *self, PhProbe *outer, const PhListenerSizes *sizes);
void ph_listener_clear (PhListener *self);

/* @total is the ph_scores_log_total() of @scores. */
void ph_listener_score (PhListener *self, const float *scores, size_t n, double total);

/* Reads @prompt and an answer that is known once more, several tokens at a time, and
 * notes of it what would have been noted in writing it.  Nobody else hears of it.  Notes
 * less, or nothing, after a stop and where there is no memory for a second state. */
void ph_listener_reread (PhListener *self,
                         PhLm *lm,
                         PhContext *c,
                         PhTensor *prompt,
                         const int32_t *ids,
                         size_t n_ids);

/* Of the first tokens, at most @n_most, the attention of the language model.  Sets
 * @words, and gives what PhRecordParts wants of it; the caller frees both. */
void ph_listener_take_words (const PhListener *self,
                             size_t n_most,
                             PhRecordWords *words,
                             float **queries,
                             PhRecordMasses **masses);

G_END_DECLS

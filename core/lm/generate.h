/* generate.h - from a prompt to an answer, token by token
 *
 * With the meaning that transformers 5 gives to the same words:
 *
 *   greedy    the likeliest token at each step
 *   sampled   drawn, with a seed: the same seed gives the same answer
 *   beams     the answer whose sum of log-probabilities / length^length_penalty is the
 *             largest among those that a search over n_beams texts at a time finds
 *
 * At each step the scores go through the penalty for repetition, the ban on stop tokens
 * before min_new_tokens and, when sampled, temperature, top_k and top_p, in this order
 * (scores.h); beams add up what the first two make of the logarithms of probabilities.
 * As in transformers the penalty falls on the prompt too, on placeholders and BOS as
 * well as on words, in a decoder-only model, and on the answer's start token in an
 * encoder-decoder.
 *
 * Runs on the caller's thread; the context's stop flag ends it between two tokens or
 * within one, and what was written is kept.
 */
#pragma once

#include "core/lm/lm.h"

G_BEGIN_DECLS

#define PH_MOST_NEW_TOKENS 4096
#define PH_MOST_BEAMS 32

typedef struct {
  bool sampled;       /* false: the next four mean nothing */
  double temperature; /* > 0 */
  int top_k;          /* 0: all */
  double top_p;       /* in (0, 1] */
  uint64_t seed;

  int n_beams;           /* 1: no search; more and sampled exclude each other */
  double length_penalty; /* above 0 favours long answers, below 0 short ones */
  bool early_stopping;   /* stop at n_beams finished answers, not when none can better */

  double repetition_penalty; /* > 0; 1: none */
  int min_new_tokens;        /* no stop token before; 0: none */
  int max_new_tokens;        /* 1 … 4096, stop token included */
} PhSampling;

#define PH_SAMPLING_GREEDY                                                               \
  {                                                                                      \
    .temperature = 1.0, .top_p = 1.0, .n_beams = 1, .length_penalty = 1.0,               \
    .repetition_penalty = 1.0, .max_new_tokens = 64                                      \
  }

/* Refuses a setting that means nothing, in one line. */
bool ph_sampling_check (const PhSampling *self, GError **error);

/* Any seed, by chance. */
uint64_t ph_sampling_draw_seed (void);

typedef enum {
  PH_STOP_EOS,
  PH_STOP_NEWLINE, /* the stop token was a newline, as in OPT */
  PH_STOP_LIMIT,   /* max_new_tokens were written */
  PH_STOP_FULL,    /* before them the model had no position left */
  PH_STOP_CANCELLED,
} PhStop;

/* "eos", "newline", "limit", "full" or "cancelled". */
const char *ph_stop_name (PhStop stop);

typedef struct {
  PhLm *lm;
  const PhPass *pass;
  PhTensor *prompt; /* 1 by position by width */
  /* What the prompt is made of, for the penalty: placeholders of the picture, if the
   * model has them, before the text. */
  const int32_t *prompt_ids;
  size_t n_prompt_ids;
  const PhSampling *sampling;
  /* What the answer begins with, and is gone on with: none for a new one.  They are read
   * as if they had been chosen again, one by one, so that all that is told is told of
   * them too, and a seed draws what it would have drawn.  Not with beams. */
  const int32_t *begun;
  size_t n_begun;
  const int32_t *stop_ids;
  size_t n_stop_ids;
  int32_t newline_id; /* -1: none */

  /* Told the answer so far after each step: its tokens, the stop token included, and the
   * probability that the model gave to each, before any of the settings.  A call replaces
   * what the last one told; without beams it only adds.  With beams it is the likeliest
   * of the texts that are still written, and the last call has the answer found. */
  void (*written) (void *data, const int32_t *ids, const float *probabilities, size_t n);
  /* NULL, or told before each choice what the model says of the next token, before any of
   * the settings; @total is the ph_scores_log_total() of its @scores.  Not told where
   * beams choose: theirs are several at a time. */
  void (*scored) (void *data, const float *scores, size_t n, double total);
  void *data;
} PhGeneration;

/* The answer is cut at the model's room.  Fails with scores that are not numbers, and
 * when there is no memory.  Being stopped is not a failure. */
bool ph_generate (const PhGeneration *self, PhStop *stop, GError **error);

G_END_DECLS

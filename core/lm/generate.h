/* generate.h - from a prompt to an answer, token by token
 *
 * Greedy, or sampled with a seed: the scores are divided by the temperature, then the
 * smallest set of tokens whose probabilities add up to top_p is kept (Holtzman et al.
 * 2020).  The same seed gives the same answer.
 *
 * Runs on the caller's thread; the context's stop flag ends it between two tokens or
 * within one.
 */
#pragma once

#include "core/lm/lm.h"

G_BEGIN_DECLS

typedef struct {
  bool sampled;       /* false: greedy, and the next three mean nothing */
  double temperature; /* > 0 */
  double top_p;       /* in (0, 1] */
  uint64_t seed;
  int max_new_tokens; /* 1 … 4096 */
} PhSampling;

#define PH_SAMPLING_GREEDY                                                               \
  {                                                                                      \
    .sampled = false, .temperature = 1.0, .top_p = 1.0, .seed = 0, .max_new_tokens = 64  \
  }

/* Refuses a temperature, top_p or length that means nothing, in one line. */
bool ph_sampling_check (const PhSampling *self, GError **error);

typedef enum {
  PH_STOP_EOS,
  PH_STOP_NEWLINE, /* the stop token was a newline, as in OPT */
  PH_STOP_LIMIT,
  PH_STOP_CANCELLED,
} PhStop;

/* "eos", "newline", "limit" or "cancelled". */
const char *ph_stop_name (PhStop stop);

typedef struct {
  PhLm *lm;
  const PhPass *pass;
  PhTensor *prompt; /* 1 by position by width */
  const PhSampling *sampling;
  const int32_t *stop_ids;
  size_t n_stop_ids;
  int32_t newline_id; /* -1: none */

  /* Told each token as it is chosen, stop ids included, with its probability before
   * temperature and top_p. */
  void (*token) (void *data, int32_t id, float probability);
  void *data;
} PhGeneration;

/* Fails only with scores that are not numbers.  Being stopped is not a failure. */
bool ph_generate (const PhGeneration *self, PhStop *stop, GError **error);

G_END_DECLS

/* known.h - what a language model thinks of an answer that is known
 *
 * Reads a prompt and, behind it, an answer somebody else has written ("teacher forcing"),
 * several tokens at a time, and tells before each of its tokens the scores of all that
 * might have come there.  They are those of writing the same answer token by token, but
 * for the rounding of products of another shape.
 *
 * Runs on the thread of the pass.
 */
#pragma once

#include "core/lm/lm.h"

G_BEGIN_DECLS

typedef struct {
  PhLm *lm;
  const PhPass *pass;
  PhTensor *prompt; /* 1 by position by width */
  const int32_t *ids;
  size_t n_ids;

  /* Told for each of @ids in turn: @total is the ph_scores_log_total() of @scores. */
  void (*scored) (void *data, const float *scores, size_t n, double total);
  void *data;
} PhKnown;

/* Fails if there is no memory for another state of the model.  Being stopped is not a
 * failure: less is told then. */
bool ph_known_read (const PhKnown *self, GError **error);

G_END_DECLS

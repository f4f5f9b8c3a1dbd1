/* turn-meta.h - the line under an answer: its figures, and why it ended
 *
 * "0.40 s · 12 tokens · 31 tokens/s · stopped at the length limit".  Main thread.
 */
#pragma once

#include "core/engine/reply.h"
#include "core/history/history.h"

G_BEGIN_DECLS

typedef struct {
  double seconds; /* from picture to end; 0: not known */
  gsize n_tokens;
  double tokens_per_second; /* while it was written; 0: not known */
} PhTurnFigures;

/* Of a live answer, and of one out of the history. */
void ph_turn_figures_measure (PhTurnFigures *self, const PhAnswer *answer);
void ph_turn_figures_recall (PhTurnFigures *self, const PhHistoryTurn *record);

/* @stop_reason as the history tells it, or NULL. */
char *ph_turn_figures_dup_text (const PhTurnFigures *self,
                                PhTurnState state,
                                const char *stop_reason);

G_END_DECLS

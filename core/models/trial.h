/* trial.h - one question asked again and again, with something taken away each time
 *
 *   trial = ph_trial_new (model, &question, error);
 *   … for each intervention:
 *   ph_trial_look (trial, pass, &intervention, error);
 *   ph_trial_write (trial, pass, &answer, error);
 *   ph_trial_score (trial, pass, ids, n_ids, probabilities, error);
 *
 * What does not change is done once: a picture that is not covered is read one time by
 * the vision transformer, and one time by the queries as long as no head is silenced.
 * With nothing taken away the answer is that of ph_model_ask(), byte for byte.
 *
 * Borrows the model and belongs to its thread; the model must not be closed before it.
 * A stop flag in the pass's context ends each call soon; that is not a failure.
 */
#pragma once

#include "core/models/intervention.h"

G_BEGIN_DECLS

typedef struct _PhTrial PhTrial;

/* Of @question, the picture is referenced, the rest copied or not used: nobody is told of
 * stages and text, and there is no snapshot.  Fails as ph_model_ask() does before it
 * reads the picture. */
PhTrial *ph_trial_new (PhModel *model, const PhQuestionAsked *question, GError **error);
void ph_trial_free (PhTrial *self);

/* Makes what the language model is to read in the calls below.  NULL takes nothing away.
 * Fails where the model has no such patch, query or head. */
bool ph_trial_look (PhTrial *self,
                    const PhPass *pass,
                    const PhIntervention *without,
                    GError **error);

/* Writes an answer behind it, with the question's sampling and seed.  @answer is cleared
 * first; its stop is PH_STOP_CANCELLED after a stop. */
bool ph_trial_write (PhTrial *self, const PhPass *pass, PhAnswer *answer, GError **error);

/* What the model gives to each token of an answer that is known, had it come so far:
 * n_ids probabilities, before any of the settings.  After a stop they mean nothing.
 * Fails with ids that the model does not have, or more than it has room for. */
bool ph_trial_score (PhTrial *self,
                     const PhPass *pass,
                     const int32_t *ids,
                     size_t n_ids,
                     float *probabilities,
                     GError **error);

/* The mean of the logarithms of @n probabilities, each taken to be at least 1e-30; its
 * exponential is the probability of a token by their geometric mean. */
double ph_trial_mean_log (const float *probabilities, size_t n);

/* How many of an answer's @n_ids tokens are its words: all but stop tokens at its end,
 * where there is more than those. */
size_t ph_trial_count_words (const PhModelInfo *model, const int32_t *ids, size_t n_ids);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PhTrial, ph_trial_free)

G_END_DECLS

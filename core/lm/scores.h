/* scores.h - what is done to the scores of a vocabulary before a token is chosen
 *
 * One function for each logits processor of transformers, with its meaning and in the
 * order they are applied in.  Each works in place on @n scores; a token that is ruled
 * out gets -INFINITY.  Any thread.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

G_BEGIN_DECLS

/* log Σ exp (scores). */
double ph_scores_log_total (const float *scores, size_t n);
/* The first of the largest. */
int32_t ph_scores_greatest (const float *scores, size_t n);
bool ph_scores_are_finite (const float *scores, size_t n);

/* How uncertain the choice is: -Σ p log2 p in bits, @total being the log total. */
double ph_scores_entropy (const float *scores, size_t n, double total);
/* Sets @ids to those of the @k largest scores, the largest first and of equal ones the
 * first; returns how many there are: @k, or @n if that is less. */
size_t ph_scores_best (const float *scores, size_t n, size_t k, int32_t *ids);

/* Scores become logarithms of probabilities; returns what was taken off each. */
double ph_scores_log_softmax (float *scores, size_t n);

/* Each token that occurs in @ids, once however often it does: a score above 0 is divided
 * by @penalty and one below multiplied (Keskar et al. 2019).  Ids without a score are
 * passed over. */
void ph_scores_penalise (float *scores,
                         size_t n,
                         double penalty,
                         const int32_t *ids,
                         size_t n_ids);
void ph_scores_forbid (float *scores, size_t n, const int32_t *ids, size_t n_ids);
void ph_scores_divide (float *scores, size_t n, double temperature);
/* Keeps the @k largest, and what is as large as the last of them (Fan et al. 2018). */
void ph_scores_keep_top_k (float *scores, size_t n, size_t k);
/* Keeps the smallest set of the likeliest whose probabilities reach @p (Holtzman et al.
 * 2020); at least one. */
void ph_scores_keep_top_p (float *scores, size_t n, double p);

/* Draws in proportion to the probabilities; @at is in [0, 1). */
int32_t ph_scores_draw (const float *scores, size_t n, double at);

G_END_DECLS

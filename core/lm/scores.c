#include "core/lm/scores.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int32_t
ph_scores_greatest (const float *scores, size_t n)
{
  size_t best = 0;

  for (size_t i = 1; i < n; i++)
    if (scores[i] > scores[best])
      best = i;
  return (int32_t) best;
}

bool
ph_scores_are_finite (const float *scores, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (!isfinite (scores[i]))
      return false;
  return true;
}

double
ph_scores_log_total (const float *scores, size_t n)
{
  double peak = scores[ph_scores_greatest (scores, n)], total = 0;

  for (size_t i = 0; i < n; i++)
    total += exp (scores[i] - peak);
  return peak + log (total);
}

/* log p is score - total, so that Σ p log p needs one exponential a score. */
double
ph_scores_entropy (const float *scores, size_t n, double total)
{
  double sum = 0;

  for (size_t i = 0; i < n; i++)
    if (scores[i] > -INFINITY)
      sum -= exp (scores[i] - total) * (scores[i] - total);
  return sum / M_LN2;
}

size_t
ph_scores_best (const float *scores, size_t n, size_t k, int32_t *ids)
{
  size_t n_best = 0;

  for (size_t i = 0; i < n; i++) {
    size_t at = n_best;

    while (at > 0 && scores[i] > scores[ids[at - 1]])
      at--;
    if (at == k)
      continue;
    n_best = MIN (n_best + 1, k);
    memmove (ids + at + 1, ids + at, (n_best - 1 - at) * sizeof *ids);
    ids[at] = (int32_t) i;
  }
  return n_best;
}

double
ph_scores_log_softmax (float *scores, size_t n)
{
  double total = ph_scores_log_total (scores, n);

  for (size_t i = 0; i < n; i++)
    scores[i] = (float) (scores[i] - total);
  return total;
}

void
ph_scores_penalise (float *scores,
                    size_t n,
                    double penalty,
                    const int32_t *ids,
                    size_t n_ids)
{
  g_autofree bool *is_done = g_new0 (bool, n);

  for (size_t i = 0; i < n_ids; i++) {
    size_t id = (size_t) ids[i];

    if (ids[i] < 0 || id >= n || is_done[id])
      continue;
    scores[id] = (float) (scores[id] < 0 ? scores[id] * penalty : scores[id] / penalty);
    is_done[id] = true;
  }
}

void
ph_scores_forbid (float *scores, size_t n, const int32_t *ids, size_t n_ids)
{
  for (size_t i = 0; i < n_ids; i++)
    if (ids[i] >= 0 && (size_t) ids[i] < n)
      scores[ids[i]] = -INFINITY;
}

void
ph_scores_divide (float *scores, size_t n, double temperature)
{
  for (size_t i = 0; i < n; i++)
    scores[i] = (float) (scores[i] / temperature);
}

typedef struct {
  int32_t id;
  float score;
} Candidate;

static int
by_score (const void *a, const void *b)
{
  const Candidate *x = a, *y = b;

  if (x->score != y->score)
    return x->score < y->score ? 1 : -1;
  return x->id < y->id ? -1 : x->id > y->id;
}

/* What is not ruled out, the best first; @n_candidates is set to how many. */
static Candidate *
rank (const float *scores, size_t n, size_t *n_candidates)
{
  Candidate *candidates = g_new (Candidate, n);

  *n_candidates = 0;
  for (size_t i = 0; i < n; i++)
    if (scores[i] > -INFINITY)
      candidates[(*n_candidates)++] = (Candidate){ (int32_t) i, scores[i] };
  qsort (candidates, *n_candidates, sizeof *candidates, by_score);
  return candidates;
}

void
ph_scores_keep_top_k (float *scores, size_t n, size_t k)
{
  size_t n_candidates;
  g_autofree Candidate *candidates = rank (scores, n, &n_candidates);

  if (k >= n_candidates)
    return;
  for (size_t i = 0; i < n; i++)
    if (scores[i] < candidates[k - 1].score)
      scores[i] = -INFINITY;
}

void
ph_scores_keep_top_p (float *scores, size_t n, double p)
{
  size_t n_candidates;
  g_autofree Candidate *candidates = rank (scores, n, &n_candidates);
  double total = ph_scores_log_total (scores, n), kept = 0;

  for (size_t i = 0; i < n_candidates; i++) {
    if (i > 0 && kept >= p)
      scores[candidates[i].id] = -INFINITY;
    kept += exp (candidates[i].score - total);
  }
}

int32_t
ph_scores_draw (const float *scores, size_t n, double at)
{
  size_t n_candidates;
  g_autofree Candidate *candidates = rank (scores, n, &n_candidates);
  double total = ph_scores_log_total (scores, n);
  int32_t drawn = ph_scores_greatest (scores, n);

  for (size_t i = 0; i < n_candidates && at >= 0; i++) {
    at -= exp (candidates[i].score - total);
    drawn = candidates[i].id;
  }
  return drawn;
}

#include "core/lm/generate.h"

#include "core/base/error.h"
#include "core/tensor/random.h"

#include <math.h>

#define MOST_TOKENS 4096

bool
ph_sampling_check (const PhSampling *self, GError **error)
{
  if (self->max_new_tokens < 1 || self->max_new_tokens > MOST_TOKENS)
    return ph_fail (error, PH_ERROR_RANGE, "%d new tokens, not 1 to %d",
                    self->max_new_tokens, MOST_TOKENS);
  if (self->sampled && !(self->temperature > 0 && self->temperature <= 100))
    return ph_fail (error, PH_ERROR_RANGE, "temperature %g, not above 0 and at most 100",
                    self->temperature);
  if (self->sampled && !(self->top_p > 0 && self->top_p <= 1))
    return ph_fail (error, PH_ERROR_RANGE, "top-p %g, not above 0 and at most 1",
                    self->top_p);
  return true;
}

const char *
ph_stop_name (PhStop stop)
{
  static const char *const names[] = { "eos", "newline", "limit", "cancelled" };

  return names[stop];
}

typedef struct {
  int32_t id;
  double probability;
} Candidate;

/* The first of the largest, as argmax of the reference takes it. */
static int32_t
greatest (const float *logits, size_t n)
{
  size_t best = 0;

  for (size_t i = 1; i < n; i++)
    if (logits[i] > logits[best])
      best = i;
  return (int32_t) best;
}

static double
log_total (const float *logits, size_t n, double temperature)
{
  double peak = logits[greatest (logits, n)], total = 0;

  for (size_t i = 0; i < n; i++)
    total += exp ((logits[i] - peak) / temperature);
  return peak / temperature + log (total);
}

static int
by_probability (const void *a, const void *b)
{
  const Candidate *x = a, *y = b;

  if (x->probability != y->probability)
    return x->probability < y->probability ? 1 : -1;
  return x->id < y->id ? -1 : x->id > y->id;
}

/* Draws from the smallest set of tokens whose probabilities reach top_p. */
static int32_t
sample (const float *logits, size_t n, const PhSampling *sampling, PhRandom *random)
{
  g_autofree Candidate *candidates = g_new (Candidate, n);
  double total = log_total (logits, n, sampling->temperature);
  double kept = 0, at;
  size_t n_kept = 0;

  for (size_t i = 0; i < n; i++)
    candidates[i] =
        (Candidate){ (int32_t) i, exp (logits[i] / sampling->temperature - total) };
  qsort (candidates, n, sizeof *candidates, by_probability);
  while (n_kept < n && kept < sampling->top_p)
    kept += candidates[n_kept++].probability;

  at = ph_random_unit (random) * kept;
  for (size_t i = 0; i + 1 < n_kept; i++) {
    at -= candidates[i].probability;
    if (at < 0)
      return candidates[i].id;
  }
  return candidates[n_kept - 1].id;
}

static bool
all_finite (const float *x, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (!isfinite (x[i]))
      return false;
  return true;
}

static bool
is_stop (const PhGeneration *self, int32_t id)
{
  for (size_t i = 0; i < self->n_stop_ids; i++)
    if (self->stop_ids[i] == id)
      return true;
  return false;
}

typedef struct {
  PhLmState *state;
  PhRandom random;
} Run;

/* Chooses one token from @logits and tells it; @id is -1 when scores are no numbers. */
static int32_t
choose (const PhGeneration *self, Run *run, const PhTensor *logits)
{
  size_t n = self->lm->n_vocabulary;
  int32_t id;

  if (!all_finite (logits->data, n))
    return -1;
  id = self->sampling->sampled ? sample (logits->data, n, self->sampling, &run->random)
                               : greatest (logits->data, n);
  self->token (self->data, id,
               (float) exp (logits->data[id] - log_total (logits->data, n, 1)));
  return id;
}

static bool
generate (const PhGeneration *self, Run *run, PhStop *stop, GError **error)
{
  const PhLmClass *class = self->lm->class;
  PhContext *c = self->pass->context;
  PhTensor *logits = class->begin (self->lm, self->pass, run->state, self->prompt);
  size_t mark;

  *stop = PH_STOP_LIMIT;
  if (!ph_stopped (c))
    ph_probe (self->pass, PH_PROBE_FIRST_LOGITS, 0, logits);
  mark = ph_arena_mark (c->arena);
  for (int i = 0; i < self->sampling->max_new_tokens; i++) {
    int32_t id;

    if (ph_stopped (c)) {
      *stop = PH_STOP_CANCELLED;
      return true;
    }
    id = choose (self, run, logits);
    if (id < 0)
      return ph_fail (error, PH_ERROR_FORMAT,
                      "token %d has scores that are not numbers: the weights are damaged",
                      i);
    if (is_stop (self, id)) {
      *stop = id == self->newline_id ? PH_STOP_NEWLINE : PH_STOP_EOS;
      return true;
    }
    if (i + 1 < self->sampling->max_new_tokens) {
      ph_arena_reset (c->arena, mark);
      logits = class->next (self->lm, self->pass, run->state, &id, 1);
    }
  }
  return true;
}

bool
ph_generate (const PhGeneration *self, PhStop *stop, GError **error)
{
  Run run = { 0 };
  size_t n_positions = ph_lm_count_positions (self->lm, self->prompt->dims[1],
                                              (size_t) self->sampling->max_new_tokens);
  bool done;

  run.state = self->lm->class->state_new (self->lm, 1, n_positions);
  ph_random_start (&run.random, self->sampling->seed, 0);
  done = generate (self, &run, stop, error);
  self->lm->class->state_free (run.state);
  return done;
}

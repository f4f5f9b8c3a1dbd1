#include "core/lm/known.h"

#include "core/base/error.h"
#include "core/lm/scores.h"

/* Tokens at a time: the scores of each are of the whole vocabulary. */
#define N_TOGETHER 32

static void
tell_rows (const PhKnown *self, const PhTensor *logits)
{
  size_t n = ph_width (logits), n_rows = ph_n_rows (logits);

  for (size_t row = 0; row < n_rows && !ph_stopped (self->pass->context); row++) {
    const float *scores = logits->data + row * n;

    self->scored (self->data, scores, n, ph_scores_log_total (scores, n));
  }
}

static void
read_on (const PhKnown *self, PhLmState *state)
{
  const PhLmClass *class = self->lm->class;
  PhContext *c = self->pass->context;
  size_t mark = ph_arena_mark (c->arena), n = self->n_ids;

  tell_rows (self, class->begin (self->lm, self->pass, state, self->prompt));
  for (size_t at = 0; at + 1 < n && !ph_stopped (c); at += N_TOGETHER) {
    ph_arena_reset (c->arena, mark);
    tell_rows (self, class->next (self->lm, self->pass, state, self->ids + at,
                                  MIN (N_TOGETHER, n - 1 - at)));
  }
  ph_arena_reset (c->arena, mark);
}

bool
ph_known_read (const PhKnown *self, GError **error)
{
  size_t n_positions =
      ph_lm_count_positions (self->lm, self->prompt->dims[1], self->n_ids);
  PhLmState *state = self->lm->class->state_new (self->lm, 1, n_positions);

  if (state == NULL)
    return ph_fail (error, PH_ERROR_MEMORY,
                    "no memory to remember %zu positions: ask for less", n_positions);
  read_on (self, state);
  self->lm->class->state_free (state);
  return true;
}

#include "core/lm/generate-private.h"

#include "core/base/error.h"
#include "core/tensor/random.h"

#include <math.h>
#include <string.h>

static bool
check_sampled (const PhSampling *self, GError **error)
{
  if (!(self->temperature > 0 && self->temperature <= 100))
    return ph_fail (error, PH_ERROR_RANGE, "temperature %g, not above 0 and at most 100",
                    self->temperature);
  if (!(self->top_p > 0 && self->top_p <= 1))
    return ph_fail (error, PH_ERROR_RANGE, "top-p %g, not above 0 and at most 1",
                    self->top_p);
  if (self->top_k < 0)
    return ph_fail (error, PH_ERROR_RANGE, "top-k %d, not 0 or more", self->top_k);
  if (self->n_beams > 1)
    return ph_fail (error, PH_ERROR_UNSUPPORTED,
                    "%d beams and sampling, which exclude each other", self->n_beams);
  return true;
}

bool
ph_sampling_check (const PhSampling *self, GError **error)
{
  if (self->max_new_tokens < 1 || self->max_new_tokens > PH_MOST_NEW_TOKENS)
    return ph_fail (error, PH_ERROR_RANGE, "%d new tokens, not 1 to %d",
                    self->max_new_tokens, PH_MOST_NEW_TOKENS);
  if (self->min_new_tokens < 0 || self->min_new_tokens > self->max_new_tokens)
    return ph_fail (error, PH_ERROR_RANGE, "at least %d new tokens, but at most %d",
                    self->min_new_tokens, self->max_new_tokens);
  if (!(self->repetition_penalty > 0 && self->repetition_penalty <= 100))
    return ph_fail (error, PH_ERROR_RANGE,
                    "repetition penalty %g, not above 0 and at most 100",
                    self->repetition_penalty);
  if (self->n_beams < 1 || self->n_beams > PH_MOST_BEAMS)
    return ph_fail (error, PH_ERROR_RANGE, "%d beams, not 1 to %d", self->n_beams,
                    PH_MOST_BEAMS);
  if (!(fabs (self->length_penalty) <= 100))
    return ph_fail (error, PH_ERROR_RANGE, "length penalty %g, not -100 to 100",
                    self->length_penalty);
  return !self->sampled || check_sampled (self, error);
}

uint64_t
ph_sampling_draw_seed (void)
{
  return (uint64_t) g_random_int () << 32 | g_random_int ();
}

const char *
ph_stop_name (PhStop stop)
{
  static const char *const names[] = { "eos", "newline", "limit", "full",
                                        "cancelled" };

  return names[stop];
}

/* --- what all ways of choosing share --- */

void
ph_text_init (PhText *self, size_t n_room)
{
  self->ids = g_new (int32_t, n_room);
  self->probabilities = g_new (float, n_room);
  self->n = 0;
}

void
ph_text_clear (PhText *self)
{
  g_free (self->ids);
  g_free (self->probabilities);
}

void
ph_text_append (PhText *self, int32_t id, float probability)
{
  self->ids[self->n] = id;
  self->probabilities[self->n++] = probability;
}

bool
ph_generation_is_stop (const PhGeneration *self, int32_t id)
{
  for (size_t i = 0; i < self->n_stop_ids; i++)
    if (self->stop_ids[i] == id)
      return true;
  return false;
}

PhStop
ph_generation_why (const PhGeneration *self, const PhText *text)
{
  int32_t last = text->n > 0 ? text->ids[text->n - 1] : -1;

  if (last < 0 || !ph_generation_is_stop (self, last))
    return PH_STOP_LIMIT;
  return last == self->newline_id ? PH_STOP_NEWLINE : PH_STOP_EOS;
}

void
ph_generation_tell (const PhGeneration *self, const PhText *text)
{
  self->written (self->data, text->ids, text->probabilities, text->n);
}

bool
ph_generation_check (const PhTensor *logits, size_t n_written, GError **error)
{
  if (ph_scores_are_finite (logits->data, ph_n_elements (logits)))
    return true;
  return ph_fail (error, PH_ERROR_FORMAT,
                  "token %zu has scores that are not numbers: the weights are damaged",
                  n_written);
}

static void
penalise (const PhGeneration *self, const PhText *text, float *scores, size_t n)
{
  bool apart = self->lm->reads_prompt_apart;
  size_t n_before = apart ? 1 : self->n_prompt_ids;
  g_autofree int32_t *ids = g_new (int32_t, n_before + text->n);

  if (apart)
    ids[0] = self->lm->start_id;
  else if (n_before > 0)
    memcpy (ids, self->prompt_ids, n_before * sizeof *ids);
  memcpy (ids + n_before, text->ids, text->n * sizeof *ids);
  ph_scores_penalise (scores, n, self->sampling->repetition_penalty, ids,
                      n_before + text->n);
}

void
ph_generation_process (const PhGeneration *self,
                       const PhText *text,
                       float *scores,
                       size_t n)
{
  if (self->sampling->repetition_penalty != 1)
    penalise (self, text, scores, n);
  if (text->n < (size_t) self->sampling->min_new_tokens)
    ph_scores_forbid (scores, n, self->stop_ids, self->n_stop_ids);
}

PhTensor *
ph_generation_begin (const PhGeneration *self, PhLmState *state)
{
  PhTensor *logits = self->lm->class->begin (self->lm, self->pass, state, self->prompt);

  if (!ph_stopped (self->pass->context))
    ph_probe (self->pass, PH_PROBE_FIRST_LOGITS, 0, logits);
  return logits;
}

/* --- one text: greedy or sampled --- */

static int32_t
choose (const PhGeneration *self, PhRandom *random, float *scores, size_t n)
{
  const PhSampling *sampling = self->sampling;

  if (!sampling->sampled)
    return ph_scores_greatest (scores, n);

  ph_scores_divide (scores, n, sampling->temperature);
  if (sampling->top_k > 0)
    ph_scores_keep_top_k (scores, n, (size_t) sampling->top_k);
  if (sampling->top_p < 1)
    ph_scores_keep_top_p (scores, n, sampling->top_p);
  return ph_scores_draw (scores, n, ph_random_unit (random));
}

/* Chooses what follows @text by @logits and puts it there. */
static void
append_choice (const PhGeneration *self,
               PhRandom *random,
               const PhTensor *logits,
               PhText *text)
{
  size_t n = ph_width (logits);
  g_autofree float *scores = g_memdup2 (logits->data, n * sizeof *scores);
  double total = ph_scores_log_total (scores, n);
  int32_t id;

  if (self->scored != NULL)
    self->scored (self->data, logits->data, n, total);
  ph_generation_process (self, text, scores, n);
  id = choose (self, random, scores, n);
  if (text->n < self->n_begun)
    id = self->begun[text->n];
  ph_text_append (text, id, (float) exp (logits->data[id] - total));
}

static bool
write_on (const PhGeneration *self,
          PhLmState *state,
          size_t n_room,
          PhText *text,
          PhStop *stop,
          GError **error)
{
  PhContext *c = self->pass->context;
  PhTensor *logits = ph_generation_begin (self, state);
  size_t mark = ph_arena_mark (c->arena);
  PhRandom random;

  ph_random_start (&random, self->sampling->seed, 0);
  *stop = PH_STOP_LIMIT;
  while (*stop == PH_STOP_LIMIT && text->n < n_room) {
    if (text->n > 0) {
      ph_arena_reset (c->arena, mark);
      logits =
          self->lm->class->next (self->lm, self->pass, state, &text->ids[text->n - 1], 1);
    }
    if (ph_stopped (c)) {
      *stop = PH_STOP_CANCELLED;
      return true;
    }
    if (!ph_generation_check (logits, text->n, error))
      return false;
    append_choice (self, &random, logits, text);
    ph_generation_tell (self, text);
    *stop = ph_generation_why (self, text);
  }
  return true;
}

static bool
write_one (const PhGeneration *self,
           PhLmState *state,
           size_t n_room,
           PhStop *stop,
           GError **error)
{
  PhText text;
  bool done;

  ph_text_init (&text, n_room);
  done = write_on (self, state, n_room, &text, stop, error);
  ph_text_clear (&text);
  return done;
}

bool
ph_generate (const PhGeneration *self, PhStop *stop, GError **error)
{
  size_t n_prompt = self->prompt->dims[1];
  size_t n_room =
      MIN (ph_lm_get_room (self->lm, n_prompt), (size_t) self->sampling->max_new_tokens);
  size_t n_beams = (size_t) self->sampling->n_beams;
  size_t n_positions = ph_lm_count_positions (self->lm, n_prompt, n_room);
  PhLmState *state;
  bool done;

  if (n_room == 0)
    return ph_fail (error, PH_ERROR_RANGE,
                    "a prompt of %zu positions leaves no room for an answer: the model "
                    "has %zu",
                    n_prompt, self->lm->n_positions);
  state = self->lm->class->state_new (self->lm, n_beams, n_positions);
  if (state == NULL)
    return ph_fail (error, PH_ERROR_MEMORY,
                    "no memory to remember %zu positions of %zu beams: ask for fewer",
                    n_positions, n_beams);
  done = n_beams > 1 ? ph_beams_generate (self, state, n_room, stop, error)
                     : write_one (self, state, n_room, stop, error);
  self->lm->class->state_free (state);
  if (*stop == PH_STOP_LIMIT && n_room < (size_t) self->sampling->max_new_tokens)
    *stop = PH_STOP_FULL;
  return done;
}

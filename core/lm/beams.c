/* Beam search as transformers 5 does it.  Each step ranks the best (1 + k) n ways to go
 * on with one of the n running texts, k the number of stop tokens (at least 1), by their
 * sums of log-probabilities.  Of those that end there, the ones among the first n are
 * finished, the others dropped; the best n of the rest run on.  The n best finished are
 * kept, by sum / length^length_penalty, the stop token counted.
 *
 * The search is over at the limit, where what is among the first n counts as finished, or
 * when n are finished and either early_stopping is set or the best running text,
 * measured as if it ended now, is no better than the worst of them. */
#include "core/lm/generate-private.h"

#include <math.h>
#include <string.h>

typedef struct {
  PhText text;
  double score; /* sum of log-probabilities; of a finished one, by its length */
} Beam;

/* A way to go on. */
typedef struct {
  size_t row;
  int32_t id;
  double score;
  double log_probability; /* before penalties */
} Step;

typedef struct {
  const PhGeneration *generation;
  PhLmState *state;
  size_t n_beams, n_room, most_steps;

  Beam *running, *grown; /* one more each than there are beams */
  size_t n_running;
  Beam *finished; /* the best first */
  size_t n_finished;
  Step *steps; /* the best first */
  size_t n_steps;

  size_t from[PH_MOST_BEAMS]; /* the row of each running text before its last token */
  int32_t last[PH_MOST_BEAMS];
} Search;

static Beam *
beams_new (size_t n, size_t n_room)
{
  Beam *beams = g_new0 (Beam, n);

  for (size_t i = 0; i < n; i++)
    ph_text_init (&beams[i].text, n_room);
  return beams;
}

static void
beams_free (Beam *beams, size_t n)
{
  for (size_t i = 0; i < n; i++)
    ph_text_clear (&beams[i].text);
  g_free (beams);
}

static void
beam_copy (Beam *to, const Beam *from)
{
  memcpy (to->text.ids, from->text.ids, from->text.n * sizeof *to->text.ids);
  memcpy (to->text.probabilities, from->text.probabilities,
          from->text.n * sizeof *to->text.probabilities);
  to->text.n = from->text.n;
  to->score = from->score;
}

/* --- ranking --- */

/* Puts @step where it belongs among the best so far, or drops it.  Of equals the first
 * stays in front. */
static void
offer (Search *self, Step step)
{
  size_t at;

  if (self->n_steps == self->most_steps) {
    if (step.score <= self->steps[self->n_steps - 1].score)
      return;
    self->n_steps--;
  }
  for (at = self->n_steps++; at > 0 && self->steps[at - 1].score < step.score; at--)
    self->steps[at] = self->steps[at - 1];
  self->steps[at] = step;
}

static void
rank_row (Search *self, size_t row, const float *logits, size_t n)
{
  const Beam *beam = &self->running[row];
  g_autofree float *scores = g_memdup2 (logits, n * sizeof *scores);
  double total = ph_scores_log_softmax (scores, n);

  ph_generation_process (self->generation, &beam->text, scores, n);
  for (size_t id = 0; id < n; id++)
    if (scores[id] > -INFINITY)
      offer (self, (Step){ .row = row,
                           .id = (int32_t) id,
                           .score = beam->score + scores[id],
                           .log_probability = logits[id] - total });
}

static void
rank (Search *self, const PhTensor *logits)
{
  size_t n = ph_width (logits);

  self->n_steps = 0;
  for (size_t row = 0; row < self->n_running; row++)
    rank_row (self, row, logits->data + row * n, n);
}

/* --- going on --- */

static double
by_length (const Search *self, double score, size_t n)
{
  return score / pow ((double) n, self->generation->sampling->length_penalty);
}

/* Keeps a copy of @beam among the finished, if it is one of the best. */
static void
finish (Search *self, const Beam *beam)
{
  double score = by_length (self, beam->score, beam->text.n);
  Beam kept;
  size_t at;

  if (self->n_finished == self->n_beams) {
    if (score <= self->finished[self->n_finished - 1].score)
      return;
    self->n_finished--;
  }
  kept = self->finished[self->n_finished];
  beam_copy (&kept, beam);
  kept.score = score;
  for (at = self->n_finished++; at > 0 && self->finished[at - 1].score < score; at--)
    self->finished[at] = self->finished[at - 1];
  self->finished[at] = kept;
}

static bool
ends (const Search *self, const Beam *beam)
{
  return beam->text.n == self->n_room ||
         ph_generation_why (self->generation, &beam->text) != PH_STOP_LIMIT;
}

/* Takes the ranked steps: some texts finish, the best others become the running. */
static void
go_on (Search *self)
{
  Beam *before = self->running;
  size_t n = 0;

  for (size_t rank = 0; rank < self->n_steps; rank++) {
    const Step *step = &self->steps[rank];
    Beam *beam = &self->grown[n];

    beam_copy (beam, &before[step->row]);
    ph_text_append (&beam->text, step->id, (float) exp (step->log_probability));
    beam->score = step->score;
    if (ends (self, beam)) {
      if (rank < self->n_beams)
        finish (self, beam);
    } else if (n < self->n_beams) {
      self->from[n] = step->row;
      self->last[n++] = step->id;
    }
  }
  self->running = self->grown;
  self->grown = before;
  self->n_running = n;
}

static bool
is_over (const Search *self)
{
  const Beam *best = &self->running[0];

  if (self->n_running == 0)
    return true;
  if (self->n_finished < self->n_beams)
    return false;
  return self->generation->sampling->early_stopping ||
         by_length (self, best->score, best->text.n) <=
             self->finished[self->n_finished - 1].score;
}

/* A search that was stopped takes what it has as finished. */
static void
finish_running (Search *self)
{
  for (size_t i = 0; i < self->n_running; i++)
    if (self->running[i].text.n > 0)
      finish (self, &self->running[i]);
}

static PhTensor *
score_next (Search *self)
{
  const PhGeneration *generation = self->generation;
  const PhLmClass *class = generation->lm->class;

  class->state_select (self->state, self->from, self->n_running);
  return class->next (generation->lm, generation->pass, self->state, self->last, 1);
}

/* Returns whether it came to its end; @stopped says that it was cancelled. */
static bool
search (Search *self, bool *stopped, GError **error)
{
  PhContext *c = self->generation->pass->context;
  PhTensor *logits = ph_generation_begin (self->generation, self->state);
  size_t mark = ph_arena_mark (c->arena);

  while (!(*stopped = ph_stopped (c))) {
    if (!ph_generation_check (logits, self->running[0].text.n, error))
      return false;
    rank (self, logits);
    go_on (self);
    if (is_over (self))
      return true;
    ph_generation_tell (self->generation, &self->running[0].text);
    ph_arena_reset (c->arena, mark);
    logits = score_next (self);
  }
  finish_running (self);
  return true;
}

bool
ph_beams_generate (const PhGeneration *generation,
                   PhLmState *state,
                   size_t n_room,
                   PhStop *stop,
                   GError **error)
{
  size_t n = (size_t) CLAMP (generation->sampling->n_beams, 1, PH_MOST_BEAMS);
  Search self = { .generation = generation,
                  .state = state,
                  .n_beams = n,
                  .n_room = n_room,
                  .most_steps = (1 + MAX (generation->n_stop_ids, 1)) * n,
                  .running = beams_new (n + 1, n_room),
                  .grown = beams_new (n + 1, n_room),
                  .n_running = 1,
                  .finished = beams_new (n, n_room) };
  bool stopped, done;

  self.steps = g_new (Step, self.most_steps);
  done = search (&self, &stopped, error);
  if (done && self.n_finished > 0) {
    ph_generation_tell (generation, &self.finished[0].text);
    *stop = ph_generation_why (generation, &self.finished[0].text);
  }
  if (stopped)
    *stop = PH_STOP_CANCELLED;

  beams_free (self.running, n + 1);
  beams_free (self.grown, n + 1);
  beams_free (self.finished, n);
  g_free (self.steps);
  return done;
}

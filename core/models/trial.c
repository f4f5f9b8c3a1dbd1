#include "core/models/trial.h"

#include "core/base/error.h"
#include "core/lm/known.h"
#include "core/models/writing.h"

#include <math.h>
#include <string.h>

/* What the language model reads: position by width, the queries first. */
typedef struct {
  float *rows; /* NULL: nothing was read yet */
  size_t n;
} Prompt;

struct _PhTrial {
  PhModel *model;
  PhPicture *picture;
  PhSampling sampling;
  GArray *ids, *qformer_ids;
  Prompt whole;   /* with nothing taken away; not kept where there are no queries, since
                   * there the text side remembers the picture itself */
  Prompt present; /* of the last look */
};

PhTrial *
ph_trial_new (PhModel *model, const PhQuestionAsked *question, GError **error)
{
  g_autoptr (PhTrial) self = g_new0 (PhTrial, 1);

  self->model = model;
  self->picture = ph_picture_ref ((PhPicture *) question->picture);
  self->sampling = question->sampling;
  self->ids = g_array_new (FALSE, FALSE, sizeof (int32_t));
  self->qformer_ids = g_array_new (FALSE, FALSE, sizeof (int32_t));
  if (!ph_question_check (model, question, self->ids, self->qformer_ids, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
ph_trial_free (PhTrial *self)
{
  if (self == NULL)
    return;
  ph_picture_unref (self->picture);
  g_array_unref (self->ids);
  g_array_unref (self->qformer_ids);
  g_free (self->whole.rows);
  g_free (self->present.rows);
  g_free (self);
}

/* --- looking --- */

static PhRun
make_run (PhTrial *self, PhTimings *timings)
{
  return (PhRun){ .picture = self->picture,
                  .ids = self->ids,
                  .qformer_ids = self->qformer_ids,
                  .timings = timings };
}

/* False after a stop. */
static bool
read_whole (PhTrial *self,
            const PhPass *pass,
            const PhIntervention *without,
            Prompt *prompt)
{
  PhContext *c = pass->context;
  g_autoptr (GArray) row_ids = g_array_new (FALSE, FALSE, sizeof (int32_t));
  size_t scope = ph_arena_mark (c->arena);
  PhTimings timings = { 0 };
  PhRun run = make_run (self, &timings);
  PhTensor *x;

  run.row_ids = row_ids;
  run.without = without;
  x = self->model->class->look (self->model, pass, &run);
  prompt->n = x->dims[1];
  prompt->rows = g_memdup2 (x->data, ph_n_elements (x) * sizeof (float));
  ph_arena_reset (c->arena, scope);
  return !ph_stopped (c);
}

/* The rows of @whole but for those of queries that are dropped. */
static Prompt
dup_kept (const PhTrial *self, const Prompt *whole, const PhIntervention *without)
{
  size_t n_queries = (size_t) self->model->info.n_queries, width = self->model->lm->width;
  g_autofree bool *is_kept = g_new (bool, n_queries);
  size_t n_kept = ph_intervention_keep (without, n_queries, is_kept);
  Prompt kept = { .n = whole->n - n_queries + n_kept };
  float *to = kept.rows = g_new (float, kept.n *width);

  for (size_t i = 0; i < whole->n; i++)
    if (i >= n_queries || is_kept[i]) {
      memcpy (to, whole->rows + i * width, width * sizeof *to);
      to += width;
    }
  return kept;
}

static void
set_present (PhTrial *self, const Prompt *whole, const PhIntervention *without)
{
  g_clear_pointer (&self->present.rows, g_free);
  self->present = dup_kept (self, whole, without);
}

/* What a stop leaves half done is not remembered. */
static void
look_again (PhTrial *self, const PhPass *pass, const PhIntervention *without)
{
  bool can_keep =
      self->model->info.n_queries > 0 && !ph_intervention_changes_queries (without);
  Prompt whole = { 0 };

  if (read_whole (self, pass, without, &whole)) {
    set_present (self, &whole, without);
    if (can_keep)
      self->whole.rows = g_steal_pointer (&whole.rows), self->whole.n = whole.n;
  }
  g_free (whole.rows);
}

bool
ph_trial_look (PhTrial *self,
               const PhPass *pass,
               const PhIntervention *without,
               GError **error)
{
  if (!ph_store_is_unchanged (self->model->store, error) ||
      (without != NULL && !ph_intervention_check (without, &self->model->info, error)))
    return false;

  if (self->whole.rows != NULL && !ph_intervention_changes_queries (without))
    set_present (self, &self->whole, without);
  else
    look_again (self, pass, without);
  return true;
}

/* --- what follows --- */

static PhTensor *
prompt_tensor (const PhTrial *self, PhContext *c)
{
  PhTensor *x = ph_tensor_new (c, PH_DIMS (1, self->present.n, self->model->lm->width));

  memcpy (x->data, self->present.rows, ph_n_elements (x) * sizeof (float));
  return x;
}

bool
ph_trial_write (PhTrial *self, const PhPass *pass, PhAnswer *answer, GError **error)
{
  PhContext *c = pass->context;
  size_t scope = ph_arena_mark (c->arena);
  PhQuestionAsked asked = { .sampling = self->sampling };
  PhRun run = make_run (self, &answer->timings);
  PhWriting writing = {
    .model = self->model, .asked = &asked, .run = &run, .answer = answer
  };
  bool done;

  ph_answer_clear (answer);
  ph_answer_init (answer);
  g_array_append_vals (answer->prompt_ids, self->ids->data, self->ids->len);
  if (ph_stopped (c))
    return true;
  g_assert (self->present.rows != NULL);
  done = ph_writing_run (&writing, pass, prompt_tensor (self, c), error);
  ph_arena_reset (c->arena, scope);
  return done;
}

typedef struct {
  const int32_t *ids;
  size_t n_scored;
  float *probabilities;
  bool is_finite;
} Scoring;

static void
scored_cb (void *data, const float *scores, size_t n, double total)
{
  Scoring *self = data;
  size_t at = self->n_scored++;

  self->probabilities[at] = (float) exp (scores[self->ids[at]] - total);
  self->is_finite = self->is_finite && isfinite (self->probabilities[at]);
}

static bool
check_ids (const PhTrial *self, const int32_t *ids, size_t n_ids, GError **error)
{
  size_t room = ph_lm_get_room (self->model->lm, self->present.n);
  size_t n_vocabulary = self->model->lm->n_vocabulary;

  if (n_ids > room)
    return ph_fail (error, PH_ERROR_RANGE, "an answer of %zu tokens, and at most %zu fit",
                    n_ids, room);
  for (size_t i = 0; i < n_ids; i++)
    if (ids[i] < 0 || (size_t) ids[i] >= n_vocabulary)
      return ph_fail (error, PH_ERROR_RANGE,
                      "token %zu of the answer is %d, and the model has %zu: another "
                      "wrote it",
                      i, ids[i], n_vocabulary);
  return true;
}

bool
ph_trial_score (PhTrial *self,
                const PhPass *pass,
                const int32_t *ids,
                size_t n_ids,
                float *probabilities,
                GError **error)
{
  PhContext *c = pass->context;
  size_t scope = ph_arena_mark (c->arena);
  Scoring scoring = { ids, 0, probabilities, true };
  bool done;

  if (n_ids == 0 || ph_stopped (c))
    return true;
  g_assert (self->present.rows != NULL);
  if (!check_ids (self, ids, n_ids, error))
    return false;
  done = ph_known_read (&(PhKnown){ self->model->lm, pass, prompt_tensor (self, c), ids,
                                    n_ids, scored_cb, &scoring },
                        error);
  ph_arena_reset (c->arena, scope);
  if (done && !scoring.is_finite && !ph_stopped (c))
    return ph_fail (
        error, PH_ERROR_FORMAT,
        "the answer has scores that are not numbers: the weights are damaged");
  return done;
}

/* --- numbers about it --- */

double
ph_trial_mean_log (const float *probabilities, size_t n)
{
  double sum = 0;

  for (size_t i = 0; i < n; i++)
    sum += log (MAX ((double) probabilities[i], 1e-30));
  return n > 0 ? sum / (double) n : 0;
}

static bool
is_stop (const PhModelInfo *model, int32_t id)
{
  for (size_t i = 0; i < model->n_stop_ids; i++)
    if (model->stop_ids[i] == id)
      return true;
  return false;
}

size_t
ph_trial_count_words (const PhModelInfo *model, const int32_t *ids, size_t n_ids)
{
  size_t n = n_ids;

  while (n > 0 && is_stop (model, ids[n - 1]))
    n--;
  return n > 0 ? n : n_ids;
}

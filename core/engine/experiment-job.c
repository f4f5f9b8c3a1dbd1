#include "core/engine/experiment-private.h"
#include "core/engine/jobs.h"

#include "core/base/error.h"

#include <math.h>

typedef struct {
  PhJob job;
  PhExperiment *experiment;
  PhPicture *picture;
  char *prompt;
  PhSampling sampling;
  GArray *ids;              /* of int32_t: the answer that is doubted */
  GPtrArray *interventions; /* of PhIntervention */
  bool by_importance;

  /* On the worker, while it runs */
  PhPass pass;
  PhTrial *trial;
  const PhModelInfo *model;
  char *text;      /* the doubted answer's */
  size_t n_words;  /* of its tokens */
  double mean_log; /* of those, with nothing taken away */
} ExperimentJob;

static bool
is_stopped (const ExperimentJob *self)
{
  return ph_stopped (self->pass.context);
}

/* --- one result --- */

static bool
score (ExperimentJob *self, float *probabilities, GError **error)
{
  return ph_trial_score (self->trial, &self->pass, (const int32_t *) self->ids->data,
                         self->ids->len, probabilities, error);
}

/* Without an answer to doubt, the first that is written is. */
static void
settle_plan (ExperimentJob *self, PhRunner *runner, const PhAnswer *answer)
{
  int n_planned =
      self->by_importance ? self->model->n_queries : 1 + (int) self->interventions->len;

  if (self->ids->len == 0)
    g_array_append_vals (self->ids, answer->ids->data, answer->ids->len);
  self->text =
      ph_tokenizer_decode (ph_model_get_tokenizer (runner->model),
                           (const int32_t *) self->ids->data, self->ids->len, true);
  self->n_words = ph_trial_count_words (self->model, (const int32_t *) self->ids->data,
                                        self->ids->len);
  ph_experiment_set_plan (self->experiment, self->text, n_planned);
}

static void
measure (ExperimentJob *self, PhExperimentResult *result)
{
  double mean_log = ph_trial_mean_log (result->probabilities, self->n_words);

  if (result->without == NULL)
    self->mean_log = mean_log;
  result->probability = exp (mean_log);
  result->log_change = mean_log - self->mean_log;
  result->words = ph_word_diff (self->text, result->answer.text);
}

/* Writes and scores one run.  What a stop leaves half done does not arrive. */
static bool
run_one (ExperimentJob *self,
         PhRunner *runner,
         const PhIntervention *without,
         GError **error)
{
  g_autoptr (PhExperimentResult) result = g_new0 (PhExperimentResult, 1);

  if (!ph_trial_look (self->trial, &self->pass, without, error) ||
      !ph_trial_write (self->trial, &self->pass, &result->answer, error))
    return false;
  if (is_stopped (self))
    return true;
  if (without != NULL)
    result->without = ph_intervention_copy (without);
  else
    settle_plan (self, runner, &result->answer);
  result->n_probabilities = self->ids->len;
  result->probabilities = g_new0 (float, self->ids->len);
  if (!score (self, result->probabilities, error))
    return false;
  if (is_stopped (self))
    return true;
  measure (self, result);
  ph_experiment_take_result (self->experiment, g_steal_pointer (&result));
  return true;
}

/* --- one after another --- */

static bool
run_list (ExperimentJob *self, PhRunner *runner, GError **error)
{
  for (guint i = 0; i < self->interventions->len && !is_stopped (self); i++)
    if (!run_one (self, runner, g_ptr_array_index (self->interventions, i), error))
      return false;
  return true;
}

/* Puts behind the first @n_dropped of @dropped the query that is missed least beside
 * them: the one whose leaving takes the least off the doubted answer's probability. */
static bool
drop_least (ExperimentJob *self, int *dropped, int n_dropped, GError **error)
{
  g_autofree float *probabilities = g_new0 (float, self->ids->len);
  g_autofree bool *is_kept = g_new (bool, self->model->n_queries);
  PhIntervention without = { .dropped = dropped, .n_dropped = (size_t) n_dropped };
  double most = -INFINITY;
  int least = -1;

  ph_intervention_keep (&without, (size_t) self->model->n_queries, is_kept);
  without.n_dropped++;
  for (int query = 0; query < self->model->n_queries && !is_stopped (self); query++) {
    double mean_log;

    if (!is_kept[query])
      continue;
    dropped[n_dropped] = query;
    if (!ph_trial_look (self->trial, &self->pass, &without, error) ||
        !score (self, probabilities, error))
      return false;
    mean_log = ph_trial_mean_log (probabilities, self->n_words);
    if (mean_log > most) {
      most = mean_log;
      least = query;
    }
  }
  dropped[n_dropped] = MAX (least, 0);
  return true;
}

static bool
run_by_importance (ExperimentJob *self, PhRunner *runner, GError **error)
{
  g_autofree int *dropped = g_new (int, MAX (self->model->n_queries, 1));

  if (self->model->n_queries == 0)
    return ph_fail (error, PH_ERROR_UNSUPPORTED, "%s has no queries to leave out",
                    self->model->name);
  for (int n = 0; n + 1 < self->model->n_queries && !is_stopped (self); n++) {
    PhIntervention without = { .dropped = dropped, .n_dropped = (size_t) n + 1 };

    if (!drop_least (self, dropped, n, error) ||
        (!is_stopped (self) && !run_one (self, runner, &without, error)))
      return false;
  }
  return true;
}

static bool
run_all (ExperimentJob *self, PhRunner *runner, GError **error)
{
  PhQuestionAsked question = { .picture = self->picture,
                               .prompt = self->prompt,
                               .sampling = self->sampling };

  if (runner->model == NULL)
    return ph_fail (error, PH_ERROR_UNSUPPORTED, "no model is open");
  if (self->picture == NULL)
    return ph_fail (error, PH_ERROR_RANGE, "there is no picture to ask about");
  self->model = ph_model_get_info (runner->model);
  self->trial = ph_trial_new (runner->model, &question, error);
  if (self->trial == NULL || !run_one (self, runner, NULL, error))
    return false;
  return self->by_importance ? run_by_importance (self, runner, error)
                             : run_list (self, runner, error);
}

/* --- the job --- */

static void
experiment_run (PhJob *job, PhRunner *runner)
{
  ExperimentJob *self = (ExperimentJob *) job;
  g_autoptr (GError) error = NULL;

  if (!ph_experiment_begin (self->experiment))
    return;
  self->pass = (PhPass){ .context = &runner->context };
  runner->context.stop = ph_experiment_get_stop (self->experiment);
  run_all (self, runner, &error);
  runner->context.stop = NULL;
  g_clear_pointer (&self->trial, ph_trial_free);
  ph_experiment_end (self->experiment, g_steal_pointer (&error));
}

static void
experiment_cancel (PhJob *job)
{
  ph_experiment_cancel (((ExperimentJob *) job)->experiment);
}

/* The experiment has told all there is to tell in its own idle. */
static void
experiment_arrive (PhJob *job, gpointer owner)
{
}

static void
experiment_free (PhJob *job)
{
  ExperimentJob *self = (ExperimentJob *) job;

  g_object_unref (self->experiment);
  g_clear_pointer (&self->picture, ph_picture_unref);
  g_free (self->prompt);
  g_array_unref (self->ids);
  g_ptr_array_unref (self->interventions);
  g_free (self->text);
  g_free (self);
}

static const PhJobClass experiment_class = { experiment_run, experiment_cancel,
                                             experiment_arrive, experiment_free };

static GPtrArray *
copy_interventions (const PhExperimentAsked *asked)
{
  GPtrArray *copies =
      g_ptr_array_new_with_free_func ((GDestroyNotify) ph_intervention_free);

  for (size_t i = 0; i < asked->n_interventions; i++)
    g_ptr_array_add (copies, ph_intervention_copy (&asked->interventions[i]));
  return copies;
}

PhJob *
ph_experiment_job_new (PhExperiment *experiment, const PhExperimentAsked *asked)
{
  ExperimentJob *self = g_new0 (ExperimentJob, 1);

  self->job.class = &experiment_class;
  self->experiment = g_object_ref (experiment);
  if (asked->request->picture != NULL)
    self->picture = ph_picture_ref (asked->request->picture);
  self->prompt = ph_request_dup_prompt (asked->request);
  self->sampling = asked->request->sampling;
  self->ids = g_array_new (FALSE, FALSE, sizeof (int32_t));
  if (asked->n_ids > 0)
    g_array_append_vals (self->ids, asked->ids, (guint) asked->n_ids);
  self->interventions = copy_interventions (asked);
  self->by_importance = asked->by_importance;
  return &self->job;
}

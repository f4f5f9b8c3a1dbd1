/* How many tokens a question would be: counted where the tokenizer is. */
#include "core/engine/jobs.h"

typedef struct {
  PhJob job;
  char *prompt;
  GWeakRef asker;
  PhPromptSizeCallback callback;
  PhPromptSize size;
  bool has_size;
} MeasureJob;

static void
measure_run (PhJob *job, PhRunner *runner)
{
  MeasureJob *self = (MeasureJob *) job;

  self->has_size = runner->model != NULL &&
                   ph_model_measure_prompt (runner->model, self->prompt, &self->size);
}

/* It is over before anybody could wait for it. */
static void
measure_cancel (PhJob *job)
{
}

static void
measure_arrive (PhJob *job, gpointer owner)
{
  MeasureJob *self = (MeasureJob *) job;
  g_autoptr (GObject) asker = g_weak_ref_get (&self->asker);

  if (asker != NULL)
    self->callback (asker, self->has_size ? &self->size : NULL);
}

static void
measure_free (PhJob *job)
{
  MeasureJob *self = (MeasureJob *) job;

  g_weak_ref_clear (&self->asker);
  g_free (self->prompt);
  g_free (self);
}

static const PhJobClass measure_class = { measure_run, measure_cancel, measure_arrive,
                                          measure_free };

PhJob *
ph_measure_job_new (const PhRequest *request,
                    GObject *asker,
                    PhPromptSizeCallback callback)
{
  MeasureJob *self = g_new0 (MeasureJob, 1);

  self->job.class = &measure_class;
  self->prompt = ph_request_dup_prompt (request);
  g_weak_ref_init (&self->asker, asker);
  self->callback = callback;
  return &self->job;
}

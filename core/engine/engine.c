#include "core/engine/engine.h"

#include "core/engine/experiment-private.h"
#include "core/engine/jobs.h"
#include "core/engine/load-private.h"
#include "core/engine/reply-private.h"

/* The main thread's side alone: what the worker does is in jobs.c, how the two meet in
 * worker.c. */

struct _PhEngine {
  GObject parent_instance;

  /* Owned */
  PhWorker *worker;
  PhModelFacts *model; /* that is open, or NULL */
  char *problem;
  PhExperiment *experiment; /* the last one, weak */

  PhEngineState state;
  int n_loads; /* asked for and not ended */
};

G_DEFINE_FINAL_TYPE (PhEngine, ph_engine, G_TYPE_OBJECT)

enum { PROP_STATE = 1, PROP_MODEL_NAME, PROP_PROBLEM, N_PROPS };

static GParamSpec *properties[N_PROPS];

static void
set_state (PhEngine *self, PhEngineState state)
{
  if (self->state == state)
    return;

  self->state = state;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
}

static void
set_problem (PhEngine *self, const char *problem)
{
  if (g_strcmp0 (self->problem, problem) == 0)
    return;

  g_free (self->problem);
  self->problem = g_strdup (problem);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PROBLEM]);
}

static const char *
folder_of (const PhModelFacts *model)
{
  return model != NULL ? model->info.folder : NULL;
}

/* Two models of one name are told of as well. */
static void
set_model (PhEngine *self, PhModelFacts *model)
{
  bool changes = g_strcmp0 (folder_of (self->model), folder_of (model)) != 0;

  g_clear_pointer (&self->model, ph_model_facts_unref);
  self->model = model != NULL ? ph_model_facts_ref (model) : NULL;
  if (changes)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_MODEL_NAME]);
}

PhEngine *
ph_engine_new (void)
{
  return g_object_new (PH_TYPE_ENGINE, NULL);
}

/* Nobody waits for an experiment. */
static void
stop_experiment (PhEngine *self)
{
  if (self->experiment != NULL)
    ph_experiment_cancel (self->experiment);
  g_clear_weak_pointer (&self->experiment);
}

static void
take_load_job (PhEngine *self, PhJob *job)
{
  stop_experiment (self);
  self->n_loads++;
  ph_worker_take_job (self->worker, job);
  set_state (self, PH_ENGINE_LOADING);
}

PhLoad *
ph_engine_begin_load (PhEngine *self, const char *folder, PhLoadHow how)
{
  PhLoad *load;

  g_return_val_if_fail (PH_IS_ENGINE (self), NULL);
  g_return_val_if_fail (folder != NULL, NULL);

  load = ph_load_new (folder);
  take_load_job (self, ph_load_job_new (load, how));
  return load;
}

void
ph_engine_load (PhEngine *self, const char *folder)
{
  g_autoptr (PhLoad) load = ph_engine_begin_load (self, folder, PH_LOAD_EVEN_IF_SLOW);
}

void
ph_engine_unload (PhEngine *self)
{
  take_load_job (self, ph_unload_job_new ());
}

/* Whoever hears of the change may drop the engine. */
void
ph_engine_end_load (PhEngine *self, PhModelFacts *model, const GError *error)
{
  g_autoptr (PhEngine) kept = g_object_ref (self);

  self->n_loads--;
  g_object_freeze_notify (G_OBJECT (self));
  set_model (self, model);
  set_problem (self, error != NULL ? error->message : NULL);
  if (self->n_loads == 0)
    set_state (self, error != NULL   ? PH_ENGINE_FAILED
                     : model != NULL ? PH_ENGINE_READY
                                     : PH_ENGINE_EMPTY);
  g_object_thaw_notify (G_OBJECT (self));
}

PhEngineState
ph_engine_get_state (PhEngine *self)
{
  return self->state;
}

PhModelFacts *
ph_engine_get_model (PhEngine *self)
{
  return self->model;
}

const char *
ph_engine_get_model_name (PhEngine *self)
{
  return self->model != NULL ? self->model->info.name : NULL;
}

const char *
ph_engine_get_problem (PhEngine *self)
{
  return self->problem;
}

char *
ph_request_dup_prompt (const PhRequest *self)
{
  return self->template != NULL ? ph_template_fill (self->template, self->prompt)
                                : g_strdup (self->prompt);
}

PhReply *
ph_engine_ask (PhEngine *self, const PhRequest *request)
{
  PhReply *reply = ph_reply_new ();

  stop_experiment (self);
  ph_worker_take_job (self->worker, ph_ask_job_new (reply, request));
  return reply;
}

PhExperiment *
ph_engine_experiment (PhEngine *self, const PhExperimentAsked *asked)
{
  PhExperiment *experiment = ph_experiment_new ();

  stop_experiment (self);
  g_set_weak_pointer (&self->experiment, experiment);
  ph_worker_take_job (self->worker, ph_experiment_job_new (experiment, asked));
  return experiment;
}

void
ph_engine_measure_prompt (PhEngine *self,
                          const PhRequest *request,
                          GObject *asker,
                          PhPromptSizeCallback callback)
{
  ph_worker_take_job (self->worker, ph_measure_job_new (request, asker, callback));
}

void
ph_engine_open_picture (PhEngine *self,
                        const char *path,
                        PhPictureCallback callback,
                        gpointer data)
{
  ph_worker_take_job (self->worker, ph_picture_job_new (path, NULL, callback, data));
}

void
ph_engine_open_picture_bytes (PhEngine *self,
                              GBytes *bytes,
                              PhPictureCallback callback,
                              gpointer data)
{
  ph_worker_take_job (self->worker, ph_picture_job_new (NULL, bytes, callback, data));
}

static void
ph_engine_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  PhEngine *self = PH_ENGINE (object);

  switch (id) {
  case PROP_STATE:
    g_value_set_int (value, (int) self->state);
    break;
  case PROP_MODEL_NAME:
    g_value_set_string (value, ph_engine_get_model_name (self));
    break;
  case PROP_PROBLEM:
    g_value_set_string (value, self->problem);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
ph_engine_dispose (GObject *object)
{
  PhEngine *self = PH_ENGINE (object);

  g_clear_pointer (&self->worker, ph_worker_free);

  G_OBJECT_CLASS (ph_engine_parent_class)->dispose (object);
}

static void
ph_engine_finalize (GObject *object)
{
  PhEngine *self = PH_ENGINE (object);

  g_clear_pointer (&self->model, ph_model_facts_unref);
  g_clear_weak_pointer (&self->experiment);
  g_free (self->problem);

  G_OBJECT_CLASS (ph_engine_parent_class)->finalize (object);
}

static void
ph_engine_class_init (PhEngineClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);
  const GParamFlags flags =
      G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = ph_engine_get_property;
  object_class->dispose = ph_engine_dispose;
  object_class->finalize = ph_engine_finalize;

  properties[PROP_STATE] = g_param_spec_int ("state", NULL, NULL, PH_ENGINE_EMPTY,
                                             PH_ENGINE_FAILED, PH_ENGINE_EMPTY, flags);
  properties[PROP_MODEL_NAME] =
      g_param_spec_string ("model-name", NULL, NULL, NULL, flags);
  properties[PROP_PROBLEM] = g_param_spec_string ("problem", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
ph_engine_init (PhEngine *self)
{
  self->worker = ph_worker_new (self);
}

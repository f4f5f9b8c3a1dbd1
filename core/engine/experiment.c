#include "core/engine/experiment-private.h"

#include "core/engine/flush.h"

#include <pthread.h>

/* As in a reply, what the worker writes is `news` until a flush carries it over to what
 * the main thread is shown. */

typedef struct {
  PhExperimentState state;
  int n_planned;
  char *text;
  GError *error;
  GPtrArray *results;
} View;

struct _PhExperiment {
  GObject parent_instance;

  /* Owned, set once */
  GMainContext *context;

  /* Main thread */
  View shown;

  /* Any thread */
  atomic_bool stop;

  /* Shared, under lock */
  pthread_mutex_t lock;
  View news;
  bool flush_queued;
};

G_DEFINE_FINAL_TYPE (PhExperiment, ph_experiment, G_TYPE_OBJECT)

enum { PROP_STATE = 1, PROP_N_RESULTS, N_PROPS };

static GParamSpec *properties[N_PROPS];

void
ph_experiment_result_free (PhExperimentResult *result)
{
  ph_intervention_free (result->without);
  ph_answer_clear (&result->answer);
  g_clear_pointer (&result->words, g_array_unref);
  g_free (result->probabilities);
  g_free (result);
}

static void
view_init (View *self)
{
  self->results =
      g_ptr_array_new_with_free_func ((GDestroyNotify) ph_experiment_result_free);
}

static void
view_clear (View *self)
{
  g_free (self->text);
  g_clear_error (&self->error);
  g_ptr_array_unref (self->results);
}

/* Call with the lock held. */
static void
carry_over (View *shown, View *news)
{
  shown->state = news->state;
  shown->n_planned = news->n_planned;
  if (news->text != NULL) {
    g_free (shown->text);
    shown->text = g_steal_pointer (&news->text);
  }
  if (news->error != NULL)
    shown->error = g_steal_pointer (&news->error);
  while (news->results->len > 0)
    g_ptr_array_add (shown->results, g_ptr_array_steal_index (news->results, 0));
}

static gboolean
flush_cb (gpointer data)
{
  PhExperiment *self = data;
  PhExperimentState state = self->shown.state;
  guint n_results = self->shown.results->len;

  pthread_mutex_lock (&self->lock);
  self->flush_queued = false;
  carry_over (&self->shown, &self->news);
  pthread_mutex_unlock (&self->lock);

  g_object_freeze_notify (G_OBJECT (self));
  if (self->shown.results->len != n_results)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_N_RESULTS]);
  if (self->shown.state != state)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
  g_object_thaw_notify (G_OBJECT (self));
  return G_SOURCE_REMOVE;
}

/* Call with the lock held. */
static void
queue_flush (PhExperiment *self)
{
  ph_flush_queue (&self->flush_queued, self->context, flush_cb, self);
}

/* --- the worker's side --- */

PhExperiment *
ph_experiment_new (void)
{
  return g_object_new (PH_TYPE_EXPERIMENT, NULL);
}

const atomic_bool *
ph_experiment_get_stop (PhExperiment *self)
{
  return &self->stop;
}

bool
ph_experiment_begin (PhExperiment *self)
{
  bool begins;

  pthread_mutex_lock (&self->lock);
  begins = self->news.state == PH_EXPERIMENT_QUEUED;
  if (begins) {
    self->news.state = PH_EXPERIMENT_WORKING;
    queue_flush (self);
  }
  pthread_mutex_unlock (&self->lock);

  return begins;
}

void
ph_experiment_set_plan (PhExperiment *self, const char *text, int n_planned)
{
  pthread_mutex_lock (&self->lock);
  g_free (self->news.text);
  self->news.text = g_strdup (text);
  self->news.n_planned = n_planned;
  queue_flush (self);
  pthread_mutex_unlock (&self->lock);
}

void
ph_experiment_take_result (PhExperiment *self, PhExperimentResult *result)
{
  pthread_mutex_lock (&self->lock);
  g_ptr_array_add (self->news.results, result);
  queue_flush (self);
  pthread_mutex_unlock (&self->lock);
}

void
ph_experiment_end (PhExperiment *self, GError *error)
{
  pthread_mutex_lock (&self->lock);
  self->news.state = error != NULL               ? PH_EXPERIMENT_FAILED
                     : atomic_load (&self->stop) ? PH_EXPERIMENT_CANCELLED
                                                 : PH_EXPERIMENT_DONE;
  self->news.error = error;
  queue_flush (self);
  pthread_mutex_unlock (&self->lock);
}

/* --- the main thread's side --- */

PhExperimentState
ph_experiment_get_state (PhExperiment *self)
{
  return self->shown.state;
}

gboolean
ph_experiment_is_over (PhExperiment *self)
{
  return self->shown.state >= PH_EXPERIMENT_DONE;
}

int
ph_experiment_get_n_results (PhExperiment *self)
{
  return (int) self->shown.results->len;
}

int
ph_experiment_get_n_planned (PhExperiment *self)
{
  return self->shown.n_planned;
}

const PhExperimentResult *
ph_experiment_get_result (PhExperiment *self, int result)
{
  g_return_val_if_fail (result >= 0 && result < ph_experiment_get_n_results (self), NULL);

  return g_ptr_array_index (self->shown.results, result);
}

const char *
ph_experiment_get_text (PhExperiment *self)
{
  return self->shown.text;
}

const GError *
ph_experiment_get_error (PhExperiment *self)
{
  return self->shown.error;
}

/* One that waits for its turn ends now. */
void
ph_experiment_cancel (PhExperiment *self)
{
  atomic_store (&self->stop, true);

  pthread_mutex_lock (&self->lock);
  if (self->news.state == PH_EXPERIMENT_QUEUED) {
    self->news.state = PH_EXPERIMENT_CANCELLED;
    queue_flush (self);
  }
  pthread_mutex_unlock (&self->lock);
}

/* --- the object --- */

static void
ph_experiment_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  PhExperiment *self = PH_EXPERIMENT (object);

  switch (id) {
  case PROP_STATE:
    g_value_set_int (value, (int) ph_experiment_get_state (self));
    break;
  case PROP_N_RESULTS:
    g_value_set_int (value, ph_experiment_get_n_results (self));
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
ph_experiment_finalize (GObject *object)
{
  PhExperiment *self = PH_EXPERIMENT (object);

  view_clear (&self->shown);
  view_clear (&self->news);
  g_main_context_unref (self->context);
  pthread_mutex_destroy (&self->lock);

  G_OBJECT_CLASS (ph_experiment_parent_class)->finalize (object);
}

static void
ph_experiment_class_init (PhExperimentClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = ph_experiment_get_property;
  object_class->finalize = ph_experiment_finalize;

  properties[PROP_STATE] =
      g_param_spec_int ("state", NULL, NULL, PH_EXPERIMENT_QUEUED, PH_EXPERIMENT_FAILED,
                        PH_EXPERIMENT_QUEUED, flags);
  properties[PROP_N_RESULTS] =
      g_param_spec_int ("n-results", NULL, NULL, 0, G_MAXINT, 0, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
ph_experiment_init (PhExperiment *self)
{
  self->context = g_main_context_ref_thread_default ();
  view_init (&self->shown);
  view_init (&self->news);
  atomic_init (&self->stop, false);
  pthread_mutex_init (&self->lock, NULL);
}

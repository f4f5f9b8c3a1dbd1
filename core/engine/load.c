#include "core/engine/load-private.h"

#include "core/engine/flush.h"

#include <pthread.h>

/* As in reply.c: `shown` is what the properties tell, `news` what the worker writes, and
 * a flush carries the news over.  The texts are set once, before the state that goes with
 * them, and so never change under those who borrow them. */

typedef struct {
  PhLoadState state;
  uint64_t n_done, n_bytes;
  char *warning;
  GError *error;
} View;

struct _PhLoad {
  GObject parent_instance;

  /* Owned, set once */
  GMainContext *context;
  char *folder;

  /* Main thread */
  View shown;

  /* Any thread */
  atomic_bool stop;

  /* Shared, under lock */
  pthread_mutex_t lock;
  View news;
  bool flush_queued;
};

G_DEFINE_FINAL_TYPE (PhLoad, ph_load, G_TYPE_OBJECT)

enum { PROP_STATE = 1, PROP_N_DONE, N_PROPS };

static GParamSpec *properties[N_PROPS];

static void
view_clear (View *self)
{
  g_clear_pointer (&self->warning, g_free);
  g_clear_error (&self->error);
}

static void
carry_over (View *shown, View *news)
{
  shown->state = news->state;
  shown->n_done = news->n_done;
  shown->n_bytes = news->n_bytes;
  if (shown->warning == NULL)
    shown->warning = g_steal_pointer (&news->warning);
  if (shown->error == NULL)
    shown->error = g_steal_pointer (&news->error);
}

static gboolean
flush_cb (gpointer data)
{
  PhLoad *self = data;
  PhLoadState state = self->shown.state;
  uint64_t n_done = self->shown.n_done;

  pthread_mutex_lock (&self->lock);
  self->flush_queued = false;
  carry_over (&self->shown, &self->news);
  pthread_mutex_unlock (&self->lock);

  g_object_freeze_notify (G_OBJECT (self));
  if (self->shown.n_done != n_done)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_N_DONE]);
  if (self->shown.state != state)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
  g_object_thaw_notify (G_OBJECT (self));
  return G_SOURCE_REMOVE;
}

/* Call with the lock held. */
static void
queue_flush (PhLoad *self)
{
  ph_flush_queue (&self->flush_queued, self->context, flush_cb, self);
}

/* --- the worker's side --- */

PhLoad *
ph_load_new (const char *folder)
{
  PhLoad *self = g_object_new (PH_TYPE_LOAD, NULL);

  self->folder = g_strdup (folder);
  return self;
}

const atomic_bool *
ph_load_get_stop (PhLoad *self)
{
  return &self->stop;
}

bool
ph_load_begin (PhLoad *self)
{
  bool begins;

  pthread_mutex_lock (&self->lock);
  begins = self->news.state == PH_LOAD_QUEUED;
  if (begins) {
    self->news.state = PH_LOAD_READING;
    queue_flush (self);
  }
  pthread_mutex_unlock (&self->lock);
  return begins;
}

void
ph_load_set_warning (PhLoad *self, const char *warning)
{
  pthread_mutex_lock (&self->lock);
  g_free (self->news.warning);
  self->news.warning = g_strdup (warning);
  queue_flush (self);
  pthread_mutex_unlock (&self->lock);
}

void
ph_load_set_progress (PhLoad *self, uint64_t n_done, uint64_t n_bytes)
{
  pthread_mutex_lock (&self->lock);
  self->news.n_done = n_done;
  self->news.n_bytes = n_bytes;
  queue_flush (self);
  pthread_mutex_unlock (&self->lock);
}

void
ph_load_end (PhLoad *self, PhLoadState state, const GError *error)
{
  pthread_mutex_lock (&self->lock);
  self->news.state = state;
  if (error != NULL)
    self->news.error = g_error_copy (error);
  queue_flush (self);
  pthread_mutex_unlock (&self->lock);
}

/* --- the main thread's side --- */

PhLoadState
ph_load_get_state (PhLoad *self)
{
  return self->shown.state;
}

gboolean
ph_load_is_over (PhLoad *self)
{
  return self->shown.state >= PH_LOAD_DONE;
}

const char *
ph_load_get_folder (PhLoad *self)
{
  return self->folder;
}

uint64_t
ph_load_get_n_done (PhLoad *self)
{
  return self->shown.n_done;
}

uint64_t
ph_load_get_n_bytes (PhLoad *self)
{
  return self->shown.n_bytes;
}

const GError *
ph_load_get_error (PhLoad *self)
{
  return self->shown.error;
}

const char *
ph_load_get_warning (PhLoad *self)
{
  return self->shown.warning;
}

void
ph_load_cancel (PhLoad *self)
{
  atomic_store (&self->stop, true);

  /* One that waits for its turn ends now, not when those before it are done. */
  pthread_mutex_lock (&self->lock);
  if (self->news.state == PH_LOAD_QUEUED) {
    self->news.state = PH_LOAD_CANCELLED;
    queue_flush (self);
  }
  pthread_mutex_unlock (&self->lock);
}

/* --- the object --- */

static void
ph_load_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  PhLoad *self = PH_LOAD (object);

  switch (id) {
  case PROP_STATE:
    g_value_set_int (value, (int) self->shown.state);
    break;
  case PROP_N_DONE:
    g_value_set_uint64 (value, self->shown.n_done);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
ph_load_finalize (GObject *object)
{
  PhLoad *self = PH_LOAD (object);

  view_clear (&self->shown);
  view_clear (&self->news);
  g_free (self->folder);
  g_clear_pointer (&self->context, g_main_context_unref);
  pthread_mutex_destroy (&self->lock);

  G_OBJECT_CLASS (ph_load_parent_class)->finalize (object);
}

static void
ph_load_class_init (PhLoadClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = ph_load_get_property;
  object_class->finalize = ph_load_finalize;

  properties[PROP_STATE] = g_param_spec_int ("state", NULL, NULL, PH_LOAD_QUEUED,
                                             PH_LOAD_FAILED, PH_LOAD_QUEUED, flags);
  properties[PROP_N_DONE] =
      g_param_spec_uint64 ("n-done", NULL, NULL, 0, G_MAXUINT64, 0, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
ph_load_init (PhLoad *self)
{
  self->context = g_main_context_ref_thread_default ();
  atomic_init (&self->stop, false);
  pthread_mutex_init (&self->lock, NULL);
}

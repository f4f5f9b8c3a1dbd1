#include "core/engine/worker.h"

#include <pthread.h>

/* 1. A job is always in exactly one place: waiting, running or done.
 * 2. All three are under the lock, so that stopping reaches every job there is.
 * 3. Only the main thread frees jobs. */

struct _PhWorker {
  /* Owned, set once */
  GMainContext *context;
  pthread_t thread;

  /* Borrowed */
  gpointer owner;

  /* Shared, under lock */
  pthread_mutex_t lock;
  pthread_cond_t wake;
  GQueue waiting;
  PhJob *running;
  GQueue done;
  GSource *arrival; /* the one idle that waits to bring back what is done */
  bool quit;
};

static PhJob *
pop_job (GQueue *queue)
{
  GList *link = g_queue_pop_head_link (queue);

  return link != NULL ? link->data : NULL;
}

static void
push_job (GQueue *queue, PhJob *job)
{
  job->link = (GList){ .data = job };
  g_queue_push_tail_link (queue, &job->link);
}

static PhJob *
pop_done (PhWorker *self)
{
  PhJob *job;

  pthread_mutex_lock (&self->lock);
  job = pop_job (&self->done);
  if (job == NULL)
    g_clear_pointer (&self->arrival, g_source_unref);
  pthread_mutex_unlock (&self->lock);

  return job;
}

/* What arrives may lead to the worker being freed, which destroys the source. */
static gboolean
arrive_cb (gpointer data)
{
  PhWorker *self = data;
  GSource *source = g_main_current_source ();
  PhJob *job;

  while (!g_source_is_destroyed (source) && (job = pop_done (self)) != NULL) {
    job->class->arrive (job, self->owner);
    job->class->free (job);
  }
  return G_SOURCE_REMOVE;
}

/* Call with the lock held. */
static void
queue_arrival (PhWorker *self)
{
  if (self->arrival != NULL)
    return;

  self->arrival = g_idle_source_new ();
  g_source_set_priority (self->arrival, G_PRIORITY_DEFAULT);
  g_source_set_callback (self->arrival, arrive_cb, self, NULL);
  g_source_attach (self->arrival, self->context);
}

/* The next job, or NULL when the thread is to end. */
static PhJob *
begin_job (PhWorker *self)
{
  pthread_mutex_lock (&self->lock);
  while (!self->quit && g_queue_is_empty (&self->waiting))
    pthread_cond_wait (&self->wake, &self->lock);
  self->running = self->quit ? NULL : pop_job (&self->waiting);
  pthread_mutex_unlock (&self->lock);

  return self->running;
}

static void
end_job (PhWorker *self)
{
  pthread_mutex_lock (&self->lock);
  push_job (&self->done, self->running);
  self->running = NULL;
  queue_arrival (self);
  pthread_mutex_unlock (&self->lock);
}

static void *
worker_main (void *data)
{
  PhWorker *self = data;
  g_auto (PhRunner) runner = { 0 };
  PhJob *job;

  ph_runner_init (&runner);
  while ((job = begin_job (self)) != NULL) {
    job->class->run (job, &runner);
    end_job (self);
  }
  return NULL;
}

PhWorker *
ph_worker_new (gpointer owner)
{
  PhWorker *self = g_new0 (PhWorker, 1);
  int status;

  self->context = g_main_context_ref_thread_default ();
  self->owner = owner;
  pthread_mutex_init (&self->lock, NULL);
  pthread_cond_init (&self->wake, NULL);

  /* As GLib does for the threads that it cannot do without. */
  status = pthread_create (&self->thread, NULL, worker_main, self);
  if (status != 0)
    g_error ("no thread for the model: %s", g_strerror (status));
  return self;
}

static void
cancel_all (PhWorker *self)
{
  pthread_mutex_lock (&self->lock);
  self->quit = true;
  if (self->running != NULL)
    self->running->class->cancel (self->running);
  for (GList *link = self->waiting.head; link != NULL; link = link->next) {
    PhJob *job = link->data;

    job->class->cancel (job);
  }
  pthread_cond_signal (&self->wake);
  pthread_mutex_unlock (&self->lock);
}

static void
free_jobs (GQueue *queue)
{
  PhJob *job;

  while ((job = pop_job (queue)) != NULL)
    job->class->free (job);
}

void
ph_worker_free (PhWorker *self)
{
  cancel_all (self);
  pthread_join (self->thread, NULL);

  if (self->arrival != NULL)
    g_source_destroy (self->arrival);
  g_clear_pointer (&self->arrival, g_source_unref);
  free_jobs (&self->waiting);
  free_jobs (&self->done);

  g_main_context_unref (self->context);
  pthread_cond_destroy (&self->wake);
  pthread_mutex_destroy (&self->lock);
  g_free (self);
}

void
ph_worker_take_job (PhWorker *self, PhJob *job)
{
  pthread_mutex_lock (&self->lock);
  push_job (&self->waiting, job);
  pthread_cond_signal (&self->wake);
  pthread_mutex_unlock (&self->lock);
}

#include "core/history/history-private.h"

#include "core/base/error.h"
#include "core/history/session.h"

#include <stdlib.h>

static const PhHistoryPace default_pace = { .text_ms = 1000,
                                            .retry_ms = 10000,
                                            .busy_ms = 5000,
                                            .max_waiting = 200,
                                            .keep_days = 30,
                                            .copy_days = 7 };

/* Telling */

static gboolean
notify_cb (gpointer data)
{
  PhHistory *self = data;
  PhHistoryNotify notify;
  gpointer user_data;

  pthread_mutex_lock (&self->lock);
  g_clear_pointer (&self->notify_source, g_source_unref);
  notify = self->notify;
  user_data = self->notify_data;
  pthread_mutex_unlock (&self->lock);

  if (notify != NULL)
    notify (self, user_data);
  return G_SOURCE_REMOVE;
}

void
ph_history_announce (PhHistory *self)
{
  if (self->notify == NULL || self->notify_source != NULL)
    return;

  self->notify_source = g_idle_source_new ();
  g_source_set_priority (self->notify_source, G_PRIORITY_DEFAULT);
  g_source_set_callback (self->notify_source, notify_cb, self, NULL);
  g_source_attach (self->notify_source, self->notify_context);
}

/* Under lock. */
static void
stop_telling (PhHistory *self)
{
  if (self->notify_source != NULL)
    g_source_destroy (self->notify_source);
  g_clear_pointer (&self->notify_source, g_source_unref);
  g_clear_pointer (&self->notify_context, g_main_context_unref);
  self->notify = NULL;
}

void
ph_history_watch (PhHistory *self, PhHistoryNotify notify, gpointer user_data)
{
  pthread_mutex_lock (&self->lock);
  stop_telling (self);
  if (notify != NULL) {
    self->notify = notify;
    self->notify_data = user_data;
    self->notify_context = g_main_context_ref_thread_default ();
    if (self->state != PH_HISTORY_OPENING)
      ph_history_announce (self);
  }
  pthread_mutex_unlock (&self->lock);
}

/* Problems */

bool
ph_history_passes (const GError *error)
{
  switch (error->code) {
  case PH_ERROR_FULL:
  case PH_ERROR_BUSY:
  case PH_ERROR_IO:
  case PH_ERROR_MEMORY:
    return true;
  default:
    return false;
  }
}

/* What the problem means for the person. */
static GError *
explain (PhHistory *self)
{
  GError *error = g_error_copy (self->problem);
  g_autofree char *message = g_steal_pointer (&error->message);
  g_autofree char *lost =
      self->n_lost > 0 ? g_strdup_printf (", %u are lost", self->n_lost) : g_strdup ("");

  if (ph_history_passes (error))
    error->message = g_strdup_printf ("%s; what is new waits in memory (%u entries%s)",
                                      message, g_queue_get_length (&self->writes), lost);
  else if (error->code == PH_ERROR_READ_ONLY)
    error->message =
        g_strdup_printf ("%s; old chats can be read, new ones are not saved", message);
  else
    error->message = g_strdup_printf ("%s; going on without history", message);
  return error;
}

GError *
ph_history_dup_problem (PhHistory *self)
{
  GError *error = NULL;

  pthread_mutex_lock (&self->lock);
  if (self->problem != NULL)
    error = explain (self);
  else if (self->notice != NULL)
    error = g_error_copy (self->notice);
  pthread_mutex_unlock (&self->lock);

  return error;
}

bool
ph_history_is_saving (PhHistory *self)
{
  bool is_saving;

  pthread_mutex_lock (&self->lock);
  is_saving = self->problem == NULL;
  pthread_mutex_unlock (&self->lock);

  return is_saving;
}

/* Opening and closing */

static void
init_locks (PhHistory *self)
{
  pthread_condattr_t monotonic;

  pthread_condattr_init (&monotonic);
  pthread_condattr_setclock (&monotonic, CLOCK_MONOTONIC);
  pthread_cond_init (&self->asked, &monotonic);
  pthread_cond_init (&self->settled, &monotonic);
  pthread_condattr_destroy (&monotonic);
  pthread_mutex_init (&self->lock, NULL);
  pthread_mutex_init (&self->reading, NULL);
}

void
ph_history_forget_waiting (PhHistory *self)
{
  g_queue_clear_full (&self->writes, (GDestroyNotify) ph_write_free);
  g_hash_table_remove_all (self->texts);
}

static char *
default_path (void)
{
  return g_build_filename (g_get_user_data_dir (), "pinhole", "history.db", NULL);
}

/* Two ways to one file must lead to one name: sessions and backups lie beside it. */
static char *
resolve (const char *path)
{
  char *resolved = realpath (path, NULL);

  return resolved != NULL ? resolved : g_canonicalize_filename (path, NULL);
}

static void
start (PhHistory *self)
{
  int failed = pthread_create (&self->thread, NULL, ph_history_store_thread, self);

  self->has_thread = failed == 0;
  if (self->has_thread)
    return;
  self->state = PH_HISTORY_OFF;
  ph_fail (&self->problem, PH_ERROR_UNSUPPORTED, "%s: no thread to write it (%s)",
           self->path, g_strerror (failed));
}

PhHistory *
ph_history_open_paced (const char *path, const PhHistoryPace *pace)
{
  PhHistory *self = g_new0 (PhHistory, 1);

  self->is_ours = path == NULL;
  self->path = path != NULL ? resolve (path) : default_path ();
  self->pace = *pace;
  self->texts = ph_history_new_texts ();
  self->seen = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  g_queue_init (&self->writes);
  init_locks (self);
  start (self);
  return self;
}

PhHistory *
ph_history_open (const char *path)
{
  return ph_history_open_paced (path, &default_pace);
}

void
ph_history_free (PhHistory *self)
{
  ph_history_flush (self, NULL);

  pthread_mutex_lock (&self->lock);
  stop_telling (self);
  self->closing = true;
  pthread_cond_signal (&self->asked);
  pthread_mutex_unlock (&self->lock);
  if (self->has_thread)
    pthread_join (self->thread, NULL);
  ph_history_end_upkeep (self);

  ph_history_close_reader (self);
  ph_history_forget_waiting (self);
  g_hash_table_unref (self->texts);
  g_hash_table_unref (self->seen);
  g_clear_error (&self->problem);
  g_clear_error (&self->notice);
  g_clear_error (&self->refusal);
  pthread_mutex_destroy (&self->lock);
  pthread_mutex_destroy (&self->reading);
  pthread_cond_destroy (&self->asked);
  pthread_cond_destroy (&self->settled);
  g_free (self->path);
  g_free (self);
}

const char *
ph_history_get_path (PhHistory *self)
{
  return self->path;
}

bool
ph_history_flush (PhHistory *self, GError **error)
{
  uint64_t ticket;
  bool saved;

  pthread_mutex_lock (&self->lock);
  ticket = ++self->flush_asked;
  pthread_cond_signal (&self->asked);
  while (self->has_thread && self->flush_done < ticket)
    pthread_cond_wait (&self->settled, &self->lock);
  saved = self->problem == NULL && self->refusal == NULL;
  if (self->problem != NULL)
    g_propagate_error (error, explain (self));
  else if (self->refusal != NULL)
    g_propagate_error (error, g_steal_pointer (&self->refusal));
  g_clear_error (&self->refusal);
  pthread_mutex_unlock (&self->lock);

  return saved;
}

bool
ph_history_await_open (PhHistory *self, GError **error)
{
  bool readable;

  pthread_mutex_lock (&self->lock);
  while (self->state == PH_HISTORY_OPENING)
    pthread_cond_wait (&self->settled, &self->lock);
  readable = self->state != PH_HISTORY_OFF || self->problem->code == PH_ERROR_READ_ONLY;
  if (!readable)
    g_propagate_error (error, explain (self));
  pthread_mutex_unlock (&self->lock);

  return readable;
}

/* What an opening begins: erasing what was deleted long ago, which is a write like any,
 * and making a copy that says whether the file is sound, on a thread of its own. */
#include "core/history/history-private.h"

#include "core/base/error.h"
#include "core/history/copies.h"

#define DAY_US ((int64_t) 24 * 60 * 60 * G_USEC_PER_SEC)

/* Before all else, so that it is not among what waits when the disk is full. */
static void
expire (PhHistory *self)
{
  PhWrite *write = ph_write_new (PH_WRITE_EXPIRE, 0);

  write->time -= self->pace.keep_days * DAY_US;
  g_queue_push_head (&self->writes, write);
}

/* A copy that cannot be made is made another time; nobody waits for it. */
static void
tell (PhHistory *self, const GError *error)
{
  pthread_mutex_lock (&self->lock);
  if (g_error_matches (error, PH_ERROR, PH_ERROR_CORRUPT))
    self->reopen = true;
  else if (g_error_matches (error, PH_ERROR, PH_ERROR_CHANGED))
    ph_history_push (self, ph_write_new (PH_WRITE_REINDEX, 0));
  pthread_cond_signal (&self->asked);
  pthread_mutex_unlock (&self->lock);
}

static void *
copy_thread (void *data)
{
  PhHistory *self = data;
  g_autoptr (GError) error = NULL;

  if (!ph_copies_make (self->path, &self->stop_upkeep, &error))
    tell (self, error);
  return NULL;
}

void
ph_history_begin_upkeep (PhHistory *self)
{
  expire (self);
  if (!self->has_upkeep && self->pace.copy_days > 0 &&
      ph_copies_are_due (self->path, self->pace.copy_days))
    self->has_upkeep = pthread_create (&self->upkeep, NULL, copy_thread, self) == 0;
}

void
ph_history_end_upkeep (PhHistory *self)
{
  atomic_store (&self->stop_upkeep, true);
  if (self->has_upkeep)
    pthread_join (self->upkeep, NULL);
}

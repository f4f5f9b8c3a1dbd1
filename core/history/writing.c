/* The store thread: takes what the calls queued and makes the file say it.
 *
 * Every function here is called and returns under `lock`, and gives it away while the
 * file is worked on.  The invariants:
 *
 *   1. `lock` is never held while SQLite works.
 *   2. A write leaves the queue when it is on disk, or can never be.
 *   3. The text of a streaming turn is written when no write is queued, so that its row
 *      is there; and never after its end, which SQL sees to.
 *   4. A flush is done when all that stood before it was tried once more. */
#include "core/history/history-private.h"

#include "core/base/error.h"

#define MS 1000 /* µs */

/* Takes @error. */
static void
set_problem (PhHistory *self, GError *error)
{
  g_prefix_error (&error, "%s: ", self->path);
  g_clear_error (&self->problem);
  self->problem = error;
  self->next_try = g_get_monotonic_time () + (int64_t) self->pace.retry_ms * MS;
  if (!ph_history_passes (error)) {
    self->state = PH_HISTORY_OFF;
    ph_history_forget_waiting (self);
  }
}

static void
set_notice (PhHistory *self, GError *error)
{
  g_prefix_error (&error, "%s: ", self->path);
  g_clear_error (&self->notice);
  self->notice = error;
}

static void
close_store (PhHistory *self)
{
  pthread_mutex_unlock (&self->lock);
  g_clear_pointer (&self->store, ph_chat_store_close);
  pthread_mutex_lock (&self->lock);
}

static bool
ensure_open (PhHistory *self)
{
  PhFileOptions options = { .path = self->path,
                            .schema = &ph_schema,
                            .busy_ms = self->pace.busy_ms,
                            .is_ours = self->is_ours,
                            .suspect = self->suspect };
  GError *notice = NULL;
  GError *error = NULL;

  if (self->store != NULL || self->state == PH_HISTORY_OFF)
    return self->store != NULL;

  pthread_mutex_unlock (&self->lock);
  self->store = ph_chat_store_open (&options, &notice, &error);
  ph_history_close_reader (self);
  pthread_mutex_lock (&self->lock);

  if (self->state == PH_HISTORY_OPENING)
    self->state = PH_HISTORY_OPEN;
  if (notice != NULL)
    set_notice (self, notice);
  if (error != NULL)
    set_problem (self, error);
  if (self->store != NULL)
    ph_history_begin_upkeep (self);
  return self->store != NULL;
}

static bool
is_any_of (const GError *error, PhErrorCode first, PhErrorCode second)
{
  return g_error_matches (error, PH_ERROR, (int) first) ||
         g_error_matches (error, PH_ERROR, (int) second);
}

/* Once for every trouble: a file that is damaged is set aside when it is opened again,
 * one that was exchanged while open is written to where it is now.  A row that does not
 * fit the others (FORMAT) is how an index that is damaged may show. */
static bool
can_reopen (PhHistory *self, const GError *error)
{
  return !self->suspect && (is_any_of (error, PH_ERROR_CORRUPT, PH_ERROR_CHANGED) ||
                            g_error_matches (error, PH_ERROR, PH_ERROR_FORMAT));
}

typedef bool (*Work) (PhChatStore *store, gconstpointer what, GError **error);

static bool
work_unlocked (PhHistory *self, Work work, gconstpointer what, GError **error)
{
  bool done;

  pthread_mutex_unlock (&self->lock);
  done = work (self->store, what, error);
  pthread_mutex_lock (&self->lock);
  return done;
}

/* Takes @error.  Whether the work itself was at fault and is to be dropped. */
static bool
blame (PhHistory *self, GError *error)
{
  bool is_work = is_any_of (error, PH_ERROR_RANGE, PH_ERROR_FORMAT);

  if (is_work) {
    g_clear_error (&self->refusal);
    self->refusal = g_error_copy (error);
    set_notice (self, error);
  } else
    set_problem (self, error);
  return is_work;
}

/* Whether @what is dealt with: written, or never to be. */
static bool
carry_out (PhHistory *self, Work work, gconstpointer what)
{
  g_autoptr (GError) error = NULL;
  bool done = work_unlocked (self, work, what, &error);

  if (!done && can_reopen (self, error)) {
    g_clear_error (&error);
    close_store (self);
    self->suspect = true;
    if (!ensure_open (self))
      return false;
    done = work_unlocked (self, work, what, &error);
  }

  if (!done)
    return blame (self, g_steal_pointer (&error));
  self->suspect = false;
  g_clear_error (&self->problem);
  return true;
}

static bool
write_work (PhChatStore *store, gconstpointer what, GError **error)
{
  return ph_chat_store_write (store, what, error);
}

static bool
texts_work (PhChatStore *store, gconstpointer what, GError **error)
{
  return ph_chat_store_write_texts (store, (GHashTable *) what, error);
}

static bool
write_oldest (PhHistory *self)
{
  PhWrite *write = g_queue_pop_head (&self->writes);
  bool done = carry_out (self, write_work, write);

  if (done || self->state == PH_HISTORY_OFF)
    ph_write_free (write);
  else
    g_queue_push_head (&self->writes, write);
  return done;
}

GHashTable *
ph_history_new_texts (void)
{
  return g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
}

/* Puts back what was not written, where nothing newer has come. */
static void
put_back (GHashTable *texts, GHashTable *unwritten)
{
  GHashTableIter each;
  gpointer turn, text;

  g_hash_table_iter_init (&each, unwritten);
  while (g_hash_table_iter_next (&each, &turn, &text))
    if (!g_hash_table_contains (texts, turn)) {
      g_hash_table_iter_steal (&each);
      g_hash_table_insert (texts, turn, text);
    }
}

static void
write_texts (PhHistory *self)
{
  g_autoptr (GHashTable) texts = g_steal_pointer (&self->texts);

  self->texts = ph_history_new_texts ();
  self->next_text = g_get_monotonic_time () + (int64_t) self->pace.text_ms * MS;
  if (!carry_out (self, texts_work, texts) && self->state != PH_HISTORY_OFF)
    put_back (self->texts, texts);
}

/* After a problem they are what tells whether it is over. */
static bool
texts_are_due (PhHistory *self)
{
  return g_hash_table_size (self->texts) > 0 &&
         (self->flush_asked > self->flush_done || self->problem != NULL ||
          g_get_monotonic_time () >= self->next_text);
}

static void
work (PhHistory *self)
{
  uint64_t flush = self->flush_asked;
  bool going;

  if (self->reopen) {
    self->reopen = false;
    self->suspect = true;
    close_store (self);
  }
  going = ensure_open (self);

  if (going && g_queue_is_empty (&self->writes) && g_hash_table_size (self->texts) == 0)
    g_clear_error (&self->problem);
  while (going && !g_queue_is_empty (&self->writes))
    going = write_oldest (self);
  if (going && texts_are_due (self))
    write_texts (self);

  self->flush_done = flush;
  pthread_cond_broadcast (&self->settled);
  ph_history_announce (self);
}

/* When there will be something to do, in monotonic µs. */
static int64_t
next_work (PhHistory *self)
{
  if (self->flush_asked > self->flush_done)
    return 0;
  if (self->state == PH_HISTORY_OFF)
    return G_MAXINT64;
  if (self->problem != NULL)
    return self->next_try;
  if (self->store == NULL || self->reopen || !g_queue_is_empty (&self->writes))
    return 0;
  return g_hash_table_size (self->texts) > 0 ? self->next_text : G_MAXINT64;
}

static void
wait_until (PhHistory *self, int64_t when)
{
  struct timespec deadline = { .tv_sec = when / G_USEC_PER_SEC,
                               .tv_nsec = when % G_USEC_PER_SEC * 1000 };

  if (when == G_MAXINT64)
    pthread_cond_wait (&self->asked, &self->lock);
  else
    pthread_cond_timedwait (&self->asked, &self->lock, &deadline);
}

void *
ph_history_store_thread (void *data)
{
  PhHistory *self = data;

  pthread_mutex_lock (&self->lock);
  while (!self->closing) {
    int64_t when = next_work (self);

    if (g_get_monotonic_time () >= when)
      work (self);
    else
      wait_until (self, when);
  }
  pthread_mutex_unlock (&self->lock);

  g_clear_pointer (&self->store, ph_chat_store_close);
  return NULL;
}

/* The main thread queues, the store thread writes.  The invariants:
 *
 *   1. `lock` is never held while SQLite works.
 *   2. A write leaves the queue when it is on disk, or can never be.
 *   3. The text of a streaming turn is written after all queued writes, so that its row
 *      is there; and never after its end, which SQL sees to.
 *   4. A flush is done when all that stood before it was tried once more. */
#include "core/history/history-private.h"

#include "core/base/error.h"
#include "core/history/session.h"

#define MS 1000 /* µs */

static const PhHistoryPace default_pace = { .text_ms = 1000,
                                            .retry_ms = 10000,
                                            .busy_ms = 5000,
                                            .max_waiting = 200 };

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

/* Under lock. */
static void
announce (PhHistory *self)
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
      announce (self);
  }
  pthread_mutex_unlock (&self->lock);
}

/* Problems */

static bool
passes (const GError *error)
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

/* Under lock. */
static void
forget_waiting (PhHistory *self)
{
  g_queue_clear_full (&self->writes, (GDestroyNotify) ph_write_free);
  g_hash_table_remove_all (self->texts);
}

/* Takes @error. */
static void
set_problem (PhHistory *self, GError *error)
{
  g_prefix_error (&error, "%s: ", self->path);
  g_clear_error (&self->problem);
  self->problem = error;
  self->next_try = g_get_monotonic_time () + (int64_t) self->pace.retry_ms * MS;
  if (!passes (error)) {
    self->state = PH_HISTORY_OFF;
    forget_waiting (self);
  }
}

static void
set_notice (PhHistory *self, GError *error)
{
  g_prefix_error (&error, "%s: ", self->path);
  g_clear_error (&self->notice);
  self->notice = error;
}

/* What the problem means for the person. */
static GError *
explain (PhHistory *self)
{
  GError *error = g_error_copy (self->problem);
  g_autofree char *message = g_steal_pointer (&error->message);
  g_autofree char *lost =
      self->n_lost > 0 ? g_strdup_printf (", %u are lost", self->n_lost) : g_strdup ("");

  if (passes (error))
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

/* The store thread.  All below is called and returns under lock, and gives it away while
 * the file is worked on. */

static void
close_store (PhHistory *self)
{
  pthread_mutex_unlock (&self->lock);
  g_clear_pointer (&self->store, ph_store_close);
  pthread_mutex_lock (&self->lock);
}

static bool
ensure_open (PhHistory *self)
{
  PhStoreOptions options = { .path = self->path,
                             .schema = &ph_schema,
                             .busy_ms = self->pace.busy_ms,
                             .is_ours = self->is_ours,
                             .suspect = self->suspect };
  GError *notice = NULL;
  GError *error = NULL;

  if (self->store != NULL || self->state == PH_HISTORY_OFF)
    return self->store != NULL;

  pthread_mutex_unlock (&self->lock);
  self->store = ph_store_open (&options, &notice, &error);
  ph_history_close_reader (self);
  pthread_mutex_lock (&self->lock);

  if (self->state == PH_HISTORY_OPENING)
    self->state = PH_HISTORY_OPEN;
  if (notice != NULL)
    set_notice (self, notice);
  if (error != NULL)
    set_problem (self, error);
  return self->store != NULL;
}

/* Once for every trouble: a file that is damaged is set aside when it is opened again,
 * one that was exchanged while open is written to where it is now. */
static bool
can_reopen (PhHistory *self, const GError *error)
{
  return !self->suspect && (g_error_matches (error, PH_ERROR, PH_ERROR_CORRUPT) ||
                            g_error_matches (error, PH_ERROR, PH_ERROR_CHANGED));
}

typedef bool (*Work) (PhStore *store, gconstpointer what, GError **error);

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
  bool is_work = g_error_matches (error, PH_ERROR, PH_ERROR_RANGE);

  if (is_work)
    set_notice (self, error);
  else
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
write_work (PhStore *store, gconstpointer what, GError **error)
{
  return ph_store_write (store, what, error);
}

static bool
texts_work (PhStore *store, gconstpointer what, GError **error)
{
  return ph_store_write_texts (store, (GHashTable *) what, error);
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

static GHashTable *
new_texts (void)
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

  self->texts = new_texts ();
  self->next_text = g_get_monotonic_time () + (int64_t) self->pace.text_ms * MS;
  if (!carry_out (self, texts_work, texts) && self->state != PH_HISTORY_OFF)
    put_back (self->texts, texts);
}

static bool
texts_are_due (PhHistory *self)
{
  return g_hash_table_size (self->texts) > 0 &&
         (self->flush_asked > self->flush_done ||
          g_get_monotonic_time () >= self->next_text);
}

static void
work (PhHistory *self)
{
  uint64_t flush = self->flush_asked;
  guint n_writes = g_queue_get_length (&self->writes);
  bool going = ensure_open (self);

  if (going && n_writes == 0 && g_hash_table_size (self->texts) == 0)
    g_clear_error (&self->problem);
  while (going && n_writes-- > 0)
    going = write_oldest (self);
  if (going && texts_are_due (self))
    write_texts (self);

  self->flush_done = flush;
  pthread_cond_broadcast (&self->settled);
  announce (self);
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
  if (self->store == NULL || !g_queue_is_empty (&self->writes))
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

static void *
store_thread (void *data)
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

  g_clear_pointer (&self->store, ph_store_close);
  return NULL;
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

static void
start (PhHistory *self)
{
  int failed = pthread_create (&self->thread, NULL, store_thread, self);

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
  self->path = path != NULL ? g_canonicalize_filename (path, NULL)
                            : g_build_filename (g_get_user_data_dir (), "pinhole",
                                                "history.db", NULL);
  self->pace = *pace;
  self->texts = new_texts ();
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

  ph_history_close_reader (self);
  forget_waiting (self);
  g_hash_table_unref (self->texts);
  g_clear_error (&self->problem);
  g_clear_error (&self->notice);
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
  saved = self->problem == NULL;
  if (!saved)
    g_propagate_error (error, explain (self));
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

/* Queueing */

/* Under lock.  While nothing can be written, the oldest make room for the newest. */
static void
make_room (PhHistory *self)
{
  while (self->problem != NULL &&
         g_queue_get_length (&self->writes) > self->pace.max_waiting) {
    PhWrite *oldest = g_queue_pop_head (&self->writes);

    self->n_lost += oldest->has_question;
    ph_write_free (oldest);
  }
}

/* Under lock; takes @write. */
static void
push (PhHistory *self, PhWrite *write)
{
  if (self->state == PH_HISTORY_OFF) {
    ph_write_free (write);
    return;
  }
  g_queue_push_tail (&self->writes, write);
  make_room (self);
  pthread_cond_signal (&self->asked);
}

static void
queue (PhHistory *self, PhWrite *write)
{
  pthread_mutex_lock (&self->lock);
  push (self, write);
  pthread_mutex_unlock (&self->lock);
}

int64_t
ph_history_begin_chat (PhHistory *self)
{
  return ph_random_id ();
}

void
ph_history_rename_chat (PhHistory *self, int64_t chat, const char *title)
{
  PhWrite *write = ph_write_new (PH_WRITE_TITLE, chat);

  ph_write_set_title (write, title);
  queue (self, write);
}

void
ph_history_delete_chat (PhHistory *self, int64_t chat)
{
  PhWrite *write = ph_write_new (PH_WRITE_DELETED, chat);

  write->deleted = true;
  queue (self, write);
}

void
ph_history_restore_chat (PhHistory *self, int64_t chat)
{
  queue (self, ph_write_new (PH_WRITE_DELETED, chat));
}

void
ph_history_purge_chat (PhHistory *self, int64_t chat)
{
  queue (self, ph_write_new (PH_WRITE_PURGE, chat));
}

int64_t
ph_history_begin_turn (PhHistory *self, const PhHistoryQuestion *question)
{
  PhWrite *write = ph_write_new (PH_WRITE_TURN, ph_random_id ());
  int64_t turn = write->id;

  ph_write_set_question (write, question);
  queue (self, write);
  return turn;
}

void
ph_history_update_turn (PhHistory *self, int64_t turn, const char *text)
{
  pthread_mutex_lock (&self->lock);
  if (self->state != PH_HISTORY_OFF) {
    bool is_first = g_hash_table_size (self->texts) == 0;

    g_hash_table_replace (self->texts, g_memdup2 (&turn, sizeof turn), g_strdup (text));
    if (is_first)
      pthread_cond_signal (&self->asked);
  }
  pthread_mutex_unlock (&self->lock);
}

/* The turn's beginning, if it still waits to be written. */
static PhWrite *
find_beginning (PhHistory *self, int64_t turn)
{
  for (GList *link = self->writes.tail; link != NULL; link = link->prev) {
    PhWrite *write = link->data;

    if (write->kind == PH_WRITE_TURN && write->id == turn && !write->has_answer)
      return write;
  }
  return NULL;
}

/* Beginning and end of one turn become one write: while the disk is full, a place in
 * memory holds a whole turn. */
void
ph_history_finish_turn (PhHistory *self, int64_t turn, const PhHistoryAnswer *answer)
{
  PhWrite *write;

  pthread_mutex_lock (&self->lock);
  g_hash_table_remove (self->texts, &turn);
  write = find_beginning (self, turn);
  if (write != NULL)
    ph_write_set_answer (write, answer);
  else {
    write = ph_write_new (PH_WRITE_TURN, turn);
    ph_write_set_answer (write, answer);
    push (self, write);
  }
  pthread_mutex_unlock (&self->lock);
}

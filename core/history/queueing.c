/* The writing calls: each makes a PhWrite of what it was given and queues it. */
#include "core/history/history-private.h"

#include "core/history/session.h"

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

/* Of a temporary chat or a turn of it. */
static bool
is_temporary (int64_t id)
{
  return id < 0;
}

static int64_t
temporary_id (void)
{
  return -ph_random_id ();
}

void
ph_history_push (PhHistory *self, PhWrite *write)
{
  if (self->state == PH_HISTORY_OFF || is_temporary (write->id)) {
    ph_write_free (write);
    return;
  }
  g_queue_push_tail (&self->writes, write);
  make_room (self);
  pthread_cond_signal (&self->asked);
}

void
ph_history_queue (PhHistory *self, PhWrite *write)
{
  pthread_mutex_lock (&self->lock);
  ph_history_push (self, write);
  pthread_mutex_unlock (&self->lock);
}

int64_t
ph_history_begin_chat (PhHistory *self)
{
  return ph_random_id ();
}

int64_t
ph_history_begin_temporary_chat (PhHistory *self)
{
  return temporary_id ();
}

static void
queue_text (PhHistory *self, PhWriteKind kind, int64_t id, const char *text)
{
  PhWrite *write = ph_write_new (kind, id);

  ph_write_set_text (write, text);
  ph_history_queue (self, write);
}

static void
queue_switch (PhHistory *self, PhWriteKind kind, int64_t id, bool on)
{
  PhWrite *write = ph_write_new (kind, id);

  write->on = on;
  ph_history_queue (self, write);
}

void
ph_history_rename_chat (PhHistory *self, int64_t chat, const char *title)
{
  queue_text (self, PH_WRITE_TITLE, chat, title);
}

void
ph_history_pin_chat (PhHistory *self, int64_t chat, bool pinned)
{
  queue_switch (self, PH_WRITE_PINNED, chat, pinned);
}

void
ph_history_move_chat (PhHistory *self, int64_t chat, const char *folder)
{
  queue_text (self, PH_WRITE_FOLDER, chat, folder);
}

int64_t
ph_history_branch_chat (PhHistory *self, int64_t chat, int64_t last)
{
  int64_t branch = is_temporary (chat) ? temporary_id () : ph_random_id ();
  PhWrite *write = ph_write_new (PH_WRITE_BRANCH, branch);

  write->source = chat;
  write->last = last;
  ph_history_queue (self, write);
  return branch;
}

void
ph_history_delete_chat (PhHistory *self, int64_t chat)
{
  queue_switch (self, PH_WRITE_CHAT_DELETED, chat, true);
}

void
ph_history_restore_chat (PhHistory *self, int64_t chat)
{
  queue_switch (self, PH_WRITE_CHAT_DELETED, chat, false);
}

void
ph_history_delete_turn (PhHistory *self, int64_t turn)
{
  queue_switch (self, PH_WRITE_TURN_DELETED, turn, true);
}

void
ph_history_restore_turn (PhHistory *self, int64_t turn)
{
  queue_switch (self, PH_WRITE_TURN_DELETED, turn, false);
}

void
ph_history_purge_chat (PhHistory *self, int64_t chat)
{
  ph_history_queue (self, ph_write_new (PH_WRITE_PURGE, chat));
}

int64_t
ph_history_begin_turn (PhHistory *self, const PhHistoryQuestion *question)
{
  int64_t turn = is_temporary (question->chat) ? temporary_id () : ph_random_id ();
  PhWrite *write = ph_write_new (PH_WRITE_TURN, turn);

  ph_write_set_question (write, question);
  ph_history_queue (self, write);
  return turn;
}

void
ph_history_update_turn (PhHistory *self, int64_t turn, const char *text)
{
  pthread_mutex_lock (&self->lock);
  if (self->state != PH_HISTORY_OFF && !is_temporary (turn)) {
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
    ph_history_push (self, write);
  }
  pthread_mutex_unlock (&self->lock);
}

void
ph_history_edit_turn (PhHistory *self,
                      int64_t turn,
                      const char *prompt,
                      const char *answer)
{
  PhWrite *write = ph_write_new (PH_WRITE_EDIT, turn);

  ph_write_set_edit (write, prompt, answer);
  ph_history_queue (self, write);
}

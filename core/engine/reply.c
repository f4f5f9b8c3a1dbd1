#include "core/engine/reply-private.h"

#include "core/engine/flush.h"

#include <pthread.h>
#include <string.h>

/* Two copies of everything that changes: `shown`, which the properties tell, and `news`,
 * which the worker writes.  A flush carries the news over on the asker's main context; it
 * is queued by the first news after the last flush, so at most one waits at a time. */

typedef struct {
  PhReplyState state;
  PhStage stage;
  int n_tokens;
  char *text;
  PhPicture *picture;
  GError *error;
  PhAnswer answer;
} View;

struct _PhReply {
  GObject parent_instance;

  /* Owned, set once */
  GMainContext *context;
  GCancellable *cancellable;

  /* Main thread */
  View shown;

  /* Any thread */
  atomic_bool stop;

  /* Shared, under lock */
  pthread_mutex_t lock;
  View news;
  bool flush_queued;
};

G_DEFINE_FINAL_TYPE (PhReply, ph_reply, G_TYPE_OBJECT)

enum { PROP_STATE = 1, PROP_STAGE, PROP_TEXT, N_PROPS };

static GParamSpec *properties[N_PROPS];

static void
view_clear (View *self)
{
  g_clear_pointer (&self->text, g_free);
  g_clear_pointer (&self->picture, ph_picture_unref);
  g_clear_error (&self->error);
  ph_answer_clear (&self->answer);
}

static bool
state_is_over (PhReplyState state)
{
  return state >= PH_REPLY_DONE;
}

/* Gives what is owned to @shown; what is a plain value stays in @news as well, since the
 * worker goes on from there.  Call with the lock held. */
static void
carry_over (View *shown, View *news)
{
  shown->state = news->state;
  shown->stage = news->stage;
  shown->n_tokens = news->n_tokens;

  if (news->text != NULL) {
    g_free (shown->text);
    shown->text = g_steal_pointer (&news->text);
  }
  if (news->picture != NULL)
    shown->picture = g_steal_pointer (&news->picture);
  if (news->error != NULL)
    shown->error = g_steal_pointer (&news->error);
  if (news->state == PH_REPLY_DONE || news->state == PH_REPLY_CANCELLED) {
    shown->answer = news->answer;
    memset (&news->answer, 0, sizeof news->answer);
  }
}

static gboolean
flush_cb (gpointer data)
{
  PhReply *self = data;
  View before = self->shown;
  bool has_text;

  pthread_mutex_lock (&self->lock);
  self->flush_queued = false;
  has_text = self->news.text != NULL;
  if (!state_is_over (before.state))
    carry_over (&self->shown, &self->news);
  pthread_mutex_unlock (&self->lock);

  /* Thawing tells them in this order, so that the end is heard last. */
  g_object_freeze_notify (G_OBJECT (self));
  if (self->shown.stage != before.stage)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STAGE]);
  if (has_text)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TEXT]);
  if (self->shown.state != before.state)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
  g_object_thaw_notify (G_OBJECT (self));

  return G_SOURCE_REMOVE;
}

/* Call with the lock held. */
static void
queue_flush (PhReply *self)
{
  ph_flush_queue (&self->flush_queued, self->context, flush_cb, self);
}

/* --- the worker's side --- */

PhReply *
ph_reply_new (void)
{
  return g_object_new (PH_TYPE_REPLY, NULL);
}

const atomic_bool *
ph_reply_get_stop (PhReply *self)
{
  return &self->stop;
}

GCancellable *
ph_reply_get_cancellable (PhReply *self)
{
  return self->cancellable;
}

bool
ph_reply_begin (PhReply *self)
{
  bool begins;

  pthread_mutex_lock (&self->lock);
  begins = self->news.state == PH_REPLY_QUEUED;
  if (begins) {
    self->news.state = PH_REPLY_WORKING;
    queue_flush (self);
  }
  pthread_mutex_unlock (&self->lock);

  return begins;
}

void
ph_reply_set_picture (PhReply *self, PhPicture *picture)
{
  pthread_mutex_lock (&self->lock);
  g_clear_pointer (&self->news.picture, ph_picture_unref);
  self->news.picture = ph_picture_ref (picture);
  queue_flush (self);
  pthread_mutex_unlock (&self->lock);
}

void
ph_reply_set_stage (PhReply *self, PhStage stage)
{
  pthread_mutex_lock (&self->lock);
  self->news.stage = stage;
  queue_flush (self);
  pthread_mutex_unlock (&self->lock);
}

void
ph_reply_set_text (PhReply *self, const char *text, int n_tokens)
{
  pthread_mutex_lock (&self->lock);
  g_free (self->news.text);
  self->news.text = g_strdup (text);
  self->news.n_tokens = n_tokens;
  queue_flush (self);
  pthread_mutex_unlock (&self->lock);
}

/* Call with the lock held. */
static void
end_with_answer (PhReply *self, PhAnswer *answer)
{
  View *news = &self->news;

  news->state = answer->stop == PH_STOP_CANCELLED ? PH_REPLY_CANCELLED : PH_REPLY_DONE;
  news->answer = *answer;
  news->n_tokens = (int) answer->ids->len;
  g_free (news->text);
  news->text = g_strdup (answer->text);
  memset (answer, 0, sizeof *answer);
  queue_flush (self);
}

void
ph_reply_take_answer (PhReply *self, PhAnswer *answer)
{
  pthread_mutex_lock (&self->lock);
  end_with_answer (self, answer);
  pthread_mutex_unlock (&self->lock);
}

void
ph_reply_take_error (PhReply *self, GError *error)
{
  pthread_mutex_lock (&self->lock);
  self->news.state = PH_REPLY_FAILED;
  self->news.error = error;
  queue_flush (self);
  pthread_mutex_unlock (&self->lock);
}

void
ph_reply_end_unanswered (PhReply *self)
{
  PhAnswer nothing;

  ph_answer_init (&nothing);
  ph_reply_take_answer (self, &nothing);
}

/* --- the main thread's side --- */

PhReplyState
ph_reply_get_state (PhReply *self)
{
  return self->shown.state;
}

gboolean
ph_reply_is_over (PhReply *self)
{
  return state_is_over (self->shown.state);
}

PhStage
ph_reply_get_stage (PhReply *self)
{
  return self->shown.stage;
}

const char *
ph_reply_get_text (PhReply *self)
{
  return self->shown.text != NULL ? self->shown.text : "";
}

int
ph_reply_get_n_tokens (PhReply *self)
{
  return self->shown.n_tokens;
}

const GError *
ph_reply_get_error (PhReply *self)
{
  return self->shown.error;
}

const PhAnswer *
ph_reply_get_answer (PhReply *self)
{
  bool has_answer =
      self->shown.state == PH_REPLY_DONE || self->shown.state == PH_REPLY_CANCELLED;

  return has_answer ? &self->shown.answer : NULL;
}

PhPicture *
ph_reply_get_picture (PhReply *self)
{
  return self->shown.picture;
}

void
ph_reply_cancel (PhReply *self)
{
  atomic_store (&self->stop, true);
  g_cancellable_cancel (self->cancellable);

  /* One that waits for its turn ends now, not when those before it are done. */
  pthread_mutex_lock (&self->lock);
  if (self->news.state == PH_REPLY_QUEUED) {
    PhAnswer nothing;

    ph_answer_init (&nothing);
    end_with_answer (self, &nothing);
  }
  pthread_mutex_unlock (&self->lock);
}

/* --- the object --- */

static void
ph_reply_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  PhReply *self = PH_REPLY (object);

  switch (id) {
  case PROP_STATE:
    g_value_set_int (value, (int) ph_reply_get_state (self));
    break;
  case PROP_STAGE:
    g_value_set_int (value, (int) ph_reply_get_stage (self));
    break;
  case PROP_TEXT:
    g_value_set_string (value, ph_reply_get_text (self));
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
ph_reply_finalize (GObject *object)
{
  PhReply *self = PH_REPLY (object);

  view_clear (&self->shown);
  view_clear (&self->news);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->context, g_main_context_unref);
  pthread_mutex_destroy (&self->lock);

  G_OBJECT_CLASS (ph_reply_parent_class)->finalize (object);
}

static void
ph_reply_class_init (PhReplyClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = ph_reply_get_property;
  object_class->finalize = ph_reply_finalize;

  properties[PROP_STATE] = g_param_spec_int ("state", NULL, NULL, PH_REPLY_QUEUED,
                                             PH_REPLY_FAILED, PH_REPLY_QUEUED, flags);
  properties[PROP_STAGE] = g_param_spec_int ("stage", NULL, NULL, PH_STAGE_PICTURE,
                                             PH_STAGE_WRITING, PH_STAGE_PICTURE, flags);
  properties[PROP_TEXT] = g_param_spec_string ("text", NULL, NULL, "", flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
ph_reply_init (PhReply *self)
{
  self->context = g_main_context_ref_thread_default ();
  self->cancellable = g_cancellable_new ();
  atomic_init (&self->stop, false);
  pthread_mutex_init (&self->lock, NULL);
}

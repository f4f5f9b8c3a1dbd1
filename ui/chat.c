#include "ui/chat.h"

#include "core/engine/keep.h"

struct _PhChat {
  GObject parent_instance;

  /* Owned */
  PhPicture *picture;
  char *picture_name;
  char *picture_hash; /* in the history; NULL for a picture that was opened here */
  char *problem;
  GListStore *turns;
  PhTurn *running;

  /* Borrowed */
  PhEngine *engine;
  PhHistory *history;

  int64_t id;
};

G_DEFINE_FINAL_TYPE (PhChat, ph_chat, G_TYPE_OBJECT)

enum { PROP_0, PROP_PICTURE, PROP_PROBLEM, PROP_BUSY, N_PROPS };

static GParamSpec *properties[N_PROPS];

static PhChat *
create (PhEngine *engine, PhHistory *history)
{
  PhChat *self = g_object_new (PH_TYPE_CHAT, NULL);

  self->engine = engine;
  self->history = history;
  return self;
}

PhChat *
ph_chat_new (PhEngine *engine, PhHistory *history, PhPicture *picture, const char *name)
{
  PhChat *self = create (engine, history);

  if (picture != NULL)
    self->picture = ph_picture_ref (picture);
  self->picture_name = g_strdup (name);
  return self;
}

static void
add_stored_turn (PhChat *self, const PhHistoryTurn *record)
{
  g_autoptr (PhTurn) turn = ph_turn_new_stored (self->history, record);

  g_list_store_append (self->turns, turn);
  if (self->picture_hash == NULL && record->picture_hash != NULL) {
    self->picture_hash = g_strdup (record->picture_hash);
    self->picture_name = g_strdup (record->picture_name);
  }
}

PhChat *
ph_chat_open (PhEngine *engine, PhHistory *history, int64_t id, GError **error)
{
  g_autoptr (GPtrArray) records = ph_history_load_turns (history, id, error);
  PhChat *self;

  if (records == NULL)
    return NULL;

  self = create (engine, history);
  self->id = id;
  for (guint i = 0; i < records->len; i++)
    add_stored_turn (self, g_ptr_array_index (records, i));
  return self;
}

static void
set_problem (PhChat *self, const GError *error)
{
  g_free (self->problem);
  self->problem = g_strdup (error->message);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PROBLEM]);
}

/* Holds a reference to the chat, which may have been left meanwhile. */
static void
picture_decoded_cb (PhPicture *picture, const GError *error, gpointer data)
{
  g_autoptr (PhChat) self = data;

  if (picture == NULL) {
    set_problem (self, error);
    return;
  }
  self->picture = ph_picture_ref (picture);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PICTURE]);
}

void
ph_chat_load_picture (PhChat *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;

  if (self->picture != NULL || self->picture_hash == NULL)
    return;

  bytes = ph_history_load_picture (self->history, self->picture_hash, NULL, NULL, &error);
  if (bytes == NULL)
    set_problem (self, error);
  else
    ph_engine_open_picture_bytes (self->engine, bytes, picture_decoded_cb,
                                  g_object_ref (self));
}

int64_t
ph_chat_get_id (PhChat *self)
{
  return self->id;
}

PhPicture *
ph_chat_get_picture (PhChat *self)
{
  return self->picture;
}

const char *
ph_chat_get_picture_name (PhChat *self)
{
  return self->picture_name;
}

const char *
ph_chat_get_problem (PhChat *self)
{
  return self->problem;
}

GListModel *
ph_chat_get_turns (PhChat *self)
{
  return G_LIST_MODEL (self->turns);
}

PhTurn *
ph_chat_get_running (PhChat *self)
{
  return self->running;
}

static void
set_running (PhChat *self, PhTurn *turn)
{
  if (g_set_object (&self->running, turn))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_BUSY]);
}

static void
turn_state_changed_cb (PhChat *self, GParamSpec *pspec, PhTurn *turn)
{
  if (turn == self->running && ph_turn_get_state (turn) != PH_TURN_STREAMING)
    set_running (self, NULL);
}

PhTurn *
ph_chat_ask (PhChat *self, const PhRequest *question)
{
  PhRequest request = *question;
  g_autofree char *settings = ph_request_dup_settings (question);
  PhHistoryQuestion kept = { .picture = self->picture,
                             .picture_name = self->picture_name,
                             .model = ph_engine_get_model_name (self->engine),
                             .prompt = question->prompt,
                             .settings = settings };
  g_autoptr (PhReply) reply = NULL;
  g_autoptr (PhTurn) turn = NULL;
  int64_t id;

  g_assert (self->picture != NULL && self->running == NULL);

  if (self->id == 0)
    self->id = ph_history_begin_chat (self->history);
  kept.chat = self->id;
  id = ph_history_begin_turn (self->history, &kept);
  request.picture = self->picture;
  reply = ph_engine_ask (self->engine, &request);
  turn = ph_turn_new_live (self->history, id, &kept, reply);
  g_signal_connect_object (turn, "notify::state", G_CALLBACK (turn_state_changed_cb),
                           self, G_CONNECT_SWAPPED);
  g_list_store_append (self->turns, turn);
  if (ph_turn_get_state (turn) == PH_TURN_STREAMING)
    set_running (self, turn);
  return turn;
}

void
ph_chat_stop (PhChat *self)
{
  if (self->running != NULL)
    ph_turn_stop (self->running);
}

void
ph_chat_close (PhChat *self)
{
  if (self->running != NULL)
    ph_turn_abandon (self->running);
}

static void
ph_chat_get_property (GObject *object, guint prop, GValue *value, GParamSpec *pspec)
{
  PhChat *self = PH_CHAT (object);

  switch (prop) {
  case PROP_PICTURE:
    g_value_set_pointer (value, self->picture);
    break;
  case PROP_PROBLEM:
    g_value_set_string (value, self->problem);
    break;
  case PROP_BUSY:
    g_value_set_boolean (value, self->running != NULL);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop, pspec);
  }
}

static void
ph_chat_finalize (GObject *object)
{
  PhChat *self = PH_CHAT (object);

  g_clear_pointer (&self->picture, ph_picture_unref);
  g_free (self->picture_name);
  g_free (self->picture_hash);
  g_free (self->problem);
  g_clear_object (&self->turns);
  g_clear_object (&self->running);
  G_OBJECT_CLASS (ph_chat_parent_class)->finalize (object);
}

static void
ph_chat_class_init (PhChatClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags readable = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = ph_chat_get_property;
  object_class->finalize = ph_chat_finalize;
  properties[PROP_PICTURE] = g_param_spec_pointer ("picture", NULL, NULL, readable);
  properties[PROP_PROBLEM] = g_param_spec_string ("problem", NULL, NULL, NULL, readable);
  properties[PROP_BUSY] = g_param_spec_boolean ("busy", NULL, NULL, FALSE, readable);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
ph_chat_init (PhChat *self)
{
  self->turns = g_list_store_new (PH_TYPE_TURN);
}

#include "ui/turn.h"

#include "core/engine/keep.h"
#include "ui/turn-meta.h"

#include <string.h>

struct _PhTurn {
  GObject parent_instance;

  /* Owned */
  char *prompt;
  char *model;
  char *settings;
  char *answer;
  char *stop_reason; /* as the history tells it, or NULL */
  PhReply *reply;    /* NULL once it is over */
  PhRecord *record;
  PhPlate *plate;
  GArray *ids;         /* of int32_t: the tokens of the answer */
  char *answer_before; /* and state_before: while it is continued */

  /* Borrowed */
  PhHistory *history;

  int64_t id; /* in the history */
  PhTurnState state, state_before;
  PhStage stage;
  PhTurnFigures figures;
  gboolean has_stored_record; /* which was not loaded yet */
  gboolean edited;
};

G_DEFINE_FINAL_TYPE (PhTurn, ph_turn, G_TYPE_OBJECT)

enum { PROP_0, PROP_ANSWER, PROP_STATE, PROP_STAGE, N_PROPS };

static GParamSpec *properties[N_PROPS];

static void
set_answer (PhTurn *self, const char *text)
{
  if (g_str_equal (self->answer, text))
    return;

  g_free (self->answer);
  self->answer = g_strdup (text);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ANSWER]);
}

static void
set_state (PhTurn *self, PhTurnState state)
{
  self->state = state;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
}

static void
set_ids (PhTurn *self, const int32_t *ids, gsize n_ids)
{
  g_array_set_size (self->ids, 0);
  if (n_ids > 0)
    g_array_append_vals (self->ids, ids, (guint) n_ids);
}

static void
take_answer (PhTurn *self, const PhAnswer *answer)
{
  ph_turn_figures_measure (&self->figures, answer);
  set_ids (self, (const int32_t *) answer->ids->data, answer->ids->len);
  if (answer->record != NULL) {
    g_clear_pointer (&self->record, ph_record_unref);
    self->record = ph_record_ref (answer->record);
  }
}

/* While an answer is continued its beginning is read again: nothing is taken back. */
static gboolean
goes_on (PhTurn *self, const char *text)
{
  return self->answer_before == NULL || strlen (text) > strlen (self->answer_before);
}

static void
keep_end (PhTurn *self, PhReply *reply)
{
  const PhAnswer *answer = ph_reply_get_answer (reply);

  set_answer (self, ph_reply_get_text (reply));
  if (answer != NULL)
    take_answer (self, answer);
  g_free (self->stop_reason);
  self->stop_reason = g_strdup (ph_reply_get_stop_reason (reply));
  ph_reply_finish_turn (reply, self->history, self->id);
}

/* The last notify may set text and state in any order: the text is taken here too. */
static void
finish (PhTurn *self)
{
  g_autoptr (PhReply) reply = g_steal_pointer (&self->reply);
  PhTurnState state = ph_reply_get_turn_state (reply);

  g_signal_handlers_disconnect_by_data (reply, self);
  if (state == PH_TURN_DONE || goes_on (self, ph_reply_get_text (reply)))
    keep_end (self, reply);
  else
    state = self->state_before;
  g_clear_pointer (&self->answer_before, g_free);
  set_state (self, state);
}

static void
text_changed_cb (PhTurn *self)
{
  if (!goes_on (self, ph_reply_get_text (self->reply)))
    return;
  set_answer (self, ph_reply_get_text (self->reply));
  ph_history_update_turn (self->history, self->id, self->answer);
}

static void
stage_changed_cb (PhTurn *self)
{
  self->stage = ph_reply_get_stage (self->reply);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STAGE]);
}

static void
state_changed_cb (PhTurn *self)
{
  if (ph_reply_is_over (self->reply))
    finish (self);
  else
    set_state (self, PH_TURN_STREAMING);
}

static void
connect (PhTurn *self, const char *signal, GCallback callback)
{
  g_signal_connect_object (self->reply, signal, callback, self, G_CONNECT_SWAPPED);
}

static void
follow (PhTurn *self, PhReply *reply)
{
  self->reply = g_object_ref (reply);
  connect (self, "notify::text", G_CALLBACK (text_changed_cb));
  connect (self, "notify::stage", G_CALLBACK (stage_changed_cb));
  connect (self, "notify::state", G_CALLBACK (state_changed_cb));
  state_changed_cb (self);
}

static PhTurn *
create (PhHistory *history, int64_t id, PhPlate *plate)
{
  PhTurn *self = g_object_new (PH_TYPE_TURN, NULL);

  self->history = history;
  self->id = id;
  g_set_object (&self->plate, plate);
  return self;
}

PhTurn *
ph_turn_new_live (PhHistory *history,
                  int64_t id,
                  const PhHistoryQuestion *question,
                  PhPlate *plate,
                  PhReply *reply)
{
  PhTurn *self = create (history, id, plate);

  self->prompt = g_strdup (question->prompt);
  self->model = g_strdup (question->model);
  self->settings = g_strdup (question->settings);
  self->answer = g_strdup ("");
  follow (self, reply);
  return self;
}

PhTurn *
ph_turn_new_stored (PhHistory *history, const PhHistoryTurn *record, PhPlate *plate)
{
  PhTurn *self = create (history, record->id, plate);

  self->prompt = g_strdup (record->prompt);
  self->model = g_strdup (record->model);
  self->settings = g_strdup (record->settings);
  self->answer = g_strdup (record->answer);
  self->stop_reason = g_strdup (record->stop_reason);
  self->state = record->state;
  self->has_stored_record = record->has_record;
  self->edited = record->edited != 0;
  set_ids (self, record->ids, record->n_ids);
  ph_turn_figures_recall (&self->figures, record);
  return self;
}

int64_t
ph_turn_get_id (PhTurn *self)
{
  return self->id;
}

PhPlate *
ph_turn_get_plate (PhTurn *self)
{
  return self->plate;
}

const char *
ph_turn_get_prompt (PhTurn *self)
{
  return self->prompt;
}

const char *
ph_turn_get_model (PhTurn *self)
{
  return self->model;
}

const char *
ph_turn_get_settings (PhTurn *self)
{
  return self->settings;
}

const char *
ph_turn_get_answer (PhTurn *self)
{
  return self->answer;
}

PhTurnState
ph_turn_get_state (PhTurn *self)
{
  return self->state;
}

gboolean
ph_turn_is_waiting (PhTurn *self)
{
  return self->reply != NULL && ph_reply_get_state (self->reply) == PH_REPLY_QUEUED;
}

gboolean
ph_turn_is_edited (PhTurn *self)
{
  return self->edited;
}

PhStage
ph_turn_get_stage (PhTurn *self)
{
  return self->stage;
}

char *
ph_turn_dup_meta (PhTurn *self)
{
  if (self->state == PH_TURN_STREAMING)
    return g_strdup ("");
  return ph_turn_figures_dup_text (&self->figures, self->state, self->stop_reason);
}

const char *
ph_turn_get_problem (PhTurn *self)
{
  return self->state == PH_TURN_FAILED ? self->stop_reason : NULL;
}

PhRecord *
ph_turn_get_record (PhTurn *self, GError **error)
{
  if (self->record == NULL && self->has_stored_record)
    self->record = ph_history_load_record (self->history, self->id, error);
  return self->record;
}

PhSnapshot *
ph_turn_get_snapshot (PhTurn *self, GError **error)
{
  PhRecord *record = ph_turn_get_record (self, error);

  return record != NULL ? ph_record_get_snapshot (record) : NULL;
}

void
ph_turn_edit_answer (PhTurn *self, const char *text)
{
  if (self->reply != NULL || g_str_equal (self->answer, text))
    return;

  self->edited = TRUE;
  set_answer (self, text);
  ph_history_edit_turn (self->history, self->id, NULL, text);
  set_state (self, self->state);
}

const GArray *
ph_turn_get_cut_ids (PhTurn *self)
{
  gboolean cut =
      self->state == PH_TURN_CANCELLED ||
      (self->state == PH_TURN_DONE && !g_strcmp0 (self->stop_reason, "length"));

  return cut && !self->edited && self->ids->len > 0 ? self->ids : NULL;
}

void
ph_turn_continue (PhTurn *self, PhReply *reply)
{
  g_assert (self->reply == NULL);

  self->answer_before = g_strdup (self->answer);
  self->state_before = self->state;
  follow (self, reply);
}

void
ph_turn_stop (PhTurn *self)
{
  if (self->reply != NULL)
    ph_reply_cancel (self->reply);
}

void
ph_turn_abandon (PhTurn *self)
{
  g_autoptr (PhReply) reply = g_steal_pointer (&self->reply);

  if (reply == NULL)
    return;

  g_signal_handlers_disconnect_by_data (reply, self);
  ph_reply_cancel (reply);
  if (!goes_on (self, self->answer)) {
    set_state (self, self->state_before);
    return;
  }
  g_free (self->stop_reason);
  self->stop_reason = g_strdup ("stopped");
  ph_history_finish_turn (self->history, self->id,
                          &(PhHistoryAnswer){ .state = PH_TURN_CANCELLED,
                                              .text = self->answer,
                                              .stop_reason = self->stop_reason });
  set_state (self, PH_TURN_CANCELLED);
}

static void
ph_turn_get_property (GObject *object, guint prop, GValue *value, GParamSpec *pspec)
{
  PhTurn *self = PH_TURN (object);

  switch (prop) {
  case PROP_ANSWER:
    g_value_set_string (value, self->answer);
    break;
  case PROP_STATE:
    g_value_set_int (value, self->state);
    break;
  case PROP_STAGE:
    g_value_set_int (value, self->stage);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop, pspec);
  }
}

static void
ph_turn_finalize (GObject *object)
{
  PhTurn *self = PH_TURN (object);

  g_free (self->prompt);
  g_free (self->model);
  g_free (self->settings);
  g_free (self->answer);
  g_free (self->stop_reason);
  g_free (self->answer_before);
  g_array_unref (self->ids);
  g_clear_object (&self->reply);
  g_clear_object (&self->plate);
  g_clear_pointer (&self->record, ph_record_unref);
  G_OBJECT_CLASS (ph_turn_parent_class)->finalize (object);
}

static void
ph_turn_class_init (PhTurnClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags readable = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = ph_turn_get_property;
  object_class->finalize = ph_turn_finalize;
  properties[PROP_ANSWER] = g_param_spec_string ("answer", NULL, NULL, "", readable);
  properties[PROP_STATE] =
      g_param_spec_int ("state", NULL, NULL, 0, PH_TURN_INTERRUPTED, 0, readable);
  properties[PROP_STAGE] =
      g_param_spec_int ("stage", NULL, NULL, 0, PH_STAGE_WRITING, 0, readable);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
ph_turn_init (PhTurn *self)
{
  self->ids = g_array_new (FALSE, FALSE, sizeof (int32_t));
}

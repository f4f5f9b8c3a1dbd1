#include "ui/chat.h"

#include "core/engine/json.h"
#include "core/engine/keep.h"

struct _PhChat {
  GObject parent_instance;

  /* Owned */
  GListStore *plates;
  GListStore *exchanges;
  GPtrArray *live; /* of PhTurn, not over yet; the first is being answered */
  PhPlate *current;

  /* Borrowed */
  PhEngine *engine;
  PhHistory *history;

  int64_t id;
  guint n_asked; /* numbers the exchanges */
  gboolean temporary;
};

G_DEFINE_FINAL_TYPE (PhChat, ph_chat, G_TYPE_OBJECT)

enum { PROP_0, PROP_CURRENT, PROP_PICTURE, PROP_PROBLEM, PROP_RUNNING, N_PROPS };

static GParamSpec *properties[N_PROPS];

static void
tell (PhChat *self, int property)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[property]);
}

PhChat *
ph_chat_new (PhEngine *engine, PhHistory *history, gboolean temporary)
{
  PhChat *self = g_object_new (PH_TYPE_CHAT, NULL);

  self->engine = engine;
  self->history = history;
  self->temporary = temporary;
  return self;
}

int64_t
ph_chat_get_id (PhChat *self)
{
  return self->id;
}

gboolean
ph_chat_is_temporary (PhChat *self)
{
  return self->temporary;
}

/* --- the pictures --- */

GListModel *
ph_chat_get_plates (PhChat *self)
{
  return G_LIST_MODEL (self->plates);
}

PhPlate *
ph_chat_get_current (PhChat *self)
{
  return self->current;
}

PhPicture *
ph_chat_get_picture (PhChat *self)
{
  return self->current != NULL ? ph_plate_get_picture (self->current) : NULL;
}

static void
plate_changed_cb (PhChat *self, GParamSpec *pspec, PhPlate *plate)
{
  if (plate != self->current)
    return;
  if (ph_plate_get_picture (plate) != NULL)
    tell (self, PROP_PICTURE);
  else
    tell (self, PROP_PROBLEM);
}

void
ph_chat_set_current (PhChat *self, PhPlate *plate)
{
  if (!g_set_object (&self->current, plate))
    return;

  if (plate != NULL)
    ph_plate_load (plate, self->engine, self->history);
  tell (self, PROP_CURRENT);
  tell (self, PROP_PICTURE);
  tell (self, PROP_PROBLEM);
}

static void
watch_plate (PhChat *self, PhPlate *plate)
{
  g_signal_connect_object (plate, "notify", G_CALLBACK (plate_changed_cb), self,
                           G_CONNECT_SWAPPED);
}

void
ph_chat_insert_plate (PhChat *self, guint at, PhPlate *plate)
{
  watch_plate (self, plate);
  g_list_store_insert (self->plates, at, plate);
  ph_chat_set_current (self, plate);
}

void
ph_chat_add_plate (PhChat *self, PhPlate *plate)
{
  ph_chat_insert_plate (self, g_list_model_get_n_items (ph_chat_get_plates (self)),
                        plate);
}

guint
ph_chat_remove_plate (PhChat *self, PhPlate *plate)
{
  g_autoptr (PhPlate) next = NULL;
  guint at;

  if (!g_list_store_find (self->plates, plate, &at))
    return 0;

  g_signal_handlers_disconnect_by_data (plate, self);
  g_list_store_remove (self->plates, at);
  if (plate == self->current) {
    next = g_list_model_get_item (ph_chat_get_plates (self), at > 0 ? at - 1 : 0);
    ph_chat_set_current (self, next);
  }
  return at;
}

void
ph_chat_load_pictures (PhChat *self)
{
  guint n = g_list_model_get_n_items (ph_chat_get_plates (self));

  for (guint i = 0; i < n; i++) {
    g_autoptr (PhPlate) plate = g_list_model_get_item (ph_chat_get_plates (self), i);

    ph_plate_load (plate, self->engine, self->history);
  }
}

/* --- out of the history --- */

static PhPlate *
find_plate (PhChat *self, const char *hash)
{
  guint n = g_list_model_get_n_items (ph_chat_get_plates (self));

  for (guint i = 0; i < n; i++) {
    g_autoptr (PhPlate) plate = g_list_model_get_item (ph_chat_get_plates (self), i);

    if (g_strcmp0 (ph_plate_get_hash (plate), hash) == 0)
      return plate;
  }
  return NULL;
}

/* The picture of a stored turn; each stands once in the chat. */
static PhPlate *
take_plate (PhChat *self, const PhHistoryTurn *record)
{
  g_autoptr (PhPlate) plate = NULL;
  PhPlate *known;

  if (record->picture_hash == NULL)
    return NULL;
  known = find_plate (self, record->picture_hash);
  if (known != NULL)
    return known;

  plate = ph_plate_new_stored (record->picture_hash, record->picture_name);
  watch_plate (self, plate);
  g_list_store_append (self->plates, plate);
  return plate;
}

/* The variants of a question stand together. */
static void
add_stored_turn (PhChat *self, const PhHistoryTurn *record)
{
  PhPlate *plate = take_plate (self, record);
  g_autoptr (PhTurn) turn = ph_turn_new_stored (self->history, record, plate);
  guint n = g_list_model_get_n_items (ph_chat_get_exchanges (self));
  g_autoptr (PhExchange) exchange = NULL;

  if (record->variant > 1 && n > 0) {
    exchange = g_list_model_get_item (ph_chat_get_exchanges (self), n - 1);
    ph_exchange_add (exchange, turn);
    return;
  }
  exchange = ph_exchange_new (++self->n_asked);
  ph_exchange_add (exchange, turn);
  g_list_store_append (self->exchanges, exchange);
}

static void
show_last_plate (PhChat *self)
{
  guint n = g_list_model_get_n_items (ph_chat_get_exchanges (self));
  g_autoptr (PhExchange) last =
      n > 0 ? g_list_model_get_item (ph_chat_get_exchanges (self), n - 1) : NULL;

  if (last != NULL)
    g_set_object (&self->current, ph_turn_get_plate (ph_exchange_get_turn (last)));
}

PhChat *
ph_chat_open (PhEngine *engine, PhHistory *history, int64_t id, GError **error)
{
  g_autoptr (GPtrArray) records = ph_history_load_turns (history, id, error);
  PhChat *self;

  if (records == NULL)
    return NULL;

  self = ph_chat_new (engine, history, FALSE);
  self->id = id;
  for (guint i = 0; i < records->len; i++)
    add_stored_turn (self, g_ptr_array_index (records, i));
  show_last_plate (self);
  return self;
}

/* --- the questions --- */

GListModel *
ph_chat_get_exchanges (PhChat *self)
{
  return G_LIST_MODEL (self->exchanges);
}

gboolean
ph_chat_is_empty (PhChat *self)
{
  return g_list_model_get_n_items (ph_chat_get_exchanges (self)) == 0;
}

PhTurn *
ph_chat_get_running (PhChat *self)
{
  return self->live->len > 0 ? g_ptr_array_index (self->live, 0) : NULL;
}

static void
turn_state_changed_cb (PhChat *self, GParamSpec *pspec, PhTurn *turn)
{
  gboolean was_running = turn == ph_chat_get_running (self);

  if (ph_turn_get_state (turn) == PH_TURN_STREAMING)
    return;
  g_signal_handlers_disconnect_by_func (turn, turn_state_changed_cb, self);
  g_ptr_array_remove (self->live, turn);
  if (was_running)
    tell (self, PROP_RUNNING);
}

static void
watch_turn (PhChat *self, PhTurn *turn)
{
  if (ph_turn_get_state (turn) != PH_TURN_STREAMING)
    return; /* it failed at once */

  g_ptr_array_add (self->live, g_object_ref (turn));
  g_signal_connect_object (turn, "notify::state", G_CALLBACK (turn_state_changed_cb),
                           self, G_CONNECT_SWAPPED);
  if (self->live->len == 1)
    tell (self, PROP_RUNNING);
}

static void
begin_chat (PhChat *self)
{
  if (self->id == 0)
    self->id = self->temporary ? ph_history_begin_temporary_chat (self->history)
                               : ph_history_begin_chat (self->history);
}

static PhTurn *
begin_turn (PhChat *self, const PhRequest *request, PhPlate *plate, PhExchange *again)
{
  g_autofree char *settings = ph_request_dup_settings (request);
  PhTurn *first = again != NULL ? ph_exchange_get_variant (again, 0) : NULL;
  PhHistoryQuestion question = {
    .chat = self->id,
    .picture = request->picture,
    .picture_name = ph_plate_get_name (plate),
    .model = ph_engine_get_model_name (self->engine),
    .prompt = request->prompt,
    .settings = settings,
    .variant_of = first != NULL ? ph_turn_get_id (first) : 0,
  };
  int64_t id = ph_history_begin_turn (self->history, &question);
  g_autoptr (PhReply) reply = ph_engine_ask (self->engine, request);

  return ph_turn_new_live (self->history, id, &question, plate, reply);
}

PhTurn *
ph_chat_ask (PhChat *self, const PhRequest *question, PhPlate *plate, PhExchange *again)
{
  PhRequest request = *question;
  g_autoptr (PhTurn) turn = NULL;
  g_autoptr (PhExchange) exchange =
      again != NULL ? g_object_ref (again) : ph_exchange_new (++self->n_asked);

  begin_chat (self);
  request.picture = ph_plate_get_picture (plate);
  turn = begin_turn (self, &request, plate, again);
  ph_exchange_add (exchange, turn);
  if (again == NULL)
    g_list_store_append (self->exchanges, exchange);
  watch_turn (self, turn);
  return turn;
}

gboolean
ph_chat_can_continue (PhChat *self, PhTurn *turn)
{
  PhPlate *plate = ph_turn_get_plate (turn);

  return ph_turn_get_cut_ids (turn) != NULL && plate != NULL &&
         ph_plate_get_picture (plate) != NULL &&
         g_strcmp0 (ph_turn_get_model (turn), ph_engine_get_model_name (self->engine)) ==
             0;
}

void
ph_chat_continue (PhChat *self, PhTurn *turn)
{
  const GArray *ids = ph_turn_get_cut_ids (turn);
  PhRequest request = { .picture = ph_plate_get_picture (ph_turn_get_plate (turn)),
                        .prompt = ph_turn_get_prompt (turn),
                        .begun = (const int32_t *) ids->data,
                        .n_begun = ids->len };
  g_autofree char *template =
      ph_request_read_settings (&request.sampling, ph_turn_get_settings (turn));
  g_autoptr (PhReply) reply = NULL;

  request.template = template;
  request.sampling.n_beams = 1; /* the search is over: this is what it found */
  request.sampling.max_new_tokens =
      MIN ((int) ids->len + request.sampling.max_new_tokens, PH_MOST_NEW_TOKENS);
  reply = ph_engine_ask (self->engine, &request);
  ph_turn_continue (turn, reply);
  watch_turn (self, turn);
}

void
ph_chat_stop (PhChat *self)
{
  PhTurn *running = ph_chat_get_running (self);

  if (running != NULL)
    ph_turn_stop (running);
}

static void
for_each_variant (PhExchange *exchange,
                  void (*change) (PhHistory *history, int64_t turn),
                  PhHistory *history)
{
  for (guint i = 0; i < ph_exchange_get_n_variants (exchange); i++)
    change (history, ph_turn_get_id (ph_exchange_get_variant (exchange, i)));
}

guint
ph_chat_delete (PhChat *self, PhExchange *exchange)
{
  guint at;

  if (!g_list_store_find (self->exchanges, exchange, &at))
    return 0;

  for (guint i = 0; i < ph_exchange_get_n_variants (exchange); i++)
    ph_turn_abandon (ph_exchange_get_variant (exchange, i));
  for_each_variant (exchange, ph_history_delete_turn, self->history);
  g_list_store_remove (self->exchanges, at);
  return at;
}

void
ph_chat_restore (PhChat *self, PhExchange *exchange, guint at)
{
  guint n = g_list_model_get_n_items (ph_chat_get_exchanges (self));

  for_each_variant (exchange, ph_history_restore_turn, self->history);
  g_list_store_insert (self->exchanges, MIN (at, n), exchange);
}

PhExchange *
ph_chat_find_exchange (PhChat *self, PhTurn *turn)
{
  guint n = g_list_model_get_n_items (ph_chat_get_exchanges (self));

  for (guint i = 0; i < n; i++) {
    g_autoptr (PhExchange) exchange =
        g_list_model_get_item (ph_chat_get_exchanges (self), i);

    for (guint k = 0; k < ph_exchange_get_n_variants (exchange); k++)
      if (ph_exchange_get_variant (exchange, k) == turn)
        return exchange;
  }
  return NULL;
}

PhTurn *
ph_chat_find_turn (PhChat *self, const char *prompt, PhPlate *plate)
{
  guint n = g_list_model_get_n_items (ph_chat_get_exchanges (self));

  for (guint i = n; i-- > 0;) {
    g_autoptr (PhExchange) exchange =
        g_list_model_get_item (ph_chat_get_exchanges (self), i);
    PhTurn *turn = ph_exchange_get_turn (exchange);

    if (ph_turn_get_plate (turn) == plate &&
        g_str_equal (ph_turn_get_prompt (turn), prompt))
      return turn;
  }
  return NULL;
}

void
ph_chat_close (PhChat *self)
{
  while (self->live->len > 0)
    ph_turn_abandon (g_ptr_array_index (self->live, self->live->len - 1));
}

/* --- the object --- */

static void
ph_chat_get_property (GObject *object, guint prop, GValue *value, GParamSpec *pspec)
{
  PhChat *self = PH_CHAT (object);
  PhPlate *plate = self->current;

  switch (prop) {
  case PROP_CURRENT:
    g_value_set_object (value, plate);
    break;
  case PROP_PICTURE:
    g_value_set_pointer (value, ph_chat_get_picture (self));
    break;
  case PROP_PROBLEM:
    g_value_set_string (value, plate != NULL ? ph_plate_get_problem (plate) : NULL);
    break;
  case PROP_RUNNING:
    g_value_set_object (value, ph_chat_get_running (self));
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop, pspec);
  }
}

static void
ph_chat_finalize (GObject *object)
{
  PhChat *self = PH_CHAT (object);

  g_clear_object (&self->current);
  g_clear_object (&self->plates);
  g_clear_object (&self->exchanges);
  g_ptr_array_unref (self->live);
  G_OBJECT_CLASS (ph_chat_parent_class)->finalize (object);
}

static void
ph_chat_class_init (PhChatClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags readable = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = ph_chat_get_property;
  object_class->finalize = ph_chat_finalize;
  properties[PROP_CURRENT] =
      g_param_spec_object ("current", NULL, NULL, PH_TYPE_PLATE, readable);
  properties[PROP_PICTURE] = g_param_spec_pointer ("picture", NULL, NULL, readable);
  properties[PROP_PROBLEM] = g_param_spec_string ("problem", NULL, NULL, NULL, readable);
  properties[PROP_RUNNING] =
      g_param_spec_object ("running", NULL, NULL, PH_TYPE_TURN, readable);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
ph_chat_init (PhChat *self)
{
  self->plates = g_list_store_new (PH_TYPE_PLATE);
  self->exchanges = g_list_store_new (PH_TYPE_EXCHANGE);
  self->live = g_ptr_array_new_with_free_func (g_object_unref);
}

#include "ui/window-private.h"

#include "ui/frame-log.h"
#include "ui/idle.h"
#include "ui/notice.h"
#include "ui/split.h"

G_DEFINE_FINAL_TYPE (PhWindow, ph_window, ADW_TYPE_APPLICATION_WINDOW)

/* A map lies on the picture it was made of, and on no other. */
static void
show_chosen_turn (PhWindow *self)
{
  PhTurn *turn = ph_conversation_get_chosen_turn (self->conversation);
  g_autoptr (GError) error = NULL;
  PhRecord *record = NULL;

  if (turn != NULL && ph_turn_get_plate (turn) != ph_chat_get_current (self->chat))
    turn = NULL;
  if (turn != NULL)
    record = ph_turn_get_record (turn, &error);
  ph_look_show (self->look, turn, record);
  if (error != NULL)
    ph_picture_pane_set_problem (self->picture_pane, error->message);
}

static void
chosen_cb (PhConversation *conversation, PhTurn *turn, PhWindow *self)
{
  if (self->history == NULL)
    return; /* it closes */
  if (turn != NULL)
    ph_chat_set_current (self->chat, ph_turn_get_plate (turn));
  show_chosen_turn (self);
  ph_window_show_strip (self);
}

static void
act_cb (PhConversation *conversation,
        PhExchange *exchange,
        const char *name,
        const char *text,
        PhWindow *self)
{
  ph_window_act (self, exchange, name, text);
}

static void
show_picture (PhWindow *self)
{
  PhPlate *plate = ph_chat_get_current (self->chat);
  const char *name = plate != NULL ? ph_plate_get_name (plate) : NULL;

  ph_look_set_picture (self->look, ph_chat_get_picture (self->chat));
  ph_window_update_composer (self);
  ph_window_show_strip (self);
  adw_window_title_set_title (self->title, name != NULL ? name : "Pinhole");
}

static void
picture_problem_cb (PhWindow *self)
{
  PhPlate *plate = ph_chat_get_current (self->chat);

  ph_picture_pane_set_problem (self->picture_pane,
                               plate != NULL ? ph_plate_get_problem (plate) : NULL);
}

static void
running_cb (PhWindow *self)
{
  PhTurn *running = ph_chat_get_running (self->chat);

  ph_composer_set_busy (self->composer, running != NULL);
  if (running != NULL)
    ph_composer_set_stage (self->composer, ph_turn_get_stage (running));
  show_chosen_turn (self);
  ph_window_show_strip (self);
}

static void
watch (PhWindow *self, gpointer object, const char *signal, GCallback callback)
{
  g_signal_connect_object (object, signal, callback, self, G_CONNECT_SWAPPED);
}

static void
suggestion_cb (PhPicturePane *pane, const char *text, PhWindow *self)
{
  ph_window_ask (self, text);
  gtk_widget_grab_focus (GTK_WIDGET (self->composer));
}

static void
ask_cb (PhComposer *composer, const char *prompt, PhWindow *self)
{
  ph_window_ask (self, prompt);
}

static void
plate_chosen_cb (PhStrip *strip, PhPlate *plate, PhWindow *self)
{
  ph_window_show_plate (self, plate);
}

static void
plate_removed_cb (PhStrip *strip, PhPlate *plate, PhWindow *self)
{
  ph_window_remove_plate (self, plate);
}

static void
stop_cb (PhComposer *composer, PhWindow *self)
{
  ph_chat_stop (self->chat);
}

/* What was begun to be written belongs to its chat. */
static void
keep_draft (PhWindow *self)
{
  gint64 id = ph_chat_get_id (self->chat);

  g_hash_table_replace (self->drafts, g_memdup2 (&id, sizeof id),
                        g_strdup (ph_composer_get_text (self->composer)));
}

static void
show_draft (PhWindow *self)
{
  gint64 id = ph_chat_get_id (self->chat);
  const char *draft = g_hash_table_lookup (self->drafts, &id);

  ph_composer_set_text (self->composer, draft != NULL ? draft : "");
}

static void
leave_chat (PhWindow *self)
{
  if (self->chat == NULL)
    return;

  g_signal_handlers_disconnect_by_data (self->chat, self);
  g_signal_handlers_disconnect_by_data (ph_chat_get_plates (self->chat), self);
  ph_chat_close (self->chat);
  g_clear_object (&self->chat);
}

void
ph_window_take_chat (PhWindow *self, PhChat *chat)
{
  if (self->chat != NULL)
    keep_draft (self);
  leave_chat (self);
  self->chat = chat;
  watch (self, chat, "notify::picture", G_CALLBACK (show_picture));
  watch (self, chat, "notify::problem", G_CALLBACK (picture_problem_cb));
  watch (self, chat, "notify::running", G_CALLBACK (running_cb));
  watch (self, ph_chat_get_plates (chat), "items-changed",
         G_CALLBACK (ph_window_watch_plates));

  ph_picture_pane_set_problem (self->picture_pane, NULL);
  ph_picture_pane_set_suggestions (self->picture_pane, NULL);
  gtk_info_bar_set_revealed (self->temporary, ph_chat_is_temporary (chat));
  ph_strip_set_plates (self->strip, ph_chat_get_plates (chat));
  ph_conversation_set_exchanges (self->conversation, ph_chat_get_exchanges (chat));
  ph_window_watch_plates (self);
  ph_chat_list_set_current (self->chats, ph_chat_get_id (chat));
  show_picture (self);
  running_cb (self);
  show_draft (self);
  gtk_widget_grab_focus (GTK_WIDGET (self->composer));
}

void
ph_window_begin_chat (PhWindow *self, PhPlate *plate, gboolean temporary)
{
  PhChat *chat = ph_chat_new (self->engine, self->history, temporary);

  if (plate != NULL)
    ph_chat_add_plate (chat, plate);
  ph_window_take_chat (self, chat);
}

void
ph_window_open_chat (PhWindow *self, int64_t id)
{
  g_autoptr (GError) error = NULL;
  PhChat *chat;

  if (self->chat != NULL && ph_chat_get_id (self->chat) == id)
    return;

  chat = ph_chat_open (self->engine, self->history, id, &error);
  if (chat == NULL) {
    adw_toast_overlay_add_toast (self->toasts, adw_toast_new (error->message));
    return;
  }
  ph_window_take_chat (self, chat);
  ph_chat_load_pictures (chat);
}

/* One question may have several answers: that one is shown. */
static void
show_turn (PhWindow *self, int64_t id)
{
  GListModel *exchanges = ph_chat_get_exchanges (self->chat);

  for (guint i = 0; i < g_list_model_get_n_items (exchanges); i++) {
    g_autoptr (PhExchange) exchange = g_list_model_get_item (exchanges, i);

    for (guint j = 0; j < ph_exchange_get_n_variants (exchange); j++)
      if (ph_turn_get_id (ph_exchange_get_variant (exchange, j)) == id) {
        ph_exchange_show (exchange, ph_exchange_get_variant (exchange, j));
        ph_conversation_choose (self->conversation, exchange);
        return;
      }
  }
}

static void
open_chat_cb (PhChatList *list, int64_t id, int64_t turn, PhWindow *self)
{
  ph_window_open_chat (self, id);
  if (turn != 0)
    show_turn (self, turn);
  if (adw_flap_get_folded (self->flap))
    adw_flap_set_reveal_flap (self->flap, FALSE);
}

static void
delete_chat_cb (PhChatList *list, int64_t id, PhWindow *self)
{
  ph_window_delete_chat (self, id);
}

static void
show_history_problem (PhWindow *self)
{
  g_autoptr (GError) problem = ph_history_dup_problem (self->history);

  if (problem == NULL) {
    gtk_info_bar_set_revealed (self->history_problem, FALSE);
    return;
  }
  if (g_str_equal (gtk_label_get_text (self->history_problem_label), problem->message))
    return; /* it may have been closed */

  gtk_label_set_text (self->history_problem_label, problem->message);
  gtk_info_bar_set_revealed (self->history_problem, TRUE);
}

static void
history_problem_closed_cb (GtkButton *button, PhWindow *self)
{
  gtk_info_bar_set_revealed (self->history_problem, FALSE);
}

static void
history_changed_cb (PhHistory *history, gpointer data)
{
  PhWindow *self = data;

  ph_chat_list_refresh (self->chats, history);
  ph_window_open_awaited (self);
  show_history_problem (self);
}

/* Reading waits for the file to be opened, which the first frame need not. */
static gboolean
read_history_cb (gpointer data)
{
  PhWindow *self = data;

  if (self->history != NULL)
    history_changed_cb (self->history, self);
  return G_SOURCE_REMOVE;
}

static void
model_attention_cb (PhModelMenu *models, PhWindow *self)
{
  gtk_menu_button_popup (self->model_button);
}

void
ph_window_set_model_problem (PhWindow *self, const char *sentence)
{
  ph_composer_set_problem (self->composer, sentence);
}

PhWindow *
ph_window_new (GtkApplication *application, PhEngine *engine, PhHistory *history)
{
  PhWindow *self = g_object_new (PH_TYPE_WINDOW, "application", application, NULL);

  self->engine = engine;
  self->history = history;
  ph_model_menu_set_engine (self->models, engine);
  ph_composer_set_engine (self->composer, engine);
  ph_inspector_set_context (self->inspector,
                            &(PhViewContext){ self->look, engine, history });
  watch (self, engine, "notify", G_CALLBACK (ph_window_show_model));
  ph_history_watch (history, history_changed_cb, self);
  g_idle_add_full (G_PRIORITY_LOW, read_history_cb, g_object_ref (self), g_object_unref);
  ph_window_begin_chat (self, NULL, FALSE);
  ph_window_show_model (self);
  ph_window_restore (self);
  ph_notice_follow (GTK_WINDOW (self));
  ph_idle_follow (GTK_WIDGET (self), engine);
  ph_frame_log_follow (GTK_WIDGET (self));
  return self;
}

static void
ph_window_dispose (GObject *object)
{
  PhWindow *self = PH_WINDOW (object);

  leave_chat (self);
  if (self->history != NULL) {
    ph_window_remember (self);
    ph_history_watch (self->history, NULL, NULL);
  }
  self->history = NULL;
  g_clear_object (&self->chooser);
  gtk_widget_dispose_template (GTK_WIDGET (object), PH_TYPE_WINDOW);
  G_OBJECT_CLASS (ph_window_parent_class)->dispose (object);
}

static void
ph_window_finalize (GObject *object)
{
  PhWindow *self = PH_WINDOW (object);

  g_clear_object (&self->look);
  g_hash_table_unref (self->drafts);
  G_OBJECT_CLASS (ph_window_parent_class)->finalize (object);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/pinhole/Pinhole/window.ui");
  gtk_widget_class_bind_template_child (widget_class, PhWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, PhWindow, flap);
  gtk_widget_class_bind_template_child (widget_class, PhWindow, inspector_flap);
  gtk_widget_class_bind_template_child (widget_class, PhWindow, inspector);
  gtk_widget_class_bind_template_child (widget_class, PhWindow, title);
  gtk_widget_class_bind_template_child (widget_class, PhWindow, model_button);
  gtk_widget_class_bind_template_child (widget_class, PhWindow, models);
  gtk_widget_class_bind_template_child (widget_class, PhWindow, history_problem);
  gtk_widget_class_bind_template_child (widget_class, PhWindow, history_problem_label);
  gtk_widget_class_bind_template_child (widget_class, PhWindow, chats);
  gtk_widget_class_bind_template_child (widget_class, PhWindow, picture_pane);
  gtk_widget_class_bind_template_child (widget_class, PhWindow, temporary);
  gtk_widget_class_bind_template_child (widget_class, PhWindow, strip);
  gtk_widget_class_bind_template_child (widget_class, PhWindow, conversation);
  gtk_widget_class_bind_template_child (widget_class, PhWindow, composer);
  gtk_widget_class_bind_template_callback (widget_class, chosen_cb);
  gtk_widget_class_bind_template_callback (widget_class, act_cb);
  gtk_widget_class_bind_template_callback (widget_class, plate_chosen_cb);
  gtk_widget_class_bind_template_callback (widget_class, plate_removed_cb);
  gtk_widget_class_bind_template_callback (widget_class, model_attention_cb);
  gtk_widget_class_bind_template_callback (widget_class, suggestion_cb);
  gtk_widget_class_bind_template_callback (widget_class, ask_cb);
  gtk_widget_class_bind_template_callback (widget_class, stop_cb);
  gtk_widget_class_bind_template_callback (widget_class, open_chat_cb);
  gtk_widget_class_bind_template_callback (widget_class, delete_chat_cb);
  gtk_widget_class_bind_template_callback (widget_class, history_problem_closed_cb);
}

static void
ph_window_class_init (PhWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ph_window_dispose;
  G_OBJECT_CLASS (klass)->finalize = ph_window_finalize;
  g_type_ensure (PH_TYPE_CHAT_LIST);
  g_type_ensure (PH_TYPE_COMPOSER);
  g_type_ensure (PH_TYPE_CONVERSATION);
  g_type_ensure (PH_TYPE_INSPECTOR);
  g_type_ensure (PH_TYPE_MODEL_MENU);
  g_type_ensure (PH_TYPE_PICTURE_PANE);
  g_type_ensure (PH_TYPE_SPLIT);
  g_type_ensure (PH_TYPE_STRIP);
  bind_template (widget_class);
  ph_window_install_actions (widget_class);
}

static void
ph_window_init (PhWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->drafts = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  self->look = ph_look_new ();
  ph_picture_pane_set_look (self->picture_pane, self->look);
  ph_window_accept_drops (self);
}

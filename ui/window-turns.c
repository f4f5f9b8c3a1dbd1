#include "ui/notice.h"
#include "ui/window-private.h"

#include <glib/gi18n.h>

/* --- asking --- */

static void
stage_cb (PhWindow *self, GParamSpec *pspec, PhTurn *turn)
{
  if (turn == ph_chat_get_running (self->chat))
    ph_composer_set_stage (self->composer, ph_turn_get_stage (turn));
}

/* A question that failed is put back, to be mended and sent again. */
static void
turn_ended_cb (PhWindow *self, GParamSpec *pspec, PhTurn *turn)
{
  gboolean failed = ph_turn_get_state (turn) == PH_TURN_FAILED;

  if (failed && *ph_composer_get_text (self->composer) == '\0')
    ph_composer_set_text (self->composer, ph_turn_get_prompt (turn));
  if (ph_turn_get_state (turn) == PH_TURN_DONE)
    ph_notice_answer (GTK_WINDOW (self), ph_turn_get_prompt (turn),
                      ph_turn_get_answer (turn));
}

static void
watch (PhWindow *self, PhTurn *turn)
{
  g_signal_connect_object (turn, "notify::stage", G_CALLBACK (stage_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (turn, "notify::state", G_CALLBACK (turn_ended_cb), self,
                           G_CONNECT_SWAPPED);
  turn_ended_cb (self, NULL, turn);
}

static gboolean
ask (PhWindow *self, const char *prompt, PhPlate *plate, PhExchange *again)
{
  PhRequest request;

  if (plate == NULL || ph_plate_get_picture (plate) == NULL)
    return FALSE;

  request = ph_composer_make_request (self->composer, prompt);
  ph_picture_pane_set_suggestions (self->picture_pane, NULL);
  watch (self, ph_chat_ask (self->chat, &request, plate, again));
  ph_chat_list_set_current (self->chats, ph_chat_get_id (self->chat));
  return TRUE;
}

void
ph_window_ask (PhWindow *self, const char *prompt)
{
  if (ask (self, prompt, ph_chat_get_current (self->chat), NULL))
    ph_conversation_choose_last (self->conversation);
}

/* --- what is done to a question --- */

static void
say (PhWindow *self, const char *sentence)
{
  adw_toast_overlay_add_toast (self->toasts, adw_toast_new (sentence));
}

static void
copy (PhWindow *self, const char *text, const char *sentence)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), text);
  say (self, sentence);
}

static void
copy_answer (PhWindow *self, PhExchange *exchange, const char *text)
{
  copy (self, ph_turn_get_answer (ph_exchange_get_turn (exchange)), _ ("Answer copied"));
}

static void
copy_question (PhWindow *self, PhExchange *exchange, const char *text)
{
  copy (self, ph_turn_get_prompt (ph_exchange_get_turn (exchange)),
        _ ("Question copied"));
}

/* About the picture it was asked about, if that is still there to be read. */
static void
ask_again (PhWindow *self, PhExchange *exchange, const char *prompt)
{
  PhTurn *turn = ph_exchange_get_turn (exchange);
  g_autofree char *asked = g_strdup (prompt != NULL ? prompt : ph_turn_get_prompt (turn));

  if (!ask (self, asked, ph_turn_get_plate (turn), exchange))
    say (self, _ ("The picture of this question is not there"));
}

static void
continue_answer (PhWindow *self, PhExchange *exchange, const char *text)
{
  PhTurn *turn = ph_exchange_get_turn (exchange);

  if (ph_chat_can_continue (self->chat, turn))
    ph_chat_continue (self->chat, turn);
  else
    say (self, _ ("Only the model that wrote an answer can go on with it"));
}

static void
ask_current (PhWindow *self, PhExchange *exchange, const char *text)
{
  PhTurn *turn = ph_exchange_get_turn (exchange);

  ph_window_ask (self, ph_turn_get_prompt (turn));
}

/* Of those that were not asked it yet.  The answers stand in the strip. */
static void
ask_all (PhWindow *self, PhExchange *exchange, const char *text)
{
  GListModel *plates = ph_chat_get_plates (self->chat);
  const char *prompt = ph_turn_get_prompt (ph_exchange_get_turn (exchange));

  for (guint i = 0; i < g_list_model_get_n_items (plates); i++) {
    g_autoptr (PhPlate) plate = g_list_model_get_item (plates, i);

    if (ph_chat_find_turn (self->chat, prompt, plate) == NULL)
      ask (self, prompt, plate, NULL);
  }
  ph_conversation_choose (self->conversation, exchange);
  ph_window_show_strip (self);
}

/* The copy is opened when it has been written. */
static void
branch (PhWindow *self, PhExchange *exchange, const char *text)
{
  PhTurn *turn = ph_exchange_get_turn (exchange);

  if (ph_chat_is_temporary (self->chat))
    say (self, _ ("A chat that is not kept has no branches"));
  else
    self->awaited = ph_history_branch_chat (self->history, ph_chat_get_id (self->chat),
                                            ph_turn_get_id (turn));
}

void
ph_window_open_awaited (PhWindow *self)
{
  g_autoptr (PhHistoryChat) chat =
      self->awaited != 0 ? ph_history_load_chat (self->history, self->awaited, NULL)
                         : NULL;

  if (chat == NULL)
    return;
  self->awaited = 0;
  ph_window_open_chat (self, chat->id);
  say (self, _ ("This is the branch; the other chat is as it was"));
}

/* It goes back to where it was written. */
static void
cancel (PhWindow *self, PhExchange *exchange, const char *text)
{
  PhTurn *turn = ph_exchange_get_turn (exchange);

  if (*ph_composer_get_text (self->composer) == '\0')
    ph_composer_set_text (self->composer, ph_turn_get_prompt (turn));
  ph_chat_delete (self->chat, exchange);
}

static void delete (PhWindow *self, PhExchange *exchange, const char *text)
{
  ph_window_delete_exchange (self, exchange);
}

void
ph_window_act (PhWindow *self, PhExchange *exchange, const char *name, const char *text)
{
  static const struct {
    const char *name;
    void (*act) (PhWindow *self, PhExchange *exchange, const char *text);
  } acts[] = {
    { "copy-answer", copy_answer },
    { "copy-question", copy_question },
    { "regenerate", ask_again },
    { "ask-edited", ask_again },
    { "continue", continue_answer },
    { "ask-current", ask_current },
    { "ask-all", ask_all },
    { "branch", branch },
    { "cancel", cancel },
    { "delete", delete },
  };
  g_autoptr (PhExchange) held = g_object_ref (exchange);

  for (gsize i = 0; i < G_N_ELEMENTS (acts); i++)
    if (g_str_equal (acts[i].name, name))
      acts[i].act (self, held, text);
}

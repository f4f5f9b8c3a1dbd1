#include "ui/window-private.h"

#include <glib/gi18n.h>

#define UNDO_SECONDS 10

/* --- which picture is looked at --- */

static PhTurn *
find_last_turn (PhWindow *self, PhPlate *plate)
{
  GListModel *exchanges = ph_chat_get_exchanges (self->chat);

  for (guint i = g_list_model_get_n_items (exchanges); i-- > 0;) {
    g_autoptr (PhExchange) exchange = g_list_model_get_item (exchanges, i);
    PhTurn *turn = ph_exchange_get_turn (exchange);

    if (ph_turn_get_plate (turn) == plate)
      return turn;
  }
  return NULL;
}

/* The question that is looked at, asked of this picture; else the last that was. */
static PhTurn *
find_turn (PhWindow *self, PhPlate *plate)
{
  PhTurn *chosen = ph_conversation_get_chosen_turn (self->conversation);
  PhTurn *same = chosen != NULL
                     ? ph_chat_find_turn (self->chat, ph_turn_get_prompt (chosen), plate)
                     : NULL;

  return same != NULL ? same : find_last_turn (self, plate);
}

void
ph_window_show_plate (PhWindow *self, PhPlate *plate)
{
  PhTurn *turn = find_turn (self, plate);

  ph_chat_set_current (self->chat, plate);
  ph_conversation_choose (self->conversation,
                          turn != NULL ? ph_chat_find_exchange (self->chat, turn) : NULL);
}

/* --- the strip --- */

/* While a plate has no answer to it, dots stand there. */
static const char *
answer_of (PhPlate *plate, gpointer data)
{
  PhWindow *self = data;
  PhTurn *chosen = ph_conversation_get_chosen_turn (self->conversation);
  PhTurn *turn = ph_chat_find_turn (self->chat, ph_turn_get_prompt (chosen), plate);

  if (turn == NULL)
    return "–";
  return *ph_turn_get_answer (turn) != '\0' ? ph_turn_get_answer (turn) : "…";
}

static guint
count_asked (PhWindow *self, const char *prompt)
{
  GListModel *plates = ph_chat_get_plates (self->chat);
  guint n = 0;

  for (guint i = 0; i < g_list_model_get_n_items (plates); i++) {
    g_autoptr (PhPlate) plate = g_list_model_get_item (plates, i);

    n += ph_chat_find_turn (self->chat, prompt, plate) != NULL;
  }
  return n;
}

void
ph_window_show_strip (PhWindow *self)
{
  PhTurn *chosen = ph_conversation_get_chosen_turn (self->conversation);
  gboolean compares =
      chosen != NULL && count_asked (self, ph_turn_get_prompt (chosen)) > 1;

  ph_strip_set_current (self->strip, ph_chat_get_current (self->chat));
  ph_strip_show_answers (self->strip, compares ? answer_of : NULL, self);
}

void
ph_window_watch_plates (PhWindow *self)
{
  GListModel *plates = ph_chat_get_plates (self->chat);

  ph_conversation_set_shows_pictures (self->conversation,
                                      g_list_model_get_n_items (plates) > 1);
  ph_window_show_strip (self);
}

/* --- what can be taken back --- */

typedef struct {
  PhWindow *window; /* borrowed: the toast is its child */
  PhChat *chat;     /* a reference, like that to what was removed */
  gpointer removed;
  guint at;
  void (*put_back) (PhChat *chat, gpointer removed, guint at);
} Removal;

static void
free_removal (gpointer data, GClosure *closure)
{
  Removal *removal = data;

  g_object_unref (removal->chat);
  g_object_unref (removal->removed);
  g_free (removal);
}

static void
put_back_cb (AdwToast *toast, gpointer data)
{
  Removal *removal = data;

  removal->put_back (removal->chat, removal->removed, removal->at);
  ph_window_show_strip (removal->window);
}

static void
offer (PhWindow *self, const char *sentence, const char *button, Removal *removal)
{
  AdwToast *toast = adw_toast_new (sentence);

  removal->window = self;
  removal->chat = g_object_ref (self->chat);
  g_object_ref (removal->removed);
  adw_toast_set_button_label (toast, button);
  adw_toast_set_timeout (toast, UNDO_SECONDS);
  g_signal_connect_data (toast, "button-clicked", G_CALLBACK (put_back_cb),
                         g_memdup2 (removal, sizeof *removal), free_removal, 0);
  adw_toast_overlay_add_toast (self->toasts, toast);
}

static void
put_plate_back (PhChat *chat, gpointer plate, guint at)
{
  ph_chat_insert_plate (chat, at, plate);
}

void
ph_window_remove_plate (PhWindow *self, PhPlate *plate)
{
  Removal removal = { .removed = plate, .put_back = put_plate_back };

  removal.at = ph_chat_remove_plate (self->chat, plate);
  offer (self, _ ("Picture removed from this chat"), _ ("Undo"), &removal);
}

static void
put_exchange_back (PhChat *chat, gpointer exchange, guint at)
{
  ph_chat_restore (chat, exchange, at);
}

void
ph_window_delete_exchange (PhWindow *self, PhExchange *exchange)
{
  Removal removal = { .removed = exchange, .put_back = put_exchange_back };

  removal.at = ph_chat_delete (self->chat, exchange);
  offer (self, _ ("Question and answer deleted"), _ ("Undo"), &removal);
}

/* --- a new chat instead --- */

static void
new_chat_cb (AdwToast *toast, PhPlate *plate)
{
  PhWindow *self = g_object_get_data (G_OBJECT (toast), "window");

  ph_chat_remove_plate (self->chat, plate);
  ph_window_begin_chat (self, plate, FALSE);
}

void
ph_window_offer_new_chat (PhWindow *self, PhPlate *plate)
{
  AdwToast *toast = adw_toast_new (_ ("Picture added to this chat"));

  adw_toast_set_button_label (toast, _ ("New Chat Instead"));
  g_object_set_data (G_OBJECT (toast), "window", self);
  g_signal_connect_data (toast, "button-clicked", G_CALLBACK (new_chat_cb),
                         g_object_ref (plate),
                         (GClosureNotify) (void (*) (void)) g_object_unref, 0);
  adw_toast_overlay_add_toast (self->toasts, toast);
}

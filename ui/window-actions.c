#include "ui/window-private.h"

#define UNDO_SECONDS 10

static void
open_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  ph_window_choose_file (PH_WINDOW (widget));
}

static void
open_model_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  ph_window_choose_model (PH_WINDOW (widget));
}

static void
show_models_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  gtk_menu_button_popup (PH_WINDOW (widget)->model_button);
}

static void
new_scene_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  ph_window_show_new_scene (PH_WINDOW (widget));
}

/* About the same picture: the way to another one is to open it. */
static void
new_chat_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  PhWindow *self = PH_WINDOW (widget);
  PhPicture *picture = ph_chat_get_picture (self->chat);

  if (picture == NULL)
    ph_window_show_new_scene (self);
  else
    ph_window_take_chat (self, ph_chat_new (self->engine, self->history, picture,
                                            ph_chat_get_picture_name (self->chat)));
}

/* Text goes where the cursor is. */
static void
paste_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  GtkWidget *focus = gtk_root_get_focus (GTK_ROOT (widget));

  if (!ph_window_paste (PH_WINDOW (widget)) && focus != NULL)
    gtk_widget_activate_action (focus, "clipboard.paste", NULL);
}

static void
copy_answer_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  PhWindow *self = PH_WINDOW (widget);
  PhTurn *turn = ph_conversation_get_chosen (self->conversation);

  if (turn == NULL)
    return;

  gdk_clipboard_set_text (gtk_widget_get_clipboard (widget), ph_turn_get_answer (turn));
  adw_toast_overlay_add_toast (self->toasts, adw_toast_new ("Answer copied"));
}

static void
toggle_chats_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  AdwFlap *flap = PH_WINDOW (widget)->flap;

  adw_flap_set_reveal_flap (flap, !adw_flap_get_reveal_flap (flap));
}

static void
toggle_inspector_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  AdwFlap *flap = PH_WINDOW (widget)->inspector_flap;

  adw_flap_set_reveal_flap (flap, !adw_flap_get_reveal_flap (flap));
}

static void
show_inspector_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  adw_flap_set_reveal_flap (PH_WINDOW (widget)->inspector_flap, TRUE);
}

static void
focus_question_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  gtk_widget_grab_focus (GTK_WIDGET (PH_WINDOW (widget)->composer));
}

static gboolean
covers (AdwFlap *flap)
{
  return adw_flap_get_folded (flap) && adw_flap_get_reveal_flap (flap);
}

/* One key for what is most pressing: the answer, then the patch, then what covers a
 * narrow window. */
static void
escape_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  PhWindow *self = PH_WINDOW (widget);

  if (ph_chat_get_running (self->chat) != NULL)
    ph_chat_stop (self->chat);
  else if (ph_look_release (self->look))
    return;
  else if (covers (self->flap))
    adw_flap_set_reveal_flap (self->flap, FALSE);
  else if (covers (self->inspector_flap))
    adw_flap_set_reveal_flap (self->inspector_flap, FALSE);
}

static void
offer_undo (PhWindow *self, int64_t id)
{
  AdwToast *toast = adw_toast_new ("Chat deleted");

  adw_toast_set_button_label (toast, "Undo");
  adw_toast_set_timeout (toast, UNDO_SECONDS);
  adw_toast_set_action_name (toast, "win.restore-chat");
  adw_toast_set_action_target (toast, "x", id);
  adw_toast_overlay_add_toast (self->toasts, toast);
}

void
ph_window_delete_chat (PhWindow *self, int64_t id)
{
  if (ph_chat_get_id (self->chat) == id)
    new_chat_action (GTK_WIDGET (self), NULL, NULL);
  ph_history_delete_chat (self->history, id);
  offer_undo (self, id);
}

static void
restore_chat_action (GtkWidget *widget, const char *name, GVariant *id)
{
  ph_history_restore_chat (PH_WINDOW (widget)->history, g_variant_get_int64 (id));
}

void
ph_window_install_actions (GtkWidgetClass *widget_class)
{
  static const struct {
    const char *name;
    const char *parameter; /* its type, or NULL */
    GtkWidgetActionActivateFunc activate;
  } actions[] = {
    { "win.open", NULL, open_action },
    { "win.open-model", NULL, open_model_action },
    { "win.show-models", NULL, show_models_action },
    { "win.new-scene", NULL, new_scene_action },
    { "win.new-chat", NULL, new_chat_action },
    { "win.paste", NULL, paste_action },
    { "win.copy-answer", NULL, copy_answer_action },
    { "win.toggle-chats", NULL, toggle_chats_action },
    { "win.toggle-inspector", NULL, toggle_inspector_action },
    { "win.show-inspector", NULL, show_inspector_action },
    { "win.focus-question", NULL, focus_question_action },
    { "win.escape", NULL, escape_action },
    { "win.restore-chat", "x", restore_chat_action },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (actions); i++)
    gtk_widget_class_install_action (widget_class, actions[i].name, actions[i].parameter,
                                     actions[i].activate);
}

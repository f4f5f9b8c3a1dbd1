#include "ui/window-private.h"

#include "ui/turn-editor.h"

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
take_screenshot_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  ph_window_take_screenshot (PH_WINDOW (widget));
}

static void
new_scene_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  ph_window_show_new_scene (PH_WINDOW (widget));
}

/* About the same picture: others can be added to it. */
static void
begin_chat (PhWindow *self, gboolean temporary)
{
  ph_window_begin_chat (self, ph_chat_get_current (self->chat), temporary);
  if (ph_chat_get_current (self->chat) == NULL)
    ph_window_show_new_scene (self);
}

static void
new_chat_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  begin_chat (PH_WINDOW (widget), FALSE);
}

/* Asked for once more in such a chat, it leaves it. */
static void
new_temporary_chat_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  PhWindow *self = PH_WINDOW (widget);

  begin_chat (self, !ph_chat_is_temporary (self->chat));
}

static void
toggle_compact_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  PhConversation *conversation = PH_WINDOW (widget)->conversation;

  ph_conversation_set_compact (conversation, !ph_conversation_get_compact (conversation));
}

/* Text goes where the cursor is. */
static void
paste_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  GtkWidget *focus = gtk_root_get_focus (GTK_ROOT (widget));

  if (!ph_window_paste (PH_WINDOW (widget)) && focus != NULL)
    gtk_widget_activate_action (focus, "clipboard.paste", NULL);
}

/* Of the question that is chosen, as its own menu does. */
static void
act_on_chosen (GtkWidget *widget, const char *act)
{
  PhWindow *self = PH_WINDOW (widget);
  PhExchange *chosen = ph_conversation_get_chosen (self->conversation);

  if (chosen != NULL)
    ph_window_act (self, chosen, act, NULL);
}

static void
copy_answer_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  act_on_chosen (widget, "copy-answer");
}

static void
ask_again_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  act_on_chosen (widget, "regenerate");
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
search_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  PhWindow *self = PH_WINDOW (widget);

  adw_flap_set_reveal_flap (self->flap, TRUE);
  ph_chat_list_begin_search (self->chats);
}

static void
export_chat_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  gint64 id;
  const char *format;

  g_variant_get (parameter, "(x&s)", &id, &format);
  ph_window_export_chat (PH_WINDOW (widget), id, format);
}

static void
import_chat_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  ph_window_import_chat (PH_WINDOW (widget));
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

/* Its own key would be taken from it here. */
static gboolean
leave_editor (GtkWidget *widget)
{
  GtkWidget *focus = gtk_root_get_focus (GTK_ROOT (widget));
  GtkWidget *editor =
      focus != NULL ? gtk_widget_get_ancestor (focus, PH_TYPE_TURN_EDITOR) : NULL;

  if (editor != NULL)
    ph_turn_editor_leave (PH_TURN_EDITOR (editor));
  return editor != NULL;
}

/* One key for what is most pressing: what is being edited, the answer, then the patch,
 * then what covers a narrow window. */
static void
escape_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  PhWindow *self = PH_WINDOW (widget);

  if (leave_editor (widget) || ph_chat_list_leave (self->chats))
    return;
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
    begin_chat (self, FALSE);
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
    { "win.take-screenshot", NULL, take_screenshot_action },
    { "win.new-scene", NULL, new_scene_action },
    { "win.new-chat", NULL, new_chat_action },
    { "win.new-temporary-chat", NULL, new_temporary_chat_action },
    { "win.toggle-compact", NULL, toggle_compact_action },
    { "win.ask-again", NULL, ask_again_action },
    { "win.paste", NULL, paste_action },
    { "win.copy-answer", NULL, copy_answer_action },
    { "win.toggle-chats", NULL, toggle_chats_action },
    { "win.toggle-inspector", NULL, toggle_inspector_action },
    { "win.show-inspector", NULL, show_inspector_action },
    { "win.focus-question", NULL, focus_question_action },
    { "win.escape", NULL, escape_action },
    { "win.restore-chat", "x", restore_chat_action },
    { "win.search", NULL, search_action },
    { "win.export-chat", "(xs)", export_chat_action },
    { "win.import-chat", NULL, import_chat_action },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (actions); i++)
    gtk_widget_class_install_action (widget_class, actions[i].name, actions[i].parameter,
                                     actions[i].activate);
}

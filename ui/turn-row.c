#include "ui/turn-row.h"

#include "ui/long-text.h"
#include "ui/turn-editor.h"
#include "ui/turn-menu.h"

#include <glib/gi18n.h>
#include <string.h>

#define REFRESH_MS 33 /* between two looks at a text that grows */
#define NAME_CHARACTERS                                                                  \
  200 /* of an answer: what a row is called does not grow for ever */
#define ASKED_CHARACTERS 60 /* of the question, in the names of buttons */

struct _PhTurnRow {
  GtkListBoxRow parent_instance;

  /* Template children */
  GtkBox *question;
  GtkPicture *picture;
  GtkLabel *prompt;
  PhLongText *answer;
  GtkBox *foot;
  GtkLabel *meta;
  GtkWidget *actions;
  GtkWidget *cancel;
  GtkWidget *variants;
  GtkWidget *earlier;
  GtkLabel *variant;
  GtkWidget *later;
  GtkWidget *continue_button;
  GtkWidget *copy;
  GtkWidget *regenerate;
  GtkMenuButton *more;

  /* Owned */
  PhExchange *exchange;
  PhTurn *turn;         /* the variant that is shown */
  PhTurnEditor *editor; /* in place of the question or of the answer, or NULL */
  GtkWidget *edited;    /* what it stands for */

  GtkPopover *context; /* the menu at the pointer, or NULL */

  guint refresh; /* source, while news wait to be shown */
  gboolean shows_picture;
  gboolean compact;
};

G_DEFINE_FINAL_TYPE (PhTurnRow, ph_turn_row, GTK_TYPE_LIST_BOX_ROW)

enum { ACT, N_SIGNALS };

static guint signals[N_SIGNALS];

PhExchange *
ph_turn_row_get_exchange (PhTurnRow *self)
{
  return self->exchange;
}

static void
act (PhTurnRow *self, const char *name, const char *text)
{
  g_signal_emit (self, signals[ACT], 0, name, text);
}

/* --- the menu --- */

/* Only when it is wanted: most never are. */
static void
create_menu_cb (GtkMenuButton *button, gpointer data)
{
  if (gtk_menu_button_get_menu_model (button) == NULL)
    gtk_menu_button_set_menu_model (button, ph_turn_menu_get ());
}

static void
context_cb (GtkGestureClick *gesture, int n, double x, double y, PhTurnRow *self)
{
  if (self->context == NULL) {
    self->context = GTK_POPOVER (gtk_popover_menu_new_from_model (ph_turn_menu_get ()));
    gtk_widget_set_parent (GTK_WIDGET (self->context), GTK_WIDGET (self));
    gtk_popover_set_has_arrow (self->context, FALSE);
  }
  gtk_popover_set_pointing_to (self->context, &(GdkRectangle){ (int) x, (int) y, 1, 1 });
  gtk_popover_popup (self->context);
}

/* The text takes the click for its selection; the row is chosen all the same. */
static void
pressed_cb (GtkGestureClick *gesture, int n, double x, double y, PhTurnRow *self)
{
  GtkWidget *list = gtk_widget_get_parent (GTK_WIDGET (self));

  if (GTK_IS_LIST_BOX (list))
    gtk_list_box_select_row (GTK_LIST_BOX (list), GTK_LIST_BOX_ROW (self));
}

/* --- what it shows --- */

/* An empty question asked for a description. */
static const char *
get_question (PhTurnRow *self)
{
  const char *prompt = ph_turn_get_prompt (self->turn);

  return *prompt != '\0' ? prompt : _ ("Without a question");
}

/* An answer that failed has its reason in its place. */
static const char *
get_text (PhTurnRow *self)
{
  const char *problem = ph_turn_get_problem (self->turn);

  return problem != NULL ? problem : ph_turn_get_answer (self->turn);
}

static void
show_answer (PhTurnRow *self)
{
  GtkWidget *answer = GTK_WIDGET (self->answer);
  const char *text = get_text (self);

  ph_long_text_set_text (self->answer, text);
  if (ph_turn_get_problem (self->turn) != NULL)
    gtk_widget_add_css_class (answer, "error");
  else
    gtk_widget_remove_css_class (answer, "error");
  gtk_widget_set_visible (answer, *text != '\0' && self->edited != answer);
}

static char *
dup_meta (PhTurnRow *self)
{
  g_autofree char *figures = ph_turn_dup_meta (self->turn);

  if (ph_turn_is_waiting (self->turn))
    return g_strdup (_ ("Waits for the answer before it"));
  if (ph_turn_is_edited (self->turn))
    return g_strdup_printf (_ ("%s · edited"), figures);
  return g_steal_pointer (&figures);
}

static char *
shorten (const char *text, glong most)
{
  g_autofree char *part = NULL;

  if (g_utf8_strlen (text, -1) <= most)
    return g_strdup (text);
  part = g_utf8_substring (text, 0, most);
  return g_strconcat (part, "…", NULL);
}

static void
name_widget (GtkWidget *widget, const char *name)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  name, -1);
}

static void
name_row (PhTurnRow *self)
{
  g_autofree char *text = shorten (get_text (self), NAME_CHARACTERS);
  g_autofree char *name = g_strdup_printf ("%s %s", get_question (self), text);

  name_widget (GTK_WIDGET (self), name);
}

/* Every button of the conversation has a name of its own. */
static void
name_buttons (PhTurnRow *self)
{
  const struct {
    GtkWidget *button;
    const char *task;
  } names[] = {
    { self->cancel, _ ("Cancel question") },
    { self->earlier, _ ("Earlier answer to question") },
    { self->later, _ ("Later answer to question") },
    { self->continue_button, _ ("Continue answer") },
    { self->copy, _ ("Copy answer") },
    { self->regenerate, _ ("Ask again question") },
    { GTK_WIDGET (self->more), _ ("More for question") },
  };
  g_autofree char *asked = shorten (get_question (self), ASKED_CHARACTERS);

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *name = g_strdup_printf (
        "%s %u: %s", names[i].task, ph_exchange_get_number (self->exchange), asked);

    name_widget (names[i].button, name);
  }
}

static void
enable (PhTurnRow *self, const char *action, gboolean enabled)
{
  gtk_widget_action_set_enabled (GTK_WIDGET (self), action, enabled);
}

static void
show_actions (PhTurnRow *self)
{
  gboolean over = ph_turn_get_state (self->turn) != PH_TURN_STREAMING;
  gboolean cut = ph_turn_get_cut_ids (self->turn) != NULL;
  guint n = ph_exchange_get_n_variants (self->exchange);
  guint index = ph_exchange_get_index (self->exchange);
  g_autofree char *variant = g_strdup_printf ("%u/%u", index + 1, n);

  enable (self, "turn.copy-answer", *ph_turn_get_answer (self->turn) != '\0');
  enable (self, "turn.edit-answer", over && *ph_turn_get_answer (self->turn) != '\0');
  enable (self, "turn.continue", cut);
  enable (self, "turn.branch", over);
  enable (self, "turn.earlier-variant", index > 0);
  enable (self, "turn.later-variant", index + 1 < n);
  gtk_label_set_text (self->variant, variant);
  gtk_widget_set_visible (self->variants, n > 1);
  gtk_widget_set_visible (self->cancel, ph_turn_is_waiting (self->turn));
  gtk_widget_set_visible (self->continue_button, cut);
  gtk_widget_set_visible (self->copy, over);
  gtk_widget_set_visible (self->regenerate, over);
}

static void
show_picture (PhTurnRow *self)
{
  PhPlate *plate = ph_turn_get_plate (self->turn);
  GdkTexture *thumb = plate != NULL ? ph_plate_get_thumb (plate) : NULL;

  gtk_picture_set_paintable (self->picture, GDK_PAINTABLE (thumb));
  gtk_picture_set_alternative_text (self->picture,
                                    plate != NULL ? ph_plate_get_name (plate) : NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->picture),
                          self->shows_picture && thumb != NULL);
}

static void
show_all (PhTurnRow *self)
{
  g_autofree char *meta = dup_meta (self);

  gtk_label_set_text (self->prompt, get_question (self));
  gtk_label_set_text (self->meta, meta);
  show_answer (self);
  show_actions (self);
  show_picture (self);
  name_row (self);
  name_buttons (self);
}

static gboolean
refresh_cb (gpointer data)
{
  PhTurnRow *self = data;

  self->refresh = 0;
  show_answer (self);
  name_row (self);
  return G_SOURCE_REMOVE;
}

/* Tokens may come faster than anybody reads. */
static void
answer_changed_cb (PhTurnRow *self)
{
  if (self->refresh == 0)
    self->refresh = g_timeout_add (REFRESH_MS, refresh_cb, self);
}

static void
watch (PhTurnRow *self, gpointer object, const char *signal, GCallback callback)
{
  g_signal_connect_object (object, signal, callback, self, G_CONNECT_SWAPPED);
}

static void
leave_turn (PhTurnRow *self)
{
  if (self->turn == NULL)
    return;

  g_signal_handlers_disconnect_by_data (self->turn, self);
  if (ph_turn_get_plate (self->turn) != NULL)
    g_signal_handlers_disconnect_by_data (ph_turn_get_plate (self->turn), self);
  g_clear_object (&self->turn);
}

static void
variant_changed_cb (PhTurnRow *self)
{
  leave_turn (self);
  self->turn = g_object_ref (ph_exchange_get_turn (self->exchange));
  watch (self, self->turn, "notify::answer", G_CALLBACK (answer_changed_cb));
  watch (self, self->turn, "notify::state", G_CALLBACK (show_all));
  if (ph_turn_get_plate (self->turn) != NULL)
    watch (self, ph_turn_get_plate (self->turn), "notify::thumb",
           G_CALLBACK (show_picture));
  show_all (self);
}

void
ph_turn_row_set_shows_picture (PhTurnRow *self, gboolean shows)
{
  self->shows_picture = shows;
  show_picture (self);
}

void
ph_turn_row_set_compact (PhTurnRow *self, gboolean compact)
{
  if (self->compact == compact)
    return;

  self->compact = compact;
  gtk_widget_set_visible (GTK_WIDGET (self->foot), !compact);
  gtk_label_set_wrap (self->prompt, !compact);
  gtk_label_set_ellipsize (self->prompt,
                           compact ? PANGO_ELLIPSIZE_END : PANGO_ELLIPSIZE_NONE);
  ph_long_text_set_single (self->answer, compact);
}

/* --- editing in place --- */

static GtkBox *
get_content (PhTurnRow *self)
{
  return GTK_BOX (gtk_list_box_row_get_child (GTK_LIST_BOX_ROW (self)));
}

static void
end_editing (PhTurnRow *self)
{
  gtk_widget_set_visible (self->edited, TRUE);
  self->edited = NULL;
  gtk_box_remove (get_content (self), GTK_WIDGET (self->editor));
  self->editor = NULL;
  show_all (self);
  gtk_widget_grab_focus (GTK_WIDGET (self));
}

static void
question_taken_cb (PhTurnRow *self, const char *text)
{
  g_autofree char *asked = g_strdup (text);

  end_editing (self);
  if (*asked != '\0')
    act (self, "ask-edited", asked);
}

static void
answer_taken_cb (PhTurnRow *self, const char *text)
{
  ph_turn_edit_answer (self->turn, text);
  end_editing (self);
}

static void
edit (PhTurnRow *self, GtkWidget *edited, GtkWidget *editor, GCallback taken)
{
  if (self->editor != NULL)
    ph_turn_editor_leave (self->editor);

  self->edited = edited;
  self->editor = PH_TURN_EDITOR (editor);
  g_signal_connect_swapped (editor, "taken", taken, self);
  g_signal_connect_swapped (editor, "left", G_CALLBACK (end_editing), self);
  gtk_box_insert_child_after (get_content (self), editor, edited);
  gtk_widget_set_visible (edited, FALSE);
  gtk_widget_grab_focus (editor);
}

static void
edit_question_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  PhTurnRow *self = PH_TURN_ROW (widget);

  edit (self, GTK_WIDGET (self->question),
        ph_turn_editor_new (ph_turn_get_prompt (self->turn), _ ("Question to edit"),
                            _ ("Ask")),
        G_CALLBACK (question_taken_cb));
}

static void
edit_answer_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  PhTurnRow *self = PH_TURN_ROW (widget);

  edit (self, GTK_WIDGET (self->answer),
        ph_turn_editor_new (ph_turn_get_answer (self->turn), _ ("Answer to edit"),
                            _ ("Save")),
        G_CALLBACK (answer_taken_cb));
}

/* --- other actions --- */

static void
variant_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  ph_exchange_step (PH_TURN_ROW (widget)->exchange,
                    g_str_equal (name, "turn.earlier-variant") ? -1 : 1);
}

static void
menu_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  gtk_menu_button_popup (PH_TURN_ROW (widget)->more);
}

/* Those that somebody else does have the signal's name behind "turn.". */
static void
act_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  act (PH_TURN_ROW (widget), name + strlen ("turn."), NULL);
}

static void
install_actions (GtkWidgetClass *widget_class)
{
  static const struct {
    const char *name;
    GtkWidgetActionActivateFunc activate;
    guint key;
    GdkModifierType modifiers;
  } actions[] = {
    { "turn.copy-answer", act_action, 0, 0 },
    { "turn.copy-question", act_action, 0, 0 },
    { "turn.regenerate", act_action, 0, 0 },
    { "turn.continue", act_action, 0, 0 },
    { "turn.ask-current", act_action, 0, 0 },
    { "turn.ask-all", act_action, 0, 0 },
    { "turn.branch", act_action, 0, 0 },
    { "turn.cancel", act_action, 0, 0 },
    { "turn.delete", act_action, GDK_KEY_Delete, 0 },
    { "turn.edit-question", edit_question_action, GDK_KEY_F2, 0 },
    { "turn.edit-answer", edit_answer_action, GDK_KEY_F2, GDK_SHIFT_MASK },
    { "turn.earlier-variant", variant_action, GDK_KEY_Page_Up, GDK_CONTROL_MASK },
    { "turn.later-variant", variant_action, GDK_KEY_Page_Down, GDK_CONTROL_MASK },
    { "turn.menu", menu_action, GDK_KEY_F10, GDK_SHIFT_MASK },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (actions); i++) {
    gtk_widget_class_install_action (widget_class, actions[i].name, NULL,
                                     actions[i].activate);
    if (actions[i].key != 0)
      gtk_widget_class_add_binding_action (widget_class, actions[i].key,
                                           actions[i].modifiers, actions[i].name, NULL);
  }
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Menu, 0, "turn.menu", NULL);
}

/* --- the object --- */

GtkWidget *
ph_turn_row_new (PhExchange *exchange)
{
  PhTurnRow *self = g_object_new (PH_TYPE_TURN_ROW, NULL);

  self->exchange = g_object_ref (exchange);
  watch (self, exchange, "notify::turn", G_CALLBACK (variant_changed_cb));
  ph_long_text_set_extra_menu (self->answer, ph_turn_menu_get ());
  variant_changed_cb (self);
  return GTK_WIDGET (self);
}

static void
ph_turn_row_dispose (GObject *object)
{
  PhTurnRow *self = PH_TURN_ROW (object);

  leave_turn (self);
  g_clear_handle_id (&self->refresh, g_source_remove);
  g_clear_pointer ((GtkWidget **) &self->context, gtk_widget_unparent);
  gtk_widget_dispose_template (GTK_WIDGET (object), PH_TYPE_TURN_ROW);
  G_OBJECT_CLASS (ph_turn_row_parent_class)->dispose (object);
}

static void
ph_turn_row_finalize (GObject *object)
{
  g_clear_object (&PH_TURN_ROW (object)->exchange);
  G_OBJECT_CLASS (ph_turn_row_parent_class)->finalize (object);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/pinhole/Pinhole/turn-row.ui");
  gtk_widget_class_bind_template_child (widget_class, PhTurnRow, question);
  gtk_widget_class_bind_template_child (widget_class, PhTurnRow, picture);
  gtk_widget_class_bind_template_child (widget_class, PhTurnRow, prompt);
  gtk_widget_class_bind_template_child (widget_class, PhTurnRow, answer);
  gtk_widget_class_bind_template_child (widget_class, PhTurnRow, foot);
  gtk_widget_class_bind_template_child (widget_class, PhTurnRow, meta);
  gtk_widget_class_bind_template_child (widget_class, PhTurnRow, actions);
  gtk_widget_class_bind_template_child (widget_class, PhTurnRow, cancel);
  gtk_widget_class_bind_template_child (widget_class, PhTurnRow, variants);
  gtk_widget_class_bind_template_child (widget_class, PhTurnRow, earlier);
  gtk_widget_class_bind_template_child (widget_class, PhTurnRow, variant);
  gtk_widget_class_bind_template_child (widget_class, PhTurnRow, later);
  gtk_widget_class_bind_template_child (widget_class, PhTurnRow, continue_button);
  gtk_widget_class_bind_template_child (widget_class, PhTurnRow, copy);
  gtk_widget_class_bind_template_child (widget_class, PhTurnRow, regenerate);
  gtk_widget_class_bind_template_child (widget_class, PhTurnRow, more);
  gtk_widget_class_bind_template_callback (widget_class, pressed_cb);
  gtk_widget_class_bind_template_callback (widget_class, context_cb);
}

static void
ph_turn_row_class_init (PhTurnRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ph_turn_row_dispose;
  G_OBJECT_CLASS (klass)->finalize = ph_turn_row_finalize;
  signals[ACT] =
      g_signal_new ("act", G_OBJECT_CLASS_TYPE (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                    NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
  g_type_ensure (PH_TYPE_LONG_TEXT);
  install_actions (widget_class);
  bind_template (widget_class);
}

static void
ph_turn_row_init (PhTurnRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_menu_button_set_create_popup_func (self->more, create_menu_cb, NULL, NULL);
}

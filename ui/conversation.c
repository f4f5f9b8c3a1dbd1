#include "ui/conversation.h"

#include "ui/turn-row.h"

#define NEAR_THE_END 24 /* pixels */

struct _PhConversation {
  GtkBox parent_instance;

  /* Template children */
  GtkStack *pages; /* "hint" or "turns" */
  GtkLabel *hint;
  GtkListBox *list;
  GtkAdjustment *position;

  /* Owned */
  GListModel *turns;

  gboolean follows; /* the end is in sight and stays so */
};

G_DEFINE_FINAL_TYPE (PhConversation, ph_conversation, GTK_TYPE_BOX)

enum { CHOSEN, N_SIGNALS };

static guint signals[N_SIGNALS];

static GtkWidget *
make_row (gpointer turn, gpointer data)
{
  return ph_turn_row_new (turn);
}

static void
turns_changed_cb (PhConversation *self)
{
  gboolean any = g_list_model_get_n_items (self->turns) > 0;

  gtk_stack_set_visible_child_name (self->pages, any ? "turns" : "hint");
}

void
ph_conversation_set_turns (PhConversation *self, GListModel *turns)
{
  if (self->turns != NULL)
    g_signal_handlers_disconnect_by_data (self->turns, self);
  g_set_object (&self->turns, turns);

  self->follows = TRUE;
  gtk_list_box_bind_model (self->list, turns, make_row, NULL, NULL);
  g_signal_connect_object (turns, "items-changed", G_CALLBACK (turns_changed_cb), self,
                           G_CONNECT_SWAPPED);
  turns_changed_cb (self);
  ph_conversation_choose_last (self);
}

void
ph_conversation_choose_last (PhConversation *self)
{
  int last = (int) g_list_model_get_n_items (self->turns) - 1;

  self->follows = TRUE;
  if (last >= 0)
    gtk_list_box_select_row (self->list,
                             gtk_list_box_get_row_at_index (self->list, last));
}

PhTurn *
ph_conversation_get_chosen (PhConversation *self)
{
  GtkListBoxRow *row = gtk_list_box_get_selected_row (self->list);

  return row != NULL ? ph_turn_row_get_turn (PH_TURN_ROW (row)) : NULL;
}

void
ph_conversation_set_hint (PhConversation *self, const char *hint)
{
  gtk_label_set_text (self->hint, hint);
}

static void
row_selected_cb (GtkListBox *list, GtkListBoxRow *row, PhConversation *self)
{
  if (row != NULL)
    g_signal_emit (self, signals[CHOSEN], 0, ph_turn_row_get_turn (PH_TURN_ROW (row)));
}

static double
get_end (PhConversation *self)
{
  return gtk_adjustment_get_upper (self->position) -
         gtk_adjustment_get_page_size (self->position);
}

static void
scrolled_cb (GtkAdjustment *position, PhConversation *self)
{
  self->follows = gtk_adjustment_get_value (position) > get_end (self) - NEAR_THE_END;
}

static void
extent_changed_cb (GtkAdjustment *position, GParamSpec *pspec, PhConversation *self)
{
  if (self->follows)
    gtk_adjustment_set_value (position, get_end (self));
}

static void
ph_conversation_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), PH_TYPE_CONVERSATION);
  G_OBJECT_CLASS (ph_conversation_parent_class)->dispose (object);
}

static void
ph_conversation_finalize (GObject *object)
{
  g_clear_object (&PH_CONVERSATION (object)->turns);
  G_OBJECT_CLASS (ph_conversation_parent_class)->finalize (object);
}

static void
ph_conversation_class_init (PhConversationClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ph_conversation_dispose;
  G_OBJECT_CLASS (klass)->finalize = ph_conversation_finalize;
  signals[CHOSEN] =
      g_signal_new ("chosen", G_OBJECT_CLASS_TYPE (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                    NULL, NULL, G_TYPE_NONE, 1, PH_TYPE_TURN);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/pinhole/Pinhole/conversation.ui");
  gtk_widget_class_bind_template_child (widget_class, PhConversation, pages);
  gtk_widget_class_bind_template_child (widget_class, PhConversation, hint);
  gtk_widget_class_bind_template_child (widget_class, PhConversation, list);
  gtk_widget_class_bind_template_child (widget_class, PhConversation, position);
  gtk_widget_class_bind_template_callback (widget_class, row_selected_cb);
  gtk_widget_class_bind_template_callback (widget_class, scrolled_cb);
  gtk_widget_class_bind_template_callback (widget_class, extent_changed_cb);
}

static void
ph_conversation_init (PhConversation *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

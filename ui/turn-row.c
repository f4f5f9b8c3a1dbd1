#include "ui/turn-row.h"

#include <glib/gi18n.h>

struct _PhTurnRow {
  GtkListBoxRow parent_instance;

  /* Template children */
  GtkLabel *prompt;
  GtkLabel *answer;
  GtkLabel *meta;

  /* Owned */
  PhTurn *turn;
};

G_DEFINE_FINAL_TYPE (PhTurnRow, ph_turn_row, GTK_TYPE_LIST_BOX_ROW)

PhTurn *
ph_turn_row_get_turn (PhTurnRow *self)
{
  return self->turn;
}

/* An answer that failed has its reason in its place. */
static void
show_answer (PhTurnRow *self)
{
  const char *problem = ph_turn_get_problem (self->turn);
  const char *answer = ph_turn_get_answer (self->turn);

  if (problem != NULL) {
    gtk_label_set_text (self->answer, problem);
    gtk_widget_add_css_class (GTK_WIDGET (self->answer), "error");
  } else {
    gtk_label_set_text (self->answer, answer);
  }
  gtk_widget_set_visible (GTK_WIDGET (self->answer), problem != NULL || *answer != '\0');
}

static void
show_meta (PhTurnRow *self)
{
  g_autofree char *meta = ph_turn_dup_meta (self->turn);

  gtk_label_set_text (self->meta, meta);
  gtk_widget_set_visible (GTK_WIDGET (self->meta), *meta != '\0');
}

/* An empty question asked for a description. */
static const char *
get_question (PhTurnRow *self)
{
  const char *prompt = ph_turn_get_prompt (self->turn);

  return *prompt != '\0' ? prompt : _ ("Without a question");
}

static void
name_row (PhTurnRow *self)
{
  g_autofree char *name =
      g_strdup_printf ("%s %s", get_question (self), gtk_label_get_text (self->answer));

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  name, -1);
}

static void
turn_changed_cb (PhTurnRow *self)
{
  show_answer (self);
  show_meta (self);
  name_row (self);
}

GtkWidget *
ph_turn_row_new (PhTurn *turn)
{
  PhTurnRow *self = g_object_new (PH_TYPE_TURN_ROW, NULL);

  self->turn = g_object_ref (turn);
  gtk_label_set_text (self->prompt, get_question (self));
  g_signal_connect_object (turn, "notify::answer", G_CALLBACK (turn_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (turn, "notify::state", G_CALLBACK (turn_changed_cb), self,
                           G_CONNECT_SWAPPED);
  turn_changed_cb (self);
  return GTK_WIDGET (self);
}

static void
ph_turn_row_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), PH_TYPE_TURN_ROW);
  G_OBJECT_CLASS (ph_turn_row_parent_class)->dispose (object);
}

static void
ph_turn_row_finalize (GObject *object)
{
  g_clear_object (&PH_TURN_ROW (object)->turn);
  G_OBJECT_CLASS (ph_turn_row_parent_class)->finalize (object);
}

static void
ph_turn_row_class_init (PhTurnRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ph_turn_row_dispose;
  G_OBJECT_CLASS (klass)->finalize = ph_turn_row_finalize;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/pinhole/Pinhole/turn-row.ui");
  gtk_widget_class_bind_template_child (widget_class, PhTurnRow, prompt);
  gtk_widget_class_bind_template_child (widget_class, PhTurnRow, answer);
  gtk_widget_class_bind_template_child (widget_class, PhTurnRow, meta);
}

static void
ph_turn_row_init (PhTurnRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

#include "ui/views/turn-chooser.h"

#include "ui/names.h"

#include <glib/gi18n.h>

#define N_CHATS 100 /* that are looked through, the latest */
#define MOST_ROWS 200

struct _PhTurnChooser {
  GtkWidget parent_instance;

  /* Template children */
  GtkMenuButton *button;
  GtkPopover *popover;
  GtkSearchEntry *search;
  GtkListBox *list;
  GtkLabel *empty;
  GtkLabel *label;

  /* Owned */
  PhLook *look;
  GPtrArray *turns; /* PhPastTurn, one a row; NULL: not yet read */
  char *invitation;

  /* Borrowed */
  PhHistory *history;

  gboolean same_picture;
};

G_DEFINE_FINAL_TYPE (PhTurnChooser, ph_turn_chooser, GTK_TYPE_WIDGET)

enum { CHOSEN, N_SIGNALS };

static guint signals[N_SIGNALS];

/* --- rows --- */

static GtkWidget *
make_line (const char *text, const char *style)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  if (style != NULL)
    gtk_widget_add_css_class (label, style);
  return label;
}

static char *
dup_about (const PhPastTurn *turn)
{
  const char *picture =
      turn->picture_name != NULL ? turn->picture_name : _ ("A picture without a name");

  return g_strdup_printf ("%s · %s", picture, turn->model);
}

static GtkWidget *
make_row (const PhPastTurn *turn, int number)
{
  GtkWidget *row = gtk_list_box_row_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  g_autofree char *about = dup_about (turn);
  g_autofree char *name = g_strdup_printf (_ ("Turn %d: %s %s, %s"), number, turn->prompt,
                                           turn->answer, about);

  gtk_box_append (GTK_BOX (box), make_line (turn->prompt, NULL));
  gtk_box_append (GTK_BOX (box), make_line (turn->answer, "dim-label"));
  gtk_box_append (GTK_BOX (box), make_line (about, "caption"));
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  ph_name_widget (row, name);
  return row;
}

static GtkWidget *
make_none (void)
{
  GtkWidget *row = gtk_list_box_row_new ();

  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), make_line (_ ("None"), NULL));
  ph_name_widget (row, _ ("No other turn"));
  return row;
}

static void
clear_rows (PhTurnChooser *self)
{
  GtkListBoxRow *row;

  while ((row = gtk_list_box_get_row_at_index (self->list, 0)) != NULL)
    gtk_list_box_remove (self->list, GTK_WIDGET (row));
  g_clear_pointer (&self->turns, g_ptr_array_unref);
}

static void
opened_cb (PhTurnChooser *self)
{
  PhTurn *present = ph_look_get_turn (self->look);
  g_autoptr (GError) error = NULL;

  clear_rows (self);
  gtk_editable_set_text (GTK_EDITABLE (self->search), "");
  self->turns =
      ph_past_turns_list (self->history, present != NULL ? ph_turn_get_id (present) : 0,
                          self->same_picture, N_CHATS, &error);
  if (self->turns != NULL && self->turns->len > 0)
    gtk_list_box_append (self->list, make_none ());
  for (guint i = 0; self->turns != NULL && i < MIN (self->turns->len, MOST_ROWS); i++)
    gtk_list_box_append (self->list,
                         make_row (g_ptr_array_index (self->turns, i), (int) i + 1));
  if (error != NULL)
    gtk_label_set_text (self->empty, error->message);
  else
    gtk_label_set_text (self->empty, self->same_picture
                                         ? _ ("No other answer about this picture is "
                                              "kept. Ask it another question")
                                         : _ ("No other answer is kept"));
}

/* --- searching and choosing --- */

/* Of the first row, none. */
static const PhPastTurn *
get_turn (PhTurnChooser *self, GtkListBoxRow *row)
{
  int index = gtk_list_box_row_get_index (row);

  return index > 0 ? g_ptr_array_index (self->turns, index - 1) : NULL;
}

static gboolean
contains (const char *text, const char *wanted)
{
  g_autofree char *folded = text != NULL ? g_utf8_casefold (text, -1) : NULL;

  return folded != NULL && strstr (folded, wanted) != NULL;
}

static gboolean
is_wanted (GtkListBoxRow *row, gpointer data)
{
  PhTurnChooser *self = data;
  const PhPastTurn *turn = get_turn (self, row);
  g_autofree char *wanted =
      g_utf8_casefold (gtk_editable_get_text (GTK_EDITABLE (self->search)), -1);

  return turn == NULL || contains (turn->prompt, wanted) ||
         contains (turn->answer, wanted) || contains (turn->model, wanted) ||
         contains (turn->picture_name, wanted);
}

static void
searched_cb (PhTurnChooser *self)
{
  gtk_list_box_invalidate_filter (self->list);
}

static void
activated_cb (PhTurnChooser *self, GtkListBoxRow *row)
{
  const PhPastTurn *turn = get_turn (self, row);

  ph_turn_chooser_say (self, turn != NULL ? turn->prompt : NULL);
  gtk_popover_popdown (self->popover);
  g_signal_emit (self, signals[CHOSEN], 0, turn);
}

void
ph_turn_chooser_say (PhTurnChooser *self, const char *text)
{
  gtk_label_set_text (self->label, text != NULL ? text : self->invitation);
}

/* --- the type --- */

void
ph_turn_chooser_set_context (PhTurnChooser *self,
                             PhHistory *history,
                             PhLook *look,
                             gboolean same_picture)
{
  g_assert (self->look == NULL);

  self->history = history;
  self->look = g_object_ref (look);
  self->same_picture = same_picture;
}

void
ph_turn_chooser_name (PhTurnChooser *self, const char *name, const char *invitation)
{
  g_free (self->invitation);
  self->invitation = g_strdup (invitation);
  ph_turn_chooser_say (self, NULL);
  ph_name_widget (GTK_WIDGET (self->button), name);
}

static void
ph_turn_chooser_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), PH_TYPE_TURN_CHOOSER);
  G_OBJECT_CLASS (ph_turn_chooser_parent_class)->dispose (object);
}

static void
ph_turn_chooser_finalize (GObject *object)
{
  PhTurnChooser *self = PH_TURN_CHOOSER (object);

  g_clear_object (&self->look);
  g_clear_pointer (&self->turns, g_ptr_array_unref);
  g_free (self->invitation);
  G_OBJECT_CLASS (ph_turn_chooser_parent_class)->finalize (object);
}

static void
ph_turn_chooser_class_init (PhTurnChooserClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ph_turn_chooser_dispose;
  G_OBJECT_CLASS (klass)->finalize = ph_turn_chooser_finalize;
  signals[CHOSEN] =
      g_signal_new ("chosen", G_OBJECT_CLASS_TYPE (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                    NULL, NULL, G_TYPE_NONE, 1, G_TYPE_POINTER);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/pinhole/Pinhole/views/turn-chooser.ui");
  gtk_widget_class_bind_template_child (widget_class, PhTurnChooser, button);
  gtk_widget_class_bind_template_child (widget_class, PhTurnChooser, popover);
  gtk_widget_class_bind_template_child (widget_class, PhTurnChooser, search);
  gtk_widget_class_bind_template_child (widget_class, PhTurnChooser, list);
  gtk_widget_class_bind_template_child (widget_class, PhTurnChooser, empty);
  gtk_widget_class_bind_template_child (widget_class, PhTurnChooser, label);
  gtk_widget_class_bind_template_callback (widget_class, opened_cb);
  gtk_widget_class_bind_template_callback (widget_class, searched_cb);
  gtk_widget_class_bind_template_callback (widget_class, activated_cb);
}

static void
ph_turn_chooser_init (PhTurnChooser *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_list_box_set_filter_func (self->list, is_wanted, self, NULL);
}

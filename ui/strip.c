#include "ui/strip.h"

#include "ui/strip-card.h"

struct _PhStrip {
  GtkBox parent_instance;

  /* Template children */
  GtkBox *cards;

  /* Owned */
  GListModel *plates;
  PhPlate *current;
};

G_DEFINE_FINAL_TYPE (PhStrip, ph_strip, GTK_TYPE_BOX)

enum { CHOSEN, REMOVED, N_SIGNALS };

static guint signals[N_SIGNALS];

static void
chosen_cb (PhStrip *self, PhStripCard *card)
{
  g_signal_emit (self, signals[CHOSEN], 0, ph_strip_card_get_plate (card));
}

static void
removed_cb (PhStrip *self, PhStripCard *card)
{
  g_autoptr (PhPlate) plate = g_object_ref (ph_strip_card_get_plate (card));

  g_signal_emit (self, signals[REMOVED], 0, plate);
}

static PhStripCard *
first_card (PhStrip *self)
{
  return (PhStripCard *) gtk_widget_get_first_child (GTK_WIDGET (self->cards));
}

static PhStripCard *
next_card (PhStripCard *card)
{
  return (PhStripCard *) gtk_widget_get_next_sibling (GTK_WIDGET (card));
}

static void
add_card (PhStrip *self, PhPlate *plate, guint number)
{
  GtkWidget *card = ph_strip_card_new (plate, number);

  g_signal_connect_object (card, "chosen", G_CALLBACK (chosen_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (card, "removed", G_CALLBACK (removed_cb), self,
                           G_CONNECT_SWAPPED);
  gtk_box_append (self->cards, card);
}

static void
mark_current (PhStrip *self)
{
  for (PhStripCard *card = first_card (self); card != NULL; card = next_card (card))
    ph_strip_card_set_current (card, ph_strip_card_get_plate (card) == self->current);
}

/* All of them: there are few, and their numbers change. */
static void
plates_changed_cb (PhStrip *self)
{
  guint n = g_list_model_get_n_items (self->plates);
  PhStripCard *card;

  while ((card = first_card (self)) != NULL)
    gtk_box_remove (self->cards, GTK_WIDGET (card));
  for (guint i = 0; i < n; i++) {
    g_autoptr (PhPlate) plate = g_list_model_get_item (self->plates, i);

    add_card (self, plate, i + 1);
  }
  mark_current (self);
  gtk_widget_set_visible (GTK_WIDGET (self), n > 1);
}

void
ph_strip_set_plates (PhStrip *self, GListModel *plates)
{
  if (self->plates != NULL)
    g_signal_handlers_disconnect_by_data (self->plates, self);
  g_set_object (&self->plates, plates);
  g_signal_connect_object (plates, "items-changed", G_CALLBACK (plates_changed_cb), self,
                           G_CONNECT_SWAPPED);
  plates_changed_cb (self);
}

void
ph_strip_set_current (PhStrip *self, PhPlate *plate)
{
  g_set_object (&self->current, plate);
  mark_current (self);
}

void
ph_strip_show_answers (PhStrip *self, PhStripAnswer answer, gpointer data)
{
  for (PhStripCard *card = first_card (self); card != NULL; card = next_card (card))
    ph_strip_card_set_answer (
        card, answer != NULL ? answer (ph_strip_card_get_plate (card), data) : NULL);
}

static void
ph_strip_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), PH_TYPE_STRIP);
  G_OBJECT_CLASS (ph_strip_parent_class)->dispose (object);
}

static void
ph_strip_finalize (GObject *object)
{
  g_clear_object (&PH_STRIP (object)->plates);
  g_clear_object (&PH_STRIP (object)->current);
  G_OBJECT_CLASS (ph_strip_parent_class)->finalize (object);
}

static void
ph_strip_class_init (PhStripClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GType type = G_OBJECT_CLASS_TYPE (klass);

  G_OBJECT_CLASS (klass)->dispose = ph_strip_dispose;
  G_OBJECT_CLASS (klass)->finalize = ph_strip_finalize;
  signals[CHOSEN] = g_signal_new ("chosen", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 1, PH_TYPE_PLATE);
  signals[REMOVED] = g_signal_new ("removed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 1, PH_TYPE_PLATE);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/pinhole/Pinhole/strip.ui");
  gtk_widget_class_bind_template_child (widget_class, PhStrip, cards);
}

static void
ph_strip_init (PhStrip *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

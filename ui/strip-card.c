#include "ui/strip-card.h"

#include <glib/gi18n.h>

struct _PhStripCard {
  GtkBox parent_instance;

  /* Template children */
  GtkButton *button;
  GtkPicture *picture;
  GtkLabel *answer;
  GtkButton *remove;

  /* Owned */
  PhPlate *plate;

  guint number;
  gboolean current;
};

G_DEFINE_FINAL_TYPE (PhStripCard, ph_strip_card, GTK_TYPE_BOX)

enum { CHOSEN, REMOVED, N_SIGNALS };

static guint signals[N_SIGNALS];

PhPlate *
ph_strip_card_get_plate (PhStripCard *self)
{
  return self->plate;
}

static const char *
get_name (PhStripCard *self)
{
  const char *name = ph_plate_get_name (self->plate);

  return name != NULL ? name : _ ("a picture");
}

static void
name_widget (gpointer widget, const char *name)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  name, -1);
}

static void
name_all (PhStripCard *self)
{
  g_autofree char *picture =
      g_strdup_printf (_ ("Picture %u: %s"), self->number, get_name (self));
  g_autofree char *choose =
      g_strconcat (picture, self->current ? _ (", current") : "", NULL);
  g_autofree char *remove =
      g_strdup_printf (_ ("Remove picture %u: %s"), self->number, get_name (self));

  name_widget (self->button, choose);
  name_widget (self->remove, remove);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->button), get_name (self));
}

static void
show_thumb (PhStripCard *self)
{
  gtk_picture_set_paintable (self->picture,
                             GDK_PAINTABLE (ph_plate_get_thumb (self->plate)));
}

GtkWidget *
ph_strip_card_new (PhPlate *plate, guint number)
{
  PhStripCard *self = g_object_new (PH_TYPE_STRIP_CARD, NULL);

  self->plate = g_object_ref (plate);
  self->number = number;
  g_signal_connect_object (plate, "notify::thumb", G_CALLBACK (show_thumb), self,
                           G_CONNECT_SWAPPED);
  show_thumb (self);
  name_all (self);
  return GTK_WIDGET (self);
}

void
ph_strip_card_set_current (PhStripCard *self, gboolean current)
{
  self->current = current;
  if (current)
    gtk_widget_add_css_class (GTK_WIDGET (self->button), "current");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->button), "current");
  name_all (self);
}

void
ph_strip_card_set_answer (PhStripCard *self, const char *answer)
{
  gtk_label_set_text (self->answer, answer != NULL ? answer : "");
  gtk_widget_set_visible (GTK_WIDGET (self->answer), answer != NULL);
}

static void
choose_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  g_signal_emit (widget, signals[CHOSEN], 0);
}

static void
remove_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  g_signal_emit (widget, signals[REMOVED], 0);
}

static void
ph_strip_card_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), PH_TYPE_STRIP_CARD);
  G_OBJECT_CLASS (ph_strip_card_parent_class)->dispose (object);
}

static void
ph_strip_card_finalize (GObject *object)
{
  g_clear_object (&PH_STRIP_CARD (object)->plate);
  G_OBJECT_CLASS (ph_strip_card_parent_class)->finalize (object);
}

static void
ph_strip_card_class_init (PhStripCardClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GType type = G_OBJECT_CLASS_TYPE (klass);

  G_OBJECT_CLASS (klass)->dispose = ph_strip_card_dispose;
  G_OBJECT_CLASS (klass)->finalize = ph_strip_card_finalize;
  signals[CHOSEN] = g_signal_new ("chosen", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 0);
  signals[REMOVED] = g_signal_new ("removed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);

  gtk_widget_class_set_css_name (widget_class, "stripcard");
  gtk_widget_class_install_action (widget_class, "card.choose", NULL, choose_action);
  gtk_widget_class_install_action (widget_class, "card.remove", NULL, remove_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Delete, 0, "card.remove",
                                       NULL);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/pinhole/Pinhole/strip-card.ui");
  gtk_widget_class_bind_template_child (widget_class, PhStripCard, button);
  gtk_widget_class_bind_template_child (widget_class, PhStripCard, picture);
  gtk_widget_class_bind_template_child (widget_class, PhStripCard, answer);
  gtk_widget_class_bind_template_child (widget_class, PhStripCard, remove);
}

static void
ph_strip_card_init (PhStripCard *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

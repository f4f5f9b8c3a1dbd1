#include "ui/figure-row.h"

#include <glib/gi18n.h>

struct _PhFigureRow {
  GtkBox parent_instance;

  /* Borrowed: a child */
  GtkSpinButton *spin;
};

G_DEFINE_FINAL_TYPE (PhFigureRow, ph_figure_row, GTK_TYPE_BOX)

enum { PROP_VALUE = 1, N_PROPS };

static GParamSpec *properties[N_PROPS];

static void
set_name (GtkWidget *widget, const char *name)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  name, -1);
}

/* GTK leaves the two buttons in a spin button, less and then more, without names. */
static void
name_parts (PhFigureRow *self, const char *name)
{
  g_autofree char *less = g_strdup_printf (_ ("Less: %s"), name);
  g_autofree char *more = g_strdup_printf (_ ("More: %s"), name);
  const char *next = less;

  set_name (GTK_WIDGET (self->spin), name);
  for (GtkWidget *part = gtk_widget_get_first_child (GTK_WIDGET (self->spin));
       part != NULL; part = gtk_widget_get_next_sibling (part))
    if (GTK_IS_BUTTON (part)) {
      set_name (part, next);
      next = more;
    }
}

static void
changed_cb (PhFigureRow *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_VALUE]);
}

GtkWidget *
ph_figure_row_new (const PhFigure *figure)
{
  PhFigureRow *self = g_object_new (PH_TYPE_FIGURE_ROW, "spacing", 12, NULL);
  GtkWidget *label = gtk_label_new (_ (figure->name));
  GtkWidget *spin =
      gtk_spin_button_new_with_range (figure->lower, figure->upper, figure->step);

  self->spin = GTK_SPIN_BUTTON (spin);
  gtk_spin_button_set_digits (self->spin, figure->n_digits);
  gtk_spin_button_set_numeric (self->spin, TRUE);
  gtk_editable_set_width_chars (GTK_EDITABLE (spin), 6);
  g_signal_connect_object (spin, "value-changed", G_CALLBACK (changed_cb), self,
                           G_CONNECT_SWAPPED);
  name_parts (self, _ (figure->name));

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_widget_set_hexpand (label, TRUE);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), _ (figure->meaning));
  gtk_box_append (GTK_BOX (self), label);
  gtk_box_append (GTK_BOX (self), spin);
  return GTK_WIDGET (self);
}

double
ph_figure_row_get_value (PhFigureRow *self)
{
  return gtk_spin_button_get_value (self->spin);
}

void
ph_figure_row_set_value (PhFigureRow *self, double value)
{
  gtk_spin_button_set_value (self->spin, value);
}

static void
ph_figure_row_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  g_value_set_double (value, ph_figure_row_get_value (PH_FIGURE_ROW (object)));
}

static void
ph_figure_row_class_init (PhFigureRowClass *klass)
{
  G_OBJECT_CLASS (klass)->get_property = ph_figure_row_get_property;
  properties[PROP_VALUE] =
      g_param_spec_double ("value", NULL, NULL, -G_MAXDOUBLE, G_MAXDOUBLE, 0,
                           G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (G_OBJECT_CLASS (klass), N_PROPS, properties);
}

static void
ph_figure_row_init (PhFigureRow *self)
{
}

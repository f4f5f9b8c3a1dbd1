#include "ui/views/outcome.h"

#include "ui/heat-map.h"

#include <glib/gi18n.h>

/* --- the bar --- */

#define PH_TYPE_CHANCE (ph_chance_get_type ())
G_DECLARE_FINAL_TYPE (PhChance, ph_chance, PH, CHANCE, GtkWidget)

struct _PhChance {
  GtkWidget parent_instance;

  double value, low, high;
};

G_DEFINE_FINAL_TYPE (PhChance, ph_chance, GTK_TYPE_WIDGET)

#define BAR_WIDTH 80
#define BAR_HEIGHT 10

/* The range is a line through the middle with an end across it on both sides. */
static void
draw_range (PhChance *self, GtkSnapshot *snapshot, const GdkRGBA *color)
{
  float width = (float) gtk_widget_get_width (GTK_WIDGET (self));
  float height = (float) gtk_widget_get_height (GTK_WIDGET (self));
  float left = (float) self->low * (width - 2), right = (float) self->high * (width - 2);

  gtk_snapshot_append_color (
      snapshot, color, &GRAPHENE_RECT_INIT (left, height / 2 - 1, right - left + 2, 2));
  gtk_snapshot_append_color (snapshot, color, &GRAPHENE_RECT_INIT (left, 0, 2, height));
  gtk_snapshot_append_color (snapshot, color, &GRAPHENE_RECT_INIT (right, 0, 2, height));
}

static void
ph_chance_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  PhChance *self = PH_CHANCE (widget);
  float width = (float) gtk_widget_get_width (widget);
  float height = (float) gtk_widget_get_height (widget);
  GtkStyleContext *style = gtk_widget_get_style_context (widget);
  GdkRGBA color, accent, track;

  gtk_style_context_get_color (style, &color);
  if (!gtk_style_context_lookup_color (style, "accent_color", &accent))
    accent = color;
  track = color;
  track.alpha *= 0.15f;
  gtk_snapshot_append_color (snapshot, &track,
                             &GRAPHENE_RECT_INIT (0, 2, width, height - 4));
  gtk_snapshot_append_color (
      snapshot, &accent,
      &GRAPHENE_RECT_INIT (0, 2, (float) self->value * width, height - 4));
  if (self->high > self->low)
    draw_range (self, snapshot, &color);
}

static void
ph_chance_measure (GtkWidget *widget,
                   GtkOrientation orientation,
                   int for_size,
                   int *minimum,
                   int *natural,
                   int *minimum_baseline,
                   int *natural_baseline)
{
  *minimum = *natural =
      orientation == GTK_ORIENTATION_HORIZONTAL ? BAR_WIDTH : BAR_HEIGHT;
}

static void
ph_chance_class_init (PhChanceClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  widget_class->snapshot = ph_chance_snapshot;
  widget_class->measure = ph_chance_measure;
  gtk_widget_class_set_css_name (widget_class, "chance");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
ph_chance_init (PhChance *self)
{
}

/* --- the outcome --- */

struct _PhOutcome {
  GtkBox parent_instance;

  /* Children */
  GtkLabel *heading, *text, *number;
  PhChance *bar;
};

G_DEFINE_FINAL_TYPE (PhOutcome, ph_outcome, GTK_TYPE_BOX)

GtkWidget *
ph_outcome_new (void)
{
  return g_object_new (PH_TYPE_OUTCOME, NULL);
}

void
ph_outcome_set_text (PhOutcome *self,
                     const char *heading,
                     const char *markup,
                     const char *spoken)
{
  g_autofree char *label = g_strdup_printf ("%s: %s", heading, spoken);

  gtk_label_set_label (self->heading, heading);
  gtk_label_set_markup (self->text, markup);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->text),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}

void
ph_outcome_set_probability (PhOutcome *self, double value, double low, double high)
{
  g_autofree char *mean = ph_heat_map_dup_share_text ((float) value);
  g_autofree char *least = ph_heat_map_dup_share_text ((float) low);
  g_autofree char *most = ph_heat_map_dup_share_text ((float) high);
  g_autofree char *range = g_strdup_printf (_ ("%s (%s to %s)"), mean, least, most);

  gtk_label_set_label (self->number, g_str_equal (least, most) ? mean : range);
  self->bar->value = value;
  self->bar->low = low;
  self->bar->high = high;
  gtk_widget_queue_draw (GTK_WIDGET (self->bar));
}

static GtkLabel *
add_label (GtkWidget *box, const char *css_class)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 36);
  gtk_widget_add_css_class (label, css_class);
  gtk_box_append (GTK_BOX (box), label);
  return GTK_LABEL (label);
}

static void
ph_outcome_class_init (PhOutcomeClass *klass)
{
  gtk_widget_class_set_css_name (GTK_WIDGET_CLASS (klass), "outcome");
}

static void
ph_outcome_init (PhOutcome *self)
{
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 9);

  gtk_orientable_set_orientation (GTK_ORIENTABLE (self), GTK_ORIENTATION_VERTICAL);
  gtk_box_set_spacing (GTK_BOX (self), 3);
  self->heading = add_label (GTK_WIDGET (self), "caption-heading");
  self->text = add_label (GTK_WIDGET (self), "said");
  self->bar =
      g_object_new (PH_TYPE_CHANCE, "hexpand", TRUE, "valign", GTK_ALIGN_CENTER, NULL);
  gtk_box_append (GTK_BOX (line), GTK_WIDGET (self->bar));
  self->number = add_label (line, "numeric");
  gtk_box_append (GTK_BOX (self), line);
}

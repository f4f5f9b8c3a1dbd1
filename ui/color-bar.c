#include "ui/color-bar.h"

#include <glib/gi18n.h>

#define WIDTH 96
#define HEIGHT 12
#define N_STOPS 17

struct _PhColorBar {
  GtkWidget parent_instance;

  PhColormap colors;
  double mark;
};

G_DEFINE_FINAL_TYPE (PhColorBar, ph_color_bar, GTK_TYPE_WIDGET)

void
ph_color_bar_set_colors (PhColorBar *self, PhColormap colors)
{
  if (self->colors == colors)
    return;

  self->colors = colors;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
ph_color_bar_set_mark (PhColorBar *self, double mark)
{
  if (self->mark == mark)
    return;

  self->mark = mark;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
draw_scale (GtkSnapshot *snapshot, PhColormap colors, float width, float height)
{
  GskColorStop stops[N_STOPS];

  for (int i = 0; i < N_STOPS; i++) {
    PhColormapColor color = ph_colormap_color (colors, i / (N_STOPS - 1.0));

    stops[i].offset = (float) i / (N_STOPS - 1);
    stops[i].color =
        (GdkRGBA){ color.red / 255.0f, color.green / 255.0f, color.blue / 255.0f, 1 };
  }
  gtk_snapshot_append_linear_gradient (
      snapshot, &GRAPHENE_RECT_INIT (0, 0, width, height), &GRAPHENE_POINT_INIT (0, 0),
      &GRAPHENE_POINT_INIT (width, 0), stops, N_STOPS);
}

static void
draw_mark (GtkSnapshot *snapshot, float x, float height)
{
  gtk_snapshot_append_color (snapshot, &(GdkRGBA){ 0, 0, 0, 1 },
                             &GRAPHENE_RECT_INIT (x - 2, 0, 4, height));
  gtk_snapshot_append_color (snapshot, &(GdkRGBA){ 1, 1, 1, 1 },
                             &GRAPHENE_RECT_INIT (x - 1, 0, 2, height));
}

static void
ph_color_bar_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  PhColorBar *self = PH_COLOR_BAR (widget);
  float width = (float) gtk_widget_get_width (widget);
  float height = (float) gtk_widget_get_height (widget);

  draw_scale (snapshot, self->colors, width, height);
  if (self->mark >= 0)
    draw_mark (snapshot, CLAMP ((float) self->mark * width, 2, width - 2), height);
}

static void
ph_color_bar_measure (GtkWidget *widget,
                      GtkOrientation orientation,
                      int for_size,
                      int *minimum,
                      int *natural,
                      int *minimum_baseline,
                      int *natural_baseline)
{
  if (orientation == GTK_ORIENTATION_HORIZONTAL) {
    *minimum = WIDTH / 2;
    *natural = WIDTH;
  } else {
    *minimum = *natural = HEIGHT;
  }
}

static void
ph_color_bar_class_init (PhColorBarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  widget_class->snapshot = ph_color_bar_snapshot;
  widget_class->measure = ph_color_bar_measure;
  gtk_widget_class_set_css_name (widget_class, "colorbar");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
ph_color_bar_init (PhColorBar *self)
{
  self->mark = -1;
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Colour scale of the heatmap"), -1);
}

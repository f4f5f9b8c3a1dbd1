#include "ui/views/kept-curve.h"

#include <glib/gi18n.h>
#include <math.h>

#define WIDTH 200
#define HEIGHT 110
#define EDGE 8 /* around the plot, so that points are whole at its ends */
#define POINT 2.5

typedef struct {
  double probability, reach; /* below 0: not known */
} Value;

struct _PhKeptCurve {
  GtkWidget parent_instance;

  Value *values; /* by kept - 1 */
  int n;
  int chosen;
};

G_DEFINE_FINAL_TYPE (PhKeptCurve, ph_kept_curve, GTK_TYPE_WIDGET)

enum { CHOSEN, N_SIGNALS };

static guint signals[N_SIGNALS];

void
ph_kept_curve_clear (PhKeptCurve *self, int n)
{
  g_free (self->values);
  self->values = g_new (Value, n);
  self->n = n;
  for (int i = 0; i < n; i++)
    self->values[i] = (Value){ -1, -1 };
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
ph_kept_curve_set (PhKeptCurve *self, int kept, double probability, double reach)
{
  g_return_if_fail (kept >= 1 && kept <= self->n);

  self->values[kept - 1] = (Value){ probability, reach };
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
ph_kept_curve_set_chosen (PhKeptCurve *self, int kept)
{
  if (self->chosen == kept)
    return;

  self->chosen = kept;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* --- drawing --- */

static double
x_of (PhKeptCurve *self, int kept)
{
  double width = gtk_widget_get_width (GTK_WIDGET (self)) - 2 * EDGE;

  return EDGE + width * (self->n - kept) / MAX (self->n - 1, 1);
}

static double
y_of (PhKeptCurve *self, double share)
{
  double height = gtk_widget_get_height (GTK_WIDGET (self)) - 2 * EDGE;

  return EDGE + height * (1 - share);
}

static void
set_color (cairo_t *cr, const GdkRGBA *color, double alpha)
{
  cairo_set_source_rgba (cr, color->red, color->green, color->blue, color->alpha * alpha);
}

/* Lines at 0, 50 and 100 %. */
static void
draw_grid (PhKeptCurve *self, cairo_t *cr, const GdkRGBA *color)
{
  set_color (cr, color, 0.2);
  cairo_set_line_width (cr, 1);
  for (int i = 0; i <= 2; i++) {
    double y = floor (y_of (self, i / 2.0)) + 0.5;

    cairo_move_to (cr, x_of (self, self->n), y);
    cairo_line_to (cr, x_of (self, 1), y);
  }
  cairo_stroke (cr);
}

static double
share_of (const Value *value, bool is_reach)
{
  return is_reach ? value->reach : value->probability;
}

/* Points that are known are joined, whatever lies between them. */
static void
trace (PhKeptCurve *self, cairo_t *cr, bool is_reach)
{
  cairo_new_path (cr);
  for (int kept = self->n; kept >= 1; kept--) {
    double share = share_of (&self->values[kept - 1], is_reach);

    if (share >= 0)
      cairo_line_to (cr, x_of (self, kept), y_of (self, share));
  }
  cairo_stroke (cr);
}

static void
draw_points (PhKeptCurve *self, cairo_t *cr)
{
  for (int kept = 1; kept <= self->n; kept++) {
    double share = self->values[kept - 1].probability;

    if (share < 0)
      continue;
    cairo_new_sub_path (cr);
    cairo_arc (cr, x_of (self, kept), y_of (self, share),
               kept == self->chosen ? 2 * POINT : POINT, 0, 2 * M_PI);
  }
  cairo_fill (cr);
}

static void
draw_hair (PhKeptCurve *self, cairo_t *cr, const GdkRGBA *color)
{
  double x = floor (x_of (self, self->chosen)) + 0.5;

  set_color (cr, color, 0.6);
  cairo_set_line_width (cr, 1);
  cairo_move_to (cr, x, EDGE);
  cairo_line_to (cr, x, gtk_widget_get_height (GTK_WIDGET (self)) - EDGE);
  cairo_stroke (cr);
}

static void
ph_kept_curve_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  PhKeptCurve *self = PH_KEPT_CURVE (widget);
  const double dashes[] = { 5, 4 };
  GtkStyleContext *style = gtk_widget_get_style_context (widget);
  GdkRGBA color, accent;
  cairo_t *cr = gtk_snapshot_append_cairo (
      snapshot, &GRAPHENE_RECT_INIT (0, 0, (float) gtk_widget_get_width (widget),
                                     (float) gtk_widget_get_height (widget)));

  gtk_style_context_get_color (style, &color);
  if (!gtk_style_context_lookup_color (style, "accent_color", &accent))
    accent = color;
  draw_grid (self, cr, &color);
  if (self->chosen > 0)
    draw_hair (self, cr, &color);
  cairo_set_line_width (cr, 1.5);
  cairo_set_dash (cr, dashes, G_N_ELEMENTS (dashes), 0);
  set_color (cr, &color, 0.7);
  trace (self, cr, true);
  cairo_set_dash (cr, NULL, 0, 0);
  set_color (cr, &accent, 1);
  trace (self, cr, false);
  draw_points (self, cr);
  cairo_destroy (cr);
}

static void
ph_kept_curve_measure (GtkWidget *widget,
                       GtkOrientation orientation,
                       int for_size,
                       int *minimum,
                       int *natural,
                       int *minimum_baseline,
                       int *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? WIDTH : HEIGHT;
}

/* --- pointing --- */

static void
choose_at (PhKeptCurve *self, double x)
{
  double width = gtk_widget_get_width (GTK_WIDGET (self)) - 2 * EDGE;
  double along = CLAMP ((x - EDGE) / MAX (width, 1), 0, 1);

  if (self->n > 0)
    g_signal_emit (self, signals[CHOSEN], 0,
                   self->n - (int) lround (along * (self->n - 1)));
}

static void
begun_cb (PhKeptCurve *self, double x, double y)
{
  choose_at (self, x);
}

static void
dragged_cb (PhKeptCurve *self, double by, double down, GtkGestureDrag *drag)
{
  double x, y;

  if (gtk_gesture_drag_get_start_point (drag, &x, &y))
    choose_at (self, x + by);
}

static void
ph_kept_curve_finalize (GObject *object)
{
  g_free (PH_KEPT_CURVE (object)->values);
  G_OBJECT_CLASS (ph_kept_curve_parent_class)->finalize (object);
}

static void
ph_kept_curve_class_init (PhKeptCurveClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = ph_kept_curve_finalize;
  widget_class->snapshot = ph_kept_curve_snapshot;
  widget_class->measure = ph_kept_curve_measure;
  gtk_widget_class_set_css_name (widget_class, "curve");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  signals[CHOSEN] =
      g_signal_new ("chosen", G_OBJECT_CLASS_TYPE (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                    NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT);
}

static void
ph_kept_curve_init (PhKeptCurve *self)
{
  GtkGesture *drag = gtk_gesture_drag_new ();

  g_signal_connect_swapped (drag, "drag-begin", G_CALLBACK (begun_cb), self);
  g_signal_connect_swapped (drag, "drag-update", G_CALLBACK (dragged_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drag));
}

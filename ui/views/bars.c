#include "ui/views/bars.h"

#include "core/base/measures.h"
#include "ui/heat-map.h"
#include "ui/names.h"

#include <glib/gi18n.h>

#define HEIGHT 64
#define LEAST_WIDTH 3 /* of a bar with the gap beside it */
#define MARK 3        /* height of what stands under the chosen one */

struct _PhBars {
  GtkWidget parent_instance;

  /* Owned */
  PhAppearance *appearance;
  float *shares;
  char *thing;
  char *status;

  int n;
  int chosen;
  int pointed;
};

G_DEFINE_FINAL_TYPE (PhBars, ph_bars, GTK_TYPE_WIDGET)

enum { PROP_0, PROP_STATUS, N_PROPS };
enum { CHOSEN, N_SIGNALS };

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

/* --- what is said --- */

static char *
dup_status (PhBars *self)
{
  int peak = (int) ph_measure_peak (self->shares, (size_t) self->n);
  int bar = self->pointed >= 0 ? self->pointed : peak;
  g_autofree char *share = ph_heat_map_dup_share_text (self->shares[bar]);

  if (self->pointed >= 0)
    return g_strdup_printf (_ ("%s %d: %s"), self->thing, bar + 1, share);
  return g_strdup_printf (_ ("Most: %s %d, %s"), self->thing, bar + 1, share);
}

static void
update (PhBars *self)
{
  g_free (self->status);
  self->status = self->n > 0 ? dup_status (self) : g_strdup ("");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, self->status, -1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATUS]);
}

static void
point_at (PhBars *self, int bar)
{
  if (self->pointed == bar)
    return;

  self->pointed = bar;
  update (self);
}

void
ph_bars_set_shares (PhBars *self, const char *thing, const float *shares, int n)
{
  g_free (self->shares);
  self->shares = g_memdup2 (shares, (gsize) n * sizeof *shares);
  g_free (self->thing);
  self->thing = g_strdup (thing);
  self->n = n;
  self->pointed = self->pointed < n ? self->pointed : -1;
  update (self);
}

void
ph_bars_set_appearance (PhBars *self, PhAppearance *appearance)
{
  g_assert (self->appearance == NULL);

  self->appearance = g_object_ref (appearance);
  g_signal_connect_object (appearance, "notify::colors",
                           G_CALLBACK (gtk_widget_queue_draw), self, G_CONNECT_SWAPPED);
}

void
ph_bars_set_chosen (PhBars *self, int bar)
{
  if (self->chosen == bar)
    return;

  self->chosen = bar;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* --- drawing --- */

static gboolean
is_mirrored (PhBars *self)
{
  return gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
}

/* Edges fall on whole pixels. */
static void
get_column (PhBars *self, int bar, float *x, float *width)
{
  int place = is_mirrored (self) ? self->n - 1 - bar : bar;
  int whole = gtk_widget_get_width (GTK_WIDGET (self));
  int begin = whole * place / self->n, end = whole * (place + 1) / self->n;

  *x = (float) begin;
  *width = (float) (end - begin);
}

static void
draw_bar (PhBars *self, GtkSnapshot *snapshot, int bar, double length, float height)
{
  PhColormapColor shade =
      ph_colormap_color (ph_appearance_get_colors (self->appearance), length);
  GdkRGBA color = { shade.red / 255.0f, shade.green / 255.0f, shade.blue / 255.0f, 1 };
  float x, width, tall = MAX (1, roundf ((float) length * height));

  get_column (self, bar, &x, &width);
  gtk_snapshot_append_color (
      snapshot, &color, &GRAPHENE_RECT_INIT (x, height - tall, MAX (1, width - 1), tall));
}

/* Under the chosen one a mark, round the one that is spoken of a frame. */
static void
draw_marks (PhBars *self, GtkSnapshot *snapshot, float height)
{
  GtkStyleContext *style = gtk_widget_get_style_context (GTK_WIDGET (self));
  GdkRGBA text, accent;
  float x, width;

  gtk_style_context_get_color (style, &text);
  if (self->chosen >= 0 && self->chosen < self->n &&
      gtk_style_context_lookup_color (style, "accent_color", &accent)) {
    get_column (self, self->chosen, &x, &width);
    gtk_snapshot_append_color (snapshot, &accent,
                               &GRAPHENE_RECT_INIT (x, height + 1, width - 1, MARK));
  }
  if (self->pointed >= 0) {
    get_column (self, self->pointed, &x, &width);
    gtk_snapshot_append_color (snapshot, &text,
                               &GRAPHENE_RECT_INIT (x - 1, 0, 1, height));
    gtk_snapshot_append_color (snapshot, &text,
                               &GRAPHENE_RECT_INIT (x + width - 1, 0, 1, height));
  }
}

static void
ph_bars_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  PhBars *self = PH_BARS (widget);
  float height = (float) (gtk_widget_get_height (widget) - MARK - 1);
  double top;

  if (self->n == 0)
    return;
  top = (double) self->shares[ph_measure_peak (self->shares, (size_t) self->n)];
  for (int i = 0; i < self->n; i++)
    draw_bar (self, snapshot, i, top > 0 ? (double) self->shares[i] / top : 0, height);
  draw_marks (self, snapshot, height);
}

static void
ph_bars_measure (GtkWidget *widget,
                 GtkOrientation orientation,
                 int for_size,
                 int *minimum,
                 int *natural,
                 int *minimum_baseline,
                 int *natural_baseline)
{
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    *minimum = *natural = LEAST_WIDTH * PH_BARS (widget)->n;
  else
    *minimum = *natural = HEIGHT;
}

/* --- pointer and keys --- */

static int
bar_at (PhBars *self, double x)
{
  int width = gtk_widget_get_width (GTK_WIDGET (self));

  if (self->n == 0 || x < 0 || x >= width)
    return -1;
  for (int i = 0; i < self->n; i++) {
    float begin, wide;

    get_column (self, i, &begin, &wide);
    if (x >= (double) begin && x < (double) (begin + wide))
      return i;
  }
  return -1;
}

static void
motion_cb (PhBars *self, double x, double y)
{
  point_at (self, bar_at (self, x));
}

static void
leave_cb (PhBars *self)
{
  point_at (self, -1);
}

static void
pressed_cb (PhBars *self, int n_press, double x, double y)
{
  int bar = bar_at (self, x);

  gtk_widget_grab_focus (GTK_WIDGET (self));
  if (bar >= 0)
    g_signal_emit (self, signals[CHOSEN], 0, bar);
}

/* Walks from the bar that is pointed at, else begins at the tallest. */
static void
walk (PhBars *self, int by)
{
  int peak = (int) ph_measure_peak (self->shares, (size_t) self->n);

  by = is_mirrored (self) ? -by : by;
  point_at (self, self->pointed < 0 ? peak : CLAMP (self->pointed + by, 0, self->n - 1));
}

static gboolean
key_cb (PhBars *self, guint key, guint code, GdkModifierType modifiers)
{
  if (self->n == 0)
    return GDK_EVENT_PROPAGATE;
  switch (key) {
  case GDK_KEY_Left:
  case GDK_KEY_Right:
    walk (self, key == GDK_KEY_Right ? 1 : -1);
    return GDK_EVENT_STOP;
  case GDK_KEY_Home:
  case GDK_KEY_End:
    point_at (self, key == GDK_KEY_Home ? 0 : self->n - 1);
    return GDK_EVENT_STOP;
  case GDK_KEY_Return:
  case GDK_KEY_KP_Enter:
  case GDK_KEY_space:
    if (self->pointed >= 0)
      g_signal_emit (self, signals[CHOSEN], 0, self->pointed);
    return GDK_EVENT_STOP;
  default:
    return GDK_EVENT_PROPAGATE;
  }
}

static void
add_controllers (PhBars *self)
{
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *keys = gtk_event_controller_key_new ();
  GtkEventController *focus = gtk_event_controller_focus_new ();
  GtkGesture *click = gtk_gesture_click_new ();

  g_signal_connect_swapped (motion, "motion", G_CALLBACK (motion_cb), self);
  g_signal_connect_swapped (motion, "leave", G_CALLBACK (leave_cb), self);
  g_signal_connect_swapped (keys, "key-pressed", G_CALLBACK (key_cb), self);
  g_signal_connect_swapped (focus, "leave", G_CALLBACK (leave_cb), self);
  g_signal_connect_swapped (click, "pressed", G_CALLBACK (pressed_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), motion);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
  gtk_widget_add_controller (GTK_WIDGET (self), focus);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
}

/* --- the type --- */

static void
ph_bars_get_property (GObject *object, guint prop, GValue *value, GParamSpec *pspec)
{
  if (prop == PROP_STATUS)
    g_value_set_string (value, PH_BARS (object)->status);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop, pspec);
}

static void
ph_bars_finalize (GObject *object)
{
  PhBars *self = PH_BARS (object);

  g_free (self->shares);
  g_clear_object (&self->appearance);
  g_free (self->thing);
  g_free (self->status);
  G_OBJECT_CLASS (ph_bars_parent_class)->finalize (object);
}

static void
ph_bars_class_init (PhBarsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = ph_bars_get_property;
  object_class->finalize = ph_bars_finalize;
  widget_class->snapshot = ph_bars_snapshot;
  widget_class->measure = ph_bars_measure;
  properties[PROP_STATUS] = g_param_spec_string (
      "status", NULL, NULL, "", G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[CHOSEN] =
      g_signal_new ("chosen", G_OBJECT_CLASS_TYPE (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                    NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT);
  gtk_widget_class_set_css_name (widget_class, "bars");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
ph_bars_init (PhBars *self)
{
  self->chosen = self->pointed = -1;
  self->status = g_strdup ("");
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  add_controllers (self);
}

GtkWidget *
ph_bars_new (const char *name)
{
  GtkWidget *self = g_object_new (PH_TYPE_BARS, NULL);

  ph_name_widget (self, name);
  return self;
}

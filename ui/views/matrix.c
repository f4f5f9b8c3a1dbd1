#include "ui/views/matrix.h"

#include "core/base/measures.h"
#include "ui/heat-map.h"
#include "ui/views/frame.h"

#include <glib/gi18n.h>

#define GAP 6         /* between names and cells */
#define LEAST_WIDTH 4 /* of a cell */
#define MOST_NAME 96  /* pixels of a name */
#define MARK 3        /* height of what stands under the chosen column */

struct _PhMatrix {
  GtkWidget parent_instance;

  /* Owned */
  PhAppearance *appearance;
  char *thing;
  char *status;
  GPtrArray *names; /* PangoLayout */
  float *shares;    /* row by column */

  int n_rows, n_columns;
  int chosen;  /* column */
  int pointed; /* cell */
  int name_width, row_height;
};

G_DEFINE_FINAL_TYPE (PhMatrix, ph_matrix, GTK_TYPE_WIDGET)

enum { PROP_0, PROP_STATUS, N_PROPS };
enum { CHOSEN, N_SIGNALS };

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

static int
count_cells (PhMatrix *self)
{
  return self->n_rows * self->n_columns;
}

static int
find_peak (PhMatrix *self)
{
  return (int) ph_measure_peak (self->shares, (size_t) count_cells (self));
}

float
ph_matrix_get_top (PhMatrix *self)
{
  return count_cells (self) > 0 ? self->shares[find_peak (self)] : 0;
}

/* --- what is said --- */

static char *
dup_status (PhMatrix *self)
{
  int cell = self->pointed >= 0 ? self->pointed : find_peak (self);
  PangoLayout *name = g_ptr_array_index (self->names, cell / self->n_columns);
  g_autofree char *share = ph_heat_map_dup_share_text (self->shares[cell]);

  if (self->pointed >= 0)
    return g_strdup_printf (_ ("%s %d, “%s”: %s"), self->thing,
                            cell % self->n_columns + 1, pango_layout_get_text (name),
                            share);
  return g_strdup_printf (_ ("Most: %s %d, “%s”, %s"), self->thing,
                          cell % self->n_columns + 1, pango_layout_get_text (name),
                          share);
}

static void
update (PhMatrix *self)
{
  g_free (self->status);
  self->status = count_cells (self) > 0 ? dup_status (self) : g_strdup ("");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, self->status, -1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATUS]);
}

static void
point_at (PhMatrix *self, int cell)
{
  if (self->pointed == cell)
    return;

  self->pointed = cell;
  update (self);
}

/* --- what it shows --- */

static PangoLayout *
lay_out (PhMatrix *self, const char *name)
{
  PangoLayout *layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), name);

  pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
  return layout;
}

/* The names are as wide as the widest, up to a limit. */
static void
measure_names (PhMatrix *self)
{
  self->name_width = self->row_height = 0;
  for (guint i = 0; i < self->names->len; i++) {
    PangoLayout *layout = g_ptr_array_index (self->names, i);
    int width, height;

    pango_layout_set_width (layout, -1);
    pango_layout_get_pixel_size (layout, &width, &height);
    self->name_width = MAX (self->name_width, MIN (width, MOST_NAME));
    self->row_height = MAX (self->row_height, height + 1);
  }
  for (guint i = 0; i < self->names->len; i++)
    pango_layout_set_width (g_ptr_array_index (self->names, i),
                            self->name_width * PANGO_SCALE);
}

void
ph_matrix_set (PhMatrix *self,
               const char *thing,
               const char *const *names,
               int n_rows,
               int n_columns,
               const float *shares)
{
  g_free (self->thing);
  self->thing = g_strdup (thing);
  g_ptr_array_set_size (self->names, 0);
  for (int i = 0; i < n_rows; i++)
    g_ptr_array_add (self->names, lay_out (self, names[i]));
  g_free (self->shares);
  self->shares = g_memdup2 (shares, (gsize) n_rows * (gsize) n_columns * sizeof *shares);
  self->n_rows = n_rows;
  self->n_columns = n_columns;
  self->pointed = self->pointed < count_cells (self) ? self->pointed : -1;
  measure_names (self);
  gtk_widget_queue_resize (GTK_WIDGET (self));
  update (self);
}

void
ph_matrix_set_appearance (PhMatrix *self, PhAppearance *appearance)
{
  g_assert (self->appearance == NULL);

  self->appearance = g_object_ref (appearance);
  g_signal_connect_object (appearance, "notify::colors",
                           G_CALLBACK (gtk_widget_queue_draw), self, G_CONNECT_SWAPPED);
}

void
ph_matrix_set_chosen (PhMatrix *self, int column)
{
  if (self->chosen == column)
    return;

  self->chosen = column;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* --- drawing --- */

static gboolean
is_mirrored (PhMatrix *self)
{
  return gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
}

/* Edges fall on whole pixels, so that neighbours meet without a seam. */
static graphene_rect_t
get_cell (PhMatrix *self, int row, int column)
{
  int whole = gtk_widget_get_width (GTK_WIDGET (self)) - self->name_width - GAP;
  int place = is_mirrored (self) ? self->n_columns - 1 - column : column;
  int begin = whole * place / self->n_columns;
  int end = whole * (place + 1) / self->n_columns;
  int x = is_mirrored (self) ? begin : self->name_width + GAP + begin;

  return GRAPHENE_RECT_INIT ((float) x, (float) (row * self->row_height),
                             (float) (end - begin), (float) self->row_height);
}

static void
draw_name (PhMatrix *self, GtkSnapshot *snapshot, int row)
{
  GtkStyleContext *style = gtk_widget_get_style_context (GTK_WIDGET (self));
  int width = gtk_widget_get_width (GTK_WIDGET (self));

  gtk_snapshot_render_layout (
      snapshot, style, is_mirrored (self) ? width - self->name_width : 0,
      row * self->row_height, g_ptr_array_index (self->names, row));
}

static void
draw_row (PhMatrix *self, GtkSnapshot *snapshot, int row, float top)
{
  PhColormap colors = ph_appearance_get_colors (self->appearance);

  for (int column = 0; column < self->n_columns; column++) {
    float share = self->shares[row * self->n_columns + column];
    PhColormapColor shade =
        ph_colormap_color (colors, top > 0 ? (double) (share / top) : 0);
    GdkRGBA color = { shade.red / 255.0f, shade.green / 255.0f, shade.blue / 255.0f, 1 };
    graphene_rect_t cell = get_cell (self, row, column);

    gtk_snapshot_append_color (snapshot, &color, &cell);
  }
}

static void
draw_mark (PhMatrix *self, GtkSnapshot *snapshot)
{
  graphene_rect_t cell = get_cell (self, self->n_rows, self->chosen);
  GdkRGBA accent;

  if (!gtk_style_context_lookup_color (gtk_widget_get_style_context (GTK_WIDGET (self)),
                                       "accent_color", &accent))
    return;
  cell.origin.y += 1;
  cell.size.height = MARK;
  gtk_snapshot_append_color (snapshot, &accent, &cell);
}

static void
ph_matrix_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  PhMatrix *self = PH_MATRIX (widget);
  float top = ph_matrix_get_top (self);

  for (int row = 0; row < self->n_rows; row++) {
    draw_name (self, snapshot, row);
    draw_row (self, snapshot, row, top);
  }
  if (self->chosen >= 0 && self->chosen < self->n_columns)
    draw_mark (self, snapshot);
  if (self->pointed >= 0) {
    graphene_rect_t cell =
        get_cell (self, self->pointed / self->n_columns, self->pointed % self->n_columns);

    ph_frame_draw (snapshot, &cell, 1);
  }
}

static void
ph_matrix_measure (GtkWidget *widget,
                   GtkOrientation orientation,
                   int for_size,
                   int *minimum,
                   int *natural,
                   int *minimum_baseline,
                   int *natural_baseline)
{
  PhMatrix *self = PH_MATRIX (widget);

  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    *minimum = *natural = self->name_width + GAP + LEAST_WIDTH * self->n_columns;
  else
    *minimum = *natural = self->row_height * self->n_rows + 1 + MARK;
}

/* --- pointer and keys --- */

static int
cell_at (PhMatrix *self, double x, double y)
{
  graphene_point_t point = GRAPHENE_POINT_INIT ((float) x, (float) y);

  for (int cell = 0; cell < count_cells (self); cell++) {
    graphene_rect_t area =
        get_cell (self, cell / self->n_columns, cell % self->n_columns);

    if (graphene_rect_contains_point (&area, &point))
      return cell;
  }
  return -1;
}

static void
motion_cb (PhMatrix *self, double x, double y)
{
  point_at (self, cell_at (self, x, y));
}

static void
leave_cb (PhMatrix *self)
{
  point_at (self, -1);
}

static void
choose (PhMatrix *self, int cell)
{
  if (cell >= 0)
    g_signal_emit (self, signals[CHOSEN], 0, cell % self->n_columns);
}

static void
pressed_cb (PhMatrix *self, int n_press, double x, double y)
{
  gtk_widget_grab_focus (GTK_WIDGET (self));
  choose (self, cell_at (self, x, y));
}

/* Walks from the cell that is pointed at, else begins at the highest. */
static void
walk (PhMatrix *self, int down, int right)
{
  int row = self->pointed / self->n_columns, column = self->pointed % self->n_columns;

  if (self->pointed < 0) {
    point_at (self, find_peak (self));
    return;
  }
  right = is_mirrored (self) ? -right : right;
  row = CLAMP (row + down, 0, self->n_rows - 1);
  column = CLAMP (column + right, 0, self->n_columns - 1);
  point_at (self, row * self->n_columns + column);
}

static gboolean
key_cb (PhMatrix *self, guint key, guint code, GdkModifierType modifiers)
{
  static const struct {
    guint key;
    int down, right;
  } steps[] = { { GDK_KEY_Up, -1, 0 },
                { GDK_KEY_Down, 1, 0 },
                { GDK_KEY_Left, 0, -1 },
                { GDK_KEY_Right, 0, 1 } };

  if (count_cells (self) == 0)
    return GDK_EVENT_PROPAGATE;
  for (gsize i = 0; i < G_N_ELEMENTS (steps); i++)
    if (steps[i].key == key) {
      walk (self, steps[i].down, steps[i].right);
      return GDK_EVENT_STOP;
    }
  if (key != GDK_KEY_Return && key != GDK_KEY_KP_Enter && key != GDK_KEY_space)
    return GDK_EVENT_PROPAGATE;
  choose (self, self->pointed);
  return GDK_EVENT_STOP;
}

static void
add_controllers (PhMatrix *self)
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
ph_matrix_get_property (GObject *object, guint prop, GValue *value, GParamSpec *pspec)
{
  if (prop == PROP_STATUS)
    g_value_set_string (value, PH_MATRIX (object)->status);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop, pspec);
}

static void
ph_matrix_finalize (GObject *object)
{
  PhMatrix *self = PH_MATRIX (object);

  g_clear_object (&self->appearance);
  g_free (self->thing);
  g_free (self->status);
  g_ptr_array_unref (self->names);
  g_free (self->shares);
  G_OBJECT_CLASS (ph_matrix_parent_class)->finalize (object);
}

static void
ph_matrix_class_init (PhMatrixClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = ph_matrix_get_property;
  object_class->finalize = ph_matrix_finalize;
  widget_class->snapshot = ph_matrix_snapshot;
  widget_class->measure = ph_matrix_measure;
  properties[PROP_STATUS] = g_param_spec_string (
      "status", NULL, NULL, "", G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[CHOSEN] =
      g_signal_new ("chosen", G_OBJECT_CLASS_TYPE (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                    NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT);
  gtk_widget_class_set_css_name (widget_class, "matrix");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
ph_matrix_init (PhMatrix *self)
{
  self->chosen = self->pointed = -1;
  self->status = g_strdup ("");
  self->names = g_ptr_array_new_with_free_func (g_object_unref);
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  add_controllers (self);
}

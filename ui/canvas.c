#include "ui/canvas.h"

#include "core/base/colormap.h"
#include "ui/patch-grid.h"

#define SMALLEST 120 /* pixels a side */
#define WANTED 480

struct _PhCanvas {
  GtkWidget parent_instance;

  /* Owned */
  PhLook *look;
};

G_DEFINE_FINAL_TYPE (PhCanvas, ph_canvas, GTK_TYPE_WIDGET)

static GdkRGBA
color_of (PhColormap colors, double value, float alpha)
{
  PhColormapColor color = ph_colormap_color (colors, value);

  return (GdkRGBA){ color.red / 255.0f, color.green / 255.0f, color.blue / 255.0f,
                    alpha };
}

static void
draw_map (GtkSnapshot *snapshot,
          const PhHeatMap *map,
          PhColormap colors,
          const graphene_rect_t *area,
          double alpha)
{
  PhPatchGrid grid = { *area, map->n_rows, map->n_columns };

  for (int patch = 0; patch < map->n_rows * map->n_columns; patch++) {
    GdkRGBA color =
        color_of (colors, ph_heat_map_get_relative (map, patch), (float) alpha);
    graphene_rect_t cell;

    ph_patch_grid_get_cell (&grid, patch, &cell);
    gtk_snapshot_append_color (snapshot, &color, &cell);
  }
}

/* Where the picture lies; a record whose picture was not kept lies in a square. */
static void
get_area (PhLook *look, const graphene_size_t *size, graphene_rect_t *area)
{
  GdkTexture *texture = ph_look_get_texture (look);

  ph_patch_grid_fit (size->width, size->height,
                     texture != NULL ? gdk_texture_get_width (texture) : 1,
                     texture != NULL ? gdk_texture_get_height (texture) : 1, area);
}

void
ph_canvas_draw (GtkSnapshot *snapshot,
                PhLook *look,
                const PhHeatMap *map,
                const graphene_size_t *size,
                graphene_rect_t *area)
{
  GdkTexture *texture = ph_look_get_texture (look);
  PhAppearance *appearance = ph_look_get_appearance (look);

  get_area (look, size, area);
  if (texture != NULL)
    gtk_snapshot_append_texture (snapshot, texture, area);
  if (map != NULL)
    draw_map (snapshot, map,
              ph_heat_map_get_colors (map, ph_appearance_get_colors (appearance)), area,
              texture != NULL ? ph_appearance_get_strength (appearance) : 1);
}

static graphene_size_t
get_size (PhCanvas *self)
{
  GtkWidget *widget = GTK_WIDGET (self);

  return GRAPHENE_SIZE_INIT ((float) gtk_widget_get_width (widget),
                             (float) gtk_widget_get_height (widget));
}

/* False without a map. */
static gboolean
get_grid (PhCanvas *self, PhPatchGrid *grid)
{
  const PhHeatMap *map = ph_look_get_map (self->look);
  graphene_size_t size = get_size (self);

  if (map == NULL)
    return FALSE;

  get_area (self->look, &size, &grid->area);
  grid->n_rows = map->n_rows;
  grid->n_columns = map->n_columns;
  return TRUE;
}

static void
draw_frame (GtkSnapshot *snapshot,
            const graphene_rect_t *cell,
            float width,
            GdkRGBA color)
{
  GskRoundedRect outline;
  float widths[] = { width, width, width, width };
  GdkRGBA colors[] = { color, color, color, color };
  graphene_rect_t grown;

  graphene_rect_inset_r (cell, -width, -width, &grown);
  gsk_rounded_rect_init_from_rect (&outline, &grown, 0);
  gtk_snapshot_append_border (snapshot, &outline, widths, colors);
}

/* A white frame in a black one is seen on every colour. */
static void
draw_patch (PhCanvas *self, GtkSnapshot *snapshot)
{
  int patch = ph_look_get_patch (self->look);
  float width = ph_look_is_pinned (self->look) ? 3 : 2;
  graphene_rect_t cell, outer;
  PhPatchGrid grid;

  if (patch < 0 || !get_grid (self, &grid))
    return;

  ph_patch_grid_get_cell (&grid, patch, &cell);
  graphene_rect_inset_r (&cell, -width, -width, &outer);
  draw_frame (snapshot, &cell, width, (GdkRGBA){ 1, 1, 1, 1 });
  draw_frame (snapshot, &outer, 1, (GdkRGBA){ 0, 0, 0, 1 });
}

static void
ph_canvas_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  PhCanvas *self = PH_CANVAS (widget);
  graphene_size_t size = get_size (self);
  graphene_rect_t area;

  ph_canvas_draw (snapshot, self->look, ph_look_get_map (self->look), &size, &area);
  draw_patch (self, snapshot);
}

static void
ph_canvas_measure (GtkWidget *widget,
                   GtkOrientation orientation,
                   int for_size,
                   int *minimum,
                   int *natural,
                   int *minimum_baseline,
                   int *natural_baseline)
{
  *minimum = SMALLEST;
  *natural = WANTED;
}

static void
say_status (PhCanvas *self)
{
  g_autofree char *status = ph_look_dup_status (self->look);

  gtk_accessible_update_property (GTK_ACCESSIBLE (self),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, status, -1);
}

static void
look_changed_cb (PhCanvas *self, GParamSpec *pspec)
{
  say_status (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static int
patch_at (PhCanvas *self, double x, double y)
{
  PhPatchGrid grid;

  return get_grid (self, &grid) ? ph_patch_grid_at (&grid, x, y) : -1;
}

static void
motion_cb (PhCanvas *self, double x, double y)
{
  ph_look_point_at (self->look, patch_at (self, x, y));
}

static void
leave_cb (PhCanvas *self)
{
  ph_look_point_at (self->look, -1);
}

static void
toggle_pin (PhCanvas *self, int patch)
{
  if (ph_look_is_pinned (self->look) && ph_look_get_patch (self->look) == patch)
    ph_look_release (self->look);
  else
    ph_look_pin (self->look, patch);
}

static void
pressed_cb (PhCanvas *self, int n_press, double x, double y)
{
  gtk_widget_grab_focus (GTK_WIDGET (self));
  toggle_pin (self, patch_at (self, x, y));
}

/* Walks from the patch that is pointed at, or begins at the peak; a pin walks along. */
static void
walk (PhCanvas *self, int rows, int columns)
{
  int patch = ph_look_get_patch (self->look);
  PhPatchGrid grid;

  if (!get_grid (self, &grid))
    return;

  if (patch < 0)
    patch = ph_look_get_map (self->look)->peak_patch;
  else
    patch = ph_patch_grid_step (&grid, patch, rows, columns);

  if (ph_look_is_pinned (self->look))
    ph_look_pin (self->look, patch);
  else
    ph_look_point_at (self->look, patch);
}

static void
walk_to_peak (PhCanvas *self, int unused_rows, int unused_columns)
{
  ph_look_release (self->look);
  walk (self, 0, 0);
}

static void
step_query (PhCanvas *self, int by, int unused)
{
  ph_look_step_query (self->look, by);
}

static void
pin_here (PhCanvas *self, int unused_rows, int unused_columns)
{
  toggle_pin (self, ph_look_get_patch (self->look));
}

static const struct {
  guint key, same_on_keypad;
  void (*act) (PhCanvas *self, int a, int b);
  int a, b;
} keys[] = {
  { GDK_KEY_Up, GDK_KEY_KP_Up, walk, -1, 0 },
  { GDK_KEY_Down, GDK_KEY_KP_Down, walk, 1, 0 },
  { GDK_KEY_Left, GDK_KEY_KP_Left, walk, 0, -1 },
  { GDK_KEY_Right, GDK_KEY_KP_Right, walk, 0, 1 },
  { GDK_KEY_Home, GDK_KEY_KP_Home, walk_to_peak, 0, 0 },
  { GDK_KEY_Page_Up, GDK_KEY_KP_Page_Up, step_query, -1, 0 },
  { GDK_KEY_Page_Down, GDK_KEY_KP_Page_Down, step_query, 1, 0 },
  { GDK_KEY_Return, GDK_KEY_KP_Enter, pin_here, 0, 0 },
  { GDK_KEY_space, GDK_KEY_KP_Space, pin_here, 0, 0 },
};

static gboolean
key_pressed_cb (PhCanvas *self, guint key, guint code, GdkModifierType state)
{
  if (state & (GDK_CONTROL_MASK | GDK_ALT_MASK) || ph_look_get_map (self->look) == NULL)
    return FALSE;

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    if (keys[i].key == key || keys[i].same_on_keypad == key) {
      keys[i].act (self, keys[i].a, keys[i].b);
      return TRUE;
    }
  return FALSE;
}

static void
add_controllers (PhCanvas *self)
{
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *click = GTK_EVENT_CONTROLLER (gtk_gesture_click_new ());
  GtkEventController *key = gtk_event_controller_key_new ();

  g_signal_connect_swapped (motion, "enter", G_CALLBACK (motion_cb), self);
  g_signal_connect_swapped (motion, "motion", G_CALLBACK (motion_cb), self);
  g_signal_connect_swapped (motion, "leave", G_CALLBACK (leave_cb), self);
  g_signal_connect_swapped (click, "pressed", G_CALLBACK (pressed_cb), self);
  g_signal_connect_swapped (key, "key-pressed", G_CALLBACK (key_pressed_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), motion);
  gtk_widget_add_controller (GTK_WIDGET (self), click);
  gtk_widget_add_controller (GTK_WIDGET (self), key);
}

static void
ph_canvas_finalize (GObject *object)
{
  PhCanvas *self = PH_CANVAS (object);

  g_clear_object (&self->look);
  G_OBJECT_CLASS (ph_canvas_parent_class)->finalize (object);
}

static void
ph_canvas_class_init (PhCanvasClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = ph_canvas_finalize;
  widget_class->snapshot = ph_canvas_snapshot;
  widget_class->measure = ph_canvas_measure;
  gtk_widget_class_set_css_name (widget_class, "canvas");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
ph_canvas_init (PhCanvas *self)
{
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  "Picture with its heatmap", -1);
  add_controllers (self);
}

GtkWidget *
ph_canvas_new (PhLook *look)
{
  PhCanvas *self = g_object_new (PH_TYPE_CANVAS, NULL);

  self->look = g_object_ref (look);
  g_signal_connect_object (look, "notify", G_CALLBACK (look_changed_cb), self,
                           G_CONNECT_SWAPPED);
  return GTK_WIDGET (self);
}

#include "ui/views/pane.h"

#include "ui/map-paint.h"
#include "ui/patch-grid.h"
#include "ui/views/frame.h"

#define LEAST 96 /* pixels a side */
#define WANTED 150

struct _PhPane {
  GtkWidget parent_instance;

  /* Owned */
  PhAppearance *appearance;
  GdkTexture *texture;

  /* Borrowed */
  const PhHeatMap *map;

  int patch; /* that is marked */
};

G_DEFINE_FINAL_TYPE (PhPane, ph_pane, GTK_TYPE_WIDGET)

enum { POINTED, PINNED, N_SIGNALS };

static guint signals[N_SIGNALS];

void
ph_pane_set_appearance (PhPane *self, PhAppearance *appearance)
{
  g_assert (self->appearance == NULL);

  self->appearance = g_object_ref (appearance);
  g_signal_connect_object (appearance, "notify", G_CALLBACK (gtk_widget_queue_draw), self,
                           G_CONNECT_SWAPPED);
}

void
ph_pane_show (PhPane *self, GdkTexture *texture, const PhHeatMap *map)
{
  g_set_object (&self->texture, texture);
  self->map = map;
  self->patch = -1;
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

void
ph_pane_mark (PhPane *self, int patch, const char *said)
{
  self->patch = patch;
  gtk_accessible_update_property (GTK_ACCESSIBLE (self),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, said, -1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* --- drawing --- */

/* What has no picture lies in a square. */
static void
get_proportions (PhPane *self, int *width, int *height)
{
  *width = self->texture != NULL ? gdk_texture_get_width (self->texture) : 1;
  *height = self->texture != NULL ? gdk_texture_get_height (self->texture) : 1;
}

static gboolean
get_grid (PhPane *self, PhPatchGrid *grid)
{
  GtkWidget *widget = GTK_WIDGET (self);
  int width, height;

  get_proportions (self, &width, &height);
  ph_patch_grid_fit ((float) gtk_widget_get_width (widget),
                     (float) gtk_widget_get_height (widget), width, height, &grid->area);
  if (self->map == NULL)
    return FALSE;
  grid->n_rows = self->map->n_rows;
  grid->n_columns = self->map->n_columns;
  return TRUE;
}

static void
ph_pane_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  PhPane *self = PH_PANE (widget);
  graphene_rect_t cell;
  PhPatchGrid grid;
  gboolean has_map = get_grid (self, &grid);

  if (self->texture != NULL)
    gtk_snapshot_append_texture (snapshot, self->texture, &grid.area);
  if (!has_map)
    return;

  ph_map_paint (snapshot, self->map,
                (PhMapPaint){ ph_appearance_get_colors (self->appearance),
                              ph_appearance_get_smooth (self->appearance) },
                &grid.area,
                self->texture != NULL ? ph_appearance_get_strength (self->appearance)
                                      : 1);
  if (self->patch < 0)
    return;

  ph_patch_grid_get_cell (&grid, self->patch, &cell);
  ph_frame_draw (snapshot, &cell, 1);
}

static GtkSizeRequestMode
ph_pane_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

/* As high as the picture is at its width, but never higher than twice that. */
static void
ph_pane_measure (GtkWidget *widget,
                 GtkOrientation orientation,
                 int for_size,
                 int *minimum,
                 int *natural,
                 int *minimum_baseline,
                 int *natural_baseline)
{
  int width, height, side = for_size < 0 ? WANTED : for_size;

  get_proportions (PH_PANE (widget), &width, &height);
  if (orientation == GTK_ORIENTATION_HORIZONTAL) {
    *minimum = LEAST;
    *natural = WANTED;
  } else {
    *minimum = *natural = (int) MIN ((gint64) side * height / width, (gint64) side * 2);
  }
}

/* --- pointer and keys --- */

static int
patch_at (PhPane *self, double x, double y)
{
  PhPatchGrid grid;

  return get_grid (self, &grid) ? ph_patch_grid_at (&grid, x, y) : -1;
}

static void
motion_cb (PhPane *self, double x, double y)
{
  g_signal_emit (self, signals[POINTED], 0, patch_at (self, x, y));
}

static void
leave_cb (PhPane *self)
{
  g_signal_emit (self, signals[POINTED], 0, -1);
}

static void
pressed_cb (PhPane *self, int n_press, double x, double y)
{
  gtk_widget_grab_focus (GTK_WIDGET (self));
  g_signal_emit (self, signals[PINNED], 0, patch_at (self, x, y));
}

/* Walks from the patch that is marked, or begins at the peak. */
static gboolean
walk (PhPane *self, int rows, int columns)
{
  PhPatchGrid grid;
  int patch;

  if (!get_grid (self, &grid))
    return GDK_EVENT_PROPAGATE;
  patch = self->patch < 0 ? self->map->peak_patch
                          : ph_patch_grid_step (&grid, self->patch, rows, columns);
  g_signal_emit (self, signals[PINNED], 0, patch);
  return GDK_EVENT_STOP;
}

static gboolean
key_cb (PhPane *self, guint key, guint code, GdkModifierType modifiers)
{
  switch (key) {
  case GDK_KEY_Left:
    return walk (self, 0, -1);
  case GDK_KEY_Right:
    return walk (self, 0, 1);
  case GDK_KEY_Up:
    return walk (self, -1, 0);
  case GDK_KEY_Down:
    return walk (self, 1, 0);
  default:
    return GDK_EVENT_PROPAGATE;
  }
}

static void
add_controllers (PhPane *self)
{
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *keys = gtk_event_controller_key_new ();
  GtkGesture *click = gtk_gesture_click_new ();

  g_signal_connect_swapped (motion, "motion", G_CALLBACK (motion_cb), self);
  g_signal_connect_swapped (motion, "leave", G_CALLBACK (leave_cb), self);
  g_signal_connect_swapped (keys, "key-pressed", G_CALLBACK (key_cb), self);
  g_signal_connect_swapped (click, "pressed", G_CALLBACK (pressed_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), motion);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
}

/* --- the type --- */

static void
ph_pane_finalize (GObject *object)
{
  PhPane *self = PH_PANE (object);

  g_clear_object (&self->appearance);
  g_clear_object (&self->texture);
  G_OBJECT_CLASS (ph_pane_parent_class)->finalize (object);
}

static void
ph_pane_class_init (PhPaneClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = ph_pane_finalize;
  widget_class->snapshot = ph_pane_snapshot;
  widget_class->measure = ph_pane_measure;
  widget_class->get_request_mode = ph_pane_get_request_mode;
  signals[POINTED] =
      g_signal_new ("pointed", G_OBJECT_CLASS_TYPE (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                    NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT);
  signals[PINNED] =
      g_signal_new ("pinned", G_OBJECT_CLASS_TYPE (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                    NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT);
  gtk_widget_class_set_css_name (widget_class, "pane");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
ph_pane_init (PhPane *self)
{
  self->patch = -1;
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  add_controllers (self);
}

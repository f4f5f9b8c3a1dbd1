#include "ui/canvas-private.h"

#include <math.h>

#define CLICK_DISTANCE 6 /* pixels: farther is a drag */
#define WHEEL_STEP 1.25
#define PAN_STEP 48 /* pixels */

#define MODIFIERS (GDK_SHIFT_MASK | GDK_CONTROL_MASK | GDK_ALT_MASK)

static int
patch_at (PhCanvas *self, double x, double y)
{
  PhPatchGrid grid;

  return ph_canvas_get_grid (self, &grid) ? ph_patch_grid_at (&grid, x, y) : -1;
}

static void
pan (PhCanvas *self, double dx, double dy)
{
  ph_viewport_pan (ph_canvas_get_viewport (self), dx, dy);
  ph_canvas_viewport_changed (self);
}

static void
motion_cb (PhCanvas *self, double x, double y)
{
  self->pointer_x = x;
  self->pointer_y = y;
  if (!self->dragging)
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

/* One gesture for clicks and drags: what has moved is no click any more. */

static void
drag_begin_cb (PhCanvas *self, double x, double y, GtkGestureSingle *gesture)
{
  guint button = gtk_gesture_single_get_current_button (gesture);

  if (button != GDK_BUTTON_PRIMARY && button != GDK_BUTTON_MIDDLE) {
    gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_DENIED);
    return;
  }
  gtk_widget_grab_focus (GTK_WIDGET (self));
  self->dragged_x = self->dragged_y = 0;
}

static void
drag_update_cb (PhCanvas *self, double x, double y)
{
  if (!self->dragging && hypot (x, y) > CLICK_DISTANCE) {
    self->dragging = TRUE;
    gtk_widget_set_cursor_from_name (GTK_WIDGET (self), "grabbing");
  }
  if (!self->dragging)
    return;

  pan (self, x - self->dragged_x, y - self->dragged_y);
  self->dragged_x = x;
  self->dragged_y = y;
}

static void
drag_end_cb (PhCanvas *self, double x, double y, GtkGestureDrag *gesture)
{
  guint button = gtk_gesture_single_get_current_button (GTK_GESTURE_SINGLE (gesture));
  double from_x, from_y;

  if (!self->dragging && button == GDK_BUTTON_PRIMARY &&
      gtk_gesture_drag_get_start_point (gesture, &from_x, &from_y))
    toggle_pin (self, patch_at (self, from_x, from_y));
  self->dragging = FALSE;
  gtk_widget_set_cursor (GTK_WIDGET (self), NULL);
}

/* A wheel zooms where the pointer is; two fingers on a touchpad move the picture, and
 * with Ctrl they zoom too. */
static gboolean
scroll_cb (PhCanvas *self, double dx, double dy, GtkEventControllerScroll *scroll)
{
  GtkEventController *controller = GTK_EVENT_CONTROLLER (scroll);
  gboolean is_wheel =
      gtk_event_controller_scroll_get_unit (scroll) == GDK_SCROLL_UNIT_WHEEL;
  gboolean ctrl =
      (gtk_event_controller_get_current_event_state (controller) & GDK_CONTROL_MASK) != 0;
  PhViewport *viewport = ph_canvas_get_viewport (self);

  if (!is_wheel && !ctrl) {
    pan (self, -dx, -dy);
    return TRUE;
  }
  ph_viewport_zoom_to (viewport, viewport->zoom * pow (WHEEL_STEP, -dy), self->pointer_x,
                       self->pointer_y);
  ph_canvas_viewport_changed (self);
  return TRUE;
}

static void
pinch_begin_cb (PhCanvas *self)
{
  self->zoom_before_pinch = self->viewport.zoom;
}

static void
pinch_cb (PhCanvas *self, double scale, GtkGesture *pinch)
{
  double x = self->pointer_x, y = self->pointer_y;

  gtk_gesture_get_bounding_box_center (pinch, &x, &y);
  ph_viewport_zoom_to (ph_canvas_get_viewport (self), self->zoom_before_pinch * scale, x,
                       y);
  ph_canvas_viewport_changed (self);
}

/* Walks from the patch that is pointed at, or begins at the peak; a pin walks along. */
static void
walk (PhCanvas *self, int rows, int columns)
{
  int patch = ph_look_get_patch (self->look);
  PhPatchGrid grid;

  if (!ph_canvas_get_grid (self, &grid))
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
pan_by_key (PhCanvas *self, int down, int right)
{
  pan (self, -PAN_STEP * right, -PAN_STEP * down);
}

static void
step_query (PhCanvas *self, int by, int unused)
{
  ph_look_step_query (self->look, by);
}

static void
step_layer (PhCanvas *self, int by, int unused)
{
  ph_look_step_layer (self->look, by);
}

static void
step_head (PhCanvas *self, int by, int unused)
{
  ph_look_step_head (self->look, by);
}

static void
pin_here (PhCanvas *self, int unused_rows, int unused_columns)
{
  toggle_pin (self, ph_look_get_patch (self->look));
}

static const struct {
  guint key, same_on_keypad;
  GdkModifierType modifiers;
  void (*act) (PhCanvas *self, int a, int b);
  int a, b;
} keys[] = {
  { GDK_KEY_Up, GDK_KEY_KP_Up, 0, walk, -1, 0 },
  { GDK_KEY_Down, GDK_KEY_KP_Down, 0, walk, 1, 0 },
  { GDK_KEY_Left, GDK_KEY_KP_Left, 0, walk, 0, -1 },
  { GDK_KEY_Right, GDK_KEY_KP_Right, 0, walk, 0, 1 },
  { GDK_KEY_Home, GDK_KEY_KP_Home, 0, walk_to_peak, 0, 0 },
  { GDK_KEY_Up, GDK_KEY_KP_Up, GDK_CONTROL_MASK, pan_by_key, -1, 0 },
  { GDK_KEY_Down, GDK_KEY_KP_Down, GDK_CONTROL_MASK, pan_by_key, 1, 0 },
  { GDK_KEY_Left, GDK_KEY_KP_Left, GDK_CONTROL_MASK, pan_by_key, 0, -1 },
  { GDK_KEY_Right, GDK_KEY_KP_Right, GDK_CONTROL_MASK, pan_by_key, 0, 1 },
  { GDK_KEY_Page_Up, GDK_KEY_KP_Page_Up, 0, step_query, -1, 0 },
  { GDK_KEY_Page_Down, GDK_KEY_KP_Page_Down, 0, step_query, 1, 0 },
  { GDK_KEY_Page_Up, GDK_KEY_KP_Page_Up, GDK_SHIFT_MASK, step_layer, -1, 0 },
  { GDK_KEY_Page_Down, GDK_KEY_KP_Page_Down, GDK_SHIFT_MASK, step_layer, 1, 0 },
  { GDK_KEY_Page_Up, GDK_KEY_KP_Page_Up, GDK_CONTROL_MASK, step_head, -1, 0 },
  { GDK_KEY_Page_Down, GDK_KEY_KP_Page_Down, GDK_CONTROL_MASK, step_head, 1, 0 },
  { GDK_KEY_Return, GDK_KEY_KP_Enter, 0, pin_here, 0, 0 },
  { GDK_KEY_space, GDK_KEY_KP_Space, 0, pin_here, 0, 0 },
};

static gboolean
key_pressed_cb (PhCanvas *self, guint key, guint code, GdkModifierType state)
{
  if (ph_look_get_map (self->look) == NULL)
    return FALSE;

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    if ((keys[i].key == key || keys[i].same_on_keypad == key) &&
        keys[i].modifiers == (state & MODIFIERS)) {
      keys[i].act (self, keys[i].a, keys[i].b);
      return TRUE;
    }
  return FALSE;
}

static gpointer
add_controller (PhCanvas *self, gpointer controller)
{
  gtk_widget_add_controller (GTK_WIDGET (self), controller);
  return controller;
}

void
ph_canvas_add_controllers (PhCanvas *self)
{
  gpointer motion = add_controller (self, gtk_event_controller_motion_new ());
  gpointer drag = add_controller (self, gtk_gesture_drag_new ());
  gpointer pinch = add_controller (self, gtk_gesture_zoom_new ());
  gpointer key = add_controller (self, gtk_event_controller_key_new ());
  gpointer scroll = add_controller (
      self, gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES));
  const struct {
    gpointer controller;
    const char *signal;
    GCallback callback;
  } heard[] = {
    { motion, "enter", G_CALLBACK (motion_cb) },
    { motion, "motion", G_CALLBACK (motion_cb) },
    { motion, "leave", G_CALLBACK (leave_cb) },
    { drag, "drag-begin", G_CALLBACK (drag_begin_cb) },
    { drag, "drag-update", G_CALLBACK (drag_update_cb) },
    { drag, "drag-end", G_CALLBACK (drag_end_cb) },
    { pinch, "begin", G_CALLBACK (pinch_begin_cb) },
    { pinch, "scale-changed", G_CALLBACK (pinch_cb) },
    { key, "key-pressed", G_CALLBACK (key_pressed_cb) },
    { scroll, "scroll", G_CALLBACK (scroll_cb) },
  };

  gtk_gesture_single_set_button (drag, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (heard); i++)
    g_signal_connect_swapped (heard[i].controller, heard[i].signal, heard[i].callback,
                              self);
}

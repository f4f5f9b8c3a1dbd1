#include "core/scenes/shapes.h"

#include <glib.h>

static const PhShape shapes[PH_N_KINDS] = {
  [PH_KIND_CIRCLE] = { "circle", "circle", "circles", .96, ph_shape_circle },
  [PH_KIND_SQUARE] = { "square", "square", "squares", 1.21, ph_shape_square },
  [PH_KIND_TRIANGLE] = { "triangle", "triangle", "triangles", 1.24, ph_shape_triangle },
  [PH_KIND_STAR] = { "star", "star", "stars", 1.01, ph_shape_star },
  [PH_KIND_HEART] = { "heart", "heart", "hearts", 1.06, ph_shape_heart },
  [PH_KIND_CROSS] = { "cross", "cross", "crosses", 1.04, ph_shape_cross },
  [PH_KIND_RING] = { "ring", "ring", "rings", .96, ph_shape_ring },
  [PH_KIND_HOUSE] = { "house", "house", "houses", 1.17, ph_shape_house },
  [PH_KIND_TREE] = { "tree", "tree", "trees", 1.01, ph_shape_tree },
  [PH_KIND_FISH] = { "fish", "fish", "fish", 1.12, ph_shape_fish },
  [PH_KIND_CUP] = { "cup", "cup", "cups", 1.13, ph_shape_cup },
  [PH_KIND_CAR] = { "car", "car", "cars", 1.06, ph_shape_car },
  [PH_KIND_MOON] = { "moon", "moon", "moons", 1.01, ph_shape_moon },
  [PH_KIND_FLOWER] = { "flower", "flower", "flowers", 1.01, ph_shape_flower },
  [PH_KIND_ARROW] = { "arrow", "arrow", "arrows", 1.05, ph_shape_arrow },
  [PH_KIND_DIGIT] = { "digit", "number", "numbers", 1.15, ph_shape_digit },
};

const PhShape *
ph_shape_get (PhKind kind)
{
  g_assert (kind < PH_N_KINDS);

  return &shapes[kind];
}

void
ph_trace_polygon (cairo_t *cr, const PhPoint *points, int n)
{
  cairo_new_sub_path (cr);
  for (int i = 0; i < n; i++)
    cairo_line_to (cr, points[i].x, points[i].y);
  cairo_close_path (cr);
}

void
ph_trace_box (cairo_t *cr, double left, double top, double right, double bottom)
{
  cairo_rectangle (cr, left, top, right - left, bottom - top);
}

void
ph_trace_ellipse (cairo_t *cr, double x, double y, double width, double height)
{
  cairo_save (cr);
  cairo_translate (cr, x, y);
  cairo_scale (cr, width, height);
  cairo_new_sub_path (cr);
  cairo_arc (cr, 0, 0, 1, 0, 2 * G_PI);
  cairo_close_path (cr);
  cairo_restore (cr);
}

void
ph_trace_hole (cairo_t *cr, double x, double y, double radius)
{
  cairo_new_sub_path (cr);
  cairo_arc_negative (cr, x, y, radius, 2 * G_PI, 0);
  cairo_close_path (cr);
}

void
ph_face (cairo_t *cr, const PhThing *thing)
{
  if (thing->traits[0] < .5)
    cairo_scale (cr, -1, 1);
}

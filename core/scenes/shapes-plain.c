/* Plain figures: one part each. */
#include "core/scenes/shapes.h"

#include <glib.h>
#include <math.h>

void
ph_shape_circle (PhBrush *brush, const PhThing *thing)
{
  double flat = ph_span (thing->traits[0], .88, .95);

  ph_trace_ellipse (brush->cr, 0, 0, .95, thing->traits[1] < .6 ? .95 : flat);
  ph_brush_part (brush, PH_PAINT_OWN);
}

static void
trace_round_box (cairo_t *cr, double half, double corner)
{
  cairo_new_sub_path (cr);
  for (int i = 0; i < 4; i++) {
    double x = i == 0 || i == 3 ? half - corner : corner - half;
    double y = i < 2 ? half - corner : corner - half;

    cairo_arc (cr, x, y, corner, i * G_PI / 2, (i + 1) * G_PI / 2);
  }
  cairo_close_path (cr);
}

void
ph_shape_square (PhBrush *brush, const PhThing *thing)
{
  double half = ph_span (thing->traits[0], .74, .85);

  if (thing->traits[1] < .7)
    ph_trace_box (brush->cr, -half, -half, half, half);
  else
    trace_round_box (brush->cr, half, ph_span (thing->traits[2], .04, .16));
  ph_brush_part (brush, PH_PAINT_OWN);
}

void
ph_shape_triangle (PhBrush *brush, const PhThing *thing)
{
  const double *traits = thing->traits;
  double lean = traits[0] < .6 ? 0 : ph_span (traits[1], -.5, .5);
  double half = ph_span (traits[2], .74, .92);
  double base = ph_span (traits[3], .62, .82);
  const PhPoint corners[] = { { lean, -.92 }, { half, base }, { -half, base } };

  ph_trace_polygon (brush->cr, corners, G_N_ELEMENTS (corners));
  ph_brush_part (brush, PH_PAINT_OWN);
}

void
ph_shape_star (PhBrush *brush, const PhThing *thing)
{
  int n_points = thing->traits[0] < .82 ? 5 : 6;
  double inner = n_points == 5 ? ph_span (thing->traits[1], .36, .54)
                               : ph_span (thing->traits[1], .42, .58);

  cairo_new_sub_path (brush->cr);
  for (int i = 0; i < 2 * n_points; i++) {
    double radius = i % 2 == 0 ? .99 : inner;
    double angle = i * G_PI / n_points;

    cairo_line_to (brush->cr, radius * sin (angle), -radius * cos (angle));
  }
  cairo_close_path (brush->cr);
  ph_brush_part (brush, PH_PAINT_OWN);
}

void
ph_shape_heart (PhBrush *brush, const PhThing *thing)
{
  cairo_t *cr = brush->cr;
  double wide = ph_span (thing->traits[0], 1.3, 1.6);
  double notch = ph_span (thing->traits[1], -.58, -.36);
  double cheek = ph_span (thing->traits[2], -.2, .12);

  cairo_move_to (cr, 0, notch);
  cairo_curve_to (cr, wide * .5, -1.3, wide, cheek, 0, .93);
  cairo_curve_to (cr, -wide, cheek, -wide * .5, -1.3, 0, notch);
  cairo_close_path (cr);
  ph_brush_part (brush, PH_PAINT_OWN);
}

/* A plus, or now and then one whose bar sits higher than its middle. */
void
ph_shape_cross (PhBrush *brush, const PhThing *thing)
{
  const double *traits = thing->traits;
  double w = ph_span (traits[0], .19, .36);
  double end = ph_span (traits[1], .85, .96);
  bool latin = traits[2] < .18;
  double bar = latin ? -.3 : 0;
  double side = latin ? .68 : end;
  const PhPoint corners[] = {
    { -w, -end },      { w, -end },        { w, bar - w },     { side, bar - w },
    { side, bar + w }, { w, bar + w },     { w, end },         { -w, end },
    { -w, bar + w },   { -side, bar + w }, { -side, bar - w }, { -w, bar - w },
  };

  ph_trace_polygon (brush->cr, corners, G_N_ELEMENTS (corners));
  ph_brush_part (brush, PH_PAINT_OWN);
}

void
ph_shape_ring (PhBrush *brush, const PhThing *thing)
{
  ph_trace_ellipse (brush->cr, 0, 0, .95, .95);
  ph_trace_hole (brush->cr, 0, 0, ph_span (thing->traits[0], .42, .7));
  ph_brush_part (brush, PH_PAINT_OWN);
}

static int
quarter_turns (double trait)
{
  return trait < .55 ? 0 : trait < .7 ? 1 : trait < .85 ? 2 : 3;
}

void
ph_shape_arrow (PhBrush *brush, const PhThing *thing)
{
  const double *traits = thing->traits;
  double neck = .97 - ph_span (traits[1], .6, 1.05);
  double shaft = ph_span (traits[2], .14, .28);
  double barb = ph_span (traits[3], .55, .8);
  const PhPoint corners[] = {
    { .97, 0 },       { neck, barb },   { neck, shaft }, { -.96, shaft },
    { -.96, -shaft }, { neck, -shaft }, { neck, -barb },
  };

  cairo_save (brush->cr);
  cairo_rotate (brush->cr, quarter_turns (traits[0]) * G_PI / 2);
  ph_trace_polygon (brush->cr, corners, G_N_ELEMENTS (corners));
  ph_brush_part (brush, PH_PAINT_OWN);
  cairo_restore (brush->cr);
}

/* A crescent between two circles through the same two tips.  The inner one cuts the axis
 * at `thick` from the back; that and the tips give its centre d by Pythagoras. */
void
ph_shape_moon (PhBrush *brush, const PhThing *thing)
{
  cairo_t *cr = brush->cr;
  const double r = .95;
  double tip = ph_span (thing->traits[1], .27, .42) * G_PI;
  double thick = ph_span (thing->traits[2], .45, .8);
  double c = r * cos (tip), k = r - thick;
  double d = (r * r - k * k) / (2 * (c + k));
  double angle = atan2 (r * sin (tip), c - d);

  cairo_save (cr);
  ph_face (cr, thing);
  cairo_rotate (cr, ph_span (thing->traits[3], -.3, .3));
  cairo_translate (cr, (r - MAX (c, 0)) / 3, 0);
  cairo_scale (cr, .93, .93);
  cairo_arc (cr, 0, 0, r, tip, 2 * G_PI - tip);
  cairo_arc_negative (cr, d, 0, d + k, 2 * G_PI - angle, angle);
  cairo_close_path (cr);
  ph_brush_part (brush, PH_PAINT_OWN);
  cairo_restore (cr);
}

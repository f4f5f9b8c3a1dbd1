/* Pictures of things: several parts each, from the back to the front. */
#include "core/scenes/shapes.h"

#include <glib.h>
#include <math.h>

static void
draw_windows (PhBrush *brush, double wall, double eaves)
{
  double side = wall * .36;

  for (int i = -1; i <= 1; i += 2) {
    double x = i * wall * .52;

    ph_trace_box (brush->cr, x - side / 2, eaves + .14, x + side / 2, eaves + .14 + side);
    ph_brush_detail (brush, PH_PAINT_CONTRAST);
  }
}

static void
draw_door (PhBrush *brush, const PhThing *thing, double wall, double floor)
{
  double half = wall * .24;
  bool brown = thing->traits[3] < .2 && thing->color != PH_COLOR_BLACK;

  ph_trace_box (brush->cr, -half, floor - .52, half, floor);
  ph_brush_detail (brush, brown ? PH_PAINT_BROWN : PH_PAINT_CONTRAST);
}

void
ph_shape_house (PhBrush *brush, const PhThing *thing)
{
  cairo_t *cr = brush->cr;
  const double *traits = thing->traits;
  double wall = ph_span (traits[1], .5, .72);
  double roof = MIN (wall + ph_span (traits[2], .05, .28), .95);
  double eaves = ph_span (traits[2], -.05, -.25);
  const double ridge = -.92, floor = .86;
  const PhPoint gable[] = { { 0, ridge }, { roof, eaves }, { -roof, eaves } };

  cairo_save (cr);
  ph_face (cr, thing);
  if (traits[5] < .4) {
    ph_trace_box (cr, roof * .38, ridge + .08, roof * .38 + .22, eaves);
    ph_brush_part (brush, PH_PAINT_OWN);
  }
  ph_trace_box (cr, -wall, eaves - .03, wall, floor);
  ph_brush_part (brush, PH_PAINT_OWN);
  ph_trace_polygon (cr, gable, G_N_ELEMENTS (gable));
  ph_brush_part (brush, traits[4] < .25 ? PH_PAINT_SHADE : PH_PAINT_OWN);
  if (traits[3] < .7)
    draw_door (brush, thing, wall, floor);
  if (traits[4] > .55 && thing->size != PH_SIZE_SMALL)
    draw_windows (brush, wall, eaves);
  cairo_restore (cr);
}

static void
draw_pine (PhBrush *brush, const PhThing *thing)
{
  int n_tiers = 1 + (int) (thing->traits[1] * 3);
  double widest = ph_span (thing->traits[2], .55, .82);
  const double top = -.97, bottom = .5;
  double step = (bottom - top) / (n_tiers + .6);

  for (int i = n_tiers - 1; i >= 0; i--) {
    double half = widest * (i + 2) / (n_tiers + 1);
    double peak = top + i * step;
    double foot = i == n_tiers - 1 ? bottom : peak + step * 1.5;
    const PhPoint tier[] = { { 0, peak }, { half, foot }, { -half, foot } };

    ph_trace_polygon (brush->cr, tier, G_N_ELEMENTS (tier));
    ph_brush_part (brush, PH_PAINT_OWN);
  }
}

static void
draw_crown (PhBrush *brush, const PhThing *thing)
{
  cairo_t *cr = brush->cr;
  double lobe = ph_span (thing->traits[2], .4, .46);

  if (thing->traits[1] < .6) {
    ph_trace_ellipse (cr, 0, -.28, ph_span (thing->traits[2], .52, .76), .69);
  } else {
    ph_trace_ellipse (cr, 0, -.52, lobe, lobe);
    ph_trace_ellipse (cr, .4, -.02, lobe, lobe);
    ph_trace_ellipse (cr, -.4, -.02, lobe, lobe);
    ph_trace_ellipse (cr, 0, .02, lobe, lobe * .9);
  }
  ph_brush_part (brush, PH_PAINT_OWN);
}

void
ph_shape_tree (PhBrush *brush, const PhThing *thing)
{
  const double *traits = thing->traits;
  double trunk = ph_span (traits[3], .09, .19);

  ph_trace_box (brush->cr, -trunk, .3, trunk, .95);
  ph_brush_part (brush, traits[4] < .65 ? PH_PAINT_BROWN : PH_PAINT_OWN);
  if (traits[0] < .5)
    draw_pine (brush, thing);
  else
    draw_crown (brush, thing);
}

/* A lens with pointed ends, or an oval. */
static void
trace_fish_body (cairo_t *cr, bool oval, double fat)
{
  if (oval) {
    ph_trace_ellipse (cr, .27, 0, .66, fat * .8);
    return;
  }
  cairo_move_to (cr, -.5, 0);
  cairo_curve_to (cr, -.1, -fat * 1.45, .7, -fat * 1.2, .96, 0);
  cairo_curve_to (cr, .7, fat * 1.2, -.1, fat * 1.45, -.5, 0);
  cairo_close_path (cr);
}

static void
trace_fish_tail (cairo_t *cr, double spread, bool forked)
{
  const PhPoint tail[] = {
    { -.96, -spread },
    { -.12, 0 },
    { -.96, spread },
    { forked ? -.74 : -.96, 0 },
  };

  ph_trace_polygon (cr, tail, G_N_ELEMENTS (tail));
}

void
ph_shape_fish (PhBrush *brush, const PhThing *thing)
{
  cairo_t *cr = brush->cr;
  const double *traits = thing->traits;
  double fat = ph_span (traits[1], .42, .62);
  const PhPoint fin[] = { { .02, -fat * 1.2 }, { .45, -fat * .5 }, { .05, -fat * .5 } };

  cairo_save (cr);
  ph_face (cr, thing);
  trace_fish_tail (cr, ph_span (traits[2], .4, .56), traits[3] < .4);
  ph_brush_part (brush, PH_PAINT_OWN);
  if (traits[4] < .35) {
    ph_trace_polygon (cr, fin, G_N_ELEMENTS (fin));
    ph_brush_part (brush, PH_PAINT_OWN);
  }
  trace_fish_body (cr, traits[3] > .55, fat);
  ph_brush_part (brush, PH_PAINT_OWN);
  if (traits[5] < .8) {
    ph_trace_ellipse (cr, .58, -.1, .085, .085);
    ph_brush_detail (brush, PH_PAINT_CONTRAST);
  }
  cairo_restore (cr);
}

void
ph_shape_cup (PhBrush *brush, const PhThing *thing)
{
  cairo_t *cr = brush->cr;
  const double *traits = thing->traits;
  double rim = ph_span (traits[1], .5, .62);
  double foot = rim * ph_span (traits[2], .62, 1);
  double top = ph_span (traits[3], -.78, -.55);
  double loop = ph_span (traits[4], .32, .42);
  double middle = -.9 + rim;
  const double bottom = .8;
  const PhPoint body[] = { { middle - rim, top },
                           { middle + rim, top },
                           { middle + foot, bottom },
                           { middle - foot, bottom } };

  cairo_save (cr);
  ph_face (cr, thing);
  ph_trace_ellipse (cr, middle + (rim + foot) / 2, top + .55, loop, loop);
  ph_trace_hole (cr, middle + (rim + foot) / 2, top + .55, loop * .56);
  ph_brush_part (brush, PH_PAINT_OWN);
  ph_trace_polygon (cr, body, G_N_ELEMENTS (body));
  ph_brush_part (brush, PH_PAINT_OWN);
  if (traits[5] < .35) {
    ph_trace_ellipse (cr, middle, top + .02, rim, .13);
    ph_brush_part (brush, traits[5] < .2 ? PH_PAINT_SHADE : PH_PAINT_LIGHT);
  }
  cairo_restore (cr);
}

static void
draw_wheels (PhBrush *brush, double radius, bool dark)
{
  for (int i = -1; i <= 1; i += 2) {
    ph_trace_ellipse (brush->cr, i * .52, .38, radius, radius);
    ph_brush_part (brush, dark ? PH_PAINT_DARK : PH_PAINT_OWN);
    if (dark) {
      ph_trace_ellipse (brush->cr, i * .52, .38, radius * .4, radius * .4);
      ph_brush_detail (brush, PH_PAINT_LIGHT);
    }
  }
}

static void
draw_car_windows (PhBrush *brush, double back, double front, double roof)
{
  const PhPoint rear[] = {
    { back + .22, roof + .11 }, { -.08, roof + .11 }, { -.08, -.16 }, { back + .14, -.16 }
  };
  const PhPoint fore[] = {
    { .05, roof + .11 }, { front - .3, roof + .11 }, { front - .17, -.16 }, { .05, -.16 }
  };

  ph_trace_polygon (brush->cr, rear, G_N_ELEMENTS (rear));
  ph_brush_detail (brush, PH_PAINT_CONTRAST);
  ph_trace_polygon (brush->cr, fore, G_N_ELEMENTS (fore));
  ph_brush_detail (brush, PH_PAINT_CONTRAST);
}

void
ph_shape_car (PhBrush *brush, const PhThing *thing)
{
  cairo_t *cr = brush->cr;
  const double *traits = thing->traits;
  double back = ph_span (traits[1], -.88, -.5);
  double front = ph_span (traits[2], .42, .7);
  double roof = ph_span (traits[3], -.66, -.52);
  double hood = traits[4] < .5 ? -.1 : .02;
  const PhPoint cabin[] = {
    { back + .14, roof }, { front - .24, roof }, { front, 0 }, { back, 0 }
  };
  const PhPoint body[] = {
    { -.95, -.1 }, { front, -.1 }, { .92, hood }, { .96, .38 }, { -.96, .38 }
  };

  cairo_save (cr);
  ph_face (cr, thing);
  ph_trace_polygon (cr, cabin, G_N_ELEMENTS (cabin));
  ph_brush_part (brush, PH_PAINT_OWN);
  ph_trace_polygon (cr, body, G_N_ELEMENTS (body));
  ph_brush_part (brush, PH_PAINT_OWN);
  draw_wheels (brush, ph_span (traits[4], .19, .26), traits[5] < .65);
  if (traits[5] > .25)
    draw_car_windows (brush, back, front, roof);
  cairo_restore (cr);
}

static PhPaint
flower_middle (const PhThing *thing)
{
  double trait = thing->traits[3];

  if (trait < .3)
    return trait < .1 ? PH_PAINT_OWN : PH_PAINT_SHADE;
  if (trait < .65 && thing->color != PH_COLOR_YELLOW)
    return PH_PAINT_YELLOW;
  if (trait < .85)
    return thing->color == PH_COLOR_WHITE ? PH_PAINT_YELLOW : PH_PAINT_LIGHT;
  return PH_PAINT_CONTRAST;
}

/* Petals that overlap their neighbours a little. */
static void
draw_petals (PhBrush *brush, const PhThing *thing, int n_petals, double width)
{
  cairo_t *cr = brush->cr;
  bool long_petals = thing->traits[1] < .4;

  for (int i = 0; i < n_petals; i++) {
    cairo_save (cr);
    cairo_rotate (cr, i * 2 * G_PI / n_petals);
    if (long_petals)
      ph_trace_ellipse (cr, 0, -.56, width * .88, .39);
    else
      ph_trace_ellipse (cr, 0, -.95 + width, width, width);
    cairo_restore (cr);
    ph_brush_part (brush, PH_PAINT_OWN);
  }
}

static void
draw_stem (PhBrush *brush, bool green)
{
  PhPaint paint = green ? PH_PAINT_GREEN : PH_PAINT_OWN;

  ph_trace_box (brush->cr, -.06, 0, .06, .95);
  ph_brush_part (brush, paint);
  ph_trace_ellipse (brush->cr, .2, .66, .2, .09);
  ph_brush_part (brush, paint);
}

void
ph_shape_flower (PhBrush *brush, const PhThing *thing)
{
  cairo_t *cr = brush->cr;
  const double *traits = thing->traits;
  int n_petals = 5 + (int) (traits[0] * 4);
  double width = MIN (.4, .71 * sin (G_PI / n_petals));
  double middle = MAX (ph_span (traits[2], .22, .34), 1.02 - 2 * width);

  cairo_save (cr);
  if (traits[4] < .2) {
    draw_stem (brush, traits[4] < .14);
    cairo_translate (cr, 0, -.27);
    cairo_scale (cr, .72, .72);
  }
  draw_petals (brush, thing, n_petals, width);
  ph_trace_ellipse (cr, 0, 0, middle, middle);
  ph_brush_part (brush, flower_middle (thing));
  cairo_restore (cr);
}

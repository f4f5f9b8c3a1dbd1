/* shapes.h - how each kind of thing is drawn; for core/scenes only
 *
 * A shape lies in a box from -1 to 1, y down, and is made of parts from the back to the
 * front.  It traces one part on the brush's cairo context and hands it over by
 * ph_brush_part(), or by ph_brush_detail() if it lies within parts already there.  What
 * becomes of it, paint, an outline or a mask, is the brush's affair.
 *
 * A brush may gather all parts in one path and fill it under the winding rule.  So every
 * part runs clockwise, and only a hole runs the other way.
 *
 * Traits are uniform in 0 … 1.  Each shape reads them as it likes, by span() or by
 * comparing one with a share, so that no two houses look alike.
 */
#pragma once

#include "core/scenes/scene.h"

#include <cairo.h>

typedef enum {
  PH_PAINT_OWN,      /* the thing's colour */
  PH_PAINT_SHADE,    /* the same, darker */
  PH_PAINT_CONTRAST, /* light on a dark thing, dark on a light one */
  PH_PAINT_DARK,
  PH_PAINT_LIGHT,
  PH_PAINT_YELLOW,
  PH_PAINT_GREEN,
  PH_PAINT_BROWN,
} PhPaint;

typedef struct _PhBrush PhBrush;

struct _PhBrush {
  cairo_t *cr;
  const PhThing *thing;
  void (*part) (PhBrush *brush, PhPaint paint, bool detail);
};

static inline void
ph_brush_part (PhBrush *brush, PhPaint paint)
{
  brush->part (brush, paint, false);
}

static inline void
ph_brush_detail (PhBrush *brush, PhPaint paint)
{
  brush->part (brush, paint, true);
}

typedef struct {
  const char *name;   /* in the truth */
  const char *word;   /* in questions and answers */
  const char *plural; /* of the word */
  double reach;       /* radius of a circle that holds it, whatever its traits */
  void (*draw) (PhBrush *brush, const PhThing *thing);
} PhShape;

const PhShape *ph_shape_get (PhKind kind);

/* The table's entries: plain figures, pictures of things, the digit. */
void ph_shape_circle (PhBrush *brush, const PhThing *thing);
void ph_shape_square (PhBrush *brush, const PhThing *thing);
void ph_shape_triangle (PhBrush *brush, const PhThing *thing);
void ph_shape_star (PhBrush *brush, const PhThing *thing);
void ph_shape_heart (PhBrush *brush, const PhThing *thing);
void ph_shape_cross (PhBrush *brush, const PhThing *thing);
void ph_shape_ring (PhBrush *brush, const PhThing *thing);
void ph_shape_arrow (PhBrush *brush, const PhThing *thing);
void ph_shape_moon (PhBrush *brush, const PhThing *thing);

void ph_shape_house (PhBrush *brush, const PhThing *thing);
void ph_shape_tree (PhBrush *brush, const PhThing *thing);
void ph_shape_fish (PhBrush *brush, const PhThing *thing);
void ph_shape_cup (PhBrush *brush, const PhThing *thing);
void ph_shape_car (PhBrush *brush, const PhThing *thing);
void ph_shape_flower (PhBrush *brush, const PhThing *thing);

void ph_shape_digit (PhBrush *brush, const PhThing *thing);

/* Tracing. */
typedef struct {
  double x, y;
} PhPoint;

static inline double
ph_span (double trait, double low, double high)
{
  return low + trait * (high - low);
}

void ph_trace_polygon (cairo_t *cr, const PhPoint *points, int n);
void ph_trace_box (cairo_t *cr, double left, double top, double right, double bottom);
void ph_trace_ellipse (cairo_t *cr, double x, double y, double width, double height);
void ph_trace_hole (cairo_t *cr, double x, double y, double radius);

/* What faces right faces left for one half of its first trait. */
void ph_face (cairo_t *cr, const PhThing *thing);

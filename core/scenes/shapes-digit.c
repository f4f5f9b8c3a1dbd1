/* A digit in one of six printed faces or in a thick pen's hand.
 *
 * A printed digit is traced by cairo once, in a box of 1000 units, and kept: asking for
 * text at each thing's own scale and turn would load a font every time.  Where a system
 * has no fonts at all the pen writes them all. */
#include "core/scenes/shapes.h"

#include <glib.h>
#include <math.h>

#define N_FACES 6
#define FONT_UNITS 1000.0

static const struct {
  const char *family;
  cairo_font_weight_t weight;
} faces[N_FACES] = {
  { "DejaVu Sans", CAIRO_FONT_WEIGHT_BOLD },
  { "DejaVu Sans", CAIRO_FONT_WEIGHT_NORMAL },
  { "DejaVu Serif", CAIRO_FONT_WEIGHT_BOLD },
  { "DejaVu Serif", CAIRO_FONT_WEIGHT_NORMAL },
  { "DejaVu Sans Mono", CAIRO_FONT_WEIGHT_BOLD },
  { "DejaVu Sans Mono", CAIRO_FONT_WEIGHT_NORMAL },
};

typedef struct {
  cairo_path_t *path; /* NULL where the system has no glyph */
  double x, y;        /* the middle of its box */
  double width, height;
} Glyph;

static Glyph
load_glyph (cairo_t *cr, int digit)
{
  char text[2] = { (char) ('0' + digit), '\0' };
  Glyph glyph = { NULL };
  double left, top, right, bottom;

  cairo_new_path (cr);
  cairo_move_to (cr, 0, 0);
  cairo_text_path (cr, text);
  cairo_path_extents (cr, &left, &top, &right, &bottom);
  if (cairo_status (cr) != CAIRO_STATUS_SUCCESS || right - left < 1 || bottom - top < 1)
    return glyph;

  glyph.path = cairo_copy_path (cr);
  glyph.x = (left + right) / 2;
  glyph.y = (top + bottom) / 2;
  glyph.width = right - left;
  glyph.height = bottom - top;
  return glyph;
}

static void
load_face (Glyph *glyphs, int face)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_A8, 1, 1);
  cairo_t *cr = cairo_create (surface);
  cairo_font_options_t *options = cairo_font_options_create ();

  cairo_font_options_set_hint_style (options, CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics (options, CAIRO_HINT_METRICS_OFF);
  cairo_set_font_options (cr, options);
  cairo_select_font_face (cr, faces[face].family, CAIRO_FONT_SLANT_NORMAL,
                          faces[face].weight);
  cairo_set_font_size (cr, FONT_UNITS);
  for (int digit = 0; digit < 10; digit++)
    glyphs[digit] = load_glyph (cr, digit);

  cairo_font_options_destroy (options);
  cairo_destroy (cr);
  cairo_surface_destroy (surface);
}

/* Loaded by whichever thread comes first and never given back. */
static const Glyph *
get_glyph (int face, int digit)
{
  static Glyph glyphs[N_FACES][10];
  static gsize loaded;

  if (g_once_init_enter (&loaded)) {
    for (int i = 0; i < N_FACES; i++)
      load_face (glyphs[i], i);
    g_once_init_leave (&loaded, 1);
  }
  return &glyphs[face][digit];
}

static void
draw_printed (PhBrush *brush, const Glyph *glyph)
{
  cairo_t *cr = brush->cr;
  double scale = MIN (1.84 / glyph->height, 1.3 / glyph->width);

  cairo_save (cr);
  cairo_scale (cr, scale, scale);
  cairo_translate (cr, -glyph->x, -glyph->y);
  cairo_append_path (cr, glyph->path);
  cairo_restore (cr);
  ph_brush_part (brush, PH_PAINT_OWN);
}

/* The pen goes through these points in a smooth curve and turns sharply where a point
 * stands twice.  A 9 is a 6 upside down. */
#define MAX_POINTS 18

typedef struct {
  int n;
  PhPoint points[MAX_POINTS];
} Stroke;

/* clang-format off */
static const Stroke strokes[9] = {
  { 13, { { 0, -.75 }, { .25, -.65 }, { .4, -.37 }, { .44, 0 }, { .4, .37 },
          { .25, .65 }, { 0, .75 }, { -.25, .65 }, { -.4, .37 }, { -.44, 0 },
          { -.4, -.37 }, { -.25, -.65 }, { 0, -.75 } } },
  { 4, { { -.3, -.42 }, { .08, -.75 }, { .08, -.75 }, { .08, .75 } } },
  { 10, { { -.42, -.4 }, { -.34, -.64 }, { -.05, -.75 }, { .27, -.66 }, { .4, -.4 },
          { .3, -.1 }, { 0, .24 }, { -.44, .75 }, { -.44, .75 }, { .46, .75 } } },
  { 13, { { -.4, -.58 }, { -.1, -.75 }, { .23, -.69 }, { .37, -.42 }, { .25, -.15 },
          { -.08, -.05 }, { -.08, -.05 }, { .27, .06 }, { .43, .35 }, { .3, .64 },
          { 0, .75 }, { -.28, .7 }, { -.45, .55 } } },
  { 6, { { .2, .75 }, { .2, -.75 }, { .2, -.75 }, { -.48, .3 }, { -.48, .3 },
         { .5, .3 } } },
  { 12, { { .38, -.75 }, { -.32, -.75 }, { -.32, -.75 }, { -.39, -.08 }, { -.39, -.08 },
          { -.08, -.2 }, { .26, -.1 }, { .43, .22 }, { .33, .57 }, { .05, .75 },
          { -.25, .72 }, { -.45, .58 } } },
  { 14, { { .32, -.7 }, { .02, -.72 }, { -.27, -.45 }, { -.42, .05 }, { -.42, .38 },
          { -.27, .66 }, { 0, .75 }, { .28, .64 }, { .42, .36 }, { .32, .06 },
          { .05, -.06 }, { -.22, .02 }, { -.38, .22 }, { -.42, .38 } } },
  { 4, { { -.44, -.75 }, { .44, -.75 }, { .44, -.75 }, { -.12, .75 } } },
  { 17, { { 0, -.05 }, { -.28, -.16 }, { -.37, -.4 }, { -.26, -.65 }, { 0, -.75 },
          { .26, -.65 }, { .37, -.4 }, { .28, -.16 }, { 0, -.05 }, { .32, .1 },
          { .43, .36 }, { .3, .65 }, { 0, .75 }, { -.3, .65 }, { -.43, .36 },
          { -.32, .1 }, { 0, -.05 } } },
};
/* clang-format on */

/* A plank between two points and a round end on the second. */
static void
trace_plank (cairo_t *cr, PhPoint from, PhPoint to, double half)
{
  double length = hypot (to.x - from.x, to.y - from.y);
  double dx = (to.x - from.x) / length * half, dy = (to.y - from.y) / length * half;
  const PhPoint corners[] = {
    { from.x + dy, from.y - dx },
    { to.x + dy, to.y - dx },
    { to.x - dy, to.y + dx },
    { from.x - dy, from.y + dx },
  };

  ph_trace_polygon (cr, corners, G_N_ELEMENTS (corners));
  ph_trace_ellipse (cr, to.x, to.y, half, half);
}

/* Catmull and Rom's cubic from b to c, at t in 0 … 1. */
static double
smooth (double a, double b, double c, double d, double t)
{
  return b +
         .5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
}

static void
trace_curve (cairo_t *cr, const Stroke *stroke, int i, double half)
{
  const PhPoint *p = stroke->points;
  int n = stroke->n;
  bool closed = p[0].x == p[n - 1].x && p[0].y == p[n - 1].y;
  PhPoint a = i > 0 ? p[i - 1] : closed ? p[n - 2] : p[0];
  PhPoint d = i < n - 2 ? p[i + 2] : closed ? p[1] : p[n - 1];
  PhPoint from = p[i];
  const int n_steps = 5;

  for (int step = 1; step <= n_steps; step++) {
    double t = (double) step / n_steps;
    PhPoint to = { smooth (a.x, p[i].x, p[i + 1].x, d.x, t),
                   smooth (a.y, p[i].y, p[i + 1].y, d.y, t) };

    trace_plank (cr, from, to, half);
    from = to;
  }
}

static void
draw_written (PhBrush *brush, int digit, double half)
{
  cairo_t *cr = brush->cr;
  const Stroke *stroke = &strokes[digit == 9 ? 6 : digit];
  const PhPoint *p = stroke->points;

  cairo_save (cr);
  if (digit == 9)
    cairo_rotate (cr, G_PI);
  ph_trace_ellipse (cr, p[0].x, p[0].y, half, half);
  for (int i = 0; i < stroke->n - 1; i++)
    if (p[i].x != p[i + 1].x || p[i].y != p[i + 1].y)
      trace_curve (cr, stroke, i, half);
  cairo_restore (cr);
  ph_brush_part (brush, PH_PAINT_OWN);
}

/* Bold faces and the pen come twice as often as thin ones. */
void
ph_shape_digit (PhBrush *brush, const PhThing *thing)
{
  static const int hands[] = { 0, 0, 1, 2, 2, 3, 4, 4, 5, N_FACES, N_FACES };
  int hand = hands[(int) (thing->traits[0] * G_N_ELEMENTS (hands))];
  const Glyph *glyph = hand < N_FACES ? get_glyph (hand, thing->digit) : NULL;

  if (glyph != NULL && glyph->path != NULL)
    draw_printed (brush, glyph);
  else
    draw_written (brush, thing->digit, ph_span (thing->traits[1], .13, .18));
}

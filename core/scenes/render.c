#include "core/scenes/render.h"

#include "core/scenes/shapes.h"

#include <math.h>
#include <string.h>

/* Apart from the streams of scene.c. */
enum { STREAM_GRAIN = 16, STREAM_PIXELS };

#define PIXEL_NOISE 2.0 /* deviation, of 255 */
#define OWNS_FROM (.06 * 255 * PH_SCENE_N_CELLS)
#define CELLS_A_SIDE (PH_SCENE_GRID * 4)

/* The sum of four bytes less its mean, close to normal; deviation 147.8. */
#define NOISE_DEVIATION 147.8

static int
noise_of (uint32_t bits)
{
  return (int) ((bits & 255) + (bits >> 8 & 255) + (bits >> 16 & 255) + (bits >> 24)) -
         510;
}

static uint8_t
to_byte (double value)
{
  return (uint8_t) CLAMP (value + .5, 0, 255);
}

/* -------- the ground -------- */

static void
set_rgb (cairo_t *cr, PhRgb rgb)
{
  cairo_set_source_rgb (cr, rgb.red, rgb.green, rgb.blue);
}

static void
paint_grade (cairo_t *cr, const PhGround *ground)
{
  const double half = PH_SCENE_UNITS / 2;
  double dx = half * cos (ground->angle), dy = half * sin (ground->angle);
  cairo_pattern_t *grade =
      cairo_pattern_create_linear (half - dx, half - dy, half + dx, half + dy);

  cairo_pattern_add_color_stop_rgb (grade, 0, ground->first.red, ground->first.green,
                                    ground->first.blue);
  cairo_pattern_add_color_stop_rgb (grade, 1, ground->second.red, ground->second.green,
                                    ground->second.blue);
  cairo_set_source (cr, grade);
  cairo_paint (cr);
  cairo_pattern_destroy (grade);
}

static void
paint_stripes (cairo_t *cr, const PhGround *ground)
{
  const double reach = PH_SCENE_UNITS * .75;

  cairo_save (cr);
  cairo_translate (cr, PH_SCENE_UNITS / 2, PH_SCENE_UNITS / 2);
  cairo_rotate (cr, ground->angle);
  for (double y = -reach; y < reach; y += 2 * ground->stripe)
    cairo_rectangle (cr, -reach, y, 2 * reach, ground->stripe);
  set_rgb (cr, ground->second);
  cairo_fill (cr);
  cairo_restore (cr);
}

static uint32_t
grain_pixel (const PhGround *ground, double offset)
{
  return (uint32_t) to_byte (ground->first.red * 255 + offset) << 16 |
         (uint32_t) to_byte (ground->first.green * 255 + offset) << 8 |
         to_byte (ground->first.blue * 255 + offset);
}

/* One grain a unit, whatever the number of pixels: a noisy ground stays noisy when the
 * picture is made smaller for the model. */
static void
paint_grain (cairo_t *cr, const PhScene *scene)
{
  const int side = (int) PH_SCENE_UNITS;
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, side, side);
  uint8_t *bytes = cairo_image_surface_get_data (surface);
  int stride = cairo_image_surface_get_stride (surface);
  double scale = scene->ground.grain * 255 / NOISE_DEVIATION;
  PhRandom random;

  ph_random_start (&random, scene->seed, STREAM_GRAIN);
  for (int y = 0; y < side; y++) {
    uint32_t *row = (uint32_t *) (void *) (bytes + y * stride);

    for (int x = 0; x < side; x++)
      row[x] = grain_pixel (&scene->ground,
                            noise_of ((uint32_t) ph_random_bits (&random)) * scale);
  }
  cairo_surface_mark_dirty (surface);
  cairo_set_source_surface (cr, surface, 0, 0);
  cairo_pattern_set_filter (cairo_get_source (cr), CAIRO_FILTER_NEAREST);
  cairo_paint (cr);
  cairo_surface_destroy (surface);
}

static void
paint_ground (cairo_t *cr, const PhScene *scene)
{
  set_rgb (cr, scene->ground.first);
  cairo_paint (cr);
  switch (scene->ground.kind) {
  case PH_GROUND_GRADED:
    paint_grade (cr, &scene->ground);
    break;
  case PH_GROUND_STRIPED:
    paint_stripes (cr, &scene->ground);
    break;
  case PH_GROUND_NOISY:
    paint_grain (cr, scene);
    break;
  default:
    break;
  }
}

/* -------- the things -------- */

static PhRgb
times (PhRgb rgb, double factor)
{
  return (PhRgb){ rgb.red * factor, rgb.green * factor, rgb.blue * factor };
}

static PhRgb
contrasting (PhRgb rgb)
{
  double light = .3 * rgb.red + .59 * rgb.green + .11 * rgb.blue;

  return light < .55 ? (PhRgb){ .96, .95, .92 } : (PhRgb){ .13, .12, .16 };
}

static PhRgb
paint_rgb (const PhThing *thing, PhPaint paint)
{
  switch (paint) {
  case PH_PAINT_SHADE:
    return times (thing->rgb, .78);
  case PH_PAINT_CONTRAST:
    return contrasting (thing->rgb);
  case PH_PAINT_DARK:
    return (PhRgb){ .14, .13, .16 };
  case PH_PAINT_LIGHT:
    return (PhRgb){ .96, .95, .92 };
  case PH_PAINT_YELLOW:
    return (PhRgb){ .98, .86, .15 };
  case PH_PAINT_GREEN:
    return (PhRgb){ .18, .55, .22 };
  case PH_PAINT_BROWN:
    return (PhRgb){ .45, .29, .14 };
  default:
    return thing->rgb;
  }
}

/* Lighter at the upper left, darker at the lower right. */
static void
set_shaded (cairo_t *cr, PhRgb rgb, double shading)
{
  cairo_pattern_t *shade = cairo_pattern_create_linear (-.7, -.7, .7, .7);
  double d = shading / 2;

  cairo_pattern_add_color_stop_rgb (shade, 0, rgb.red + d, rgb.green + d, rgb.blue + d);
  cairo_pattern_add_color_stop_rgb (shade, 1, rgb.red - d, rgb.green - d, rgb.blue - d);
  cairo_set_source (cr, shade);
  cairo_pattern_destroy (shade);
}

static void
gather_part (PhBrush *brush, PhPaint paint, bool detail)
{
}

static void
fill_part (PhBrush *brush, PhPaint paint, bool detail)
{
  const PhThing *thing = brush->thing;

  if (paint == PH_PAINT_OWN && thing->shading > 0)
    set_shaded (brush->cr, thing->rgb, thing->shading);
  else
    set_rgb (brush->cr, paint_rgb (thing, paint));
  cairo_fill (brush->cr);
}

/* The path is stroked before it is filled, so that only the outer half of the pen's line
 * remains, and none where the pieces of a part overlap. */
static void
stroke_rim (cairo_t *cr, const PhThing *thing)
{
  set_rgb (cr, thing->outline_rgb);
  cairo_set_line_width (cr, 2 * thing->outline_width / thing->radius);
  cairo_set_line_join (cr, CAIRO_LINE_JOIN_ROUND);
  cairo_stroke_preserve (cr);
}

static void
outline_and_fill_part (PhBrush *brush, PhPaint paint, bool detail)
{
  if (!detail) {
    cairo_save (brush->cr);
    stroke_rim (brush->cr, brush->thing);
    cairo_restore (brush->cr);
  }
  fill_part (brush, paint, detail);
}

static void
draw_with (cairo_t *cr,
           const PhThing *thing,
           void (*part) (PhBrush *brush, PhPaint paint, bool detail))
{
  PhBrush brush = { cr, thing, part };

  cairo_new_path (cr);
  ph_shape_get (thing->kind)->draw (&brush, thing);
}

static void
go_to_thing (cairo_t *cr, const PhThing *thing)
{
  cairo_translate (cr, thing->x, thing->y);
  cairo_rotate (cr, thing->turn);
  cairo_scale (cr, thing->radius, thing->radius);
}

static void
paint_thing (cairo_t *cr, const PhThing *thing)
{
  cairo_save (cr);
  go_to_thing (cr, thing);
  if (thing->outline == PH_OUTLINE_RIM) {
    draw_with (cr, thing, gather_part);
    stroke_rim (cr, thing);
  }
  draw_with (cr, thing,
             thing->outline == PH_OUTLINE_PARTS ? outline_and_fill_part : fill_part);
  cairo_restore (cr);
}

/* -------- the picture -------- */

static uint8_t
noisy (uint32_t value, uint32_t bits)
{
  int noise = (int) lrint (noise_of (bits) * (PIXEL_NOISE / NOISE_DEVIATION));

  return (uint8_t) CLAMP ((int) value + noise, 0, 255);
}

static GBytes *
take_pixels (cairo_surface_t *surface, int side, uint64_t seed)
{
  const uint8_t *bytes = cairo_image_surface_get_data (surface);
  int stride = cairo_image_surface_get_stride (surface);
  gsize n_bytes = (gsize) side * side * 3;
  uint8_t *rgb = g_malloc (n_bytes), *out = rgb;
  PhRandom random;

  ph_random_start (&random, seed, STREAM_PIXELS);
  for (int y = 0; y < side; y++) {
    const uint32_t *row = (const uint32_t *) (const void *) (bytes + y * stride);

    for (int x = 0; x < side; x++) {
      uint64_t a = ph_random_bits (&random), b = ph_random_bits (&random);

      *out++ = noisy (row[x] >> 16 & 255, (uint32_t) a);
      *out++ = noisy (row[x] >> 8 & 255, (uint32_t) (a >> 32));
      *out++ = noisy (row[x] & 255, (uint32_t) b);
    }
  }
  return g_bytes_new_take (rgb, n_bytes);
}

PhPicture *
ph_scene_render (const PhScene *scene, int side)
{
  cairo_surface_t *surface;
  cairo_t *cr;
  GBytes *rgb;

  g_assert (side >= 16 && side <= 4096);

  surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, side, side);
  cr = cairo_create (surface);
  cairo_scale (cr, side / PH_SCENE_UNITS, side / PH_SCENE_UNITS);
  paint_ground (cr, scene);
  for (int i = 0; i < scene->n_things; i++)
    paint_thing (cr, &scene->things[i]);
  cairo_destroy (cr);
  cairo_surface_flush (surface);
  rgb = take_pixels (surface, side, scene->seed);
  cairo_surface_destroy (surface);

  return ph_picture_new_take (side, side, rgb);
}

/* -------- masks -------- */

void
ph_scene_mask (const PhScene *scene, int thing, int side, uint8_t *mask)
{
  int stride = cairo_format_stride_for_width (CAIRO_FORMAT_A8, side);
  g_autofree uint8_t *bytes = g_malloc0 ((gsize) stride * side);
  cairo_surface_t *surface =
      cairo_image_surface_create_for_data (bytes, CAIRO_FORMAT_A8, side, side, stride);
  cairo_t *cr = cairo_create (surface);

  cairo_scale (cr, side / PH_SCENE_UNITS, side / PH_SCENE_UNITS);
  go_to_thing (cr, &scene->things[thing]);
  draw_with (cr, &scene->things[thing], gather_part);
  cairo_fill (cr);
  cairo_destroy (cr);
  cairo_surface_destroy (surface);

  for (int y = 0; y < side; y++)
    memcpy (mask + (gsize) y * side, bytes + (gsize) y * stride, side);
}

/* Adds one thing's cells; @most holds the largest area that a thing has of each patch. */
static void
label_thing (PhSceneLabels *labels, const uint8_t *cells, int thing, int *most)
{
  int area[PH_SCENE_N_PATCHES] = { 0 };

  for (int y = 0; y < CELLS_A_SIDE; y++)
    for (int x = 0; x < CELLS_A_SIDE; x++) {
      int patch = y / 4 * PH_SCENE_GRID + x / 4;
      uint8_t *cell = &labels->coverage[patch][y % 4 * 4 + x % 4];
      uint8_t covered = cells[y * CELLS_A_SIDE + x];

      *cell = MAX (*cell, covered);
      area[patch] += covered;
    }
  for (int p = 0; p < PH_SCENE_N_PATCHES; p++)
    if (area[p] > OWNS_FROM && area[p] > most[p]) {
      labels->thing[p] = (int8_t) thing;
      most[p] = area[p];
    }
}

void
ph_scene_label (const PhScene *scene, PhSceneLabels *labels)
{
  uint8_t cells[CELLS_A_SIDE * CELLS_A_SIDE];
  int most[PH_SCENE_N_PATCHES] = { 0 };

  memset (labels->thing, -1, sizeof labels->thing);
  memset (labels->coverage, 0, sizeof labels->coverage);
  for (int i = 0; i < scene->n_things; i++) {
    ph_scene_mask (scene, i, CELLS_A_SIDE, cells);
    label_thing (labels, cells, i, most);
  }
}

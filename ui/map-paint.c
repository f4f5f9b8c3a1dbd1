#include "ui/map-paint.h"

#include "ui/patch-grid.h"

#include <math.h>

#define SMOOTH_SIDE 384 /* pixels a side: finer than eyes tell where colours flow */

static void
paint_patches (GtkSnapshot *snapshot,
               const PhHeatMap *map,
               PhColormap colors,
               const graphene_rect_t *area,
               double opacity)
{
  PhPatchGrid grid = { *area, map->n_rows, map->n_columns };

  for (int patch = 0; patch < map->n_rows * map->n_columns; patch++) {
    PhColormapColor color =
        ph_colormap_color (colors, ph_heat_map_get_relative (map, patch));
    GdkRGBA rgba = { color.red / 255.0f, color.green / 255.0f, color.blue / 255.0f,
                     (float) opacity };
    graphene_rect_t cell;

    ph_patch_grid_get_cell (&grid, patch, &cell);
    gtk_snapshot_append_color (snapshot, &rgba, &cell);
  }
}

void
ph_map_paint (GtkSnapshot *snapshot,
              const PhHeatMap *map,
              PhMapPaint paint,
              const graphene_rect_t *area,
              double opacity)
{
  g_autoptr (GdkTexture) texture = NULL;

  if (!paint.smooth) {
    paint_patches (snapshot, map, ph_heat_map_get_colors (map, paint.colors), area,
                   opacity);
    return;
  }

  texture = ph_map_paint_texture (map, paint, SMOOTH_SIDE, SMOOTH_SIDE);
  gtk_snapshot_push_opacity (snapshot, opacity);
  gtk_snapshot_append_texture (snapshot, texture, area);
  gtk_snapshot_pop (snapshot);
}

/* Where pixel @i of @n_pixels lies among @n patches: the patch at or before it, and how
 * far it is on the way to the next.  Beyond the middle of the first and last all is
 * theirs. */
static int
find_patch (int i, int n_pixels, int n, gboolean smooth, double *part)
{
  double at = (i + 0.5) * n / n_pixels;
  int first = MIN ((int) at, n - 1);

  *part = 0;
  if (smooth) {
    at = CLAMP (at - 0.5, 0, n - 1);
    first = (int) at;
    *part = at - first;
  }
  return first;
}

static double
share_between (const PhHeatMap *map, int row, double down, int column, double across)
{
  int below = MIN (row + 1, map->n_rows - 1);
  int right = MIN (column + 1, map->n_columns - 1);
  double top = ph_heat_map_get_relative (map, row * map->n_columns + column);
  double bottom;

  if (down == 0 && across == 0)
    return top;

  top += across * (ph_heat_map_get_relative (map, row * map->n_columns + right) - top);
  bottom = ph_heat_map_get_relative (map, below * map->n_columns + column);
  bottom +=
      across * (ph_heat_map_get_relative (map, below * map->n_columns + right) - bottom);
  return top + down * (bottom - top);
}

GdkTexture *
ph_map_paint_texture (const PhHeatMap *map, PhMapPaint paint, int width, int height)
{
  PhColormap colors = ph_heat_map_get_colors (map, paint.colors);
  gsize n_bytes = 3 * (gsize) width * (gsize) height;
  PhColormapColor *pixels = g_malloc (n_bytes);
  g_autoptr (GBytes) bytes = g_bytes_new_take (pixels, n_bytes);

  for (int y = 0; y < height; y++) {
    double down;
    int row = find_patch (y, height, map->n_rows, paint.smooth, &down);

    for (int x = 0; x < width; x++) {
      double across;
      int column = find_patch (x, width, map->n_columns, paint.smooth, &across);

      pixels[y * width + x] =
          ph_colormap_color (colors, share_between (map, row, down, column, across));
    }
  }
  return gdk_memory_texture_new (width, height, GDK_MEMORY_R8G8B8, bytes,
                                 3 * (gsize) width);
}

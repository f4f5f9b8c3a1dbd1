/* map-paint.h - maps as colours on the screen
 *
 * Exact patches are rectangles of one colour each, sharp at any size.  What is small, or
 * smooth, is a texture: there colours are looked up for shares in between, since colours
 * in between would be none of the scale.
 */
#pragma once

#include "ui/heat-map.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef struct {
  PhColormap colors;
  gboolean smooth; /* shares between the middles of patches are interpolated */
} PhMapPaint;

/* Over @area; @opacity from 0 to 1. */
void ph_map_paint (GtkSnapshot *snapshot,
                   const PhHeatMap *map,
                   PhMapPaint paint,
                   const graphene_rect_t *area,
                   double opacity);

/* @width by @height pixels. */
GdkTexture *
ph_map_paint_texture (const PhHeatMap *map, PhMapPaint paint, int width, int height);

G_END_DECLS

#include "ui/viewport.h"

#include "ui/patch-grid.h"

#include <math.h>

/* One direction at a time. */
typedef struct {
  double length; /* of the picture on the screen */
  double space;
} Extent;

void
ph_viewport_fit (PhViewport *self)
{
  self->zoom = 1;
  self->x = self->y = 0.5;
}

static double
get_origin (Extent extent, double middle)
{
  double free = extent.space - extent.length;

  if (free >= 0)
    return floor (free / 2);
  return round (fmin (fmax (extent.space / 2 - middle * extent.length, free), 0));
}

static double
middle_of (Extent extent, double origin)
{
  return (extent.space / 2 - origin) / extent.length;
}

static void
get_extents (const PhViewport *self, Extent *across, Extent *down)
{
  graphene_rect_t fitted;

  ph_patch_grid_fit (self->space.width, self->space.height, (int) self->picture.width,
                     (int) self->picture.height, &fitted);
  *across = (Extent){ floor ((double) fitted.size.width * self->zoom),
                      (double) self->space.width };
  *down = (Extent){ floor ((double) fitted.size.height * self->zoom),
                    (double) self->space.height };
}

void
ph_viewport_get_area (const PhViewport *self, graphene_rect_t *area)
{
  Extent across, down;

  get_extents (self, &across, &down);
  graphene_rect_init (area, (float) get_origin (across, self->x),
                      (float) get_origin (down, self->y), (float) across.length,
                      (float) down.length);
}

/* Puts the picture's corner there, or as near as the edges let it. */
static void
move_to (PhViewport *self, double left, double top)
{
  Extent across, down;

  get_extents (self, &across, &down);
  if (across.length <= 0 || down.length <= 0)
    return;
  self->x = middle_of (across, get_origin (across, middle_of (across, left)));
  self->y = middle_of (down, get_origin (down, middle_of (down, top)));
}

void
ph_viewport_zoom_to (PhViewport *self, double zoom, double x, double y)
{
  graphene_rect_t before;
  double by;

  ph_viewport_get_area (self, &before);
  zoom = fmin (fmax (zoom, 1), PH_VIEWPORT_MOST);
  by = zoom / self->zoom;
  self->zoom = zoom;
  move_to (self, x - (x - (double) before.origin.x) * by,
           y - (y - (double) before.origin.y) * by);
}

void
ph_viewport_pan (PhViewport *self, double dx, double dy)
{
  graphene_rect_t area;

  ph_viewport_get_area (self, &area);
  move_to (self, (double) area.origin.x + dx, (double) area.origin.y + dy);
}

/* How far a stretch must move to lie within @space, or to begin in it if it is longer. */
static double
way_into (double from, double length, double space)
{
  if (from < 0 || length > space)
    return -from;
  return fmin (space - from - length, 0);
}

void
ph_viewport_reveal (PhViewport *self, const graphene_rect_t *cell)
{
  double dx = way_into ((double) cell->origin.x, (double) cell->size.width,
                        (double) self->space.width);
  double dy = way_into ((double) cell->origin.y, (double) cell->size.height,
                        (double) self->space.height);

  if (dx != 0 || dy != 0)
    ph_viewport_pan (self, dx, dy);
}

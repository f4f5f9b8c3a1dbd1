/* viewport.h - which part of a picture is seen, and how large
 *
 * At a zoom of 1 the whole picture lies in the middle of the space; zoomed in, it never
 * leaves a gap that it could fill.  Edges fall on whole pixels.
 */
#pragma once

#include <graphene.h>
#include <stdbool.h>

#define PH_VIEWPORT_MOST 16.0

typedef struct {
  double zoom;             /* 1 … PH_VIEWPORT_MOST */
  double x, y;             /* what lies in the middle: shares of the picture */
  graphene_size_t space;   /* what there is to draw on */
  graphene_size_t picture; /* its proportions */
} PhViewport;

void ph_viewport_fit (PhViewport *self);

/* Where the whole picture lies, of which the space may show a part. */
void ph_viewport_get_area (const PhViewport *self, graphene_rect_t *area);

/* The point of the picture that is at @x, @y stays there. */
void ph_viewport_zoom_to (PhViewport *self, double zoom, double x, double y);

/* Moves the picture by pixels. */
void ph_viewport_pan (PhViewport *self, double dx, double dy);

/* Moves it as little as it takes for @cell to be seen. */
void ph_viewport_reveal (PhViewport *self, const graphene_rect_t *cell);

/* canvas.h - the picture with its map laid over it
 *
 * Every patch is a rectangle of one colour, drawn where it lies on the picture and never
 * smoothed.  The pointer points at patches, a click pins one; with the focus, arrows
 * walk, Home goes to the peak, Page Up and Page Down change the query, Enter pins.
 * What is pointed at is told by the look; the canvas's own accessible description
 * repeats it for screen readers.
 */
#pragma once

#include "ui/look.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define PH_TYPE_CANVAS (ph_canvas_get_type ())
G_DECLARE_FINAL_TYPE (PhCanvas, ph_canvas, PH, CANVAS, GtkWidget)

GtkWidget *ph_canvas_new (PhLook *look);

/* Draws the look's picture into the middle of @width by @height, with @map over it as
 * strongly as the look says; @map may be NULL.  Tells where in @area. */
void ph_canvas_draw (GtkSnapshot *snapshot,
                     PhLook *look,
                     const PhHeatMap *map,
                     const graphene_size_t *size,
                     graphene_rect_t *area);

G_END_DECLS

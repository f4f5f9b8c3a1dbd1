/* canvas.h - the picture with its map laid over it
 *
 * Every patch is a rectangle of one colour, drawn where it lies on the picture, however
 * far one zooms in; the appearance may smooth them.  Crosses mark suspected artefacts.
 *
 * The pointer points at patches, a click pins one, and a drag moves the picture; wheel
 * and pinch zoom.  With the focus, arrows walk, Home goes to the peak, Page Up and Page
 * Down change the query, with Shift the layer, with Ctrl the head, and Enter pins.  What
 * is pointed at is told by the look; the canvas's own accessible description repeats it
 * for screen readers.
 *
 * Property "zoom" (double, notified): 1 where the whole picture is seen.
 */
#pragma once

#include "ui/look.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define PH_TYPE_CANVAS (ph_canvas_get_type ())
G_DECLARE_FINAL_TYPE (PhCanvas, ph_canvas, PH, CANVAS, GtkWidget)

GtkWidget *ph_canvas_new (PhLook *look);

double ph_canvas_get_zoom (PhCanvas *self);
/* Zooms about the middle, @steps in or, below 0, out. */
void ph_canvas_zoom (PhCanvas *self, int steps);
void ph_canvas_fit (PhCanvas *self);

/* Draws the look's picture into the middle of @size, with @map over it as strongly as the
 * appearance says; @map may be NULL.  Tells where in @area. */
void ph_canvas_draw (GtkSnapshot *snapshot,
                     PhLook *look,
                     const PhHeatMap *map,
                     const graphene_size_t *size,
                     graphene_rect_t *area);

G_END_DECLS

/* canvas-private.h - what the files of the canvas share
 *
 * canvas.c draws; canvas-input.c hears pointer, wheel, fingers and keys.
 */
#pragma once

#include "ui/canvas.h"
#include "ui/patch-grid.h"
#include "ui/viewport.h"

struct _PhCanvas {
  GtkWidget parent_instance;

  PhViewport viewport;
  double pointer_x, pointer_y;
  gboolean dragging;           /* beyond what a click may move */
  double dragged_x, dragged_y; /* so far */
  double zoom_before_pinch;

  /* Owned */
  PhLook *look;
  GskRenderNode *content; /* picture and map, until one of them changes; or NULL */
  graphene_size_t content_size;
};

/* canvas.c */

/* With the present size of widget and picture. */
PhViewport *ph_canvas_get_viewport (PhCanvas *self);
/* False without a map. */
gboolean ph_canvas_get_grid (PhCanvas *self, PhPatchGrid *grid);
/* After the viewport changed. */
void ph_canvas_viewport_changed (PhCanvas *self);

/* canvas-input.c */
void ph_canvas_add_controllers (PhCanvas *self);

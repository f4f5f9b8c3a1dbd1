/* patch-grid.h - where the patches lie on the screen
 *
 * The model saw the picture squashed to a square and cut into n_rows by n_columns
 * patches.  Laid over the picture in its own proportions, the grid undoes the squash.
 * Patches are counted row by row from the top left, also where text runs from the
 * right.  Edges fall on whole pixels, so that neighbours meet without a seam.
 */
#pragma once

#include <graphene.h>

typedef struct {
  graphene_rect_t area; /* of the picture, in widget pixels */
  int n_rows, n_columns;
} PhPatchGrid;

/* The largest whole-pixel rectangle of the proportions @width : @height that fits into
 * @available_width by @available_height, in its middle. */
void ph_patch_grid_fit (float available_width,
                        float available_height,
                        int width,
                        int height,
                        graphene_rect_t *area);

/* The patch under a point, or -1 beside the picture. */
int ph_patch_grid_at (const PhPatchGrid *self, double x, double y);
void ph_patch_grid_get_cell (const PhPatchGrid *self, int patch, graphene_rect_t *cell);

/* The neighbour @rows down and @columns to the right; at the edge, @patch itself. */
int ph_patch_grid_step (const PhPatchGrid *self, int patch, int rows, int columns);

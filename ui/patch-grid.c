#include "ui/patch-grid.h"

#include <glib.h>
#include <math.h>

void
ph_patch_grid_fit (float available_width,
                   float available_height,
                   int width,
                   int height,
                   graphene_rect_t *area)
{
  float scale = MIN (available_width / (float) width, available_height / (float) height);
  float w = floorf ((float) width * scale + 0.001f);
  float h = floorf ((float) height * scale + 0.001f);

  graphene_rect_init (area, floorf ((available_width - w) / 2),
                      floorf ((available_height - h) / 2), w, h);
}

/* Whole pixels before the cell @index of @n that share @length pixels. */
static float
edge (float length, int index, int n)
{
  return roundf (length * (float) index / (float) n);
}

static int
index_at (float length, int n, double offset)
{
  int index = CLAMP ((int) (offset * n / (double) length), 0, n - 1);

  /* The edges were rounded: the division may be one cell off. */
  while (index > 0 && offset < (double) edge (length, index, n))
    index--;
  while (index < n - 1 && offset >= (double) edge (length, index + 1, n))
    index++;
  return index;
}

int
ph_patch_grid_at (const PhPatchGrid *self, double x, double y)
{
  double dx = x - (double) self->area.origin.x;
  double dy = y - (double) self->area.origin.y;
  float width = self->area.size.width;
  float height = self->area.size.height;

  if (dx < 0 || dy < 0 || dx >= (double) width || dy >= (double) height)
    return -1;
  return index_at (height, self->n_rows, dy) * self->n_columns +
         index_at (width, self->n_columns, dx);
}

void
ph_patch_grid_get_cell (const PhPatchGrid *self, int patch, graphene_rect_t *cell)
{
  int row = patch / self->n_columns;
  int column = patch % self->n_columns;
  float left = edge (self->area.size.width, column, self->n_columns);
  float right = edge (self->area.size.width, column + 1, self->n_columns);
  float top = edge (self->area.size.height, row, self->n_rows);
  float bottom = edge (self->area.size.height, row + 1, self->n_rows);

  graphene_rect_init (cell, self->area.origin.x + left, self->area.origin.y + top,
                      right - left, bottom - top);
}

int
ph_patch_grid_step (const PhPatchGrid *self, int patch, int rows, int columns)
{
  int row = CLAMP (patch / self->n_columns + rows, 0, self->n_rows - 1);
  int column = CLAMP (patch % self->n_columns + columns, 0, self->n_columns - 1);

  return row * self->n_columns + column;
}

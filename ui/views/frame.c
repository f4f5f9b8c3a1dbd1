#include "ui/views/frame.h"

static void
draw_border (GtkSnapshot *snapshot,
             const graphene_rect_t *cell,
             float distance,
             float width,
             GdkRGBA color)
{
  float widths[] = { width, width, width, width };
  GdkRGBA colors[] = { color, color, color, color };
  graphene_rect_t around;
  GskRoundedRect outline;

  graphene_rect_inset_r (cell, -distance, -distance, &around);
  gsk_rounded_rect_init_from_rect (&outline, &around, 0);
  gtk_snapshot_append_border (snapshot, &outline, widths, colors);
}

void
ph_frame_draw (GtkSnapshot *snapshot, const graphene_rect_t *cell, float width)
{
  draw_border (snapshot, cell, width, width, (GdkRGBA){ 1, 1, 1, 1 });
  draw_border (snapshot, cell, width + 1, 1, (GdkRGBA){ 0, 0, 0, 1 });
}

/* frame.h - a frame round what is pointed at: white in black, seen on every colour */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Round @cell, @width pixels of white. */
void ph_frame_draw (GtkSnapshot *snapshot, const graphene_rect_t *cell, float width);

G_END_DECLS

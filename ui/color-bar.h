/* color-bar.h - the colour scale of a map, with a mark where a value lies on it */
#pragma once

#include "core/base/colormap.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define PH_TYPE_COLOR_BAR (ph_color_bar_get_type ())
G_DECLARE_FINAL_TYPE (PhColorBar, ph_color_bar, PH, COLOR_BAR, GtkWidget)

/* In the colours of the maps; the first ones at first. */
void ph_color_bar_set_colors (PhColorBar *self, PhColormap colors);

/* @mark from 0 to 1 of the scale; below 0: none. */
void ph_color_bar_set_mark (PhColorBar *self, double mark);

G_END_DECLS

/* legend.h - what the colours of the map mean, in numbers
 *
 * The colour scale from 0 to the map's peak, and the share of the class token, which no
 * patch shows.
 */
#pragma once

#include "ui/look.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define PH_TYPE_LEGEND (ph_legend_get_type ())
G_DECLARE_FINAL_TYPE (PhLegend, ph_legend, PH, LEGEND, GtkBox)

void ph_legend_set_look (PhLegend *self, PhLook *look);

G_END_DECLS

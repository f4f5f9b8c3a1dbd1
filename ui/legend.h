/* legend.h - what the colours of the map mean, in numbers
 *
 * The colour scale with the shares at its ends; beneath it the names of scale and
 * colours, whether they are smoothed, the share of the class token, which no patch shows,
 * and how many patches are suspected to be artefacts.  A click opens the inspector.
 */
#pragma once

#include "ui/look.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define PH_TYPE_LEGEND (ph_legend_get_type ())
G_DECLARE_FINAL_TYPE (PhLegend, ph_legend, PH, LEGEND, GtkBox)

void ph_legend_set_look (PhLegend *self, PhLook *look);

G_END_DECLS

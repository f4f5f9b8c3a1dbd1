/* panes.h - two maps side by side: any two pictures, instructions, models or layers
 *
 * On the left what the look shows, on the right another turn, another layer, or both.
 */
#pragma once

#include "ui/views/view.h"

G_BEGIN_DECLS

#define PH_TYPE_PANES (ph_panes_get_type ())
G_DECLARE_FINAL_TYPE (PhPanes, ph_panes, PH, PANES, GtkBox)

GtkWidget *ph_panes_new (const PhViewContext *context);

G_END_DECLS

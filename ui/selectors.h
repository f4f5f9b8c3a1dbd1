/* selectors.h - which query, layer and head the map is of
 *
 * Three drop-down lists that follow the look and change it.  The first entry of each is
 * the mean of all.
 */
#pragma once

#include "ui/look.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define PH_TYPE_SELECTORS (ph_selectors_get_type ())
G_DECLARE_FINAL_TYPE (PhSelectors, ph_selectors, PH, SELECTORS, GtkBox)

void ph_selectors_set_look (PhSelectors *self, PhLook *look);

G_END_DECLS

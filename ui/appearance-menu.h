/* appearance-menu.h - how maps are drawn, to be chosen
 *
 * A popover: strength, scale, colours, and the switches for smoothing and artefacts.
 */
#pragma once

#include "ui/look.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define PH_TYPE_APPEARANCE_MENU (ph_appearance_menu_get_type ())
G_DECLARE_FINAL_TYPE (PhAppearanceMenu,
                      ph_appearance_menu,
                      PH,
                      APPEARANCE_MENU,
                      GtkPopover)

/* Once. */
void ph_appearance_menu_set_look (PhAppearanceMenu *self, PhLook *look);

G_END_DECLS

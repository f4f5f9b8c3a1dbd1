/* thumb.h - one map over the picture, small, with a caption: an entry of a sheet
 *
 * A sheet is a GtkFlowBox of thumbs, each with a number of its own, which sorting keeps.
 */
#pragma once

#include "ui/look.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define PH_TYPE_THUMB (ph_thumb_get_type ())
G_DECLARE_FINAL_TYPE (PhThumb, ph_thumb, PH, THUMB, GtkFlowBoxChild)

int ph_thumb_get_number (PhThumb *self);

/* Takes @map. */
void ph_thumb_take_map (PhThumb *self, PhHeatMap *map);

/* Beneath it stand @caption and, on a line of its own, @value, or NULL; @name is for
 * those who do not see it, and for the tooltip. */
void ph_thumb_set_text (PhThumb *self,
                        const char *caption,
                        const char *value,
                        const char *name);

/* Leaves thumbs 0 to @n - 1 in @sheet, and no others. */
void ph_sheet_set_n_thumbs (GtkFlowBox *sheet, PhLook *look, int n);

G_END_DECLS

/* pane.h - a picture with a map over it, one of several that are looked at together
 *
 * The pointer and the arrow keys say which patch is meant; whoever shows the panes marks
 * it in all of them.
 *
 * Signals: "pointed" (int: a patch, or -1), "pinned" (int: the patch that was clicked).
 */
#pragma once

#include "ui/appearance.h"
#include "ui/heat-map.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define PH_TYPE_PANE (ph_pane_get_type ())
G_DECLARE_FINAL_TYPE (PhPane, ph_pane, PH, PANE, GtkWidget)

/* In whose colours it is drawn; once. */
void ph_pane_set_appearance (PhPane *self, PhAppearance *appearance);

/* Either may be NULL; @map is borrowed until another is shown. */
void ph_pane_show (PhPane *self, GdkTexture *texture, const PhHeatMap *map);

/* Marks a patch, -1 for none, of which @said is heard. */
void ph_pane_mark (PhPane *self, int patch, const char *said);

G_END_DECLS

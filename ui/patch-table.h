/* patch-table.h - the map as a table
 *
 * A window with every patch's row, column and share, the highest first, to be read,
 * walked by keys and copied: what the colours say to those who see them.
 */
#pragma once

#include "ui/look.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Shows the look's map as it is now; there must be one. */
void ph_patch_table_present (PhLook *look, GtkWindow *parent);

G_END_DECLS

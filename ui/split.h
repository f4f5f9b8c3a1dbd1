/* split.h - picture and conversation, side by side or one above the other
 *
 * Holds two children, the picture first.  In a wide window the conversation stands
 * beside the picture in a column of its own; in a narrow one beneath it, with a little
 * less than half of the height.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define PH_TYPE_SPLIT (ph_split_get_type ())
G_DECLARE_FINAL_TYPE (PhSplit, ph_split, PH, SPLIT, GtkWidget)

G_END_DECLS

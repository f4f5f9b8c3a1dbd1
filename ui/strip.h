/* strip.h - the pictures of a chat, side by side
 *
 * There with the second picture.  The current one has a frame and is named so.  Where the
 * same question was asked of several, each has its answer beneath it.
 *
 * Signals: "chosen" (PhPlate), "removed" (PhPlate).
 */
#pragma once

#include "ui/plate.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define PH_TYPE_STRIP (ph_strip_get_type ())
G_DECLARE_FINAL_TYPE (PhStrip, ph_strip, PH, STRIP, GtkBox)

/* @plates of PhPlate. */
void ph_strip_set_plates (PhStrip *self, GListModel *plates);
void ph_strip_set_current (PhStrip *self, PhPlate *plate);

/* What stands beneath each picture, as @answer gives it, borrowed; without a function,
 * nothing. */
typedef const char *(*PhStripAnswer) (PhPlate *plate, gpointer data);
void ph_strip_show_answers (PhStrip *self, PhStripAnswer answer, gpointer data);

G_END_DECLS

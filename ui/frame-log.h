/* frame-log.h - how evenly frames come, for those who measure it
 *
 * With PINHOLE_FRAME_LOG=FILE in the environment a window writes a line there for each of
 * its frames: when it was painted and how long after the one before, both in
 * microseconds, the first by the monotonic clock.  It then asks for every frame there can
 * be, so that a gap is the time the main thread kept the display waiting.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Nothing without the variable. */
void ph_frame_log_follow (GtkWidget *window);

G_END_DECLS

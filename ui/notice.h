/* notice.h - a word to who is doing something else while an answer is written
 *
 * Tells by a notification of the desktop that an answer has come to a window that is not
 * looked at, and takes it back as soon as the window is.  Never the only sign: the answer
 * stands in the window.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Once a window, before the first answer. */
void ph_notice_follow (GtkWindow *window);
/* Does nothing while @window is active, or where notifications are switched off. */
void ph_notice_answer (GtkWindow *window, const char *prompt, const char *answer);

G_END_DECLS

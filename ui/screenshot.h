/* screenshot.h - a picture of the screen, by the desktop's portal
 *
 * The desktop asks the person what is taken and writes a file, whose path is handed on.
 * Where there is no portal, or the person says no, there is an error.  Main thread; the
 * callback runs there once, later.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* One of @path and @error is set; both are borrowed.  G_IO_ERROR_CANCELLED: by the
 * person. */
typedef void (*PhScreenshotCallback) (const char *path,
                                      const GError *error,
                                      gpointer data);

void ph_screenshot_take (PhScreenshotCallback callback, gpointer data);

G_END_DECLS

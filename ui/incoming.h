/* incoming.h - pictures that arrive from other programs
 *
 * From the clipboard or a drop come either files or the bytes of one.  The bytes are
 * handed on as they are: they are decoded where files are, never in this process.  What
 * this process has drawn itself, a texture, is written as a PNG and goes the same way.
 * Main thread; the callback runs there once, later.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* One of @paths (NULL-terminated), @bytes and @error is set; all are borrowed. */
typedef void (*PhIncomingCallback) (const char *const *paths,
                                    GBytes *bytes,
                                    const GError *error,
                                    gpointer data);

/* Files, encoded pictures and textures. */
GdkContentFormats *ph_incoming_dup_formats (void) G_GNUC_WARN_UNUSED_RESULT;

/* False if there is no picture, and nothing is called. */
gboolean ph_incoming_read_clipboard (GdkClipboard *clipboard,
                                     PhIncomingCallback callback,
                                     gpointer data);

/* Finishes the drop in its time. */
void ph_incoming_read_drop (GdkDrop *drop, PhIncomingCallback callback, gpointer data);

G_END_DECLS

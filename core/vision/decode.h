/* decode.h - picture files, opened in a process of their own
 *
 * Decoders are where hostile bytes meet old code, so they run in a small program,
 * `pinhole-decode`, that is handed one open file and answers with plain RGB, under limits
 * on memory, time and files.  A bomb costs that process and gives an error here; it never
 * costs the conversation.  What the program answers is checked like any other file.
 *
 * PNG, JPEG, WebP, GIF (the first frame), BMP and TIFF, known by their first bytes and
 * not by their name.  The turn that EXIF asks for is applied, transparency is dropped.
 *
 * The program is $PINHOLE_DECODE, else the one beside the running executable, else the
 * installed one.  The calls block for as long as decoding takes (at most some seconds)
 * and may be made from any thread.
 */
#pragma once

#include "core/base/picture.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define PH_PICTURE_MAX_SIDE 32768 /* pixels */
#define PH_PICTURE_MAX_PIXELS 100000000

/* Errors name @path and say why in one line. */
PhPicture *ph_picture_load (const char *path, GCancellable *cancellable, GError **error);

/* The same for bytes that came by clipboard or drop. */
PhPicture *
ph_picture_load_bytes (GBytes *bytes, GCancellable *cancellable, GError **error);

G_END_DECLS

/* png.h - writes a picture to a file
 *
 * Any thread.
 */
#pragma once

#include "core/base/picture.h"

#include <stdbool.h>

G_BEGIN_DECLS

/* Writes a PNG to a new name and renames it to @path.  Errors name @path. */
bool ph_picture_save_png (const PhPicture *picture, const char *path, GError **error);

G_END_DECLS

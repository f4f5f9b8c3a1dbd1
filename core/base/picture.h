/* picture.h - a decoded picture
 *
 * Plain 8-bit RGB, row after row without padding, top row first, the turn that EXIF
 * asks for already applied.  Pictures never change once made and are shared by
 * reference; the counter is atomic, so any thread may hold one.
 */
#pragma once

#include <glib.h>
#include <stdint.h>

G_BEGIN_DECLS

typedef struct {
  int width;   /* pixels */
  int height;  /* pixels */
  GBytes *rgb; /* height by width by 3 */
} PhPicture;

/* Takes @rgb, which must hold width × height × 3 bytes. */
PhPicture *ph_picture_new_take (int width, int height, GBytes *rgb);
PhPicture *ph_picture_ref (PhPicture *self);
void ph_picture_unref (PhPicture *self);

/* The bytes, borrowed. */
const uint8_t *ph_picture_get_rgb (const PhPicture *self);

/* SHA-256 over width, height (both 32-bit little endian) and the bytes, as 64 hex
 * digits: what the history knows a picture by.  The caller frees it. */
char *ph_picture_dup_hash (const PhPicture *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PhPicture, ph_picture_unref)

G_END_DECLS

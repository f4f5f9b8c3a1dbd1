#include "core/base/picture.h"

PhPicture *
ph_picture_new_take (int width, int height, GBytes *rgb)
{
  PhPicture *self = g_atomic_rc_box_new0 (PhPicture);

  g_assert (width > 0 && height > 0);
  g_assert (g_bytes_get_size (rgb) == (gsize) width * (gsize) height * 3);

  self->width = width;
  self->height = height;
  self->rgb = rgb;
  return self;
}

PhPicture *
ph_picture_ref (PhPicture *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
clear (void *data)
{
  PhPicture *self = data;

  g_bytes_unref (self->rgb);
}

void
ph_picture_unref (PhPicture *self)
{
  g_atomic_rc_box_release_full (self, clear);
}

const uint8_t *
ph_picture_get_rgb (const PhPicture *self)
{
  return g_bytes_get_data (self->rgb, NULL);
}

char *
ph_picture_dup_hash (const PhPicture *self)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  guint32 size[2] = { GUINT32_TO_LE ((guint32) self->width),
                      GUINT32_TO_LE ((guint32) self->height) };

  g_checksum_update (sum, (const guchar *) size, sizeof size);
  g_checksum_update (sum, ph_picture_get_rgb (self),
                     (gssize) g_bytes_get_size (self->rgb));
  return g_strdup (g_checksum_get_string (sum));
}

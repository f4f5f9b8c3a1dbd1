#include "core/history/encode.h"

#include <cairo.h>
#include <stdbool.h>

static cairo_status_t
append_cb (void *closure, const unsigned char *bytes, unsigned int n_bytes)
{
  g_byte_array_append (closure, bytes, n_bytes);
  return CAIRO_STATUS_SUCCESS;
}

/* cairo keeps a pixel in 32 bits, red above green above blue. */
static void
copy_row (const uint8_t *rgb, uint32_t *pixels, int width)
{
  for (int x = 0; x < width; x++, rgb += 3)
    pixels[x] = (uint32_t) rgb[0] << 16 | (uint32_t) rgb[1] << 8 | rgb[2];
}

static void
copy_rows (const PhPicture *picture, cairo_surface_t *surface)
{
  const uint8_t *rgb = ph_picture_get_rgb (picture);
  unsigned char *pixels = cairo_image_surface_get_data (surface);
  size_t stride = (size_t) cairo_image_surface_get_stride (surface);

  cairo_surface_flush (surface);
  for (int y = 0; y < picture->height; y++)
    copy_row (rgb + (size_t) y * (size_t) picture->width * 3,
              (uint32_t *) (void *) (pixels + (size_t) y * stride), picture->width);
  cairo_surface_mark_dirty (surface);
}

GBytes *
ph_encode_png (const PhPicture *picture)
{
  cairo_surface_t *surface =
      cairo_image_surface_create (CAIRO_FORMAT_RGB24, picture->width, picture->height);
  g_autoptr (GByteArray) png = g_byte_array_new ();
  bool encoded = cairo_surface_status (surface) == CAIRO_STATUS_SUCCESS;

  if (encoded) {
    copy_rows (picture, surface);
    encoded = cairo_surface_write_to_png_stream (surface, append_cb, png) ==
              CAIRO_STATUS_SUCCESS;
  }
  cairo_surface_destroy (surface);

  return encoded ? g_byte_array_free_to_bytes (g_steal_pointer (&png)) : NULL;
}

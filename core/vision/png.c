#include "core/vision/png.h"

#include "core/base/error.h"
#include "core/formats/newfile.h"

#include <cairo.h>

/* Cairo keeps a pixel as a 32-bit number, red in the higher bits. */
static cairo_surface_t *
make_surface (const PhPicture *picture)
{
  cairo_surface_t *surface =
      cairo_image_surface_create (CAIRO_FORMAT_RGB24, picture->width, picture->height);
  const uint8_t *rgb = ph_picture_get_rgb (picture);
  uint8_t *rows = cairo_image_surface_get_data (surface);
  size_t stride = (size_t) cairo_image_surface_get_stride (surface);

  if (rows == NULL)
    return surface;
  for (int y = 0; y < picture->height; y++) {
    uint32_t *pixels = (uint32_t *) (rows + (size_t) y * stride);

    for (int x = 0; x < picture->width; x++, rgb += 3)
      pixels[x] = (uint32_t) rgb[0] << 16 | (uint32_t) rgb[1] << 8 | rgb[2];
  }
  cairo_surface_mark_dirty (surface);
  return surface;
}

typedef struct {
  PhNewFile *file;
  GError **error;
} Sink;

static cairo_status_t
write_cb (void *data, const unsigned char *bytes, unsigned int n_bytes)
{
  Sink *sink = data;

  return ph_new_file_write (sink->file, bytes, n_bytes, sink->error)
             ? CAIRO_STATUS_SUCCESS
             : CAIRO_STATUS_WRITE_ERROR;
}

bool
ph_picture_save_png (const PhPicture *picture, const char *path, GError **error)
{
  g_autoptr (PhNewFile) file = ph_new_file_open (path, error);
  GError *problem = NULL;
  Sink sink = { file, &problem };
  cairo_surface_t *surface;
  cairo_status_t status;

  if (file == NULL)
    return false;

  surface = make_surface (picture);
  status = cairo_surface_write_to_png_stream (surface, write_cb, &sink);
  cairo_surface_destroy (surface);

  if (problem != NULL) {
    g_propagate_error (error, problem);
    return false;
  }
  if (status != CAIRO_STATUS_SUCCESS) {
    ph_fail (error, PH_ERROR_IO, "cannot be written: %s",
             cairo_status_to_string (status));
    return ph_prefix_path (error, path);
  }
  return ph_new_file_commit (file, error);
}

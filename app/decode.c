/* decode.c - pinhole-decode: one picture file in, plain RGB out
 *
 * Runs apart from the program that shows the picture, so that a decoder which goes wrong
 * takes only this process with it; core/vision/decode-protocol.h says how the two talk.
 * The kind of the file is known by its first bytes, and its loader is the only one that
 * ever sees it: the formats that are programs or collections (SVG, icons, cursors) stay
 * out.
 */
#include "core/vision/decode.h"
#include "app/decode-limits.h"
#include "core/vision/decode-protocol.h"

#include <errno.h>
#include <gdk-pixbuf/gdk-pixbuf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define N_SNIFFED 12

static const struct {
  const char *loader; /* as GdkPixbuf calls it */
  const char *name;
  const char *magic; /* '?' is any byte */
  size_t n_magic;
} kinds[] = {
  { "png", "PNG", "\x89PNG\r\n\x1a\n", 8 },
  { "jpeg", "JPEG", "\xff\xd8\xff", 3 },
  { "webp", "WebP", "RIFF????WEBP", 12 },
  { "gif", "GIF", "GIF8?a", 6 },
  { "bmp", "BMP", "BM", 2 },
  { "tiff", "TIFF", "II*\0", 4 },
  { "tiff", "TIFF", "MM\0*", 4 },
};

G_NORETURN static void refuse (const char *format, ...) G_GNUC_PRINTF (1, 2);

static void
refuse (const char *format, ...)
{
  va_list args;

  va_start (args, format);
  vfprintf (stderr, format, args);
  va_end (args);
  fputc ('\n', stderr);
  exit (EXIT_FAILURE);
}

/* --- the file --- */

static size_t
read_some (guchar *bytes, size_t n_bytes)
{
  size_t n_read = 0;

  while (n_read < n_bytes) {
    ssize_t n = read (STDIN_FILENO, bytes + n_read, n_bytes - n_read);

    if (n < 0)
      refuse ("cannot be read: %s", g_strerror (errno));
    if (n == 0)
      break;
    n_read += (size_t) n;
  }
  return n_read;
}

static bool
matches (const guchar *bytes, const char *magic, size_t n_magic)
{
  for (size_t i = 0; i < n_magic; i++)
    if (magic[i] != '?' && bytes[i] != (guchar) magic[i])
      return false;
  return true;
}

static size_t
sniff (const guchar *bytes, size_t n_bytes)
{
  for (size_t i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (n_bytes >= kinds[i].n_magic && matches (bytes, kinds[i].magic, kinds[i].n_magic))
      return i;
  refuse ("is not a picture in PNG, JPEG, WebP, GIF, BMP or TIFF");
}

/* --- decoding --- */

/* What the loader has told so far. */
typedef struct {
  int height;
  int n_rows; /* that were decoded, from the top */
} Progress;

/* Comes before the loader asks for memory. */
static void
size_prepared_cb (GdkPixbufLoader *loader, int width, int height, gpointer data)
{
  Progress *progress = data;

  if (width < 1 || height < 1)
    refuse ("has no pixels (%d by %d)", width, height);
  if (width > PH_PICTURE_MAX_SIDE || height > PH_PICTURE_MAX_SIDE ||
      (gint64) width * height > PH_PICTURE_MAX_PIXELS)
    refuse ("has %d by %d pixels, not up to %d a side and %d million in all", width,
            height, PH_PICTURE_MAX_SIDE, PH_PICTURE_MAX_PIXELS / 1000000);
  progress->height = height;
}

static void
area_updated_cb (GdkPixbufLoader *loader,
                 int x,
                 int y,
                 int width,
                 int height,
                 gpointer data)
{
  Progress *progress = data;

  progress->n_rows = MAX (progress->n_rows, y + height);
}

static GdkPixbufLoader *
open_loader (size_t kind, Progress *progress)
{
  g_autoptr (GError) error = NULL;
  GdkPixbufLoader *loader = gdk_pixbuf_loader_new_with_type (kinds[kind].loader, &error);

  if (loader == NULL)
    refuse ("is a %s picture, for which this system has no decoder", kinds[kind].name);
  g_signal_connect (loader, "size-prepared", G_CALLBACK (size_prepared_cb), progress);
  g_signal_connect (loader, "area-updated", G_CALLBACK (area_updated_cb), progress);
  return loader;
}

G_NORETURN static void
refuse_broken (size_t kind, const GError *error)
{
  refuse ("is a broken %s picture: %s", kinds[kind].name, error->message);
}

static GdkPixbuf *
load (size_t kind, guchar *first, size_t n_first)
{
  Progress progress = { 0 };
  g_autoptr (GdkPixbufLoader) loader = open_loader (kind, &progress);
  g_autoptr (GError) error = NULL;
  guchar bytes[65536];
  GdkPixbuf *pixbuf;

  close_the_door ();
  memcpy (bytes, first, n_first);
  for (size_t n = n_first; n > 0; n = read_some (bytes, sizeof bytes))
    if (!gdk_pixbuf_loader_write (loader, bytes, n, &error))
      refuse_broken (kind, error);
  if (!gdk_pixbuf_loader_close (loader, &error))
    refuse_broken (kind, error);

  pixbuf = gdk_pixbuf_loader_get_pixbuf (loader);
  if (pixbuf == NULL)
    refuse ("is a broken %s picture: nothing could be decoded", kinds[kind].name);
  if (progress.n_rows < progress.height)
    refuse ("is a broken %s picture: it ends after %d of %d rows", kinds[kind].name,
            progress.n_rows, progress.height);
  return g_object_ref (pixbuf);
}

/* --- the answer --- */

/* How to walk through the pixels so that they come upright: where the first one is, and
 * how many bytes it is to the next in the row and to the next row. */
typedef struct {
  int width, height;
  const guchar *first;
  gssize right, down;
} Walk;

/* The orientations of EXIF are a mirror image and a quarter turn or not. */
static Walk
plan_walk (GdkPixbuf *pixbuf)
{
  static const struct {
    bool turned, from_right, from_bottom;
  } orientations[] = {
    { false, false, false }, { false, true, false }, { false, true, true },
    { false, false, true },  { true, false, false }, { true, false, true },
    { true, true, true },    { true, true, false },
  };
  const char *option = gdk_pixbuf_get_option (pixbuf, "orientation");
  guint64 number = option != NULL ? g_ascii_strtoull (option, NULL, 10) : 1;
  size_t which = number >= 1 && number <= G_N_ELEMENTS (orientations) ? number - 1 : 0;
  int width = gdk_pixbuf_get_width (pixbuf), height = gdk_pixbuf_get_height (pixbuf);
  gssize column = gdk_pixbuf_get_n_channels (pixbuf),
         row = gdk_pixbuf_get_rowstride (pixbuf);
  Walk walk = { width, height, gdk_pixbuf_read_pixels (pixbuf), column, row };

  if (orientations[which].from_right) {
    walk.first += (width - 1) * column;
    walk.right = -column;
  }
  if (orientations[which].from_bottom) {
    walk.first += (height - 1) * row;
    walk.down = -row;
  }
  if (orientations[which].turned)
    return (Walk){ height, width, walk.first, walk.down, walk.right };
  return walk;
}

static void
write_all (const void *bytes, size_t n_bytes)
{
  if (fwrite (bytes, 1, n_bytes, stdout) != n_bytes)
    refuse ("was decoded, but the result cannot be written: %s", g_strerror (errno));
}

/* Transparency is left out and not blended: that is what the model was trained with. */
static void
write_row (const Walk *walk, const guchar *pixel, guchar *row)
{
  for (int x = 0; x < walk->width; x++, pixel += walk->right)
    memcpy (row + (size_t) x * 3, pixel, 3);
  write_all (row, (size_t) walk->width * 3);
}

static void
write_answer (GdkPixbuf *pixbuf)
{
  Walk walk = plan_walk (pixbuf);
  PhDecodeHeader header = { PH_DECODE_MAGIC, (uint32_t) walk.width,
                            (uint32_t) walk.height };
  g_autofree guchar *row = g_malloc ((size_t) walk.width * 3);

  write_all (&header, sizeof header);
  for (int y = 0; y < walk.height; y++)
    write_row (&walk, walk.first + y * walk.down, row);
  if (fflush (stdout) != 0)
    refuse ("was decoded, but the result cannot be written: %s", g_strerror (errno));
}

static void
be_silent (const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
}

int
main (void)
{
  guchar first[N_SNIFFED];
  size_t n_first;
  g_autoptr (GdkPixbuf) pixbuf = NULL;

  limit_resources ();
  g_log_set_default_handler (be_silent, NULL);
  n_first = read_some (first, sizeof first);
  pixbuf = load (sniff (first, n_first), first, n_first);
  write_answer (pixbuf);
  return EXIT_SUCCESS;
}

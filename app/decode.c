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
#include "app/decode-turn.h"
#include "core/vision/decode-protocol.h"

#include <errno.h>
#include <gdk-pixbuf/gdk-pixbuf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK 65536 /* bytes; WebP's loader wants the whole header in the first one */

typedef struct {
  const char *loader; /* as GdkPixbuf calls it */
  const char *name;
  const char *magic; /* '?' is any byte */
  size_t n_magic;
  bool streams; /* rows come as the bytes do, and not when all are there */
} Kind;

static const Kind kinds[] = {
  { "png", "PNG", "\x89PNG\r\n\x1a\n", 8, true },
  { "jpeg", "JPEG", "\xff\xd8\xff", 3, true },
  { "webp", "WebP", "RIFF????WEBP", 12, false },
  { "gif", "GIF", "GIF8?a", 6, false },
  { "bmp", "BMP", "BM", 2, true },
  { "tiff", "TIFF", "II*\0", 4, false },
  { "tiff", "TIFF", "MM\0*", 4, false },
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

static const Kind *
sniff (const guchar *bytes, size_t n_bytes)
{
  for (size_t i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (n_bytes >= kinds[i].n_magic && matches (bytes, kinds[i].magic, kinds[i].n_magic))
      return &kinds[i];
  refuse ("is not a picture in PNG, JPEG, WebP, GIF, BMP or TIFF");
}

/* --- decoding --- */

/* What the loader has told so far.  Rows come from the top, or in BMP from the bottom. */
typedef struct {
  int height;
  int first, end; /* of the rows that were decoded */
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
  progress->height = progress->first = height;
}

/* So that what a broken file leaves out is black, and not what was in memory before. */
static void
area_prepared_cb (GdkPixbufLoader *loader, gpointer data)
{
  gdk_pixbuf_fill (gdk_pixbuf_loader_get_pixbuf (loader), 0);
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

  progress->first = MIN (progress->first, y);
  progress->end = MAX (progress->end, y + height);
}

static GdkPixbufLoader *
open_loader (const Kind *kind, Progress *progress)
{
  GdkPixbufLoader *loader = gdk_pixbuf_loader_new_with_type (kind->loader, NULL);

  if (loader == NULL)
    refuse ("is a %s picture, for which this system has no decoder", kind->name);
  g_signal_connect (loader, "size-prepared", G_CALLBACK (size_prepared_cb), progress);
  g_signal_connect (loader, "area-prepared", G_CALLBACK (area_prepared_cb), NULL);
  g_signal_connect (loader, "area-updated", G_CALLBACK (area_updated_cb), progress);
  return loader;
}

G_NORETURN static void
refuse_broken (const Kind *kind, const GError *error)
{
  refuse ("is a broken %s picture: %s", kind->name, error->message);
}

static void
check_complete (const Kind *kind, const Progress *progress)
{
  int n_rows = MAX (progress->end - progress->first, 0);

  if (progress->height == 0)
    refuse ("is a broken %s picture: it ends before its size is known", kind->name);
  if (n_rows < progress->height)
    refuse ("is a broken %s picture: it ends after %d of %d rows", kind->name, n_rows,
            progress->height);
}

/* WebP's loader says nothing of what is missing, but the file says how long it is. */
static void
check_riff (const Kind *kind, const guchar *bytes)
{
  guint32 length;
  struct stat file;

  memcpy (&length, bytes + 4, sizeof length);
  if (fstat (STDIN_FILENO, &file) == 0 &&
      file.st_size < (off_t) GUINT32_FROM_LE (length) + 8)
    refuse ("is a broken %s picture: it is cut short", kind->name);
}

static GdkPixbuf *
load (const Kind *kind, guchar *bytes, size_t n_bytes)
{
  Progress progress = { 0 };
  g_autoptr (GdkPixbufLoader) loader = open_loader (kind, &progress);
  g_autoptr (GError) error = NULL;
  GdkPixbuf *pixbuf;

  close_the_door ();
  if (memcmp (bytes, "RIFF", 4) == 0)
    check_riff (kind, bytes);
  for (; n_bytes > 0; n_bytes = read_some (bytes, CHUNK))
    if (!gdk_pixbuf_loader_write (loader, bytes, n_bytes, &error))
      refuse_broken (kind, error);

  /* Closing would fill up what is missing. */
  if (kind->streams)
    check_complete (kind, &progress);
  if (!gdk_pixbuf_loader_close (loader, &error))
    refuse_broken (kind, error);

  pixbuf = gdk_pixbuf_loader_get_pixbuf (loader);
  if (pixbuf == NULL)
    refuse ("is a broken %s picture: nothing could be decoded", kind->name);
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
  int number = option != NULL ? atoi (option) : find_orientation (STDIN_FILENO);
  size_t which = number >= 1 && number <= (int) G_N_ELEMENTS (orientations)
                     ? (size_t) number - 1
                     : 0;
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
  static guchar bytes[CHUNK];
  size_t n_bytes;
  g_autoptr (GdkPixbuf) pixbuf = NULL;

  limit_resources ();
  g_log_set_default_handler (be_silent, NULL);
  n_bytes = read_some (bytes, sizeof bytes);
  pixbuf = load (sniff (bytes, n_bytes), bytes, n_bytes);
  write_answer (pixbuf);
  return EXIT_SUCCESS;
}

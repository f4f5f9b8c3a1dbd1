#include "app/decode-turn.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#define MAX_CHUNKS 65536 /* looked at in one file */
#define EXIF_BYTES                                                                       \
  65536 /* looked at in one block; the orientation stands near its front */
#define ORIENTATION 0x0112
#define SHORT 3

static uint32_t
number (const uint8_t *bytes, int n_bytes, bool big_endian)
{
  uint32_t value = 0;

  for (int i = 0; i < n_bytes; i++)
    value = value << 8 | bytes[big_endian ? i : n_bytes - 1 - i];
  return value;
}

/* Looks through the first directory of a TIFF structure, which is what EXIF is. */
static int
read_tiff (const uint8_t *bytes, size_t n_bytes)
{
  bool big = n_bytes >= 2 && memcmp (bytes, "MM", 2) == 0;
  size_t at, n_entries;

  if (n_bytes < 8 || (!big && memcmp (bytes, "II", 2) != 0))
    return 0;
  at = number (bytes + 4, 4, big);
  if (at > n_bytes - 2)
    return 0;
  n_entries = number (bytes + at, 2, big);
  at += 2;
  for (size_t i = 0; i < n_entries && n_bytes - at >= 12; i++, at += 12)
    if (number (bytes + at, 2, big) == ORIENTATION &&
        number (bytes + at + 2, 2, big) == SHORT)
      return (int) number (bytes + at + 8, 2, big);
  return 0;
}

static int
read_exif (int fd, off_t at, uint32_t length)
{
  static uint8_t bytes[EXIF_BYTES];
  size_t wanted = length < sizeof bytes ? length : sizeof bytes;
  ssize_t n = pread (fd, bytes, wanted, at);
  size_t skip = n >= 6 && memcmp (bytes, "Exif\0", 6) == 0 ? 6 : 0;

  return n > 0 ? read_tiff (bytes + skip, (size_t) n - skip) : 0;
}

/* Both formats are lists of chunks that say their kind and length; PNG puts the length
 * in front and a checksum behind, WebP fills up to an even length. */
static int
find_in_chunks (int fd, bool png)
{
  const char *name = png ? "eXIf" : "EXIF";
  off_t at = png ? 8 : 12;
  uint8_t head[8];

  for (int i = 0; i < MAX_CHUNKS && pread (fd, head, sizeof head, at) == sizeof head;
       i++) {
    uint32_t length = number (png ? head : head + 4, 4, png);

    at += (off_t) sizeof head;
    if (memcmp (png ? head + 4 : head, name, 4) == 0)
      return read_exif (fd, at, length);
    at += (off_t) length + (png ? 4 : length % 2);
  }
  return 0;
}

int
find_orientation (int fd)
{
  uint8_t first[4];

  if (pread (fd, first, sizeof first, 0) != sizeof first)
    return 0;
  if (memcmp (first, "\x89PNG", 4) == 0)
    return find_in_chunks (fd, true);
  if (memcmp (first, "RIFF", 4) == 0)
    return find_in_chunks (fd, false);
  return 0;
}

/* decode-protocol.h - what pinhole-decode and its caller say to each other
 *
 * The program finds the picture file open for reading as standard input and an empty
 * file for the answer as standard output.  It writes a PhDecodeHeader and then height by
 * width by 3 bytes of RGB, and exits with 0; or it writes one line of why not to standard
 * error and exits with 1.  Whatever else happens means that it failed.
 */
#pragma once

#include <stdint.h>

#define PH_DECODE_MAGIC "PHRGB\0\1"

typedef struct {
  char magic[8];
  uint32_t width, height; /* pixels, in the order of the machine's bytes */
} PhDecodeHeader;

_Static_assert(sizeof (PhDecodeHeader) == 16, "no padding goes over the border");

/* stored.h - a named array in a mapped file
 *
 * What every reader of weights hands out, whatever the file is.  A reader has checked
 * that the array lies inside the file and is as long as its type and shape say, so it is
 * safe to touch; it is aligned to nothing.
 *
 * Open data; lives as long as the reader it came from.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define PH_STORED_MAX_DIMS 8
#define PH_STORED_MAX_TENSORS ((size_t) 65536)
#define PH_STORED_MAX_NAME ((size_t) 512)

typedef struct {
  const char *name; /* borrowed from the file it is in */
  const char *type; /* as safetensors calls it: "F32", "F16", "BF16", "I64", "U8", … */
  int n_dims;
  size_t dims[PH_STORED_MAX_DIMS];
  const uint8_t *data; /* little endian, row-major, in the map; NULL for a view whose
                          numbers do not follow one another, as torch may save one */
  size_t n_bytes;      /* 0 for such a view */
} PhStoredTensor;

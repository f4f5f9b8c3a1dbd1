/* bytes.h - whole numbers as they lie in a file, little endian and aligned to nothing
 *
 * The caller has checked that the bytes are there.
 */
#pragma once

#include <stdint.h>

static inline uint64_t
ph_bytes_number (const uint8_t *bytes, int n_bytes)
{
  uint64_t number = 0;

  for (int i = n_bytes; i-- > 0;)
    number = number << 8 | bytes[i];
  return number;
}

static inline uint16_t
ph_bytes_u16 (const uint8_t *bytes)
{
  return (uint16_t) ph_bytes_number (bytes, 2);
}

static inline uint32_t
ph_bytes_u32 (const uint8_t *bytes)
{
  return (uint32_t) ph_bytes_number (bytes, 4);
}

static inline uint64_t
ph_bytes_u64 (const uint8_t *bytes)
{
  return ph_bytes_number (bytes, 8);
}

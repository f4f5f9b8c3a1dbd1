/* checked.h - arithmetic for numbers that come from files
 *
 * No bare `*` or `+` on a file's number: these say whether the result fits.  All are
 * on uint64_t, touch *@result only on success, and are safe from any thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool
ph_mul_ok (uint64_t a, uint64_t b, uint64_t *result)
{
  uint64_t product;

  if (__builtin_mul_overflow (a, b, &product))
    return false;
  *result = product;
  return true;
}

static inline bool
ph_add_ok (uint64_t a, uint64_t b, uint64_t *result)
{
  uint64_t sum;

  if (__builtin_add_overflow (a, b, &sum))
    return false;
  *result = sum;
  return true;
}

/* The product of @n_dims numbers; that of none is 1. */
static inline bool
ph_product_ok (const uint64_t *dims, size_t n_dims, uint64_t *result)
{
  uint64_t product = 1;

  for (size_t i = 0; i < n_dims; i++)
    if (!ph_mul_ok (product, dims[i], &product))
      return false;
  *result = product;
  return true;
}

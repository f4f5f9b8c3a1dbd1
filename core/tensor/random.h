/* random.h - seeded random numbers
 *
 * xoshiro256++ (Blackman and Vigna 2018), its state filled by splitmix64.  The same
 * seed gives the same numbers on every machine; a PhRandom is plain data that can be
 * written into a checkpoint and read back.  Not for secrets.  One thread at a time.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct {
  uint64_t state[4];
} PhRandom;

void ph_random_seed (PhRandom *self, uint64_t seed);
uint64_t ph_random_bits (PhRandom *self);
/* In [0, 1). */
double ph_random_unit (PhRandom *self);
/* In [0, n), without bias worth speaking of (n < 2^32). */
size_t ph_random_below (PhRandom *self, size_t n);
/* Normal with mean 0 and standard deviation 1. */
double ph_random_normal (PhRandom *self);
/* An index with probability proportional to its weight. */
size_t ph_random_weighted (PhRandom *self, const float *weights, size_t n);

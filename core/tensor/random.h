/* random.h - seeded random numbers
 *
 * xoshiro256** (Blackman and Vigna 2018), started by splitmix64: the same seed gives the
 * same numbers on every machine, since nothing but integer arithmetic and one exact
 * division decides.  An open struct of 32 bytes: copy it to go back to a number, keep it
 * to go on from one.  Not for secrets.  Not locked: one thread, one generator.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
  uint64_t state[4];
} PhRandom;

/* One number that depends on both in every bit, for seeds made of seeds. */
uint64_t ph_random_mix (uint64_t a, uint64_t b);

/* Different @stream numbers give unrelated numbers from one @seed. */
void ph_random_start (PhRandom *self, uint64_t seed, uint64_t stream);

uint64_t ph_random_bits (PhRandom *self);
double ph_random_unit (PhRandom *self);                             /* in [0, 1) */
double ph_random_between (PhRandom *self, double low, double high); /* in [low, high) */
double ph_random_normal (PhRandom *self);    /* mean 0, deviation 1 (Box and Muller) */
int ph_random_below (PhRandom *self, int n); /* 0 … n - 1; n > 0 */
bool ph_random_chance (PhRandom *self, double probability);

/* An index drawn in proportion to its weight; the weights are not all 0. */
int ph_random_weighted (PhRandom *self, const double *weights, int n);

/* Fisher and Yates over the indices 0 … n - 1, written to @order. */
void ph_random_shuffle (PhRandom *self, int *order, int n);

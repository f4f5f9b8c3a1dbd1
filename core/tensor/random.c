#include "core/tensor/random.h"

#include <math.h>

static uint64_t
splitmix (uint64_t *x)
{
  uint64_t z = *x += 0x9e3779b97f4a7c15u;

  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

static inline uint64_t
rotate (uint64_t x, int n)
{
  return x << n | x >> (64 - n);
}

void
ph_random_seed (PhRandom *self, uint64_t seed)
{
  for (int i = 0; i < 4; i++)
    self->state[i] = splitmix (&seed);
}

uint64_t
ph_random_bits (PhRandom *self)
{
  uint64_t *s = self->state;
  uint64_t result = rotate (s[0] + s[3], 23) + s[0];
  uint64_t t = s[1] << 17;

  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = rotate (s[3], 45);
  return result;
}

double
ph_random_unit (PhRandom *self)
{
  return (double) (ph_random_bits (self) >> 11) * 0x1p-53;
}

size_t
ph_random_below (PhRandom *self, size_t n)
{
  return (size_t) ((ph_random_bits (self) >> 32) * (uint64_t) n >> 32);
}

double
ph_random_normal (PhRandom *self)
{
  double radius = sqrt (-2.0 * log (1.0 - ph_random_unit (self)));

  return radius * cos (2.0 * 3.14159265358979323846 * ph_random_unit (self));
}

size_t
ph_random_weighted (PhRandom *self, const float *weights, size_t n)
{
  double total = 0, at;
  size_t i;

  for (i = 0; i < n; i++)
    total += weights[i];
  at = ph_random_unit (self) * total;
  for (i = 0; i + 1 < n; i++) {
    at -= weights[i];
    if (at < 0)
      break;
  }
  return i;
}

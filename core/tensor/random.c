#include "core/tensor/random.h"

#include <math.h>

static uint64_t
rotate_left (uint64_t x, int bits)
{
  return (x << bits) | (x >> (64 - bits));
}

/* splitmix64: one step of its counter, then its finaliser. */
static uint64_t
split_mix (uint64_t *counter)
{
  uint64_t z = *counter += 0x9e3779b97f4a7c15u;

  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

uint64_t
ph_random_mix (uint64_t a, uint64_t b)
{
  uint64_t counter = a;
  uint64_t mixed = split_mix (&counter) ^ rotate_left (b, 32);

  return split_mix (&mixed);
}

void
ph_random_start (PhRandom *self, uint64_t seed, uint64_t stream)
{
  uint64_t counter = ph_random_mix (seed, stream);

  for (int i = 0; i < 4; i++)
    self->state[i] = split_mix (&counter);
}

uint64_t
ph_random_bits (PhRandom *self)
{
  uint64_t *s = self->state;
  uint64_t result = rotate_left (s[1] * 5, 7) * 9;
  uint64_t shifted = s[1] << 17;

  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= shifted;
  s[3] = rotate_left (s[3], 45);
  return result;
}

double
ph_random_unit (PhRandom *self)
{
  return (double) (ph_random_bits (self) >> 11) * 0x1p-53;
}

double
ph_random_between (PhRandom *self, double low, double high)
{
  return low + ph_random_unit (self) * (high - low);
}

double
ph_random_normal (PhRandom *self)
{
  double radius = sqrt (-2 * log (1 - ph_random_unit (self)));

  return radius * cos (2 * 3.14159265358979323846 * ph_random_unit (self));
}

int
ph_random_below (PhRandom *self, int n)
{
  return (int) (((unsigned __int128) ph_random_bits (self) * (unsigned int) n) >> 64);
}

bool
ph_random_chance (PhRandom *self, double probability)
{
  return ph_random_unit (self) < probability;
}

int
ph_random_weighted (PhRandom *self, const double *weights, int n)
{
  double total = 0, left;
  int last = 0;

  for (int i = 0; i < n; i++)
    total += weights[i];
  left = ph_random_unit (self) * total;
  for (int i = 0; i < n; i++) {
    if (weights[i] <= 0)
      continue;
    if (left < weights[i])
      return i;
    left -= weights[i];
    last = i;
  }
  /* Rounding may leave a hair of the total behind the last weight. */
  return last;
}

void
ph_random_shuffle (PhRandom *self, int *order, int n)
{
  for (int i = 0; i < n; i++) {
    int j = ph_random_below (self, i + 1);

    order[i] = order[j];
    order[j] = i;
  }
}

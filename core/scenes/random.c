#include "core/scenes/random.h"

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
ph_dice_mix (uint64_t a, uint64_t b)
{
  uint64_t counter = a;
  uint64_t mixed = split_mix (&counter) ^ rotate_left (b, 32);

  return split_mix (&mixed);
}

void
ph_dice_start (PhDice *self, uint64_t seed, uint64_t stream)
{
  uint64_t counter = ph_dice_mix (seed, stream);

  for (int i = 0; i < 4; i++)
    self->state[i] = split_mix (&counter);
}

uint64_t
ph_dice_throw (PhDice *self)
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
ph_dice_unit (PhDice *self)
{
  return (double) (ph_dice_throw (self) >> 11) * 0x1p-53;
}

double
ph_dice_between (PhDice *self, double low, double high)
{
  return low + ph_dice_unit (self) * (high - low);
}

int
ph_dice_below (PhDice *self, int n)
{
  return (int) (((unsigned __int128) ph_dice_throw (self) * (unsigned int) n) >> 64);
}

bool
ph_dice_chance (PhDice *self, double probability)
{
  return ph_dice_unit (self) < probability;
}

int
ph_dice_weighted (PhDice *self, const double *weights, int n)
{
  double total = 0, left;
  int last = 0;

  for (int i = 0; i < n; i++)
    total += weights[i];
  left = ph_dice_unit (self) * total;
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
ph_dice_shuffle (PhDice *self, int *order, int n)
{
  for (int i = 0; i < n; i++) {
    int j = ph_dice_below (self, i + 1);

    order[i] = order[j];
    order[j] = i;
  }
}

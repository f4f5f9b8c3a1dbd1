/* random.h - dice for scenes and questions
 *
 * xoshiro256**, started by splitmix64: the same seed throws the same numbers on every
 * machine, since nothing here but integer arithmetic and one exact division decides.
 * An open struct of 32 bytes: copy it to go back to a throw, keep it in a checkpoint to
 * go on from one.  Not locked: one thread, one set of dice.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct {
  uint64_t state[4];
} PhDice;

/* One number that depends on both in every bit, for seeds made of seeds. */
uint64_t ph_dice_mix (uint64_t a, uint64_t b);

/* Different @stream numbers give unrelated throws from one @seed. */
void ph_dice_start (PhDice *self, uint64_t seed, uint64_t stream);

uint64_t ph_dice_throw (PhDice *self);
double ph_dice_unit (PhDice *self);                             /* in [0, 1) */
double ph_dice_between (PhDice *self, double low, double high); /* in [low, high) */
int ph_dice_below (PhDice *self, int n);                        /* 0 … n - 1; n > 0 */
bool ph_dice_chance (PhDice *self, double probability);

/* An index drawn in proportion to its weight; the weights are not all 0. */
int ph_dice_weighted (PhDice *self, const double *weights, int n);

/* Fisher and Yates over the indices 0 … n - 1, written to @order. */
void ph_dice_shuffle (PhDice *self, int *order, int n);

/* verdict.h - what an experiment says about a map, in a sentence
 */
#pragma once

#include <stddef.h>

/* By how much the logarithm of the doubted answer's probability changed when something
 * was taken away, and when as much was taken at random: @n_random draws.  A map is
 * confirmed only if none of them cost the answer as much. */
char *ph_verdict_dup (double change, const double *random_changes, size_t n_random);

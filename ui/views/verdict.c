#include "ui/views/verdict.h"

#include <glib/gi18n.h>

/* A twentieth of its probability more or less. */
#define HARDLY 0.05

static size_t
count_as_bad (double change, const double *random_changes, size_t n_random)
{
  size_t n = 0;

  for (size_t i = 0; i < n_random; i++)
    n += random_changes[i] <= change;
  return n;
}

char *
ph_verdict_dup (double change, const double *random_changes, size_t n_random)
{
  size_t n_as_bad = count_as_bad (change, random_changes, n_random);

  if (change > HARDLY)
    return g_strdup (_ ("The answer is likelier without it: it did not rest on this."));
  if (change > -HARDLY)
    return g_strdup (
        _ ("The answer hardly changes without it: it did not rest on this."));
  if (n_random == 0)
    return g_strdup (
        _ ("The answer rests on it; there is nothing else to compare it with."));
  if (n_as_bad == 0)
    return g_strdup_printf (
        ngettext ("The answer rests on it: the random draw did not cost it as much.",
                  "The answer rests on it: none of %zu random draws cost it as much.",
                  n_random),
        n_random);
  return g_strdup_printf (ngettext ("Not confirmed: %zu of %zu random draws cost the "
                                    "answer as much.",
                                    "Not confirmed: %zu of %zu random draws cost the "
                                    "answer as much.",
                                    n_as_bad),
                          n_as_bad, n_random);
}

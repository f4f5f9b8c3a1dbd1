/* fresh-model - writes a model folder with random weights
 *
 *   fresh-model SIZES.json FOLDER SEED
 *
 * What tests/reference/make_golden.py has the tiny model of tests/data/golden from. */
#include "core/formats/json.h"
#include "core/train/fresh.h"

#include <stdio.h>
#include <stdlib.h>

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PhJson) sizes = NULL;

  if (argc != 4) {
    fputs ("usage: fresh-model SIZES.json FOLDER SEED\n", stderr);
    return 2;
  }
  sizes = ph_json_load (argv[1], &error);
  if (sizes == NULL ||
      !ph_fresh_model_write (argv[2], sizes, strtoull (argv[3], NULL, 10), &error)) {
    fprintf (stderr, "fresh-model: %s\n", error->message);
    return 1;
  }
  return 0;
}

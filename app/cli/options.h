/* options.h - reads the options of a command line by a table
 *
 *   static const PhOption options[] = {
 *     { "image", PH_OPTION_TEXT, &image },
 *     { "seed", PH_OPTION_WHOLE, &seed },
 *     { 0 },
 *   };
 *
 * `--seed 7` and `--seed=7` mean the same, `--` ends the options, and `-` alone is a
 * word.  Numbers are read in the same way in every locale.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum {
  PH_OPTION_FLAG,  /* bool: true if it was given */
  PH_OPTION_TEXT,  /* const char *, borrowed from the command line */
  PH_OPTION_COUNT, /* int, from min to max */
  PH_OPTION_WHOLE, /* PhWhole, any */
  PH_OPTION_REAL,  /* double, from min to max */
} PhOptionKind;

typedef struct {
  bool given;
  uint64_t value;
} PhWhole;

typedef struct {
  const char *name; /* without dashes; NULL ends the table */
  PhOptionKind kind;
  void *value; /* untouched where the option is not given */
  double min, max;
} PhOption;

/* Reads @arguments, which is NULL-terminated, and leaves in it the words that are no
 * options.  Fails with a line for the person; what came before the fault was stored. */
bool ph_options_read (const PhOption *options, char **arguments, GError **error);

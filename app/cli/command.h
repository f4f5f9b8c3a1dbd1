/* command.h - what a command of pinhole-cli is
 *
 * Each stands in its own file, which ends in a const struct; main.c has the list.  A
 * command says what options it takes (options.h); main.c reads them, answers --help and
 * refuses what is wrong before run() is called.
 *
 * stdout carries what was asked for and stderr everything else.  A failure is one line
 * on stderr that begins with `pinhole-cli: `.
 *
 * To add one: app/cli/NAME.c, a line in main.c and one in app/meson.build.
 */
#pragma once

#include "app/cli/options.h"

enum {
  PH_EXIT_DONE = 0,
  PH_EXIT_FAILED = 1,
  PH_EXIT_USAGE = 2,
  PH_EXIT_INTERRUPTED = 130,
};

typedef struct {
  const char *name;
  const char *summary; /* a few words, for the list of commands */
  const char *help;    /* examples first, then what the options mean */
  const PhOption *options;
  int min_words, max_words; /* that are not options */

  /* Words are NULL-terminated.  Returns the exit code. */
  int (*run) (char **words);
} PhCommand;

extern const PhCommand ph_command_ask;
extern const PhCommand ph_command_match;
extern const PhCommand ph_command_trace;
extern const PhCommand ph_command_tokenize;
extern const PhCommand ph_command_scene;
extern const PhCommand ph_command_train;
extern const PhCommand ph_command_evaluate;
extern const PhCommand ph_command_history;
extern const PhCommand ph_command_inspect;

/* Opens when pinhole-cli is run alone on a terminal. */
extern const PhCommand ph_command_chat;

/* Prints what is wrong with the command line and where to read more; returns
 * PH_EXIT_USAGE. */
int ph_refuse_usage (const PhCommand *command, const char *message);
/* Prints @error on one line and returns PH_EXIT_FAILED, or PH_EXIT_INTERRUPTED where
 * somebody stopped it. */
int ph_report (const GError *error);
/* The same for a remark that stops nothing. */
void ph_warn (const char *message);

/* @name as it was given, or the built-in model for NULL.  The caller frees it. */
char *ph_find_model (const char *name, GError **error);

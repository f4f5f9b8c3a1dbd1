/* application-private.h - what the files of the program share
 *
 * application.c starts and ends it, application-actions.c does what concerns no window of
 * its own: keys, help, preferences, the end.
 */
#pragma once

#include "core/engine/engine.h"
#include "core/history/history.h"
#include "ui/application.h"

struct _PhApplication {
  AdwApplication parent_instance;

  /* Owned */
  PhEngine *engine;
  PhHistory *history;
  char *history_path; /* NULL: the user's own */
  char *model_folder; /* NULL: the built-in one */
  char *model_problem;

  int scene; /* number of the first one; 0: any */
};

void ph_application_add_actions (PhApplication *self);
void ph_application_close_windows (PhApplication *self);

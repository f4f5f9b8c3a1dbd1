/* asking-memory.h - what was chosen for each model, from one start to the next
 *
 * One line of JSON in the settings, by the folders of the models; the last forty are
 * remembered.  What cannot be read there counts as never chosen.  Main thread.
 */
#pragma once

#include "core/engine/engine.h"

G_BEGIN_DECLS

typedef struct {
  char *template; /* NULL: the model's own */
  gboolean uses_template;
  gboolean has_sampling; /* FALSE: the model's own, and @sampling means nothing */
  PhSampling sampling;
  gboolean new_seeds;
} PhAskingChoice;

/* As it was remembered for the model in @folder, or as nothing was chosen. */
PhAskingChoice *ph_asking_memory_recall (const char *folder);
void ph_asking_memory_keep (const char *folder, const PhAskingChoice *choice);

void ph_asking_choice_free (PhAskingChoice *self);

G_END_DECLS

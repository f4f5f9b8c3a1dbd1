/* trainer.h - runs a recipe to its end, or to where it was stopped, and on from there
 *
 * A training run is a folder: tokenizers and configs from the start, log.csv and
 * held-out.csv as it goes, checkpoint-STEP.safetensors every so many steps (written to a
 * new name, synced, renamed; the one before is then removed), and at the end the weights,
 * which make it a model folder in the published layout.  Opening the same recipe on the
 * same folder goes on from its checkpoint, and ends in the same bytes as a run that was
 * never interrupted.
 *
 * Shards run on a pool with weights in common and gradients of their own, which are added
 * in a fixed order: the number of threads changes the time and nothing else.
 *
 * One thread owns a trainer and runs it; the stop flag may be raised from any.
 */
#pragma once

#include "core/train/objective.h"

G_BEGIN_DECLS

typedef struct _PhTrainer PhTrainer;

typedef struct {
  size_t step, n_steps; /* steps done, and all there are */
  double loss;          /* mean since the last report */
  double rate;
  PhTerms terms; /* means */
  double pictures_per_second;
  double seconds_left;
} PhProgress;

typedef void (*PhProgressCallback) (const PhProgress *progress, void *data);

/* Errors name the recipe, the folder or the earlier stage that is wrong. */
PhTrainer *
ph_trainer_open (const char *recipe, const char *folder, int n_threads, GError **error);
void ph_trainer_free (PhTrainer *self);

/* Steps that were done before, when a checkpoint was found. */
size_t ph_trainer_get_step (const PhTrainer *self);

/* True when the last step is done and the model folder is whole; false with
 * G_IO_ERROR_CANCELLED after a stop, which leaves a checkpoint at the step reached.
 * @callback, which may be NULL, hears of progress every 20 steps. */
bool ph_trainer_run (PhTrainer *self,
                     const atomic_bool *stop,
                     PhProgressCallback callback,
                     void *data,
                     GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PhTrainer, ph_trainer_free)

G_END_DECLS

/* experiment.h - an answer doubted: asked for again with something taken away
 *
 * A PhExperiment asks one question again under a list of interventions
 * (core/models/intervention.h), with the sampling and the seed of the first time, and
 * measures by each how likely the first answer still is.  Its results arrive one by one.
 * The first is of a run from which nothing was taken: should its answer not be the one
 * that is doubted, then the model or its settings are not those that gave it, and the
 * other results say nothing about it.
 *
 * It belongs to the main thread, like a PhReply.  There is one at a time, and it gives
 * way: a question, a load or another experiment stops it, and what has arrived is kept.
 */
#pragma once

#include "core/base/word-diff.h"
#include "core/models/trial.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define PH_TYPE_EXPERIMENT (ph_experiment_get_type ())
G_DECLARE_FINAL_TYPE (PhExperiment, ph_experiment, PH, EXPERIMENT, GObject)

typedef enum {
  PH_EXPERIMENT_QUEUED,
  PH_EXPERIMENT_WORKING,
  PH_EXPERIMENT_DONE,
  PH_EXPERIMENT_CANCELLED,
  PH_EXPERIMENT_FAILED,
} PhExperimentState;

typedef struct {
  PhIntervention *without; /* what was taken away; NULL in the first: nothing */
  PhAnswer answer;         /* without snapshot and record */
  GArray *words; /* of PhWordRun: from the doubted answer's text to this one's */

  /* Of the doubted answer's tokens, each behind those before it. */
  float *probabilities;
  size_t n_probabilities;
  /* Of its words, which is to say without the token that ends it: the geometric mean, and
   * what its logarithm lost or gained against the first result. */
  double probability;
  double log_change;
} PhExperimentResult;

/* Properties, notified on the asker's main context: "n-results" (int), then "state" (int,
 * PhExperimentState). */

PhExperimentState ph_experiment_get_state (PhExperiment *self);
gboolean ph_experiment_is_over (PhExperiment *self);
int ph_experiment_get_n_results (PhExperiment *self);
/* How many there will be; 0 until it begins. */
int ph_experiment_get_n_planned (PhExperiment *self);
/* Borrowed; lives as long as @self. */
const PhExperimentResult *ph_experiment_get_result (PhExperiment *self, int result);
/* The doubted answer, or NULL until there is a result; borrowed. */
const char *ph_experiment_get_text (PhExperiment *self);
/* Why it failed, or NULL; borrowed. */
const GError *ph_experiment_get_error (PhExperiment *self);

void ph_experiment_cancel (PhExperiment *self);

G_END_DECLS

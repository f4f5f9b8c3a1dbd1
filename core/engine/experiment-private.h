/* experiment-private.h - how the worker writes an experiment
 *
 * As with a reply, the worker borrows it from the job that holds it and never drops a
 * reference.  All but ph_experiment_new() may be called from any thread.
 */
#pragma once

#include "core/engine/experiment.h"

G_BEGIN_DECLS

/* A queued one that notifies on the calling thread's default main context. */
PhExperiment *ph_experiment_new (void) G_GNUC_WARN_UNUSED_RESULT;

/* Up once somebody cancelled; borrowed. */
const atomic_bool *ph_experiment_get_stop (PhExperiment *self);

/* Turns QUEUED into WORKING.  False if it was cancelled before its turn: it is over. */
bool ph_experiment_begin (PhExperiment *self);

/* What it is about: the doubted answer, and how many results there will be. */
void ph_experiment_set_plan (PhExperiment *self, const char *text, int n_planned);

/* Takes @result, made by g_new0(). */
void ph_experiment_take_result (PhExperiment *self, PhExperimentResult *result);

/* Takes @error: FAILED with one; without, CANCELLED if it was stopped, else DONE. */
void ph_experiment_end (PhExperiment *self, GError *error);

void ph_experiment_result_free (PhExperimentResult *result);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PhExperimentResult, ph_experiment_result_free)

G_END_DECLS

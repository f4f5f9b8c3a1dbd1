/* asked-again.h - the chosen turn, asked again for an experiment
 *
 * What views share that doubt an answer: whether the turn that is looked at can be asked
 * again, the question as it was put, and how what came of it is shown.  Main thread only.
 */
#pragma once

#include "ui/views/outcome.h"
#include "ui/views/view.h"

G_BEGIN_DECLS

/* Why not, in one sentence that says what to do; NULL: it can.  The caller frees it. */
char *ph_asked_again_dup_obstacle (const PhViewContext *context);

/* Calls @changed (@view) for whatever may have changed that. */
void
ph_asked_again_watch (const PhViewContext *context, GCallback changed, gpointer view);

/* Doubts the answer that is looked at, by the interventions in @asked; the rest of it is
 * filled in.  There must be no obstacle.  The caller owns the result. */
PhExperiment *ph_asked_again_begin (const PhViewContext *context,
                                    PhExperimentAsked asked) G_GNUC_WARN_UNUSED_RESULT;

/* True while @experiment, which may be NULL, goes on. */
bool ph_asked_again_goes_on (PhExperiment *experiment);
/* How it ended if that is worth a word, or NULL; the caller frees it. */
char *ph_asked_again_dup_notice (PhExperiment *experiment);
/* That with nothing taken away the model did not give the answer that is doubted; NULL:
 * it did.  There must be a result. */
const char *ph_asked_again_get_warning (PhExperiment *experiment);

/* A bar that is there while it goes on. */
void ph_asked_again_show_progress (PhExperiment *experiment, GtkProgressBar *bar);

/* Answer and probability of @result under @heading: what is gone is struck out, and what
 * is new is underlined. */
void ph_asked_again_show_result (PhExperiment *experiment,
                                 const PhExperimentResult *result,
                                 const char *heading,
                                 PhOutcome *outcome);

G_END_DECLS

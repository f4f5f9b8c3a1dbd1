/* asked-again.h - the chosen turn, asked again for an experiment
 *
 * What views share that doubt an answer: whether the turn that is looked at can be asked
 * again, the question as it was put, and the words of two answers side by side.  Main
 * thread only.
 */
#pragma once

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

/* The answer of @result as Pango markup, what is gone struck out and what is new
 * underlined; and the same for those who hear it.  The caller frees them. */
char *ph_asked_again_dup_markup (const char *doubted, const PhExperimentResult *result);
char *ph_asked_again_dup_spoken (const char *doubted, const PhExperimentResult *result);

G_END_DECLS

/* writing.h - an answer, token by token behind a prompt
 *
 * What every run that writes has in common, be it the first about its picture or one of
 * many from which something was taken away.
 */
#pragma once

#include "core/models/listener.h"
#include "core/models/model-private.h"

typedef struct {
  PhModel *model;
  const PhQuestionAsked *asked;
  const PhRun *run;
  PhAnswer *answer;     /* an empty one but for the ids of the prompt */
  PhListener *listener; /* told the scores of each token; NULL: nothing is noted */
  double start;         /* set when the prompt began to be read */
} PhWriting;

/* Writes behind @prompt, 1 by position by width, into the answer, and tells stages,
 * timings and the text so far.  Being stopped is not a failure. */
bool
ph_writing_run (PhWriting *self, const PhPass *pass, PhTensor *prompt, GError **error);

/* answer-record.h - the record of an answer, made of what was noted while it was written
 */
#pragma once

#include "core/models/listener.h"
#include "core/models/model-private.h"

/* What a listener to a run of @self has to know. */
PhListenerSizes ph_answer_get_sizes (const PhModel *self, const PhRun *run);

/* NULL if there was neither a look at the picture nor a token.  Decodes the beginnings of
 * the answer, each once, as was done when it was written. */
PhRecord *ph_answer_make_record (const PhModel *self,
                                 const PhRun *run,
                                 const PhAnswer *answer,
                                 const PhListener *listener);

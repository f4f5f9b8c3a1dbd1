/* scribe.h - a reply written into the history while it comes
 *
 * Made before the question is asked and told of every change; all calls return at once.
 * Main thread.
 */
#pragma once

#include "core/engine/engine.h"
#include "core/history/history.h"

typedef struct {
  PhHistory *history; /* borrowed; NULL: nothing is kept */
  int64_t chat;
  const char *model;
  const char *picture_path; /* the file the picture was in */
  const PhRequest *request; /* borrowed */

  int64_t turn; /* 0 until the picture is known */
} PhScribe;

void ph_scribe_update (PhScribe *self, PhReply *reply);
/* Once, when @reply is over. */
void ph_scribe_finish (PhScribe *self, PhReply *reply);

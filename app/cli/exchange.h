/* exchange.h - one question and its answer, printed as it comes and kept in the history
 *
 * Runs the thread's default main context until the answer is over.  Ctrl+C stops the
 * answer and keeps what was written; a second one ends the program.
 */
#pragma once

#include "app/cli/scribe.h"
#include "core/engine/engine.h"

typedef struct {
  const PhRequest *request;
  PhScribe *scribe;
  bool prints; /* the text to stdout while it comes, and a newline at its end */
} PhExchange;

/* The reply, which is over; the caller owns it. */
PhReply *
ph_exchange_run (PhEngine *engine, const PhExchange *exchange) G_GNUC_WARN_UNUSED_RESULT;

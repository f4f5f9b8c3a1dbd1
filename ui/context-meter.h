/* context-meter.h - how much of the model's context the question takes
 *
 * "44 of 2048 tokens": the queries of the picture and the prompt, of what the model reads
 * and writes at once.  The engine counts; while it answers, the meter waits.
 *
 * Property "warning" (string, empty for none), notified: that the answer will be cut, or
 * that the question does not fit.
 */
#pragma once

#include "core/engine/engine.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define PH_TYPE_CONTEXT_METER (ph_context_meter_get_type ())
G_DECLARE_FINAL_TYPE (PhContextMeter, ph_context_meter, PH, CONTEXT_METER, AdwBin)

/* Borrowed; once. */
void ph_context_meter_set_engine (PhContextMeter *self, PhEngine *engine);

/* Shows what @request would take; copied as far as it is needed. */
void ph_context_meter_measure (PhContextMeter *self, const PhRequest *request);

G_END_DECLS

/* json.h - settings and figures of an answer as JSON
 *
 * One spelling for the history, the terminal's --json and exports.  The caller gives up
 * the result with json_decref().  Any thread.
 */
#pragma once

#include "core/engine/engine.h"
#include "core/lm/sampling-json.h"

#include <jansson.h>

/* How such a value is dumped: one line, plain ASCII, no more digits than mean something.
 */
#define PH_JSON_LINE (JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION (6))

/* {"greedy", "max_new_tokens"}, and between the two what else was set: "temperature",
 * "top_k", "top_p" and "seed" of a sampled answer, "beams", "length_penalty" and
 * "early_stopping" of a search, "repetition_penalty", "min_new_tokens".  A seed past
 * 2^63 - 1 is a string. */
json_t *ph_sampling_to_json (const PhSampling *sampling);

/* The same of its sampling, and "template" where it has one: the prompt in it is what the
 * model read. */
json_t *ph_request_to_json (const PhRequest *request);
/* Sets @sampling to what such a line says, where it says nothing to greedy's standards,
 * and returns the template, or NULL; the caller frees it. */
char *ph_request_read_settings (PhSampling *sampling, const char *line);

/* {"picture", "vision", "queries", "prompt", "writing", "total"}: milliseconds. */
json_t *ph_timings_to_json (const PhTimings *timings);
/* Out of such a line; false, and @timings all 0, if it is none. */
bool ph_timings_read (PhTimings *timings, const char *line);
double ph_timings_sum (const PhTimings *timings);

/* The whole numbers of @ids, a GArray of int32_t. */
json_t *ph_ids_to_json (const GArray *ids);

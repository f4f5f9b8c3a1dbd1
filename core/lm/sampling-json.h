/* sampling-json.h - how tokens are chosen, out of JSON
 *
 * Of generation_config.json, as published beside a checkpoint, and of what Pinhole itself
 * keeps with an answer (ph_sampling_to_json() of the engine).  Neither may keep a model
 * from being opened: what is not stated, or out of its range, is as PH_SAMPLING_GREEDY
 * has it.  The result passes ph_sampling_check().  Any thread.
 */
#pragma once

#include "core/lm/generate.h"

#include <jansson.h>

G_BEGIN_DECLS

/* @config may be NULL.  Lengths count where they are of new tokens alone. */
PhSampling ph_sampling_from_generation_config (const json_t *config);
PhSampling ph_sampling_from_settings (const json_t *settings);

G_END_DECLS

/* family.h - which family a config.json belongs to, and why it may belong to none
 *
 * A family is known by model_type and the architectures that config.json names.  What is
 * not opened is told by what it is: a language model alone, a model for videos, quantised
 * weights.
 */
#pragma once

#include "core/models/model-private.h"

/* The class that opens @config, or NULL with one line that says what was found and what
 * would work. */
const PhModelClass *ph_family_find (const json_t *config, GError **error);

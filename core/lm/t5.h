/* t5.h - the T5 family as a language model: an encoder for the prompt, a decoder for the
 * answer
 *
 * Flan-T5, as BLIP-2 and InstructBLIP have it, with gated exact GELU.  Other
 * feed-forwards (the ReLU of the first T5, the tanh GELU of T5 1.1) are refused by name.
 */
#pragma once

#include "core/lm/lm.h"

G_BEGIN_DECLS

extern const PhLmClass ph_lm_t5;

G_END_DECLS

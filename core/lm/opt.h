/* opt.h - OPT as a language model
 *
 * The variant that BLIP-2 was published with: norms before the sub-layers, ReLU,
 * embeddings as wide as the layers.  Others are refused with what they are.
 */
#pragma once

#include "core/lm/lm.h"

G_BEGIN_DECLS

extern const PhLmClass ph_lm_opt;

G_END_DECLS

/* positions.h - learned positions for another number of patches
 *
 * A vision transformer that was trained on n by n patches reads m by m of them when the
 * positions between are interpolated: bicubic with a = -0.75, corners not aligned, edges
 * repeated, no antialiasing, which is torch.nn.functional.interpolate() as transformers
 * calls it for `interpolate_pos_encoding`.  The class token keeps its own.
 */
#pragma once

#include "core/tensor/tensor.h"

#include <glib.h>

G_BEGIN_DECLS

/* @table: 1 by 1 + n × n by width, of any type.  Sets @out to 1 by 1 + @side × @side by
 * width; the caller frees out->data with g_free().  Fails only without memory. */
bool ph_positions_interpolate (const PhTensor *table,
                               size_t side,
                               PhTensor *out,
                               GError **error);

G_END_DECLS

/* torch.h - pytorch_model.bin
 *
 * What torch.save writes since version 1.6: an archive of stored entries (zip.h) with a
 * pickle (pickle.h) of the dictionary {name: tensor} and one entry a storage.  A tensor
 * is a view into a storage: an offset, a shape and strides; two tensors may share one. Of
 * all that a pickle can say, only tensors of numbers are understood, and nothing is ever
 * run.  Written after torch/_utils.py (_rebuild_tensor_v2) and torch/serialization.py
 * (persistent_load).
 *
 * The format from before 1.6 and TorchScript programs are refused as what they are, and
 * so are files from big-endian machines.
 *
 * An open file never changes; any thread may read it.
 */
#pragma once

#include "core/formats/map.h"
#include "core/formats/stored.h"

G_BEGIN_DECLS

typedef struct _PhTorch PhTorch;

/* Errors name @path, and the tensor if it is about one. */
PhTorch *ph_torch_open (const char *path, GError **error);
void ph_torch_free (PhTorch *self);

/* The tensors in the order of their names, borrowed. */
const PhStoredTensor *ph_torch_get_tensors (const PhTorch *self, size_t *n_tensors);
const PhMap *ph_torch_get_map (const PhTorch *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PhTorch, ph_torch_free)

G_END_DECLS

/* One file of torch.save. */
#include "core/formats/store-private.h"
#include "core/formats/torch.h"

bool
ph_store_read_torch (const char *path, PhStoreFile *file, GError **error)
{
  PhTorch *reader = ph_torch_open (path, error);

  if (reader == NULL)
    return false;

  *file = (PhStoreFile){ .reader = reader,
                         .free = (GDestroyNotify) ph_torch_free,
                         .map = ph_torch_get_map (reader) };
  file->tensors = ph_torch_get_tensors (reader, &file->n_tensors);
  return true;
}

/* One file of safetensors. */
#include "core/formats/safetensors.h"
#include "core/formats/store-private.h"

bool
ph_store_read_safetensors (const char *path, PhStoreFile *file, GError **error)
{
  PhSafetensors *reader = ph_safetensors_open (path, error);

  if (reader == NULL)
    return false;

  *file = (PhStoreFile){ .reader = reader,
                         .free = (GDestroyNotify) ph_safetensors_free,
                         .map = ph_safetensors_get_map (reader) };
  file->tensors = ph_safetensors_get_tensors (reader, &file->n_tensors);
  return true;
}

/* One file of safetensors. */
#include "core/formats/store-private.h"

static bool
open_file (PhStore *self, const char *path, GError **error)
{
  PhSafetensors *file = ph_safetensors_open (path, error);
  const PhMap *map;

  if (file == NULL)
    return false;

  map = ph_safetensors_get_map (file);
  ph_store_keep (self, file, (GDestroyNotify) ph_safetensors_free, map);
  for (size_t i = 0; i < ph_safetensors_get_n_tensors (file); i++)
    if (!ph_store_add (self, map, ph_safetensors_get (file, i), error))
      return false;
  return true;
}

const PhStoreKind ph_store_safetensors = { "model.safetensors", open_file };

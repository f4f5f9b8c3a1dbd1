#include "core/train/fresh.h"

#include "core/formats/json.h"
#include "core/models/blip2.h"
#include "core/train/folder.h"
#include "core/train/parameters.h"

#define SPREAD 0.3f /* loud enough for answers to vary */

static bool
write_weights (const char *folder, PhBlip2 *net, uint64_t seed, GError **error)
{
  g_autoptr (PhParameters) parameters = ph_parameters_new ();
  g_autofree char *path = g_build_filename (folder, "model.safetensors", NULL);
  PhRandom random;

  if (!ph_blip2_bind (net, ph_parameters_get_binder (parameters), error))
    return false;
  ph_random_start (&random, seed, 0);
  ph_parameters_allocate (parameters, &random, SPREAD);
  return ph_parameters_save (parameters, path, PH_SAVE_F16, false, error);
}

bool
ph_fresh_model_write (const char *folder,
                      const json_t *model,
                      uint64_t seed,
                      GError **error)
{
  g_autofree char *path = g_build_filename (folder, "config.json", NULL);
  g_autoptr (PhJson) config = NULL;
  PhBlip2 net;
  bool written;

  if (!ph_folder_write (folder, model, error))
    return false;
  config = ph_json_load (path, error);
  if (config == NULL ||
      !ph_blip2_init_from_config (&net, config, PH_QFORMER_INSTRUCTBLIP, NULL, error))
    return false;
  written = write_weights (folder, &net, seed, error);
  ph_blip2_clear (&net);
  return written;
}

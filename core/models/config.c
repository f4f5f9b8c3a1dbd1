#include "core/models/config.h"

#include "core/base/error.h"

bool
ph_config_read_part (const json_t *config,
                     const char *name,
                     const PhJsonField *fields,
                     size_t n_fields,
                     void *values,
                     GError **error)
{
  g_autoptr (PhJson) empty = json_object ();
  const json_t *part = json_object_get (config, name);

  return ph_json_read (part != NULL ? part : empty, name, fields, n_fields, values,
                       error);
}

bool
ph_config_check_layers (const char *where,
                        size_t width,
                        size_t n_heads,
                        const char *activation,
                        GError **error)
{
  if (width % n_heads != 0)
    return ph_fail (error, PH_ERROR_RANGE,
                    "%s: hidden_size %zu is not a multiple of %zu heads", where, width,
                    n_heads);
  if (activation != NULL && !g_str_equal (activation, "gelu"))
    return ph_fail (error, PH_ERROR_UNSUPPORTED, "%s: hidden_act is not \"gelu\"", where);
  return true;
}

#define MAX_SIDE 2048 /* pixels; as preprocess.h */

typedef struct {
  size_t width, inner, n_layers, n_heads, side, patch;
  double eps;
  const char *activation;
} Vision;

#define SIZE(name, field, most, usual)                                                   \
  {                                                                                      \
    name, PH_JSON_SIZE, offsetof (Vision, field), 1, most, .standard = (double) (usual)  \
  }

bool
ph_config_read_vision (const json_t *config,
                       const PhVitConfig *standard,
                       PhVitConfig *vision,
                       GError **error)
{
  const PhJsonField fields[] = {
    SIZE ("hidden_size", width, 16384, standard->width),
    SIZE ("intermediate_size", inner, 65536, standard->inner),
    SIZE ("num_hidden_layers", n_layers, 256, standard->n_layers),
    SIZE ("num_attention_heads", n_heads, 256, standard->n_heads),
    SIZE ("image_size", side, MAX_SIDE, standard->side),
    SIZE ("patch_size", patch, MAX_SIDE, standard->patch),
    { "layer_norm_eps", PH_JSON_REAL, offsetof (Vision, eps), 1e-12, 1e-2,
      .standard = (double) standard->eps },
    { "hidden_act", PH_JSON_TEXT, offsetof (Vision, activation) },
  };
  Vision v = { 0 };

  if (!ph_config_read_part (config, "vision_config", fields, G_N_ELEMENTS (fields), &v,
                            error) ||
      !ph_config_check_layers ("vision_config", v.width, v.n_heads, v.activation, error))
    return false;
  if (v.patch > v.side || v.side % v.patch != 0)
    return ph_fail (error, PH_ERROR_RANGE,
                    "vision_config: image_size %zu is not a multiple of patch_size %zu",
                    v.side, v.patch);

  *vision = (PhVitConfig){ .width = v.width,
                           .inner = v.inner,
                           .n_layers = v.n_layers,
                           .n_heads = v.n_heads,
                           .side = v.side,
                           .patch = v.patch,
                           .eps = (float) v.eps };
  return true;
}

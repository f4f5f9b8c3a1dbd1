#include "core/formats/weights.h"

bool
ph_weights_bind (PhBinder *binder,
                 const char *prefix,
                 const PhWeight *table,
                 size_t n_weights,
                 void *fields,
                 const size_t *sizes,
                 GError **error)
{
  for (size_t i = 0; i < n_weights; i++) {
    const PhWeight *weight = &table[i];
    PhTensor *tensor = (PhTensor *) ((char *) fields + weight->field);
    char name[PH_WEIGHT_MAX_NAME];
    size_t dims[PH_MAX_DIMS] = { 0 };

    g_snprintf (name, sizeof name, "%s%s", prefix, weight->name);
    for (int d = 0; d < weight->n_dims; d++)
      dims[d] = sizes[weight->dims[d]];
    if (!binder->bind (binder, name, tensor, weight->n_dims, dims, weight->optional,
                       error))
      return false;
  }

  return true;
}

const char *
ph_type_name (PhType type)
{
  static const char *const names[] = {
    [PH_F32] = "f32", [PH_F16] = "f16", [PH_BF16] = "bf16"
  };

  return names[type];
}

char *
ph_shape_text (int n_dims, const size_t *dims)
{
  GString *text = g_string_new ("[");

  for (int d = 0; d < n_dims; d++)
    g_string_append_printf (text, "%s%zu", d > 0 ? ", " : "", dims[d]);
  g_string_append_c (text, ']');
  return g_string_free (text, FALSE);
}

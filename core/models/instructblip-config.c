#include "core/models/instructblip.h"

#include "core/base/error.h"
#include "core/base/snapshot.h"
#include "core/formats/json.h"

typedef struct {
  size_t width, inner, n_layers, n_heads, side, patch;
  double eps;
  const char *activation;
} Vision;

typedef struct {
  size_t width, inner, n_layers, n_heads, frequency, n_vocabulary, n_positions;
  double eps;
  const char *activation;
} Qformer;

#define MAX_SIDE 2048 /* pixels; as preprocess.h */

#define SIZE(Struct, name, field, most, usual)                                           \
  {                                                                                      \
    name, PH_JSON_SIZE, offsetof (Struct, field), 1, most, .standard = usual             \
  }

/* Defaults as in configuration_instructblip.py. */
static const PhJsonField vision_fields[] = {
  SIZE (Vision, "hidden_size", width, 16384, 1408),
  SIZE (Vision, "intermediate_size", inner, 65536, 6144),
  SIZE (Vision, "num_hidden_layers", n_layers, 256, 39),
  SIZE (Vision, "num_attention_heads", n_heads, 256, 16),
  SIZE (Vision, "image_size", side, MAX_SIDE, 224),
  SIZE (Vision, "patch_size", patch, MAX_SIDE, 14),
  { "layer_norm_eps", PH_JSON_REAL, offsetof (Vision, eps), 1e-12, 1e-2,
    .standard = 1e-6 },
  { "hidden_act", PH_JSON_TEXT, offsetof (Vision, activation) },
};

static const PhJsonField qformer_fields[] = {
  SIZE (Qformer, "hidden_size", width, 16384, 768),
  SIZE (Qformer, "intermediate_size", inner, 65536, 3072),
  SIZE (Qformer, "num_hidden_layers", n_layers, PH_SNAPSHOT_MAX_LAYERS, 12),
  SIZE (Qformer, "num_attention_heads", n_heads, 256, 12),
  SIZE (Qformer, "cross_attention_frequency", frequency, 256, 2),
  SIZE (Qformer, "vocab_size", n_vocabulary, 4194304, 30522),
  SIZE (Qformer, "max_position_embeddings", n_positions, 65536, 512),
  { "layer_norm_eps", PH_JSON_REAL, offsetof (Qformer, eps), 1e-15, 1e-2,
    .standard = 1e-12 },
  { "hidden_act", PH_JSON_TEXT, offsetof (Qformer, activation) },
};

static const PhJsonField top_fields[] = {
  { "num_query_tokens", PH_JSON_SIZE, 0, 1, 4096, .standard = 32 },
};

static bool
check_divides (const char *where,
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

/* A part of the config; one that is left out has all its defaults. */
static bool
read_part (const json_t *config,
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

static bool
read_vision (const json_t *config, PhVitConfig *vision, GError **error)
{
  Vision v = { 0 };

  if (!read_part (config, "vision_config", vision_fields, G_N_ELEMENTS (vision_fields),
                  &v, error) ||
      !check_divides ("vision_config", v.width, v.n_heads, v.activation, error))
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

static bool
read_qformer (const json_t *config,
              size_t picture_width,
              PhQformerConfig *qformer,
              GError **error)
{
  Qformer q = { 0 };
  size_t n_queries;

  if (!read_part (config, "qformer_config", qformer_fields, G_N_ELEMENTS (qformer_fields),
                  &q, error) ||
      !check_divides ("qformer_config", q.width, q.n_heads, q.activation, error) ||
      !ph_json_read (config, "", top_fields, G_N_ELEMENTS (top_fields), &n_queries,
                     error))
    return false;

  *qformer = (PhQformerConfig){ .width = q.width,
                                .inner = q.inner,
                                .n_layers = q.n_layers,
                                .n_heads = q.n_heads,
                                .cross_frequency = q.frequency,
                                .picture_width = picture_width,
                                .n_queries = n_queries,
                                .n_vocabulary = q.n_vocabulary,
                                .n_positions = q.n_positions,
                                .eps = (float) q.eps };
  return true;
}

bool
ph_instructblip_init_from_config (PhInstructBlip *self,
                                  const json_t *config,
                                  GError **error)
{
  json_t *text_config = ph_json_get_object (config, "", "text_config", error);
  PhVitConfig vision;
  PhQformerConfig qformer;
  PhLm *lm;

  if (text_config == NULL || !read_vision (config, &vision, error) ||
      !read_qformer (config, vision.width, &qformer, error))
    return false;
  lm = ph_lm_new (text_config, "opt", error);
  if (lm == NULL)
    return false;

  ph_instructblip_init (self, &vision, &qformer, lm);
  return true;
}

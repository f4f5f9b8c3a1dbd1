#include "core/models/instructblip.h"

#include "core/base/snapshot.h"
#include "core/models/config.h"

typedef struct {
  size_t width, inner, n_layers, n_heads, frequency, n_vocabulary, n_positions;
  double eps;
  const char *activation;
} Qformer;

#define SIZE(Struct, name, field, most, usual)                                           \
  {                                                                                      \
    name, PH_JSON_SIZE, offsetof (Struct, field), 1, most, .standard = usual             \
  }

/* Defaults as in configuration_instructblip.py. */
static const PhVitConfig vision_standard = { .width = 1408,
                                             .inner = 6144,
                                             .n_layers = 39,
                                             .n_heads = 16,
                                             .side = 224,
                                             .patch = 14,
                                             .eps = 1e-6f };

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
read_qformer (const json_t *config,
              size_t picture_width,
              PhQformerConfig *qformer,
              GError **error)
{
  Qformer q = { 0 };
  size_t n_queries;

  if (!ph_config_read_part (config, "qformer_config", qformer_fields,
                            G_N_ELEMENTS (qformer_fields), &q, error) ||
      !ph_config_check_layers ("qformer_config", q.width, q.n_heads, q.activation,
                               error) ||
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

  if (text_config == NULL ||
      !ph_config_read_vision (config, &vision_standard, &vision, error) ||
      !read_qformer (config, vision.width, &qformer, error))
    return false;
  lm = ph_lm_new (text_config, "opt", error);
  if (lm == NULL)
    return false;

  ph_instructblip_init (self, &vision, &qformer, lm);
  return true;
}

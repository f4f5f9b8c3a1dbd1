#include "core/models/blip.h"

#include "core/base/error.h"
#include "core/base/snapshot.h"
#include "core/models/config.h"

typedef struct {
  size_t width, inner, n_layers, n_heads, n_vocabulary, n_positions;
  int64_t start_id, stop_id;
  double eps;
  const char *activation;
} Text;

#define SIZE(name, field, most, usual)                                                   \
  {                                                                                      \
    name, PH_JSON_SIZE, offsetof (Text, field), 1, most, .standard = usual               \
  }
#define ID(name, field, usual)                                                           \
  {                                                                                      \
    name, PH_JSON_INT, offsetof (Text, field), 0, INT32_MAX, .standard = usual           \
  }

/* Defaults as in configuration_blip.py; the published files have 12 heads, and say so. */
static const PhVitConfig vision_standard = { .width = 768,
                                             .inner = 3072,
                                             .n_layers = 12,
                                             .n_heads = 12,
                                             .side = 384,
                                             .patch = 16,
                                             .eps = 1e-5f };

static const PhJsonField text_fields[] = {
  SIZE ("hidden_size", width, 16384, 768),
  SIZE ("intermediate_size", inner, 65536, 3072),
  SIZE ("num_hidden_layers", n_layers, PH_SNAPSHOT_MAX_LAYERS, 12),
  SIZE ("num_attention_heads", n_heads, 256, 8),
  SIZE ("vocab_size", n_vocabulary, 4194304, 30524),
  SIZE ("max_position_embeddings", n_positions, 65536, 512),
  ID ("bos_token_id", start_id, 30522),
  ID ("sep_token_id", stop_id, 102),
  { "layer_norm_eps", PH_JSON_REAL, offsetof (Text, eps), 1e-15, 1e-2,
    .standard = 1e-12 },
  { "hidden_act", PH_JSON_TEXT, offsetof (Text, activation) },
};

static const PhJsonField top_fields[] = {
  { "image_text_hidden_size", PH_JSON_SIZE, 0, 1, 16384, .standard = 256 },
};

static bool
check_id (const char *name, int64_t id, size_t n_vocabulary, GError **error)
{
  if ((uint64_t) id < n_vocabulary)
    return true;
  return ph_fail (error, PH_ERROR_RANGE,
                  "text_config.%s is %" G_GINT64_FORMAT
                  ", not below the %zu rows of the embedding table",
                  name, id, n_vocabulary);
}

static bool
read_text (const json_t *config, Text *text, GError **error)
{
  return ph_config_read_part (config, "text_config", text_fields,
                              G_N_ELEMENTS (text_fields), text, error) &&
         ph_config_check_layers ("text_config", text->width, text->n_heads,
                                 text->activation, error);
}

bool
ph_blip_config_read (PhBlipConfig *self,
                     const json_t *config,
                     const PhStore *store,
                     const char *words,
                     GError **error)
{
  const PhStoredTensor *table = ph_store_find (store, words);
  Text text = { 0 };

  if (!ph_config_read_vision (config, &vision_standard, &self->vision, error) ||
      !ph_vit_fit (&self->vision, store, "vision_model.", error) ||
      !read_text (config, &text, error) ||
      !ph_json_read (config, "", top_fields, G_N_ELEMENTS (top_fields),
                     &self->match_width, error))
    return false;
  if (table != NULL && table->n_dims == 2)
    text.n_vocabulary = table->dims[0];
  if (!check_id ("bos_token_id", text.start_id, text.n_vocabulary, error) ||
      !check_id ("sep_token_id", text.stop_id, text.n_vocabulary, error))
    return false;

  self->start_id = (int32_t) text.start_id;
  self->stop_id = (int32_t) text.stop_id;
  self->text = (PhBlipTextConfig){ .width = text.width,
                                   .inner = text.inner,
                                   .n_layers = text.n_layers,
                                   .n_heads = text.n_heads,
                                   .seen_width = self->vision.width,
                                   .n_vocabulary = text.n_vocabulary,
                                   .n_positions = text.n_positions,
                                   .eps = (float) text.eps };
  return true;
}

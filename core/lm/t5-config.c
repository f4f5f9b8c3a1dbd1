#include "core/lm/t5-private.h"

#include "core/base/error.h"
#include "core/formats/json.h"

#include <string.h>

typedef struct {
  int64_t pad_id, start_id;
  const char *feed_forward, *activation;
  bool gated, tied, scaled;
} Stated;

#define SIZE(name, field, least, most, ...)                                              \
  {                                                                                      \
    name, PH_JSON_SIZE, offsetof (PhT5Config, field), least, most, __VA_ARGS__           \
  }

/* 0 in num_decoder_layers: as many as in the encoder.  Fewer than four buckets leave none
 * for the near distances of one direction. */
static const PhJsonField size_fields[] = {
  SIZE ("d_model", width, 1, 65536, .standard = 512),
  SIZE ("d_ff", inner, 1, 262144, .standard = 2048),
  SIZE ("num_layers", n_encoder_blocks, 1, 512, .standard = 6),
  SIZE ("num_decoder_layers", n_decoder_blocks, 1, 512, .standard = 0),
  SIZE ("num_heads", n_heads, 1, 1024, .standard = 8),
  SIZE ("d_kv", head_size, 1, 4096, .standard = 64),
  SIZE ("vocab_size", n_vocabulary, 1, 4194304, .standard = 32128),
  SIZE ("relative_attention_num_buckets", n_buckets, 4, 4096, .standard = 32),
  SIZE ("relative_attention_max_distance", max_distance, 2, 1048576, .standard = 128),
  { "layer_norm_epsilon", PH_JSON_REAL, offsetof (PhT5Config, eps), 1e-12, 1e-2,
    .standard = 1e-6 },
};

static const PhJsonField stated_fields[] = {
  { "pad_token_id", PH_JSON_INT, offsetof (Stated, pad_id), 0, 4194303, .standard = 0 },
  { "decoder_start_token_id", PH_JSON_INT, offsetof (Stated, start_id), 0, 4194303,
    .standard = -1 },
  { "feed_forward_proj", PH_JSON_TEXT, offsetof (Stated, feed_forward) },
  { "dense_act_fn", PH_JSON_TEXT, offsetof (Stated, activation) },
  { "is_gated_act", PH_JSON_BOOL, offsetof (Stated, gated) },
  { "tie_word_embeddings", PH_JSON_BOOL, offsetof (Stated, tied), .standard = true },
  { "scale_decoder_outputs", PH_JSON_BOOL, offsetof (Stated, scaled) },
};

static bool
states (const json_t *text_config, const char *name)
{
  const json_t *value = json_object_get (text_config, name);

  return value != NULL && !json_is_null (value);
}

/* `gated-gelu` alone means the tanh GELU of T5 1.1; explicit keys beside it count more.
 */
static bool
check_feed_forward (const json_t *text_config, const Stated *stated, GError **error)
{
  const char *name = stated->feed_forward != NULL ? stated->feed_forward : "relu";
  bool starts_gated = g_str_has_prefix (name, "gated-");
  const char *kind = starts_gated ? name + strlen ("gated-") : name;
  bool gated = states (text_config, "is_gated_act") ? stated->gated : starts_gated;
  g_autofree char *activation = NULL;

  if (stated->activation == NULL && g_str_equal (name, "gated-gelu"))
    kind = "gelu_new";
  activation = ph_printable (stated->activation != NULL ? stated->activation : kind);
  if (gated && g_str_equal (activation, "gelu"))
    return true;
  return ph_fail (error, PH_ERROR_UNSUPPORTED,
                  "text_config: a T5 with %s%s, not with the gated gelu of BLIP-2 and "
                  "InstructBLIP",
                  gated ? "gated " : "", activation);
}

bool
ph_t5_config_read (PhT5Config *config, const json_t *text_config, GError **error)
{
  Stated stated = { 0 };

  if (!ph_json_read (text_config, "text_config", size_fields, G_N_ELEMENTS (size_fields),
                     config, error) ||
      !ph_json_read (text_config, "text_config", stated_fields,
                     G_N_ELEMENTS (stated_fields), &stated, error) ||
      !check_feed_forward (text_config, &stated, error))
    return false;

  if (config->n_decoder_blocks == 0)
    config->n_decoder_blocks = config->n_encoder_blocks;
  config->start_id = (int32_t) (stated.start_id >= 0 ? stated.start_id : stated.pad_id);
  /* Newer files say that the tables are tied, always, and beside it whether to scale. */
  config->scaled =
      states (text_config, "scale_decoder_outputs") ? stated.scaled : stated.tied;
  return config->max_distance > config->n_buckets / 2 ||
         ph_fail (
             error, PH_ERROR_RANGE,
             "text_config: relative_attention_max_distance is %zu, not above half of "
             "the %zu buckets",
             config->max_distance, config->n_buckets);
}

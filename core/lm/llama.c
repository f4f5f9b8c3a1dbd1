/* LLaMA (Touvron et al. 2023) with grouped keys and values (Ainslie et al. 2023):
 *
 *   x += o (attention (rotate (q n), rotate (k n), v n)),  n = rms_norm (x)
 *   x += down (silu (gate n) × up n),                      n = rms_norm (x)
 *
 * then a last norm and the output table, which may be the embedding table itself.
 * Tensor names as in modeling_llama.py of transformers. */
#include "core/lm/llama.h"

#include "core/base/error.h"
#include "core/formats/json.h"
#include "core/lm/decoder.h"
#include "core/tensor/ops.h"

#include <math.h>

typedef struct {
  PhTensor input_norm, q, k, v, o;
  PhTensor output_norm, gate, up, down;
} Layer;

typedef struct {
  PhDecoder decoder;
  PhLlamaConfig config;
  PhTensor norm;
  Layer *layers;
} Llama;

enum { WIDTH, QUERY_WIDTH, KEY_WIDTH, INNER, VOCABULARY, N_SIZES };

static const PhWeight layer_weights[] = {
  { "input_layernorm.weight", offsetof (Layer, input_norm), 1, { WIDTH } },
  { "self_attn.q_proj.weight", offsetof (Layer, q), 2, { QUERY_WIDTH, WIDTH } },
  { "self_attn.k_proj.weight", offsetof (Layer, k), 2, { KEY_WIDTH, WIDTH } },
  { "self_attn.v_proj.weight", offsetof (Layer, v), 2, { KEY_WIDTH, WIDTH } },
  { "self_attn.o_proj.weight", offsetof (Layer, o), 2, { WIDTH, QUERY_WIDTH } },
  { "post_attention_layernorm.weight", offsetof (Layer, output_norm), 1, { WIDTH } },
  { "mlp.gate_proj.weight", offsetof (Layer, gate), 2, { INNER, WIDTH } },
  { "mlp.up_proj.weight", offsetof (Layer, up), 2, { INNER, WIDTH } },
  { "mlp.down_proj.weight", offsetof (Layer, down), 2, { WIDTH, INNER } },
};

static const PhWeight model_weights[] = {
  { "model.embed_tokens.weight",
    offsetof (Llama, decoder.embedding),
    2,
    { VOCABULARY, WIDTH } },
  { "model.norm.weight", offsetof (Llama, norm), 1, { WIDTH } },
};

static const PhWeight head_weights[] = {
  { "lm_head.weight", offsetof (Llama, decoder.head), 2, { VOCABULARY, WIDTH } },
};

static bool
llama_bind (PhLm *lm, PhBinder *binder, const char *prefix, GError **error)
{
  Llama *self = (Llama *) lm;
  const PhLlamaConfig *config = &self->config;
  const size_t sizes[N_SIZES] = {
    [WIDTH] = config->width,
    [QUERY_WIDTH] = config->n_heads * config->head_size,
    [KEY_WIDTH] = config->n_key_heads * config->head_size,
    [INNER] = config->inner,
    [VOCABULARY] = lm->n_vocabulary,
  };

  if (!ph_weights_bind (binder, prefix, model_weights, G_N_ELEMENTS (model_weights), self,
                        sizes, error))
    return false;
  if (!config->tied &&
      !ph_weights_bind (binder, prefix, head_weights, 1, self, sizes, error))
    return false;

  for (size_t i = 0; i < config->n_layers; i++) {
    g_autofree char *layer = g_strdup_printf ("%smodel.layers.%zu.", prefix, i);

    if (!ph_weights_bind (binder, layer, layer_weights, G_N_ELEMENTS (layer_weights),
                          &self->layers[i], sizes, error))
      return false;
  }
  return true;
}

static void
llama_free (PhLm *lm)
{
  Llama *self = (Llama *) lm;

  g_free (self->layers);
  g_free (self);
}

/* --- layers --- */

static PhTensor *
attend (Llama *self, const PhPass *pass, size_t layer, PhTensor *x, PhLmCache *cache)
{
  const PhLlamaConfig *config = &self->config;
  Layer *l = &self->layers[layer];
  PhContext *c = pass->context;
  size_t first = cache != NULL ? ph_lm_cache_get_n_used (cache) : 0;
  PhTensor *q = ph_linear (c, x, &l->q, NULL), *k = ph_linear (c, x, &l->k, NULL);

  x = ph_decoder_attend (
      pass, cache, layer,
      (PhAttention){ .q = ph_rotate (c, q, config->n_heads, first, config->theta),
                     .k = ph_rotate (c, k, config->n_key_heads, first, config->theta),
                     .v = ph_linear (c, x, &l->v, NULL),
                     .n_heads = config->n_heads,
                     .n_key_heads = config->n_key_heads,
                     .scale = 1.0f / sqrtf ((float) config->head_size) });
  return ph_linear (c, x, &l->o, NULL);
}

static PhTensor *
layer_forward (Llama *self,
               const PhPass *pass,
               size_t layer,
               PhTensor *x,
               PhLmCache *cache)
{
  Layer *l = &self->layers[layer];
  PhContext *c = pass->context;
  size_t scope = ph_scope_begin (c);
  PhTensor *n = ph_rms_norm (c, x, &l->input_norm, self->config.eps);

  x = ph_add (c, x, attend (self, pass, layer, n, cache));
  n = ph_rms_norm (c, x, &l->output_norm, self->config.eps);
  n = ph_silu_multiply (c, ph_linear (c, n, &l->gate, NULL),
                        ph_linear (c, n, &l->up, NULL));
  x = ph_add (c, x, ph_linear (c, n, &l->down, NULL));
  return ph_scope_end (c, scope, x);
}

static PhTensor *
forward (PhDecoder *decoder, const PhPass *pass, PhTensor *x, PhLmCache *cache)
{
  Llama *self = (Llama *) decoder;
  size_t n_new = x->dims[1];

  for (size_t i = 0; i < self->config.n_layers; i++)
    x = layer_forward (self, pass, i, x, cache);
  if (cache != NULL)
    ph_lm_cache_advance (cache, n_new);
  return ph_rms_norm (pass->context, x, &self->norm, self->config.eps);
}

PhLm *
ph_llama_new (const PhLlamaConfig *config)
{
  Llama *self = g_new0 (Llama, 1);

  self->decoder = (PhDecoder){
    .lm = { .class = &ph_lm_llama,
            .width = config->width,
            .n_vocabulary = config->n_vocabulary,
            .n_positions = config->n_positions },
    .forward = forward,
    .n_layers = config->n_layers,
    .key_width = config->n_key_heads * config->head_size,
  };
  self->config = *config;
  self->layers = g_new0 (Layer, config->n_layers);
  return &self->decoder.lm;
}

/* --- config --- */

typedef struct {
  size_t width, inner, n_layers, n_heads, n_key_heads, head_size, n_vocabulary,
      n_positions;
  double eps, theta;
  bool tied, has_attention_bias, has_mlp_bias;
  const char *activation;
} Stated;

#define SIZE(name, field, most, ...)                                                     \
  {                                                                                      \
    name, PH_JSON_SIZE, offsetof (Stated, field), 1, most, __VA_ARGS__                   \
  }

/* Defaults as in configuration_llama.py; 0 in the two that follow from others. */
static const PhJsonField fields[] = {
  SIZE ("hidden_size", width, 65536, .standard = 4096),
  SIZE ("intermediate_size", inner, 262144, .standard = 11008),
  SIZE ("num_hidden_layers", n_layers, 512, .standard = 32),
  SIZE ("num_attention_heads", n_heads, 1024, .standard = 32),
  SIZE ("num_key_value_heads", n_key_heads, 1024, .standard = 0),
  SIZE ("head_dim", head_size, 4096, .standard = 0),
  SIZE ("vocab_size", n_vocabulary, 4194304, .standard = 32000),
  SIZE ("max_position_embeddings", n_positions, 1048576, .standard = 2048),
  { "rms_norm_eps", PH_JSON_REAL, offsetof (Stated, eps), 1e-12, 1e-2, .standard = 1e-6 },
  { "rope_theta", PH_JSON_REAL, offsetof (Stated, theta), 1, 1e9, .standard = 10000 },
  { "tie_word_embeddings", PH_JSON_BOOL, offsetof (Stated, tied) },
  { "attention_bias", PH_JSON_BOOL, offsetof (Stated, has_attention_bias) },
  { "mlp_bias", PH_JSON_BOOL, offsetof (Stated, has_mlp_bias) },
  { "hidden_act", PH_JSON_TEXT, offsetof (Stated, activation) },
};

static const PhJsonField rope_fields[] = {
  { "rope_theta", PH_JSON_REAL, offsetof (Stated, theta), 1, 1e9, .standard = 10000 },
};

static bool
derive_heads (Stated *stated, GError **error)
{
  if (stated->n_key_heads == 0)
    stated->n_key_heads = stated->n_heads;
  if (stated->head_size == 0) {
    if (stated->width % stated->n_heads != 0)
      return ph_fail (error, PH_ERROR_RANGE,
                      "text_config: hidden_size %zu is not a multiple of %zu heads",
                      stated->width, stated->n_heads);
    stated->head_size = stated->width / stated->n_heads;
  }
  if (stated->n_heads % stated->n_key_heads != 0)
    return ph_fail (error, PH_ERROR_RANGE,
                    "text_config: %zu heads are not a multiple of %zu key/value heads",
                    stated->n_heads, stated->n_key_heads);
  if (stated->head_size % 2 != 0)
    return ph_fail (
        error, PH_ERROR_RANGE,
        "text_config: heads of odd size %zu, which rotary positions cannot pair",
        stated->head_size);
  return true;
}

/* Where newer files keep theta, and which ways of turning there are. */
static bool
read_rope (const json_t *text_config, Stated *stated, GError **error)
{
  const json_t *rope = json_object_get (text_config, "rope_parameters");
  const char *type;

  if (!json_is_object (rope))
    rope = json_object_get (text_config, "rope_scaling");
  if (!json_is_object (rope))
    return true;

  type = json_string_value (json_object_get (rope, "rope_type"));
  if (type != NULL && !g_str_equal (type, "default"))
    return ph_fail (error, PH_ERROR_UNSUPPORTED,
                    "text_config: scaled rotary positions, which Pinhole does not have");
  if (json_object_get (rope, "rope_theta") == NULL)
    return true;
  return ph_json_read (rope, "text_config.rope_parameters", rope_fields, 1, stated,
                       error);
}

static PhLm *
llama_new (const json_t *text_config, GError **error)
{
  Stated stated = { 0 };

  if (!ph_json_read (text_config, "text_config", fields, G_N_ELEMENTS (fields), &stated,
                     error) ||
      !read_rope (text_config, &stated, error) || !derive_heads (&stated, error))
    return NULL;
  if (stated.has_attention_bias || stated.has_mlp_bias ||
      (stated.activation != NULL && !g_str_equal (stated.activation, "silu"))) {
    ph_fail (
        error, PH_ERROR_UNSUPPORTED,
        "text_config: a LLaMA with biases or without silu, which Pinhole does not have");
    return NULL;
  }

  return ph_llama_new (&(PhLlamaConfig){
      .width = stated.width,
      .inner = stated.inner,
      .n_layers = stated.n_layers,
      .n_heads = stated.n_heads,
      .n_key_heads = stated.n_key_heads,
      .head_size = stated.head_size,
      .n_vocabulary = stated.n_vocabulary,
      .n_positions = stated.n_positions,
      .eps = (float) stated.eps,
      .theta = (float) stated.theta,
      .tied = stated.tied,
  });
}

const PhLmClass ph_lm_llama = {
  .name = "llama",
  .new = llama_new,
  .free = llama_free,
  .bind = llama_bind,
  PH_DECODER_CLASS,
};

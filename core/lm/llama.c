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
#include "core/tensor/ops.h"

#include <math.h>
#include <string.h>

typedef struct {
  PhTensor input_norm, q, k, v, o;
  PhTensor output_norm, gate, up, down;
} Layer;

typedef struct {
  PhLm lm;
  PhLlamaConfig config;
  PhTensor embedding, norm, head;
  Layer *layers;
} Llama;

/* Keys and values of all positions so far, layer by layer. */
struct _PhLmState {
  size_t n_positions, n_used, width;
  size_t n_layers;
  float **keys, **values;
};

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
  { "model.embed_tokens.weight", offsetof (Llama, embedding), 2, { VOCABULARY, WIDTH } },
  { "model.norm.weight", offsetof (Llama, norm), 1, { WIDTH } },
};

static const PhWeight head_weights[] = {
  { "lm_head.weight", offsetof (Llama, head), 2, { VOCABULARY, WIDTH } },
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
    [VOCABULARY] = config->n_vocabulary,
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

PhLm *
ph_llama_new (const PhLlamaConfig *config)
{
  Llama *self = g_new0 (Llama, 1);

  self->lm.class = &ph_lm_llama;
  self->lm.width = config->width;
  self->lm.n_vocabulary = config->n_vocabulary;
  self->lm.n_positions = config->n_positions;
  self->config = *config;
  self->layers = g_new0 (Layer, config->n_layers);
  return &self->lm;
}

static PhTensor *
llama_embed (PhLm *lm,
             const PhPass *pass,
             const int32_t *ids,
             size_t n_batch,
             size_t n_ids)
{
  Llama *self = (Llama *) lm;
  PhContext *c = pass->context;
  PhTensor *rows = ph_take (c, &self->embedding, ids, n_batch * n_ids);

  return ph_reshape (c, rows, PH_DIMS (n_batch, n_ids, self->config.width));
}

/* --- state --- */

static PhLmState *
llama_state_new (PhLm *lm, size_t n_positions)
{
  Llama *self = (Llama *) lm;
  PhLmState *state = g_new0 (PhLmState, 1);

  state->n_positions = n_positions;
  state->width = self->config.n_key_heads * self->config.head_size;
  state->n_layers = self->config.n_layers;
  state->keys = g_new0 (float *, 2 * state->n_layers);
  state->values = state->keys + state->n_layers;
  for (size_t i = 0; i < 2 * state->n_layers; i++)
    state->keys[i] = g_new (float, n_positions * state->width);
  return state;
}

static void
llama_state_free (PhLmState *state)
{
  if (state == NULL)
    return;
  for (size_t i = 0; i < 2 * state->n_layers; i++)
    g_free (state->keys[i]);
  g_free (state->keys);
  g_free (state);
}

/* Puts the new rows behind the old ones in @rows and returns all of them. */
static PhTensor *
append (PhContext *c, const PhLmState *state, float *rows, const PhTensor *x)
{
  size_t n_new = x->dims[1];
  PhTensor *all = ph_arena_take (c->arena, sizeof *all);

  g_assert (x->dims[0] == 1 && state->n_used + n_new <= state->n_positions);
  memcpy (rows + state->n_used * state->width, x->data,
          n_new * state->width * sizeof *rows);
  *all = (PhTensor){ .n_dims = 3,
                     .dims = { 1, state->n_used + n_new, state->width },
                     .data = rows,
                     .slot = PH_NO_SLOT };
  return all;
}

/* --- layers --- */

static PhTensor *
attend (Llama *self, const PhPass *pass, size_t layer, PhTensor *x, PhLmState *state)
{
  const PhLlamaConfig *config = &self->config;
  const Layer *l = &self->layers[layer];
  PhContext *c = pass->context;
  size_t first = state != NULL ? state->n_used : 0;
  PhTensor *q = ph_linear (c, x, (PhTensor *) &l->q, NULL);
  PhTensor *k = ph_linear (c, x, (PhTensor *) &l->k, NULL);
  PhTensor *v = ph_linear (c, x, (PhTensor *) &l->v, NULL);

  q = ph_rotate (c, q, config->n_heads, first, config->theta);
  k = ph_rotate (c, k, config->n_key_heads, first, config->theta);
  if (state != NULL) {
    k = append (c, state, state->keys[layer], k);
    v = append (c, state, state->values[layer], v);
  }

  x = ph_attention (c, &(PhAttention){ .q = q,
                                       .k = k,
                                       .v = v,
                                       .n_heads = config->n_heads,
                                       .n_key_heads = config->n_key_heads,
                                       .scale = 1.0f / sqrtf ((float) config->head_size),
                                       .causal = true });
  return ph_linear (c, x, (PhTensor *) &l->o, NULL);
}

static PhTensor *
layer_forward (Llama *self,
               const PhPass *pass,
               size_t layer,
               PhTensor *x,
               PhLmState *state)
{
  Layer *l = &self->layers[layer];
  PhContext *c = pass->context;
  size_t scope = ph_scope_begin (c);
  PhTensor *n = ph_rms_norm (c, x, &l->input_norm, self->config.eps);

  x = ph_add (c, x, attend (self, pass, layer, n, state));
  n = ph_rms_norm (c, x, &l->output_norm, self->config.eps);
  n = ph_silu_multiply (c, ph_linear (c, n, &l->gate, NULL),
                        ph_linear (c, n, &l->up, NULL));
  x = ph_add (c, x, ph_linear (c, n, &l->down, NULL));
  return ph_scope_end (c, scope, x);
}

/* Hidden states of @x, going on from @state if there is one. */
static PhTensor *
forward (Llama *self, const PhPass *pass, PhTensor *x, PhLmState *state)
{
  size_t n_new = x->dims[1];

  for (size_t i = 0; i < self->config.n_layers; i++)
    x = layer_forward (self, pass, i, x, state);
  if (state != NULL)
    state->n_used += n_new;
  return ph_rms_norm (pass->context, x, &self->norm, self->config.eps);
}

static PhTensor *
llama_hidden (PhLm *lm, const PhPass *pass, PhTensor *inputs)
{
  return forward ((Llama *) lm, pass, inputs, NULL);
}

static PhTensor *
llama_logits (PhLm *lm, const PhPass *pass, PhTensor *hidden)
{
  Llama *self = (Llama *) lm;

  return ph_linear (pass->context, hidden,
                    self->config.tied ? &self->embedding : &self->head, NULL);
}

/* Scores what follows the last position of @inputs. */
static PhTensor *
read_on (Llama *self, const PhPass *pass, PhLmState *state, PhTensor *inputs)
{
  PhTensor *hidden = forward (self, pass, inputs, state);
  PhTensor *last = ph_tokens (pass->context, hidden, hidden->dims[1] - 1, 1);

  last = ph_reshape (pass->context, last, PH_DIMS (1, self->config.width));
  return llama_logits (&self->lm, pass, last);
}

static PhTensor *
llama_begin (PhLm *lm, const PhPass *pass, PhLmState *state, PhTensor *prompt)
{
  state->n_used = 0;
  return read_on ((Llama *) lm, pass, state, prompt);
}

static PhTensor *
llama_next (PhLm *lm, const PhPass *pass, PhLmState *state, int32_t id)
{
  return read_on ((Llama *) lm, pass, state, llama_embed (lm, pass, &id, 1, 1));
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
  .embed = llama_embed,
  .state_new = llama_state_new,
  .state_free = llama_state_free,
  .begin = llama_begin,
  .next = llama_next,
  .hidden = llama_hidden,
  .logits = llama_logits,
};

/* OPT (Zhang et al. 2022), from the embeddings with learned positions added:
 *
 *   x += out (attention (q n, k n, v n)),  n = layer_norm (x)
 *   x += fc2 (relu (fc1 n)),               n = layer_norm (x)
 *
 * then a last norm and the output table, which may be the embedding table itself.
 * Tensor names as in modeling_opt.py of transformers. */
#include "core/lm/opt.h"

#include "core/base/error.h"
#include "core/formats/json.h"
#include "core/lm/decoder.h"
#include "core/tensor/ops.h"

#include <math.h>

/* The first rows of the table of positions are for padding, which there is none of. */
#define FIRST_POSITION 2
#define EPS 1e-5f

typedef struct {
  PhAffine input_norm, q, k, v, out;
  PhAffine output_norm, fc1, fc2;
} Layer;

typedef struct {
  PhDecoder decoder;
  size_t inner, n_heads;
  bool tied;
  PhTensor positions;
  PhAffine norm;
  Layer *layers;
} Opt;

enum { WIDTH, INNER, VOCABULARY, POSITIONS, N_SIZES };

#define AFFINE(field, name, out, in) PH_AFFINE (Layer, field, name, out, in)
#define NORM(field, name) PH_NORM (Layer, field, name, WIDTH)

static const PhWeight layer_weights[] = {
  NORM (input_norm, "self_attn_layer_norm"),
  AFFINE (q, "self_attn.q_proj", WIDTH, WIDTH),
  AFFINE (k, "self_attn.k_proj", WIDTH, WIDTH),
  AFFINE (v, "self_attn.v_proj", WIDTH, WIDTH),
  AFFINE (out, "self_attn.out_proj", WIDTH, WIDTH),
  NORM (output_norm, "final_layer_norm"),
  AFFINE (fc1, "fc1", INNER, WIDTH),
  AFFINE (fc2, "fc2", WIDTH, INNER),
};

#define TABLE(field, name, rows)                                                         \
  name, offsetof (Opt, field), 2,                                                        \
  {                                                                                      \
    rows, WIDTH                                                                          \
  }

static const PhWeight model_weights[] = {
  { TABLE (decoder.embedding, "model.decoder.embed_tokens.weight", VOCABULARY) },
  { TABLE (positions, "model.decoder.embed_positions.weight", POSITIONS) },
  PH_NORM (Opt, norm, "model.decoder.final_layer_norm", WIDTH),
};

/* Older files store the tied table a second time. */
static const PhWeight head_weights[] = {
  { TABLE (decoder.head, "lm_head.weight", VOCABULARY), .optional = true },
};
static const PhWeight own_head_weights[] = {
  { TABLE (decoder.head, "lm_head.weight", VOCABULARY) },
};

static bool
opt_bind (PhLm *lm, PhBinder *binder, const char *prefix, GError **error)
{
  Opt *self = (Opt *) lm;
  const size_t sizes[N_SIZES] = {
    [WIDTH] = lm->width,
    [INNER] = self->inner,
    [VOCABULARY] = lm->n_vocabulary,
    [POSITIONS] = lm->n_positions + FIRST_POSITION,
  };

  if (!ph_weights_bind (binder, prefix, model_weights, G_N_ELEMENTS (model_weights), self,
                        sizes, error) ||
      !ph_weights_bind (binder, prefix, self->tied ? head_weights : own_head_weights, 1,
                        self, sizes, error))
    return false;

  for (size_t i = 0; i < self->decoder.n_layers; i++) {
    g_autofree char *layer = g_strdup_printf ("%smodel.decoder.layers.%zu.", prefix, i);

    if (!ph_weights_bind (binder, layer, layer_weights, G_N_ELEMENTS (layer_weights),
                          &self->layers[i], sizes, error))
      return false;
  }
  return true;
}

static void
opt_free (PhLm *lm)
{
  Opt *self = (Opt *) lm;

  g_free (self->layers);
  g_free (self);
}

/* --- layers --- */

static PhTensor *
linear (PhContext *c, PhTensor *x, PhAffine *affine)
{
  return ph_linear (c, x, &affine->w, &affine->b);
}

static PhTensor *
layer_forward (Opt *self, const PhPass *pass, size_t layer, PhTensor *x, PhLmCache *cache)
{
  Layer *l = &self->layers[layer];
  PhContext *c = pass->context;
  size_t scope = ph_scope_begin (c);
  float head_size = (float) (self->decoder.lm.width / self->n_heads);
  PhTensor *n = ph_layer_norm (c, x, &l->input_norm.w, &l->input_norm.b, EPS);

  n = ph_decoder_attend (pass, cache, layer,
                         (PhAttention){ .q = linear (c, n, &l->q),
                                        .k = linear (c, n, &l->k),
                                        .v = linear (c, n, &l->v),
                                        .n_heads = self->n_heads,
                                        .n_key_heads = self->n_heads,
                                        .scale = 1.0f / sqrtf (head_size) });
  x = ph_add (c, x, linear (c, n, &l->out));
  n = ph_layer_norm (c, x, &l->output_norm.w, &l->output_norm.b, EPS);
  x = ph_add (c, x, linear (c, ph_relu (c, linear (c, n, &l->fc1)), &l->fc2));
  return ph_scope_end (c, scope, x);
}

/* @x with the learned positions from @first on added to each of its rows. */
static PhTensor *
add_positions (Opt *self, PhContext *c, PhTensor *x, size_t first)
{
  size_t n = x->dims[1];
  g_autofree int32_t *rows = g_new (int32_t, n);

  g_assert (first + n <= self->decoder.lm.n_positions);
  for (size_t i = 0; i < n; i++)
    rows[i] = (int32_t) (FIRST_POSITION + first + i);
  return ph_add (c, x, ph_take (c, &self->positions, rows, n));
}

static PhTensor *
forward (PhDecoder *decoder, const PhPass *pass, PhTensor *x, PhLmCache *cache)
{
  Opt *self = (Opt *) decoder;
  PhContext *c = pass->context;
  size_t first = cache != NULL ? ph_lm_cache_get_n_used (cache) : 0;

  x = add_positions (self, c, x, first);
  for (size_t i = 0; i < decoder->n_layers; i++)
    x = layer_forward (self, pass, i, x, cache);
  if (cache != NULL)
    ph_lm_cache_advance (cache, x->dims[1]);
  return ph_layer_norm (c, x, &self->norm.w, &self->norm.b, EPS);
}

/* --- config --- */

typedef struct {
  size_t width, inner, n_layers, n_heads, n_vocabulary, n_positions;
  size_t embedding_width;
  bool tied, norm_before, has_biases, has_affine_norms, lacks_last_norm;
  const char *activation;
} Stated;

#define SIZE(name, field, most, ...)                                                     \
  {                                                                                      \
    name, PH_JSON_SIZE, offsetof (Stated, field), 1, most, __VA_ARGS__                   \
  }
#define BOOL(name, field, ...)                                                           \
  {                                                                                      \
    name, PH_JSON_BOOL, offsetof (Stated, field), __VA_ARGS__                            \
  }

/* Defaults as in configuration_opt.py; 0: as wide as the layers. */
static const PhJsonField fields[] = {
  SIZE ("hidden_size", width, 65536, .standard = 768),
  SIZE ("ffn_dim", inner, 262144, .standard = 3072),
  SIZE ("num_hidden_layers", n_layers, 512, .standard = 12),
  SIZE ("num_attention_heads", n_heads, 1024, .standard = 12),
  SIZE ("vocab_size", n_vocabulary, 4194304, .standard = 50272),
  SIZE ("max_position_embeddings", n_positions, 1048576, .standard = 2048),
  SIZE ("word_embed_proj_dim", embedding_width, 65536, .standard = 0),
  BOOL ("tie_word_embeddings", tied, .standard = true),
  BOOL ("do_layer_norm_before", norm_before, .standard = true),
  BOOL ("enable_bias", has_biases, .standard = true),
  BOOL ("layer_norm_elementwise_affine", has_affine_norms, .standard = true),
  BOOL ("_remove_final_layer_norm", lacks_last_norm, .standard = false),
  { "activation_function", PH_JSON_TEXT, offsetof (Stated, activation) },
};

/* What the larger and the smaller OPTs, and Galactica, have otherwise. */
static bool
check_variant (const Stated *stated, GError **error)
{
  if (stated->width % stated->n_heads != 0)
    return ph_fail (error, PH_ERROR_RANGE,
                    "text_config: hidden_size %zu is not a multiple of %zu heads",
                    stated->width, stated->n_heads);
  if (stated->embedding_width != 0 && stated->embedding_width != stated->width)
    return ph_fail (
        error, PH_ERROR_UNSUPPORTED,
        "text_config: word_embed_proj_dim %zu beside hidden_size %zu, a projected OPT, "
        "which Pinhole does not have",
        stated->embedding_width, stated->width);
  if (!stated->norm_before || stated->lacks_last_norm || !stated->has_affine_norms)
    return ph_fail (
        error, PH_ERROR_UNSUPPORTED,
        "text_config: an OPT with its norms after the sub-layers, without the last or "
        "without weights, which Pinhole does not have");
  if (!stated->has_biases ||
      (stated->activation != NULL && !g_str_equal (stated->activation, "relu")))
    return ph_fail (
        error, PH_ERROR_UNSUPPORTED,
        "text_config: an OPT without biases or relu, which Pinhole does not have");
  return true;
}

static PhLm *
opt_new (const json_t *text_config, GError **error)
{
  Stated stated = { 0 };
  Opt *self;

  if (!ph_json_read (text_config, "text_config", fields, G_N_ELEMENTS (fields), &stated,
                     error) ||
      !check_variant (&stated, error))
    return NULL;

  self = g_new0 (Opt, 1);
  self->decoder = (PhDecoder){
    .lm = { .class = &ph_lm_opt,
            .width = stated.width,
            .n_vocabulary = stated.n_vocabulary,
            .n_positions = stated.n_positions },
    .forward = forward,
    .n_layers = stated.n_layers,
    .key_width = stated.width,
  };
  self->inner = stated.inner;
  self->n_heads = stated.n_heads;
  self->tied = stated.tied;
  self->layers = g_new0 (Layer, stated.n_layers);
  return &self->decoder.lm;
}

const PhLmClass ph_lm_opt = {
  .name = "opt",
  .new = opt_new,
  .free = opt_free,
  .bind = opt_bind,
  PH_DECODER_CLASS,
};

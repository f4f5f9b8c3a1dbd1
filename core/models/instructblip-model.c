#include "core/models/instructblip.h"
#include "core/models/model-private.h"

#include "core/base/error.h"
#include "core/tensor/ops.h"

#include <string.h>

typedef struct {
  PhModel model;
  PhInstructBlip net;

  /* What the vision transformer made of the last picture: a second question about it
   * does not read it again. */
  PhPicture *seen;
  float *tokens; /* token by width */
} InstructBlip;

/* --- config --- */

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
  SIZE (Vision, "image_size", side, PH_PREPROCESS_MAX_SIDE, 224),
  SIZE (Vision, "patch_size", patch, PH_PREPROCESS_MAX_SIDE, 14),
  { "layer_norm_eps", PH_JSON_REAL, offsetof (Vision, eps), 1e-12, 1e-2, .standard = 1e-6 },
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
  { "layer_norm_eps", PH_JSON_REAL, offsetof (Qformer, eps), 1e-15, 1e-2, .standard = 1e-12 },
  { "hidden_act", PH_JSON_TEXT, offsetof (Qformer, activation) },
};

static const PhJsonField top_fields[] = {
  { "num_query_tokens", PH_JSON_SIZE, 0, 1, 4096, .standard = 32 },
};

static bool
check_divides (const char *where, size_t width, size_t n_heads, const char *activation, GError **error)
{
  if (width % n_heads != 0)
    return ph_fail (error, PH_ERROR_RANGE, "%s: hidden_size %zu is not a multiple of %zu heads",
                    where, width, n_heads);
  if (activation != NULL && !g_str_equal (activation, "gelu"))
    return ph_fail (error, PH_ERROR_UNSUPPORTED, "%s: hidden_act is not \"gelu\"", where);
  return true;
}

/* A part of the config; one that is left out has all its defaults. */
static bool
read_part (const json_t *config, const char *name, const PhJsonField *fields, size_t n_fields, void *values, GError **error)
{
  g_autoptr (PhJson) empty = json_object ();
  const json_t *part = json_object_get (config, name);

  return ph_json_read (part != NULL ? part : empty, name, fields, n_fields, values, error);
}

static bool
read_vision (const json_t *config, PhVitConfig *vision, GError **error)
{
  Vision v = { 0 };

  if (!read_part (config, "vision_config", vision_fields, G_N_ELEMENTS (vision_fields), &v,
                  error) ||
      !check_divides ("vision_config", v.width, v.n_heads, v.activation, error))
    return false;
  if (v.patch > v.side || v.side % v.patch != 0)
    return ph_fail (error, PH_ERROR_RANGE,
                    "vision_config: image_size %zu is not a multiple of patch_size %zu", v.side,
                    v.patch);

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
read_qformer (const json_t *config, size_t picture_width, PhQformerConfig *qformer, GError **error)
{
  Qformer q = { 0 };
  size_t n_queries;

  if (!read_part (config, "qformer_config", qformer_fields, G_N_ELEMENTS (qformer_fields), &q,
                  error) ||
      !check_divides ("qformer_config", q.width, q.n_heads, q.activation, error) ||
      !ph_json_read (config, "", top_fields, G_N_ELEMENTS (top_fields), &n_queries, error))
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

/* --- opening --- */

static PhModel *
instructblip_new (void)
{
  InstructBlip *self = g_new0 (InstructBlip, 1);

  return &self->model;
}

static void
instructblip_free (PhModel *model)
{
  InstructBlip *self = (InstructBlip *) model;

  ph_instructblip_clear (&self->net);
  g_clear_pointer (&self->seen, ph_picture_unref);
  g_free (self->tokens);
  g_free (self);
}

static void
tell_info (InstructBlip *self)
{
  PhModelInfo *info = &self->model.info;
  const PhVitConfig *vision = &self->net.vit.config;

  info->image_side = (int) vision->side;
  info->patch_rows = info->patch_columns = (int) (vision->side / vision->patch);
  info->n_queries = (int) self->net.qformer.config.n_queries;
}

static bool
check_tokenizer (const PhTokenizer *tokenizer, const char *what, size_t n_rows, GError **error)
{
  size_t n_tokens = ph_tokenizer_get_n_tokens (tokenizer);

  if (n_tokens > n_rows)
    return ph_fail (error, PH_ERROR_RANGE, "%s: %zu tokens, but the embedding table has %zu rows",
                    what, n_tokens, n_rows);
  return true;
}

static bool
instructblip_open (PhModel *model, const json_t *config, GError **error)
{
  InstructBlip *self = (InstructBlip *) model;
  g_autofree char *folder = g_build_filename (model->info.folder, "qformer_tokenizer", NULL);
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

  ph_instructblip_init (&self->net, &vision, &qformer, lm);
  model->lm = lm;
  model->n_qformer_positions = qformer.n_positions;
  tell_info (self);
  if (!ph_instructblip_bind (&self->net, ph_store_get_binder (model->store), error))
    return false;

  model->qformer_tokenizer = ph_tokenizer_open (folder, error);
  return model->qformer_tokenizer != NULL &&
         check_tokenizer (model->qformer_tokenizer, "qformer_tokenizer", qformer.n_vocabulary,
                          error) &&
         check_tokenizer (model->tokenizer, "tokenizer.json", lm->n_vocabulary, error);
}

/* --- asking --- */

static bool
wants_vision (const PhPass *pass)
{
  return ph_probe_wants (pass, PH_PROBE_PIXELS) || ph_probe_wants (pass, PH_PROBE_VISION_BLOCK) ||
         ph_probe_wants (pass, PH_PROBE_VISION_OUTPUT);
}

static void
remember (InstructBlip *self, const PhPicture *picture, const PhTensor *tokens)
{
  size_t n = ph_n_elements (tokens);

  if (self->tokens == NULL)
    self->tokens = g_new (float, n);
  memcpy (self->tokens, tokens->data, n * sizeof *self->tokens);
  g_clear_pointer (&self->seen, ph_picture_unref);
  self->seen = ph_picture_ref ((PhPicture *) picture);
}

/* The picture's tokens, read or remembered. */
static PhTensor *
see (InstructBlip *self, const PhPass *pass, const PhRun *run)
{
  PhContext *c = pass->context;
  const PhVitConfig *vision = &self->net.vit.config;
  const PhPicture *picture = run->asked->picture;
  PhTensor *pixels, *tokens;
  double start = ph_run_stage (run, PH_STAGE_PICTURE), decoded;

  if (picture == self->seen && !wants_vision (pass)) {
    tokens = ph_tensor_new (c, PH_DIMS (1, ph_vit_n_tokens (vision), vision->width));
    memcpy (tokens->data, self->tokens, ph_n_elements (tokens) * sizeof (float));
    return tokens;
  }

  pixels = ph_tensor_new (c, PH_DIMS (3, vision->side, vision->side));
  ph_preprocess (&self->model.preprocess, picture, pixels->data);
  ph_probe (pass, PH_PROBE_PIXELS, 0, pixels);
  decoded = ph_run_stage (run, PH_STAGE_VISION);
  tokens = ph_vit_encode (&self->net.vit, pass, pixels->data, 1);
  if (!ph_stopped (c))
    remember (self, picture, tokens);

  run->answer->timings.picture = decoded - start;
  run->answer->timings.vision = g_get_monotonic_time () / 1e6 - decoded;
  return tokens;
}

static PhTensor *
instructblip_look (PhModel *model, const PhPass *pass, const PhRun *run)
{
  InstructBlip *self = (InstructBlip *) model;
  PhTensor *tokens = see (self, pass, run);
  double start = ph_run_stage (run, PH_STAGE_QUERIES);
  PhTensor *prefix = ph_instructblip_project (
      &self->net, pass,
      &(PhQformerInput){ .picture = tokens,
                         .ids = (const int32_t *) run->qformer_ids->data,
                         .n_ids = run->qformer_ids->len,
                         .n_rows = 1 });

  run->answer->timings.queries = g_get_monotonic_time () / 1e6 - start;
  return prefix;
}

const PhModelClass ph_model_instructblip = {
  .family = "InstructBLIP",
  .model_type = "instructblip",
  .new = instructblip_new,
  .open = instructblip_open,
  .free = instructblip_free,
  .look = instructblip_look,
};

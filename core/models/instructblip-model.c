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
check_tokenizer (const PhTokenizer *tokenizer,
                 const char *what,
                 size_t n_rows,
                 GError **error)
{
  size_t n_tokens = ph_tokenizer_get_n_tokens (tokenizer);

  if (n_tokens > n_rows)
    return ph_fail (error, PH_ERROR_RANGE,
                    "%s: %zu tokens, but the embedding table has %zu rows", what,
                    n_tokens, n_rows);
  return true;
}

static bool
instructblip_open (PhModel *model, const json_t *config, GError **error)
{
  InstructBlip *self = (InstructBlip *) model;
  g_autofree char *folder =
      g_build_filename (model->info.folder, "qformer_tokenizer", NULL);
  const PhQformerConfig *qformer = &self->net.qformer.config;

  if (!ph_instructblip_init_from_config (&self->net, config, error))
    return false;

  model->lm = self->net.lm;
  model->n_qformer_positions = qformer->n_positions;
  tell_info (self);
  if (!ph_instructblip_bind (&self->net, ph_store_get_binder (model->store), error))
    return false;

  model->qformer_tokenizer = ph_tokenizer_open (folder, error);
  return model->qformer_tokenizer != NULL &&
         check_tokenizer (model->qformer_tokenizer, "qformer_tokenizer",
                          qformer->n_vocabulary, error) &&
         check_tokenizer (model->tokenizer, "tokenizer.json", model->lm->n_vocabulary,
                          error);
}

/* --- asking --- */

static bool
wants_vision (const PhPass *pass)
{
  return ph_probe_wants (pass, PH_PROBE_PIXELS) ||
         ph_probe_wants (pass, PH_PROBE_VISION_BLOCK) ||
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

#include "core/models/instructblip.h"
#include "core/models/model-private.h"

#include "core/base/error.h"
#include "core/tensor/ops.h"

typedef struct {
  PhModel model;
  PhInstructBlip net;
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
  model->needs_prompt = true;
  model->n_text_positions = qformer->n_positions;
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

static PhTensor *
instructblip_look (PhModel *model, const PhPass *pass, const PhRun *run)
{
  InstructBlip *self = (InstructBlip *) model;
  PhTensor *tokens = ph_model_see (model, &self->net.vit, pass, run);
  double start = ph_run_stage (run, PH_STAGE_QUERIES);
  PhTensor *prefix = ph_instructblip_project (
      &self->net, pass,
      &(PhQformerInput){ .picture = tokens,
                         .ids = (const int32_t *) run->qformer_ids->data,
                         .n_ids = run->qformer_ids->len,
                         .n_rows = 1 });

  PhTensor *prompt = model->lm->class->embed (
      model->lm, pass, (const int32_t *) run->ids->data, 1, run->ids->len);

  run->timings->queries = g_get_monotonic_time () / 1e6 - start;
  return ph_join (pass->context, prefix, prompt);
}

const PhModelClass ph_model_instructblip = {
  .family = "InstructBLIP",
  .model_type = "instructblip",
  .architecture = "InstructBlipForConditionalGeneration",
  .new = instructblip_new,
  .open = instructblip_open,
  .free = instructblip_free,
  .look = instructblip_look,
};

/* The families of BLIP that write: a caption behind its prompt, or an answer to what an
 * encoder read. */
#include "core/models/blip.h"
#include "core/models/blip-lm.h"

#include "core/base/error.h"

#define WORDS "text_decoder.bert.embeddings.word_embeddings.weight"

/* --- what all families of BLIP share --- */

bool
ph_blip_open (PhBlip *self, const PhBlipConfig *config, GError **error)
{
  PhModel *model = &self->model;

  ph_vit_init (&self->vit, &config->vision);
  return ph_vit_bind (&self->vit, ph_store_get_binder (model->store), "vision_model.",
                      error) &&
         ph_model_fit_pictures (model, &self->vit, error) &&
         ph_model_check_tokenizer (model->tokenizer, "tokenizer.json",
                                   config->text.n_vocabulary, error);
}

void
ph_blip_clear (PhBlip *self)
{
  ph_vit_clear (&self->vit);
  g_clear_pointer (&self->shown, ph_picture_unref);
}

void
ph_blip_note_shown (PhBlip *self, const PhContext *c, const PhPicture *picture)
{
  g_clear_pointer (&self->shown, ph_picture_unref);
  if (picture != NULL && !ph_stopped (c))
    self->shown = ph_picture_ref ((PhPicture *) picture);
}

bool
ph_blip_read_text (PhModel *model, const char *text, GArray *ids, GError **error)
{
  if (!ph_tokenizer_encode (model->tokenizer, text, true, ids, error))
    return false;
  if (ids->len == 0)
    return ph_fail (error, PH_ERROR_RANGE,
                    "the text has no tokens: tokenizer.json puts none around it");
  return true;
}

/* --- opening --- */

static PhModel *
writer_new (void)
{
  PhBlip *self = g_new0 (PhBlip, 1);

  return &self->model;
}

static void
writer_free (PhModel *model)
{
  ph_blip_clear ((PhBlip *) model);
  ph_lm_free (model->lm);
  g_free (model);
}

/* The decoder of answers has keys for tokens of the picture's width, and is given states
 * of the text's. */
static bool
check_widths (const PhBlipConfig *config, GError **error)
{
  if (config->text.width == config->vision.width)
    return true;
  return ph_fail (error, PH_ERROR_UNSUPPORTED,
                  "hidden_size is %zu in vision_config and %zu in text_config: a model "
                  "that answers questions needs them equal",
                  config->vision.width, config->text.width);
}

static bool
writer_open (PhBlip *self, const json_t *config, PhBlipTask task, GError **error)
{
  PhModel *model = &self->model;
  PhBlipConfig sizes;

  if (!ph_blip_config_read (&sizes, config, model->store, WORDS, error) ||
      (task == PH_BLIP_ANSWER && !check_widths (&sizes, error)))
    return false;

  model->lm = ph_blip_lm_new (&sizes.text, task, sizes.start_id);
  model->info.stop_ids[0] = sizes.stop_id;
  model->info.n_stop_ids = 1;
  return model->lm->class->bind (model->lm, ph_store_get_binder (model->store), "",
                                 error) &&
         ph_blip_open (self, &sizes, error);
}

static bool
caption_open (PhModel *model, const json_t *config, GError **error)
{
  return writer_open ((PhBlip *) model, config, PH_BLIP_CAPTION, error);
}

static bool
answer_open (PhModel *model, const json_t *config, GError **error)
{
  model->info.needs_prompt = true;
  return writer_open ((PhBlip *) model, config, PH_BLIP_ANSWER, error);
}

/* --- asking --- */

/* The start token stands where "[CLS]" would, and "[SEP]" is what ends a caption. */
static bool
caption_read_prompt (PhModel *model, const char *prompt, GArray *ids, GError **error)
{
  g_array_append_val (ids, model->lm->start_id);
  return ph_tokenizer_encode (model->tokenizer, prompt, false, ids, error);
}

static PhTensor *
writer_look (PhModel *model, const PhPass *pass, const PhRun *run)
{
  PhBlip *self = (PhBlip *) model;
  PhTensor *tokens = ph_model_see (model, &self->vit, pass, run);

  bool changes = ph_intervention_changes_picture (run->without);

  if (changes || self->shown != run->picture) {
    ph_blip_lm_show (model->lm, pass->context, tokens);
    ph_blip_note_shown (self, pass->context, changes ? NULL : run->picture);
  }
  return model->lm->class->embed (model->lm, pass, (const int32_t *) run->ids->data, 1,
                                  run->ids->len);
}

/* A caption's tokens are told with the position that wrote them, a prompt's likewise with
 * the one before. */
static void
caption_recall (PhModel *model,
                const PhPass *pass,
                const PhRun *run,
                const GArray *answer)
{
  g_autoptr (GArray) ids = g_array_copy ((GArray *) run->ids);

  g_array_append_vals (ids, answer->data, answer->len);
  ph_blip_lm_recall (model->lm, pass, (const int32_t *) ids->data, ids->len - 1);
  g_array_append_vals (run->row_ids, (const int32_t *) ids->data + 1, ids->len - 1);
}

/* It is the question that looks at the picture. */
static PhTensor *
answer_look (PhModel *model, const PhPass *pass, const PhRun *run)
{
  g_array_append_vals (run->row_ids, run->ids->data, run->ids->len);
  return writer_look (model, pass, run);
}

const PhModelClass ph_model_blip_caption = {
  .family = "BLIP captions",
  .model_type = "blip",
  .architecture = "BlipForConditionalGeneration",
  .new = writer_new,
  .free = writer_free,
  .open = caption_open,
  .read_prompt = caption_read_prompt,
  .look = writer_look,
  .recall = caption_recall,
};

const PhModelClass ph_model_blip_answer = {
  .family = "BLIP answers",
  .model_type = "blip",
  .architecture = "BlipForQuestionAnswering",
  .new = writer_new,
  .free = writer_free,
  .open = answer_open,
  .read_prompt = ph_blip_read_text,
  .look = answer_look,
};

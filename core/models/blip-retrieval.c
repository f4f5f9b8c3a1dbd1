/* BLIP's retrieval.  ITC reads picture and text apart and compares their class tokens in
 * a space of their own; ITM reads the text with the picture in sight and judges. */
#include "core/models/blip.h"
#include "core/models/grad-cam.h"
#include "core/models/retrieval.h"

#include "core/tensor/ops.h"

typedef struct {
  PhBlip blip;
  PhBlipText text;
  PhAffine picture_projection, text_projection, judge;
  PhBlipSeen seen; /* of the picture that was shown */
} Retrieval;

enum { PICTURE, TEXT, MATCH, TWO, N_SIZES };

static const PhWeight head_weights[] = {
  PH_AFFINE (Retrieval, picture_projection, "vision_proj", MATCH, PICTURE),
  PH_AFFINE (Retrieval, text_projection, "text_proj", MATCH, TEXT),
  PH_AFFINE (Retrieval, judge, "itm_head", TWO, TEXT),
};

static PhModel *
retrieval_new (void)
{
  Retrieval *self = g_new0 (Retrieval, 1);

  return &self->blip.model;
}

static void
retrieval_free (PhModel *model)
{
  Retrieval *self = (Retrieval *) model;

  ph_blip_clear (&self->blip);
  ph_blip_text_clear (&self->text);
  ph_blip_seen_clear (&self->seen);
  g_free (self);
}

static bool
retrieval_open (PhModel *model, const json_t *config, GError **error)
{
  Retrieval *self = (Retrieval *) model;
  PhBinder *binder = ph_store_get_binder (model->store);
  PhBlipConfig sizes;

  if (!ph_blip_config_read (&sizes, config, model->store,
                            "text_encoder.embeddings.word_embeddings.weight", error))
    return false;

  model->n_text_positions = sizes.text.n_positions;
  model->n_cross_layers = sizes.text.n_layers;
  model->cross_frequency = 1;
  ph_blip_text_init (&self->text, &sizes.text);
  return ph_blip_text_bind (&self->text, binder, "text_encoder.", error) &&
         ph_weights_bind (binder, "", head_weights, G_N_ELEMENTS (head_weights), self,
                          (const size_t[N_SIZES]){ [PICTURE] = sizes.vision.width,
                                                   [TEXT] = sizes.text.width,
                                                   [MATCH] = sizes.match_width,
                                                   [TWO] = 2 },
                          error) &&
         ph_blip_open (&self->blip, &sizes, error);
}

/* The first token of @x, through @head. */
static PhTensor *
head_of (PhContext *c, PhTensor *x, PhAffine *head)
{
  return ph_linear (c, ph_tokens (c, x, 0, 1), &head->w, &head->b);
}

static PhTensor *
see (Retrieval *self, const PhPass *pass, const PhRun *run)
{
  PhContext *c = pass->context;
  PhTensor *picture = ph_model_see (&self->blip.model, &self->blip.vit, pass, run);

  if (self->blip.shown != run->picture) {
    ph_blip_seen_keep (&self->seen, ph_blip_text_see (&self->text, c, picture),
                       self->text.config.n_layers);
    ph_blip_note_shown (&self->blip, c, run->picture);
  }
  return picture;
}

/* ITM: the text with the picture in sight. */
static void
read_together (Retrieval *self,
               const PhPass *pass,
               const PhRun *run,
               PhTensor *words,
               PhMatch *match)
{
  PhGradCam cam;
  PhPass looking = ph_grad_cam_start (&cam, pass, run->grad_cam_layer, words);
  PhBlipTextInput input = { .words = words, .seen = self->seen.keys };
  PhTensor *x = ph_blip_text_run (&self->text, &looking, &input), *score;

  score =
      ph_retrieval_judge (pass->context, head_of (pass->context, x, &self->judge), match);
  ph_grad_cam_finish (&cam, score, PH_GRAD_CAM_TEXT);
  g_array_append_vals (run->row_ids, run->ids->data, run->ids->len);
}

static bool
retrieval_match (PhModel *model,
                 const PhPass *pass,
                 const PhRun *run,
                 PhMatch *match,
                 GError **error)
{
  Retrieval *self = (Retrieval *) model;
  PhContext *c = pass->context;
  PhTensor *picture = see (self, pass, run), *words, *apart;
  double start = ph_run_stage (run, PH_STAGE_PROMPT);

  words = ph_blip_text_words (&self->text, c, (const int32_t *) run->ids->data, 1,
                              run->ids->len);
  apart = ph_blip_text_run (&self->text, pass, &(PhBlipTextInput){ .words = words });
  match->itc = ph_retrieval_nearest (c, head_of (c, picture, &self->picture_projection),
                                     head_of (c, apart, &self->text_projection));
  read_together (self, pass, run, words, match);
  run->timings->prompt = g_get_monotonic_time () / 1e6 - start;
  return true;
}

const PhModelClass ph_model_blip_retrieval = {
  .family = "BLIP retrieval",
  .model_type = "blip",
  .architecture = "BlipForImageTextRetrieval",
  .new = retrieval_new,
  .free = retrieval_free,
  .open = retrieval_open,
  .read_prompt = ph_blip_read_text,
  .match = retrieval_match,
};

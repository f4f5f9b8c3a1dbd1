/* BLIP-2's retrieval.  For ITC the queries read the picture and the text model reads the
 * text, neither with the other in sight, and the query counts that comes nearest; for ITM
 * both read together, and all queries judge. */
#include "core/models/blip2.h"
#include "core/models/grad-cam.h"
#include "core/models/model-private.h"
#include "core/models/retrieval.h"

#include "core/base/error.h"
#include "core/tensor/ops.h"

typedef struct {
  PhModel model;
  PhVit vit;
  PhQformer qformer;
  PhAffine picture_projection, text_projection, judge;

  /* The queries that read the last picture alone, in the space where ITC compares: query
   * by match width. */
  PhPicture *shown;
  PhTensor alone;
} Retrieval;

enum { WIDTH, MATCH, TWO, N_SIZES };

static const PhWeight head_weights[] = {
  PH_AFFINE (Retrieval, picture_projection, "vision_projection", MATCH, WIDTH),
  PH_AFFINE (Retrieval, text_projection, "text_projection", MATCH, WIDTH),
  PH_AFFINE (Retrieval, judge, "itm_head", TWO, WIDTH),
};

static const PhJsonField top_fields[] = {
  { "image_text_hidden_size", PH_JSON_SIZE, 0, 1, 16384, .standard = 256 },
};

/* --- opening --- */

static PhModel *
retrieval_new (void)
{
  Retrieval *self = g_new0 (Retrieval, 1);

  return &self->model;
}

static void
forget (Retrieval *self)
{
  g_clear_pointer (&self->shown, ph_picture_unref);
  g_clear_pointer (&self->alone.data, g_free);
}

static void
retrieval_free (PhModel *model)
{
  Retrieval *self = (Retrieval *) model;

  ph_vit_clear (&self->vit);
  ph_qformer_clear (&self->qformer);
  forget (self);
  g_free (self);
}

static bool
bind (Retrieval *self, size_t match_width, GError **error)
{
  PhBinder *binder = ph_store_get_binder (self->model.store);
  const size_t sizes[N_SIZES] = {
    [WIDTH] = self->qformer.config.width, [MATCH] = match_width, [TWO] = 2
  };

  return ph_vit_bind (&self->vit, binder, "vision_model.", error) &&
         ph_qformer_bind (&self->qformer, binder, error) &&
         ph_weights_bind (binder, "", head_weights, G_N_ELEMENTS (head_weights), self,
                          sizes, error);
}

/* In newer folders the tokenizer has a placeholder for the picture.  Processors put it
 * before a text and the model takes it away again, so the table of words may end before
 * it. */
static bool
check_tokenizer (PhModel *model, size_t n_words, GError **error)
{
  model->info.image_token = ph_tokenizer_find (model->tokenizer, "<image>");
  if (model->info.image_token == (int32_t) n_words)
    n_words++;
  return ph_model_check_tokenizer (model->tokenizer, "tokenizer.json", n_words, error);
}

static bool
retrieval_open (PhModel *model, const json_t *config, GError **error)
{
  Retrieval *self = (Retrieval *) model;
  PhVitConfig vision;
  PhQformerConfig qformer;
  size_t match_width;

  if (!ph_blip2_read_sizes (config, PH_QFORMER_RETRIEVAL, model->store, &vision, &qformer,
                            error) ||
      !ph_json_read (config, "", top_fields, G_N_ELEMENTS (top_fields), &match_width,
                     error))
    return false;

  ph_vit_init (&self->vit, &vision);
  ph_qformer_init (&self->qformer, &qformer);
  model->info.n_queries = (int) qformer.n_queries;
  model->n_text_positions = qformer.n_positions;
  model->n_cross_layers = qformer.n_layers;
  model->cross_frequency = qformer.cross_frequency;
  return bind (self, match_width, error) &&
         ph_model_fit_pictures (model, &self->vit, error) &&
         check_tokenizer (model, qformer.n_vocabulary, error);
}

/* --- comparing --- */

static bool
retrieval_read_text (PhModel *model, const char *text, GArray *ids, GError **error)
{
  Retrieval *self = (Retrieval *) model;

  if (!ph_tokenizer_encode (model->tokenizer, text, true, ids, error))
    return false;
  if (ids->len == 0)
    return ph_fail (error, PH_ERROR_RANGE,
                    "the text has no tokens: tokenizer.json puts none around it");
  for (guint i = 0; i < ids->len; i++)
    if ((size_t) g_array_index (ids, int32_t, i) >= self->qformer.config.n_vocabulary)
      return ph_fail (error, PH_ERROR_RANGE,
                      "the text has <image> in it, which stands for pictures and is no "
                      "word");
  return true;
}

/* ITC's half of the picture, kept for all texts about it. */
static void
read_picture (Retrieval *self, PhContext *c, PhTensor *tokens, const PhRun *run)
{
  const PhPass unseen = { .context = c };
  double start = ph_run_stage (run, PH_STAGE_QUERIES);
  PhTensor *x;

  if (self->shown == run->picture)
    return;
  forget (self);
  x = ph_qformer_encode (&self->qformer, &unseen,
                         &(PhQformerInput){ .picture = tokens, .n_rows = 1 });
  x = ph_linear (c, x, &self->picture_projection.w, &self->picture_projection.b);
  if (!ph_stopped (c)) {
    self->alone = *x;
    self->alone.data = g_memdup2 (x->data, ph_n_elements (x) * sizeof *x->data);
    self->shown = ph_picture_ref ((PhPicture *) run->picture);
  }
  run->timings->queries = g_get_monotonic_time () / 1e6 - start;
}

/* ITC's half of the text: its class token. */
static PhTensor *
read_text (Retrieval *self, PhContext *c, const PhRun *run)
{
  const PhPass unseen = { .context = c };
  PhTensor *x = ph_qformer_encode (
      &self->qformer, &unseen,
      &(PhQformerInput){
          .ids = (const int32_t *) run->ids->data, .n_ids = run->ids->len, .n_rows = 1 });

  return ph_linear (c, ph_tokens (c, x, 0, 1), &self->text_projection.w,
                    &self->text_projection.b);
}

static void
read_together (Retrieval *self,
               const PhPass *pass,
               const PhRun *run,
               PhTensor *tokens,
               PhMatch *match)
{
  PhContext *c = pass->context;
  size_t n_queries = self->qformer.config.n_queries;
  PhGradCam cam;
  PhPass looking = ph_grad_cam_start (&cam, pass, run->grad_cam_layer, tokens);
  PhTensor *x =
      ph_qformer_encode (&self->qformer, &looking,
                         &(PhQformerInput){ .picture = tokens,
                                            .ids = (const int32_t *) run->ids->data,
                                            .n_ids = run->ids->len,
                                            .n_rows = 1 });

  x = ph_tokens (c, x, 0, n_queries);
  ph_probe (pass, PH_PROBE_QFORMER_OUTPUT, 0, x);
  x = ph_linear (c, x, &self->judge.w, &self->judge.b);
  x = ph_retrieval_judge (c, ph_mean_of (c, x, n_queries), match);
  ph_grad_cam_finish (&cam, x, PH_GRAD_CAM_QUERIES);
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
  PhTensor *tokens = ph_model_see (model, &self->vit, pass, run);
  double start;

  read_picture (self, c, tokens, run);
  if (ph_stopped (c))
    return true;

  start = ph_run_stage (run, PH_STAGE_PROMPT);
  match->itc = ph_retrieval_nearest (c, &self->alone, read_text (self, c, run));
  read_together (self, pass, run, tokens, match);
  run->timings->prompt = g_get_monotonic_time () / 1e6 - start;
  return true;
}

const PhModelClass ph_model_blip2_retrieval = {
  .family = "BLIP-2 retrieval",
  .model_type = "blip-2",
  .architecture = "Blip2ForImageTextRetrieval",
  .new = retrieval_new,
  .free = retrieval_free,
  .open = retrieval_open,
  .read_prompt = retrieval_read_text,
  .match = retrieval_match,
};

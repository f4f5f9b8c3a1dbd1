/* The families that write: BLIP-2, whose Q-Former sees the picture alone, and
 * InstructBLIP, whose Q-Former reads the instruction too.  One network, two classes. */
#include "core/models/blip2.h"
#include "core/models/model-private.h"

#include "core/base/error.h"
#include "core/tensor/ops.h"

typedef struct {
  PhModel model;
  PhBlip2 net;
  int32_t bos_id; /* all that is read where there is no text; -1: none */
} Generator;

/* What text_config leaves out, as the classes of the language models have it. */
typedef struct {
  const char *name;
  int32_t bos_id, eos_id;
  PhStopsFrom stops;
} Language;

/* Vicuna's config says 1 where all it ever learned to write is the tokenizer's </s>. */
static const Language languages[] = {
  { "opt", 2, 2, PH_STOPS_CONFIG },
  { "t5", -1, 1, PH_STOPS_TOKENIZER },
  { "llama", 1, 2, PH_STOPS_TOKENIZER },
};

static const Language *
find_language (const char *name)
{
  for (size_t i = 0; i < G_N_ELEMENTS (languages); i++)
    if (g_str_equal (languages[i].name, name))
      return &languages[i];
  g_assert_not_reached ();
}

/* --- opening --- */

static PhModel *
generator_new (void)
{
  Generator *self = g_new0 (Generator, 1);

  return &self->model;
}

static void
generator_free (PhModel *model)
{
  Generator *self = (Generator *) model;

  ph_blip2_clear (&self->net);
  g_free (self);
}

/* Files hold a tied table once or twice. */
static void
tell_aliases (PhStore *store)
{
  static const struct {
    const char *name, *other;
  } tied[] = {
    { "language_model.model.decoder.embed_tokens.weight",
      "language_model.lm_head.weight" },
    { "language_model.model.embed_tokens.weight", "language_model.lm_head.weight" },
    { "language_model.shared.weight", "language_model.encoder.embed_tokens.weight" },
    { "language_model.shared.weight", "language_model.decoder.embed_tokens.weight" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (tied); i++)
    ph_store_alias (store, tied[i].name, tied[i].other);
}

/* An id of the top level or of text_config; @standard if it is not stated. */
static bool
read_id (const json_t *object,
         const char *where,
         const char *name,
         size_t n_vocabulary,
         int32_t standard,
         int32_t *id,
         GError **error)
{
  const PhJsonField field = {
    name, PH_JSON_INT, 0, -1, (double) n_vocabulary - 1, .standard = standard
  };
  int64_t value;

  if (!ph_json_read (object, where, &field, 1, &value, error))
    return false;
  *id = (int32_t) value;
  return true;
}

static bool
read_ids (Generator *self, const json_t *config, GError **error)
{
  PhModel *model = &self->model;
  const Language *language = find_language (model->lm->class->name);
  const json_t *text_config = json_object_get (config, "text_config");
  const char *image = json_object_get (config, "image_token_index") != NULL
                          ? "image_token_index"
                          : "image_token_id";
  size_t n = model->lm->n_vocabulary;

  return read_id (config, "", image, n, -1, &model->info.image_token, error) &&
         read_id (text_config, "text_config", "bos_token_id", n, language->bos_id,
                  &self->bos_id, error) &&
         ph_model_find_stop_ids (model, text_config, language->stops, language->eos_id,
                                 error);
}

/* What processor_config.json says is the processor's business, but for the number of
 * placeholders that its class would put before a prompt. */
static bool
check_processor (const PhModel *model, size_t n_queries, GError **error)
{
  const PhJsonField field = {
    "num_query_tokens", PH_JSON_SIZE, 0, 1, 4096, .standard = (double) n_queries
  };
  g_autofree char *path =
      g_build_filename (model->info.folder, "processor_config.json", NULL);
  g_autoptr (PhJson) config = NULL;
  size_t stated;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return true;
  config = ph_json_load (path, error);
  if (config == NULL)
    return false;
  if (!ph_json_read (config, "", &field, 1, &stated, error))
    return ph_prefix_path (error, path);
  if (stated == n_queries)
    return true;
  ph_fail (error, PH_ERROR_RANGE,
           "num_query_tokens is %zu, but the model has %zu queries", stated, n_queries);
  return ph_prefix_path (error, path);
}

static bool
open_qformer_tokenizer (Generator *self, GError **error)
{
  PhModel *model = &self->model;
  const PhQformerConfig *qformer = &self->net.qformer.config;
  g_autofree char *folder =
      g_build_filename (model->info.folder, "qformer_tokenizer", NULL);

  model->n_text_positions = qformer->n_positions;
  model->qformer_tokenizer = ph_tokenizer_open (folder, error);
  return model->qformer_tokenizer != NULL &&
         ph_model_check_tokenizer (model->qformer_tokenizer, "qformer_tokenizer",
                                   qformer->n_vocabulary, error);
}

static bool
generator_open (Generator *self,
                const json_t *config,
                PhQformerLayout layout,
                GError **error)
{
  PhModel *model = &self->model;
  PhBlip2 *net = &self->net;
  const PhQformerConfig *qformer = &net->qformer.config;

  if (!ph_blip2_init_from_config (net, config, layout, model->store, error))
    return false;
  model->lm = net->lm;
  tell_aliases (model->store);
  if (!ph_blip2_bind (net, ph_store_get_binder (model->store), error) ||
      !ph_model_fit_pictures (model, &net->vit, error) ||
      !check_processor (model, qformer->n_queries, error))
    return false;

  model->info.n_queries = (int) qformer->n_queries;
  model->info.n_looking_layers = (int) ph_qformer_count_looking (qformer);
  model->info.n_looking_heads = (int) qformer->n_heads;
  return ph_model_check_tokenizer (model->tokenizer, "tokenizer.json",
                                   model->lm->n_vocabulary, error) &&
         read_ids (self, config, error);
}

static bool
blip2_open (PhModel *model, const json_t *config, GError **error)
{
  model->info.template = "Question: {} Answer:";
  return generator_open ((Generator *) model, config, PH_QFORMER_BLIP2, error);
}

static bool
instructblip_open (PhModel *model, const json_t *config, GError **error)
{
  Generator *self = (Generator *) model;

  model->info.needs_prompt = true;
  return generator_open (self, config, PH_QFORMER_INSTRUCTBLIP, error) &&
         open_qformer_tokenizer (self, error);
}

/* --- asking --- */

/* A caption is asked for with no text, which is read as the first token alone. */
static bool
generator_read_prompt (PhModel *model, const char *prompt, GArray *ids, GError **error)
{
  Generator *self = (Generator *) model;

  if (!ph_tokenizer_encode (model->tokenizer, prompt, true, ids, error))
    return false;
  if (ids->len == 0 && self->bos_id < 0)
    return ph_fail (error, PH_ERROR_RANGE,
                    "the instruction is empty, and the model has no token for that");
  if (ids->len == 0)
    g_array_append_val (ids, self->bos_id);
  return true;
}

static PhTensor *
generator_look (PhModel *model, const PhPass *pass, const PhRun *run)
{
  Generator *self = (Generator *) model;
  PhTensor *tokens = ph_model_see (model, &self->net.vit, pass, run);
  double start = ph_run_stage (run, PH_STAGE_QUERIES);
  g_autofree bool *silent =
      ph_intervention_dup_silent (run->without, (size_t) model->info.n_looking_layers,
                                  (size_t) model->info.n_looking_heads);
  PhQformerInput input = { .picture = tokens, .n_rows = 1, .silent = silent };
  PhTensor *prefix, *prompt;

  if (run->qformer_ids->len > 0) {
    input.ids = (const int32_t *) run->qformer_ids->data;
    input.n_ids = run->qformer_ids->len;
  }
  prefix = ph_blip2_project (&self->net, pass, &input);
  prompt = model->lm->class->embed (model->lm, pass, (const int32_t *) run->ids->data, 1,
                                    run->ids->len);
  run->timings->queries = g_get_monotonic_time () / 1e6 - start;
  return ph_join (pass->context, prefix, prompt);
}

const PhModelClass ph_model_blip2 = {
  .family = "BLIP-2",
  .model_type = "blip-2",
  .architecture = "Blip2ForConditionalGeneration",
  .new = generator_new,
  .free = generator_free,
  .open = blip2_open,
  .read_prompt = generator_read_prompt,
  .look = generator_look,
};

const PhModelClass ph_model_instructblip = {
  .family = "InstructBLIP",
  .model_type = "instructblip",
  .architecture = "InstructBlipForConditionalGeneration",
  .new = generator_new,
  .free = generator_free,
  .open = instructblip_open,
  .read_prompt = generator_read_prompt,
  .look = generator_look,
};

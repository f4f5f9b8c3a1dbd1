#include "core/models/model-private.h"

#include "core/base/error.h"
#include "core/tensor/ops.h"

#include <string.h>

static const PhModelClass *const classes[] = {
  &ph_model_instructblip,
};

/* --- opening --- */

static const PhModelClass *
find_class (const json_t *config, GError **error)
{
  const char *type = json_string_value (json_object_get (config, "model_type"));
  g_autofree char *shown = ph_printable (type != NULL ? type : "");

  for (size_t i = 0; i < G_N_ELEMENTS (classes); i++)
    if (type != NULL && g_str_equal (classes[i]->model_type, type))
      return classes[i];

  ph_fail (error, PH_ERROR_UNSUPPORTED,
           "model_type is \"%s\"; Pinhole opens \"instructblip\"", shown);
  return NULL;
}

/* An id, or a list of them, under @name. */
static bool
read_stop_ids (PhModel *self, const json_t *object, const char *name, GError **error)
{
  const json_t *stated = json_object_get (object, name);
  size_t n = json_is_array (stated) ? json_array_size (stated) : json_is_integer (stated);

  if (n > G_N_ELEMENTS (self->stop_ids))
    return ph_fail (error, PH_ERROR_RANGE, "%s: %zu ids, at most %zu", name, n,
                    G_N_ELEMENTS (self->stop_ids));
  for (size_t i = 0; i < n; i++) {
    const json_t *id = json_is_array (stated) ? json_array_get (stated, i) : stated;
    json_int_t value = json_is_integer (id) ? json_integer_value (id) : -1;

    if (value < 0 || (size_t) value >= self->lm->n_vocabulary)
      return ph_fail (error, PH_ERROR_RANGE, "%s: not an id from 0 to %zu", name,
                      self->lm->n_vocabulary - 1);
    self->stop_ids[i] = (int32_t) value;
  }
  self->n_stop_ids = n;
  return true;
}

/* generation_config.json says where answers end; older folders leave that to the
 * text_config. */
static bool
find_stop_ids (PhModel *self, const json_t *config, GError **error)
{
  g_autofree char *path =
      g_build_filename (self->info.folder, "generation_config.json", NULL);
  g_autoptr (PhJson) generation = NULL;

  if (g_file_test (path, G_FILE_TEST_EXISTS)) {
    generation = ph_json_load (path, error);
    if (generation == NULL)
      return false;
    if (!read_stop_ids (self, generation, "eos_token_id", error)) {
      g_prefix_error (error, "%s: ", path);
      return false;
    }
  }
  if (self->n_stop_ids == 0 &&
      !read_stop_ids (self, json_object_get (config, "text_config"), "eos_token_id",
                      error))
    return false;
  return true;
}

static bool
check_preprocess (const PhModel *self, GError **error)
{
  if (self->preprocess.side != self->info.image_side)
    return ph_fail (
        error, PH_ERROR_RANGE,
        "preprocessor_config.json makes pictures of %d pixels a side, but the model "
        "reads %d",
        self->preprocess.side, self->info.image_side);
  return true;
}

/* Everything but config.json, in the order of what is cheap to refuse. */
static bool
open_parts (PhModel *self, const json_t *config, const char *config_path, GError **error)
{
  const char *folder = self->info.folder;

  self->store = ph_store_open (folder, error);
  self->tokenizer = self->store != NULL ? ph_tokenizer_open (folder, error) : NULL;
  if (self->tokenizer == NULL || !ph_preprocess_load (&self->preprocess, folder, error))
    return false;
  if (!self->class->open (self, config, error) || !find_stop_ids (self, config, error) ||
      !check_preprocess (self, error)) {
    if (error != NULL && strstr ((*error)->message, folder) == NULL)
      g_prefix_error (error, "%s: ", config_path);
    return false;
  }
  if (!ph_store_check_all_used (self->store, error))
    return false;

  self->info.family = self->class->family;
  self->info.language_model = g_strdup (self->lm->class->name);
  self->info.n_parameters = ph_store_get_n_parameters (self->store);
  self->info.n_weight_bytes = ph_store_get_n_bytes (self->store);
  self->info.n_positions = self->lm->n_positions;
  return true;
}

PhModel *
ph_model_open (const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "config.json", NULL);
  g_autoptr (PhJson) config = ph_json_load (path, error);
  g_autoptr (PhModel) self = NULL;
  const PhModelClass *class = config != NULL ? find_class (config, error) : NULL;

  if (class == NULL) {
    if (config != NULL)
      g_prefix_error (error, "%s: ", path);
    return NULL;
  }

  self = class->new ();
  self->class = class;
  self->info.folder = g_strdup (folder);
  self->info.name = g_path_get_basename (folder);
  if (!open_parts (self, config, path, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
ph_model_free (PhModel *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->info.folder, g_free);
  g_clear_pointer (&self->info.name, g_free);
  g_clear_pointer (&self->info.language_model, g_free);
  g_clear_pointer (&self->store, ph_store_free);
  g_clear_pointer (&self->tokenizer, ph_tokenizer_free);
  g_clear_pointer (&self->qformer_tokenizer, ph_tokenizer_free);
  self->class->free (self);
}

const PhModelInfo *
ph_model_get_info (const PhModel *self)
{
  return &self->info;
}

PhTokenizer *
ph_model_get_tokenizer (PhModel *self)
{
  return self->tokenizer;
}

PhTokenizer *
ph_model_get_qformer_tokenizer (PhModel *self)
{
  return self->qformer_tokenizer;
}

/* --- answers --- */

void
ph_answer_clear (PhAnswer *self)
{
  g_clear_pointer (&self->text, g_free);
  g_clear_pointer (&self->ids, g_array_unref);
  g_clear_pointer (&self->probabilities, g_array_unref);
  g_clear_pointer (&self->prompt_ids, g_array_unref);
  g_clear_pointer (&self->snapshot, ph_snapshot_unref);
  *self = (PhAnswer){ 0 };
}

void
ph_answer_init (PhAnswer *self)
{
  *self = (PhAnswer){
    .text = g_strdup (""),
    .ids = g_array_new (FALSE, FALSE, sizeof (int32_t)),
    .probabilities = g_array_new (FALSE, FALSE, sizeof (float)),
    .prompt_ids = g_array_new (FALSE, FALSE, sizeof (int32_t)),
    .stop = PH_STOP_CANCELLED,
  };
}

double
ph_run_stage (const PhRun *run, PhStage stage)
{
  if (run->asked->stage != NULL)
    run->asked->stage (run->asked->data, stage);
  return g_get_monotonic_time () / 1e6;
}

/* --- the snapshot, taken by a probe that passes on what others want --- */

typedef struct {
  PhProbe probe;
  PhProbe *outer;
  PhSnapshotShape shape;
  GArray *cross; /* of float: layer by head by query by key */
} Recorder;

static void
record (PhProbe *probe, PhProbePoint point, int layer, PhTensor *values)
{
  Recorder *self = (Recorder *) probe;

  if (self->outer != NULL && (self->outer->wanted & PH_WANTED (point)) != 0)
    self->outer->see (self->outer, point, layer, values);
  if (point != PH_PROBE_CROSS_ATTENTION)
    return;
  self->shape.layers[self->shape.n_layers++] = layer;
  self->shape.n_heads = (int) values->dims[1];
  self->shape.n_queries = (int) values->dims[2];
  g_array_append_vals (self->cross, values->data, (guint) ph_n_elements (values));
}

static PhSnapshot *
recorder_finish (Recorder *self, const PhModelInfo *info, bool looked)
{
  PhSnapshot *snapshot = NULL;

  self->shape.n_rows = info->patch_rows;
  self->shape.n_columns = info->patch_columns;
  if (looked && self->shape.n_layers > 0)
    snapshot = ph_snapshot_new (&self->shape, (const float *) self->cross->data);
  g_array_unref (self->cross);
  return snapshot;
}

/* --- asking --- */

static bool
is_blank (const char *text)
{
  while (g_ascii_isspace (*text))
    text++;
  return *text == '\0';
}

/* Both tokenizations, held against the room there is. */
static bool
read_prompt (PhModel *self, PhRun *run, GError **error)
{
  const char *prompt = run->asked->prompt;
  size_t n_queries = (size_t) self->info.n_queries;
  size_t room =
      self->lm->n_positions > n_queries ? self->lm->n_positions - n_queries - 1 : 0;

  if (is_blank (prompt))
    return ph_fail (error, PH_ERROR_RANGE,
                    "the instruction is empty: ask something about the picture");
  if (!ph_tokenizer_encode (self->tokenizer, prompt, true, run->answer->prompt_ids,
                            error))
    return false;
  if (self->qformer_tokenizer != NULL &&
      !ph_tokenizer_encode (self->qformer_tokenizer, prompt, true, run->qformer_ids,
                            error))
    return false;
  if (run->answer->prompt_ids->len > room)
    return ph_fail (error, PH_ERROR_RANGE,
                    "the instruction has %u tokens, and at most %zu fit",
                    run->answer->prompt_ids->len, room);
  if (self->qformer_tokenizer != NULL &&
      run->qformer_ids->len > self->n_qformer_positions)
    return ph_fail (error, PH_ERROR_RANGE,
                    "the instruction has %u tokens for the Q-Former, and at most %zu fit",
                    run->qformer_ids->len, self->n_qformer_positions);
  return true;
}

typedef struct {
  PhModel *model;
  const PhRun *run;
  double start; /* when the prompt began to be read */
} Writing;

/* Drops what a character cut in the middle decodes to: the next token may complete it. */
static void
drop_broken_end (char *text)
{
  while (g_str_has_suffix (text, "\xef\xbf\xbd"))
    text[strlen (text) - 3] = '\0';
}

static void
token_cb (void *data, int32_t id, float probability)
{
  Writing *self = data;
  const PhQuestionAsked *asked = self->run->asked;
  PhAnswer *answer = self->run->answer;

  if (answer->ids->len == 0)
    answer->timings.prompt = ph_run_stage (self->run, PH_STAGE_WRITING) - self->start;
  g_array_append_val (answer->ids, id);
  g_array_append_val (answer->probabilities, probability);
  g_free (answer->text);
  answer->text =
      ph_tokenizer_decode (self->model->tokenizer, (const int32_t *) answer->ids->data,
                           answer->ids->len, true);
  if (asked->text != NULL) {
    g_autofree char *shown = g_strdup (answer->text);

    drop_broken_end (shown);
    asked->text (asked->data, shown, (int) answer->ids->len);
  }
}

/* The prefix and the prompt behind it, then token by token. */
static bool
write_answer (PhModel *self,
              const PhPass *pass,
              const PhRun *run,
              PhTensor *prefix,
              GError **error)
{
  PhAnswer *answer = run->answer;
  PhContext *c = pass->context;
  Writing writing = { self, run, ph_run_stage (run, PH_STAGE_PROMPT) };
  PhTensor *prompt =
      self->lm->class->embed (self->lm, pass, (const int32_t *) answer->prompt_ids->data,
                              1, answer->prompt_ids->len);
  PhSampling sampling = run->asked->sampling;
  size_t room;
  bool done;

  prompt = ph_join (c, prefix, prompt);
  room = self->lm->n_positions - prompt->dims[1];
  sampling.max_new_tokens = (int) MIN ((size_t) sampling.max_new_tokens, room);
  done = ph_generate (
      &(PhGeneration){ .lm = self->lm,
                       .pass = pass,
                       .prompt = prompt,
                       .sampling = &sampling,
                       .stop_ids = self->stop_ids,
                       .n_stop_ids = self->n_stop_ids,
                       .newline_id = ph_tokenizer_find (self->tokenizer, "Ċ"),
                       .token = token_cb,
                       .data = &writing },
      &answer->stop, error);
  answer->timings.writing =
      g_get_monotonic_time () / 1e6 - writing.start - answer->timings.prompt;
  return done;
}

/* @looked says whether the queries had their look before a stop. */
static bool
run_all (PhModel *self,
         const PhPass *pass,
         const PhRun *run,
         bool *looked,
         GError **error)
{
  PhTensor *prefix = self->class->look (self, pass, run);

  *looked = !ph_stopped (pass->context);
  return !*looked || write_answer (self, pass, run, prefix, error);
}

bool
ph_model_ask (PhModel *self,
              const PhPass *pass,
              const PhQuestionAsked *question,
              PhAnswer *answer,
              GError **error)
{
  g_autoptr (GArray) qformer_ids = g_array_new (FALSE, FALSE, sizeof (int32_t));
  PhRun run = { .asked = question, .qformer_ids = qformer_ids, .answer = answer };
  size_t scope = ph_arena_mark (pass->context->arena);
  Recorder recorder = { .probe = { .see = record } };
  PhPass recorded = *pass;
  bool done, looked = false;

  ph_answer_clear (answer);
  ph_answer_init (answer);
  if (!ph_sampling_check (&question->sampling, error) ||
      !ph_store_is_unchanged (self->store, error) || !read_prompt (self, &run, error))
    return false;

  if (question->wants_snapshot) {
    recorder.outer = pass->probe;
    recorder.cross = g_array_new (FALSE, FALSE, sizeof (float));
    recorder.probe.wanted = PH_WANTED (PH_PROBE_CROSS_ATTENTION) |
                            (pass->probe != NULL ? pass->probe->wanted : 0);
    recorded.probe = &recorder.probe;
  }
  done = run_all (self, &recorded, &run, &looked, error);
  if (question->wants_snapshot)
    answer->snapshot = recorder_finish (&recorder, &self->info, looked);
  ph_arena_reset (pass->context->arena, scope);
  return done;
}

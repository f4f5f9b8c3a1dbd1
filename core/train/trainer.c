#include "core/train/trainer.h"

#include "core/base/error.h"
#include "core/tensor/kernels/kernels.h"
#include "core/tensor/tape.h"
#include "core/train/folder.h"

#include <cblas.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define HELD_OUT_SHARDS 24
#define SPREAD 0.04f
#define QUERY_NOISE 0.03f

static const PhObjectiveClass *const objectives[] = {
  &ph_objective_vision,
  &ph_objective_language,
  &ph_objective_queries,
  &ph_objective_instruct,
};

/* What one shard works with: nothing of it is shared with another. */
typedef struct {
  PhContext context;
  PhPass pass;
  PhShard shard;
  double loss;
} Lane;

struct _PhTrainer {
  PhWorkbench bench;
  char *folder;
  const PhObjectiveClass *objective;
  void *task;
  PhPool *pool;
  Lane *lanes; /* one a shard */
  size_t n_lanes;
  size_t step;
};

/* --- opening --- */

static bool
find_objective (PhTrainer *self, GError **error)
{
  const PhRecipe *recipe = self->bench.recipe;
  g_autofree char *shown = ph_printable (recipe->objective);

  for (size_t i = 0; i < G_N_ELEMENTS (objectives); i++)
    if (g_str_equal (objectives[i]->name, recipe->objective))
      self->objective = objectives[i];

  return self->objective != NULL ||
         ph_fail (error, PH_ERROR_UNSUPPORTED,
                  "%s: objective \"%s\" is none that Pinhole has", recipe->path, shown);
}

static bool
open_bench (PhTrainer *self, GError **error)
{
  PhWorkbench *bench = &self->bench;
  g_autofree char *qformer = g_build_filename (self->folder, "qformer_tokenizer", NULL);
  g_autofree char *config_path = g_build_filename (self->folder, "config.json", NULL);
  g_autoptr (PhJson) config = NULL;

  if (!ph_folder_write (self->folder, bench->recipe->model, error))
    return false;

  bench->tokenizer = ph_tokenizer_open (self->folder, error);
  bench->qformer_tokenizer =
      bench->tokenizer != NULL ? ph_tokenizer_open (qformer, error) : NULL;
  if (bench->qformer_tokenizer == NULL ||
      !ph_preprocess_load (&bench->preprocess, self->folder, error))
    return false;

  config = ph_json_load (config_path, error);
  if (config == NULL)
    return false;
  if (!ph_blip2_init_from_config (&bench->net, config, PH_QFORMER_INSTRUCTBLIP, NULL,
                                  error)) {
    g_prefix_error (error, "%s: ", bench->recipe->path);
    return false;
  }
  return true;
}

/* An earlier stage's weights lie in a folder beside this one. */
static bool
load_stage (PhTrainer *self, const json_t *entry, PhRandom *random, GError **error)
{
  const char *from = json_string_value (json_object_get (entry, "from"));
  const char *part = json_string_value (json_object_get (entry, "part"));
  g_autofree char *parent = g_path_get_dirname (self->folder);
  g_autofree char *path = NULL;
  bool of_training = part != NULL && g_str_has_prefix (part, "train.");

  if (from == NULL || part == NULL)
    return ph_fail (error, PH_ERROR_FORMAT,
                    "%s: start: not a list of {\"from\": folder, \"part\": prefix}",
                    self->bench.recipe->path);
  path = g_build_filename (parent, from,
                           of_training ? "train.safetensors" : "model.safetensors", NULL);
  if (g_str_equal (part, "query_tokens"))
    return ph_parameters_load_repeated (self->bench.parameters, path, part, random,
                                        QUERY_NOISE, error);
  return ph_parameters_load (self->bench.parameters, path, part, false, error);
}

static bool
load_stages (PhTrainer *self, PhRandom *random, GError **error)
{
  const json_t *start = json_object_get (self->bench.recipe->document, "start");

  for (size_t i = 0; i < json_array_size (start); i++)
    if (!load_stage (self, json_array_get (start, i), random, error))
      return false;
  return true;
}

static void
freeze (PhTrainer *self)
{
  const json_t *prefixes = json_object_get (self->bench.recipe->document, "freeze");

  for (size_t i = 0; i < json_array_size (prefixes); i++) {
    const char *prefix = json_string_value (json_array_get (prefixes, i));

    if (prefix != NULL)
      ph_parameters_set_frozen (self->bench.parameters, prefix, true);
  }
}

/* Starts afresh: random weights, then those of earlier stages, then the objective's. */
static bool
start_weights (PhTrainer *self, GError **error)
{
  PhWorkbench *bench = &self->bench;
  PhRandom random;

  bench->parameters = ph_parameters_new ();
  self->task = self->objective->new (bench, error);
  if (self->task == NULL ||
      !ph_blip2_bind (&bench->net, ph_parameters_get_binder (bench->parameters), error) ||
      !self->objective->bind (self->task, ph_parameters_get_binder (bench->parameters),
                              error))
    return false;

  ph_random_start (&random, (uint64_t) bench->recipe->seed, 0);
  ph_parameters_allocate (bench->parameters, &random, SPREAD);
  if (!load_stages (self, &random, error) || !self->objective->start (self->task, error))
    return false;
  freeze (self);
  return true;
}

static void
make_lanes (PhTrainer *self)
{
  self->n_lanes = self->bench.recipe->shards;
  self->lanes = g_new0 (Lane, self->n_lanes);
  for (size_t i = 0; i < self->n_lanes; i++) {
    Lane *lane = &self->lanes[i];

    lane->context.arena = ph_arena_new ();
    lane->context.tape = ph_tape_new ();
    lane->context.gradients =
        g_new0 (float, ph_parameters_get_n_values (self->bench.parameters));
    lane->pass.context = &lane->context;
  }
}

/* --- checkpoints --- */

static char *
checkpoint_path (const PhTrainer *self, size_t step)
{
  g_autofree char *name = g_strdup_printf ("checkpoint-%06zu.safetensors", step);

  return g_build_filename (self->folder, name, NULL);
}

/* The step of the newest checkpoint, or 0; with @but all others are removed. */
static size_t
newest_checkpoint (const PhTrainer *self, const size_t *but)
{
  g_autoptr (GDir) dir = g_dir_open (self->folder, 0, NULL);
  const char *name;
  size_t newest = 0, step;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    if (sscanf (name, "checkpoint-%zu.safetensors", &step) != 1 ||
        !g_str_has_suffix (name, ".safetensors"))
      continue;
    newest = MAX (newest, step);
    if (but != NULL && step != *but) {
      g_autofree char *old = checkpoint_path (self, step);

      g_unlink (old);
    }
  }
  return newest;
}

static bool
save_checkpoint (PhTrainer *self, GError **error)
{
  g_autofree char *path = checkpoint_path (self, self->step);

  if (!ph_parameters_save (self->bench.parameters, path, PH_SAVE_MOMENTS, false, error))
    return false;
  newest_checkpoint (self, &self->step);
  return true;
}

/* Drops the lines of a log that were written after the checkpoint we go on from. */
static bool
cut_log (const PhTrainer *self, const char *name, GError **error)
{
  g_autofree char *path = g_build_filename (self->folder, name, NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (GString) kept = g_string_new (NULL);

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return true;
  lines = g_strsplit (text, "\n", -1);
  for (int i = 0; lines[i] != NULL && self->step > 0; i++)
    if (*lines[i] != '\0' && (i == 0 || strtoull (lines[i], NULL, 10) <= self->step))
      g_string_append_printf (kept, "%s\n", lines[i]);
  return g_file_set_contents (path, kept->str, (gssize) kept->len, error);
}

static bool
resume (PhTrainer *self, GError **error)
{
  self->step = newest_checkpoint (self, NULL);
  if (self->step > 0) {
    g_autofree char *path = checkpoint_path (self, self->step);

    if (!ph_parameters_load (self->bench.parameters, path, "", true, error))
      return false;
  }
  return cut_log (self, "log.csv", error) && cut_log (self, "held-out.csv", error);
}

PhTrainer *
ph_trainer_open (const char *recipe, const char *folder, int n_threads, GError **error)
{
  g_autoptr (PhTrainer) self = g_new0 (PhTrainer, 1);

  /* Shards fill the pool; BLAS must not add threads of its own. */
  openblas_set_num_threads (1);
  ph_flush_denormals ();

  self->folder = g_strdup (folder);
  self->bench.recipe = ph_recipe_load (recipe, error);
  if (self->bench.recipe == NULL || !find_objective (self, error) ||
      !open_bench (self, error) || !start_weights (self, error))
    return NULL;
  make_lanes (self);
  self->pool = ph_pool_new ((int) MIN ((size_t) n_threads, self->n_lanes));
  if (!resume (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
ph_trainer_free (PhTrainer *self)
{
  if (self == NULL)
    return;
  ph_pool_free (self->pool);
  for (size_t i = 0; i < self->n_lanes; i++) {
    ph_arena_free (self->lanes[i].context.arena);
    ph_tape_free (self->lanes[i].context.tape);
    g_free (self->lanes[i].context.gradients);
  }
  g_free (self->lanes);
  if (self->task != NULL)
    self->objective->free (self->task);
  ph_parameters_free (self->bench.parameters);
  if (self->bench.net.lm != NULL)
    ph_blip2_clear (&self->bench.net);
  g_clear_pointer (&self->bench.tokenizer, ph_tokenizer_free);
  g_clear_pointer (&self->bench.qformer_tokenizer, ph_tokenizer_free);
  ph_recipe_free ((PhRecipe *) self->bench.recipe);
  g_free (self->folder);
  g_free (self);
}

size_t
ph_trainer_get_step (const PhTrainer *self)
{
  return self->step;
}

/* --- a step --- */

/* Dice of a shard: those of no other shard, step or run. */
static PhRandom
shard_dice (const PhTrainer *self, size_t step, size_t shard, bool held_out)
{
  const PhRecipe *recipe = self->bench.recipe;
  PhRandom random;

  ph_random_start (&random, ph_random_mix ((uint64_t) recipe->seed, held_out),
                   step * recipe->shards + shard);
  return random;
}

static void
run_lane (void *data, size_t index, int thread)
{
  PhTrainer *self = data;
  const PhRecipe *recipe = self->bench.recipe;
  Lane *lane = &self->lanes[index];
  PhContext *c = &lane->context;
  size_t n_values = ph_parameters_get_n_values (self->bench.parameters);
  PhTensor *loss;

  ph_arena_reset (c->arena, 0);
  ph_tape_clear (c->tape);
  lane->shard.pass = &lane->pass;
  lane->shard.n_pictures = recipe->pictures;
  lane->shard.scene_options = ph_scene_options_default;
  lane->shard.scene_options.outlines = ph_recipe_outlines (recipe, self->step);
  lane->shard.terms.n = 0;

  loss = self->objective->loss (self->task, &lane->shard);
  lane->loss = *loss->data;
  if (!lane->shard.held_out) {
    memset (c->gradients, 0, n_values * sizeof *c->gradients);
    ph_tape_backward (c, loss);
  }
}

/* The mean over shards, added in their order whoever ran them. */
static void
gather_gradients (PhTrainer *self)
{
  size_t n = ph_parameters_get_n_values (self->bench.parameters);
  float *sum = self->lanes[0].context.gradients;
  float share = 1.0f / (float) self->n_lanes;

  for (size_t i = 1; i < self->n_lanes; i++)
    ph_kernels ()->add_scaled (sum, self->lanes[i].context.gradients, 1, n);
  for (size_t i = 0; i < n; i++)
    sum[i] *= share;
}

static void
add_terms (PhTerms *sum, const PhTerms *terms, double share)
{
  for (int i = 0; i < terms->n; i++) {
    if (i == sum->n)
      ph_terms_set (sum, terms->names[i], 0);
    sum->values[i] += share * terms->values[i];
  }
}

/* Runs all shards of @step and adds their loss and terms, in shares, to @report. */
static void
run_shards (PhTrainer *self, size_t step, bool held_out, PhProgress *report, double share)
{
  for (size_t i = 0; i < self->n_lanes; i++) {
    Lane *lane = &self->lanes[i];

    lane->shard.step = step;
    lane->shard.shard = i;
    lane->shard.held_out = held_out;
    lane->shard.random = shard_dice (self, step, i, held_out);
  }
  ph_pool_run (self->pool, self->n_lanes, run_lane, self);

  share /= (double) self->n_lanes;
  for (size_t i = 0; i < self->n_lanes; i++) {
    report->loss += share * self->lanes[i].loss;
    add_terms (&report->terms, &self->lanes[i].shard.terms, share);
  }
}

static void
train_step (PhTrainer *self, PhProgress *report)
{
  const PhRecipe *recipe = self->bench.recipe;
  PhAdamw adamw;

  run_shards (self, self->step, false, report, 1.0 / PH_REPORT_STEPS);
  gather_gradients (self);
  adamw =
      ph_parameters_get_adamw (self->bench.parameters, self->lanes[0].context.gradients);
  adamw.beta1 = (float) recipe->beta1;
  adamw.beta2 = (float) recipe->beta2;
  adamw.weight_decay = (float) recipe->weight_decay;
  report->rate = ph_recipe_rate (recipe, self->step);
  ph_adamw_step (&adamw, self->pool, self->step + 1, (float) report->rate,
                 (float) recipe->clip);
  self->step++;
}

/* --- logs --- */

static bool
append_row (const PhTrainer *self,
            const char *name,
            const PhProgress *report,
            GError **error)
{
  g_autofree char *path = g_build_filename (self->folder, name, NULL);
  FILE *file = fopen (path, "ae");
  bool failed;

  if (file == NULL)
    return ph_fail_errno (error, errno, "%s: cannot be written", path);
  if (ftell (file) == 0) {
    fprintf (file, "step,rate,loss");
    for (int i = 0; i < report->terms.n; i++)
      fprintf (file, ",%s", report->terms.names[i]);
    fputc ('\n', file);
  }
  fprintf (file, "%zu,%.3e,%.4f", self->step, report->rate, report->loss);
  for (int i = 0; i < report->terms.n; i++)
    fprintf (file, ",%.4f", report->terms.values[i]);
  fputc ('\n', file);
  failed = ferror (file) != 0;
  if (fclose (file) != 0 || failed)
    return ph_fail_errno (error, errno, "%s: cannot be written", path);
  return true;
}

/* The objective's terms on scenes that training never draws. */
static bool
evaluate (PhTrainer *self, GError **error)
{
  PhProgress report = { .rate = ph_recipe_rate (self->bench.recipe, self->step) };

  for (size_t i = 0; i < HELD_OUT_SHARDS; i++)
    run_shards (self, i, true, &report, 1.0 / HELD_OUT_SHARDS);
  return append_row (self, "held-out.csv", &report, error);
}

/* --- the run --- */

static bool
is_due (size_t step, size_t every, size_t last)
{
  return step == last || (every > 0 && step % every == 0);
}

/* What stands at the end of every so many steps. */
static bool
keep_up (PhTrainer *self, bool stopped, GError **error)
{
  const PhRecipe *recipe = self->bench.recipe;

  if (is_due (self->step, recipe->evaluate, recipe->steps) && !evaluate (self, error))
    return false;
  if ((stopped || is_due (self->step, recipe->checkpoint, recipe->steps)) &&
      !save_checkpoint (self, error))
    return false;
  return true;
}

static bool
write_model (PhTrainer *self, GError **error)
{
  g_autofree char *model = g_build_filename (self->folder, "model.safetensors", NULL);
  g_autofree char *train = g_build_filename (self->folder, "train.safetensors", NULL);
  PhSave how =
      g_strcmp0 (self->bench.recipe->store, "f16") == 0 ? PH_SAVE_F16 : PH_SAVE_F32;

  return ph_parameters_save (self->bench.parameters, model, how, false, error) &&
         ph_parameters_save (self->bench.parameters, train, PH_SAVE_F32, true, error);
}

static void
tell (PhTrainer *self,
      PhProgress *report,
      double seconds,
      PhProgressCallback callback,
      void *data)
{
  const PhRecipe *recipe = self->bench.recipe;
  double each = seconds / PH_REPORT_STEPS;

  report->step = self->step;
  report->n_steps = recipe->steps;
  report->pictures_per_second = (double) (recipe->shards * recipe->pictures) / each;
  report->seconds_left = each * (double) (recipe->steps - self->step);
  if (callback != NULL)
    callback (report, data);
}

bool
ph_trainer_run (PhTrainer *self,
                const atomic_bool *stop,
                PhProgressCallback callback,
                void *data,
                GError **error)
{
  const PhRecipe *recipe = self->bench.recipe;
  PhProgress report = { 0 };
  gint64 since = g_get_monotonic_time ();

  while (self->step < recipe->steps) {
    bool stopped = stop != NULL && atomic_load (stop);

    train_step (self, &report);
    if (!isfinite (report.loss))
      return ph_fail (error, PH_ERROR_RANGE, "%s: the loss is no number at step %zu",
                      recipe->path, self->step);
    if (self->step % PH_REPORT_STEPS == 0) {
      gint64 now = g_get_monotonic_time ();

      tell (self, &report, (double) (now - since) / 1e6, callback, data);
      if (!append_row (self, "log.csv", &report, error))
        return false;
      report = (PhProgress){ 0 };
      since = now;
      if (!keep_up (self, stopped, error))
        return false;
      if (stopped && self->step < recipe->steps) {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED,
                     "stopped at step %zu of %zu", self->step, recipe->steps);
        return false;
      }
    }
  }
  return write_model (self, error);
}

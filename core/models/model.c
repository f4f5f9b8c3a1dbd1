#include "core/models/family.h"

#include "core/base/error.h"
#include "core/lm/sampling-json.h"

#include <string.h>

bool
ph_model_check_tokenizer (const PhTokenizer *tokenizer,
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

/* What is wrong there about more than choosing was said where answers end (stops.c). */
static void
read_sampling (PhModel *self)
{
  g_autofree char *path =
      g_build_filename (self->info.folder, "generation_config.json", NULL);
  g_autoptr (PhJson) config = ph_json_load (path, NULL);

  self->info.sampling = ph_sampling_from_generation_config (config);
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
  if (!self->class->open (self, config, error)) {
    if (error != NULL && strstr ((*error)->message, folder) == NULL)
      g_prefix_error (error, "%s: ", config_path);
    return false;
  }
  if (!ph_store_check_all_used (self->store, error))
    return false;

  self->info.family = self->class->family;
  self->info.n_parameters = ph_store_get_n_parameters (self->store);
  self->info.n_weight_bytes = ph_store_get_n_bytes (self->store);
  ph_model_count_parts (self);
  if (self->lm != NULL) {
    self->info.language_model = g_strdup (self->lm->class->name);
    self->info.n_positions = self->lm->n_positions;
    self->info.n_vocabulary = self->lm->n_vocabulary;
    read_sampling (self);
  }
  return true;
}

PhModel *
ph_model_open (const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "config.json", NULL);
  g_autoptr (PhJson) config = ph_json_load (path, error);
  g_autoptr (PhModel) self = NULL;
  const PhModelClass *class = config != NULL ? ph_family_find (config, error) : NULL;

  if (class == NULL) {
    if (config != NULL)
      g_prefix_error (error, "%s: ", path);
    return NULL;
  }

  self = class->new ();
  self->class = class;
  self->info.image_token = -1;
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
  ph_seen_clear (&self->seen);
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

bool
ph_model_prefetch (const PhModel *self,
                   const atomic_bool *stop,
                   PhModelProgress progress,
                   gpointer data,
                   GError **error)
{
  return ph_store_prefetch (self->store, stop, progress, data, error);
}

char *
ph_template_fill (const char *template, const char *text)
{
  const char *place = strstr (template, "{}");
  const char *end = place != NULL ? place : template + strlen (template);

  return g_strdup_printf ("%.*s%s%s", (int) (end - template), template, text,
                          place != NULL ? place + 2 : "");
}

#include "core/models/model-private.h"

#include "core/base/error.h"

#include <string.h>

static const PhModelClass *const classes[] = {
  &ph_model_instructblip,
};

/* --- opening --- */

static bool
names_architecture (const json_t *config, const char *name)
{
  const json_t *list = json_object_get (config, "architectures");

  for (size_t i = 0; i < json_array_size (list); i++)
    if (g_strcmp0 (json_string_value (json_array_get (list, i)), name) == 0)
      return true;
  /* A config without architectures means the first class of its model_type. */
  return list == NULL || json_is_null (list);
}

static const PhModelClass *
find_class (const json_t *config, GError **error)
{
  const char *type = json_string_value (json_object_get (config, "model_type"));
  g_autofree char *shown = ph_printable (type != NULL ? type : "");

  for (size_t i = 0; i < G_N_ELEMENTS (classes); i++)
    if (type != NULL && g_str_equal (classes[i]->model_type, type) &&
        names_architecture (config, classes[i]->architecture))
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

  if (self->lm == NULL)
    return true;
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
  self->info.n_parameters = ph_store_get_n_parameters (self->store);
  self->info.n_weight_bytes = ph_store_get_n_bytes (self->store);
  if (self->lm != NULL) {
    self->info.language_model = g_strdup (self->lm->class->name);
    self->info.n_positions = self->lm->n_positions;
  }
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

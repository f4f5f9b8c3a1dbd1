/* Where answers end.  generation_config.json says it; older folders leave it to their
 * config, and some of both are wrong where the tokenizer is right. */
#include "core/models/model-private.h"

#include "core/base/error.h"

/* An id, or a list of them, under @name; none if it is not stated. */
static bool
read_stop_ids (PhModel *self, const json_t *object, const char *name, GError **error)
{
  const json_t *stated = json_object_get (object, name);
  size_t n = json_is_array (stated)                     ? json_array_size (stated)
             : stated != NULL && !json_is_null (stated) ? 1
                                                        : 0;

  if (n > G_N_ELEMENTS (self->info.stop_ids))
    return ph_fail (error, PH_ERROR_RANGE, "%s: %zu ids, at most %zu", name, n,
                    G_N_ELEMENTS (self->info.stop_ids));
  for (size_t i = 0; i < n; i++) {
    const json_t *id = json_is_array (stated) ? json_array_get (stated, i) : stated;
    json_int_t value = json_is_integer (id) ? json_integer_value (id) : -1;

    if (value < 0 || (size_t) value >= self->lm->n_vocabulary)
      return ph_fail (error, PH_ERROR_RANGE, "%s: not an id from 0 to %zu", name,
                      self->lm->n_vocabulary - 1);
    self->info.stop_ids[i] = (int32_t) value;
  }
  self->info.n_stop_ids = n;
  return true;
}

/* Opens @name in the model's folder; NULL without an error if it is not there. */
static bool
load_if_there (const PhModel *self, const char *name, json_t **document, GError **error)
{
  g_autofree char *path = g_build_filename (self->info.folder, name, NULL);

  *document = NULL;
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return true;
  *document = ph_json_load (path, error);
  return *document != NULL;
}

static bool
read_generation_config (PhModel *self, GError **error)
{
  g_autoptr (PhJson) generation = NULL;

  if (!load_if_there (self, "generation_config.json", &generation, error))
    return false;
  if (read_stop_ids (self, generation, "eos_token_id", error))
    return true;
  g_prefix_error (error, "%s/generation_config.json: ", self->info.folder);
  return false;
}

/* The end token of tokenizer_config.json, which spells it as text or as an object. */
static bool
read_tokenizer_config (PhModel *self, GError **error)
{
  g_autoptr (PhJson) config = NULL;
  const json_t *token;
  const char *spelling;
  int32_t id;

  if (!load_if_there (self, "tokenizer_config.json", &config, error))
    return false;
  token = json_object_get (config, "eos_token");
  spelling = json_string_value (
      json_is_object (token) ? json_object_get (token, "content") : token);
  id = spelling != NULL ? ph_tokenizer_find (self->tokenizer, spelling) : -1;
  if (id >= 0 && (size_t) id < self->lm->n_vocabulary) {
    self->info.stop_ids[0] = id;
    self->info.n_stop_ids = 1;
  }
  return true;
}

bool
ph_model_find_stop_ids (PhModel *self,
                        const json_t *text_config,
                        PhStopsFrom from,
                        int32_t standard,
                        GError **error)
{
  self->info.n_stop_ids = 0;
  if (!read_generation_config (self, error))
    return false;
  if (self->info.n_stop_ids == 0 &&
      !read_stop_ids (self, text_config, "eos_token_id", error))
    return false;
  if (from == PH_STOPS_TOKENIZER && !read_tokenizer_config (self, error))
    return false;
  if (self->info.n_stop_ids == 0 && (size_t) standard < self->lm->n_vocabulary)
    self->info.stop_ids[self->info.n_stop_ids++] = standard;
  return true;
}

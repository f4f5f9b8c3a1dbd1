#include "core/train/recipe.h"

#include "core/base/error.h"

#include <math.h>

#define MANY 1e9
#define FIELD(name, kind, field, ...)                                                    \
  {                                                                                      \
    name, kind, offsetof (PhRecipe, field), __VA_ARGS__                                  \
  }

static const PhJsonField fields[] = {
  FIELD ("objective", PH_JSON_TEXT, objective, .required = true),
  FIELD ("store", PH_JSON_TEXT, store),
  FIELD ("seed", PH_JSON_INT, seed, 0, MANY, .required = true),
  FIELD ("queries", PH_JSON_SIZE, n_queries, 1, 4096, .standard = 0),
  FIELD ("steps", PH_JSON_SIZE, steps, 1, MANY, .required = true),
  FIELD ("shards", PH_JSON_SIZE, shards, 1, 64, .standard = 2),
  FIELD ("pictures", PH_JSON_SIZE, pictures, 1, 4096, .required = true),
  FIELD ("rate", PH_JSON_REAL, rate, 0, 10, .required = true),
  FIELD ("floor", PH_JSON_REAL, floor, 0, 1, .standard = 0.02),
  FIELD ("warmup", PH_JSON_SIZE, warmup, 1, MANY, .standard = 100),
  FIELD ("beta1", PH_JSON_REAL, beta1, 0, 0.9999, .standard = 0.9),
  FIELD ("beta2", PH_JSON_REAL, beta2, 0, 0.9999, .standard = 0.98),
  FIELD ("weight_decay", PH_JSON_REAL, weight_decay, 0, 1, .standard = 0.01),
  FIELD ("clip", PH_JSON_REAL, clip, 0, 1e6, .standard = 1),
  FIELD ("checkpoint", PH_JSON_SIZE, checkpoint, 0, MANY, .standard = 500),
  FIELD ("evaluate", PH_JSON_SIZE, evaluate, 0, MANY, .standard = 0),
};

static bool
read_outlines (PhRecipe *self, GError **error)
{
  const json_t *pair = json_object_get (self->document, "outlines");

  self->outlines[0] = self->outlines[1] = 0.65;
  if (pair == NULL)
    return true;
  if (!json_is_array (pair) || json_array_size (pair) != 2)
    return ph_fail (error, PH_ERROR_FORMAT, "outlines: not a pair of numbers");
  for (size_t i = 0; i < 2; i++) {
    self->outlines[i] = json_number_value (json_array_get (pair, i));
    if (!(self->outlines[i] >= 0 && self->outlines[i] <= 1))
      return ph_fail (error, PH_ERROR_RANGE, "outlines: not from 0 to 1");
  }
  return true;
}

/* The sizes lie in a file beside the recipe, so that all stages share them. */
static bool
read_model (PhRecipe *self, GError **error)
{
  const char *name = json_string_value (json_object_get (self->document, "model"));
  g_autofree char *folder = g_path_get_dirname (self->path);
  g_autofree char *path = NULL;

  if (name == NULL)
    return ph_fail (error, PH_ERROR_FORMAT, "model: not the name of a file");
  path = g_build_filename (folder, name, NULL);
  self->model = ph_json_load (path, error);
  if (self->model == NULL)
    return false;
  if (self->n_queries > 0)
    json_object_set_new (self->model, "num_query_tokens",
                         json_integer ((json_int_t) self->n_queries));
  return true;
}

/* So that logs and checkpoints fall on the last step as well. */
static bool
check_steps (const PhRecipe *self, GError **error)
{
  if (self->steps % PH_REPORT_STEPS != 0 || self->checkpoint % PH_REPORT_STEPS != 0 ||
      self->evaluate % PH_REPORT_STEPS != 0)
    return ph_fail (error, PH_ERROR_RANGE,
                    "steps, checkpoint or evaluate is not a multiple of %d",
                    PH_REPORT_STEPS);
  return true;
}

static bool
read_all (PhRecipe *self, GError **error)
{
  if (!ph_json_read (self->document, "", fields, G_N_ELEMENTS (fields), self, error) ||
      !check_steps (self, error) || !read_outlines (self, error) ||
      !read_model (self, error)) {
    g_prefix_error (error, "%s: ", self->path);
    return false;
  }
  self->options = json_object_get (self->document, "options");
  return true;
}

PhRecipe *
ph_recipe_load (const char *path, GError **error)
{
  g_autoptr (PhRecipe) self = g_new0 (PhRecipe, 1);

  self->path = g_strdup (path);
  self->document = ph_json_load (path, error);
  if (self->document == NULL || !read_all (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
ph_recipe_free (PhRecipe *self)
{
  if (self == NULL)
    return;
  g_free (self->path);
  json_decref (self->document);
  json_decref (self->model);
  g_free (self);
}

double
ph_recipe_rate (const PhRecipe *self, size_t step)
{
  double rise = fmin (1, (double) (step + 1) / (double) self->warmup);
  double fall = 0.5 * (1 + cos (G_PI * (double) step / (double) self->steps));

  return self->rate * rise * (self->floor + (1 - self->floor) * fall);
}

double
ph_recipe_outlines (const PhRecipe *self, size_t step)
{
  double at = (double) step / (double) self->steps;

  return self->outlines[0] + at * (self->outlines[1] - self->outlines[0]);
}

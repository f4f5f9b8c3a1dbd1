/* recipe.h - how a stage is trained, in a JSON file
 *
 *   {
 *     "objective": "vision",            one of objective.h
 *     "model": "model.json",            sizes, as a config.json without vocabularies
 *     "queries": 8,                     instead of what the sizes say
 *     "start": [{ "from": "1-vision", "part": "vision_model." }, …],
 *                                       query_tokens of fewer queries are repeated
 *     "freeze": ["vision_model.", …],   prefixes of names
 *     "seed": 1, "steps": 6000, "shards": 2, "pictures": 4,   pictures a shard and step
 *     "rate": 1.5e-3, "warmup": 100, "floor": 0.02,
 *     "beta1": 0.9, "beta2": 0.98, "weight_decay": 0.05, "clip": 1,
 *     "outlines": [1, 0.5],             share of outlined scenes, from first to last step
 *     "store": "f32",                   or "f16"
 *     "checkpoint": 500, "evaluate": 1000,   every so many steps; 0: only at the end
 *     "options": { … }                  the objective's own
 *   }
 *
 * Folders in "from" lie beside the output folder.  The rate rises over the warm-up and
 * falls by a cosine to floor × rate.
 */
#pragma once

#include "core/formats/json.h"

G_BEGIN_DECLS

#define PH_REPORT_STEPS 20 /* between two lines of a log; steps are multiples of it */

typedef struct {
  char *path;
  json_t *document;
  json_t *model; /* config.json to be, vocabularies missing */

  const char *objective; /* this and the next are borrowed from the document */
  const char *store;
  int64_t seed;
  size_t n_queries; /* 0: as the sizes say */
  size_t steps, shards, pictures;
  double rate, floor;
  size_t warmup;
  double beta1, beta2, weight_decay, clip;
  double outlines[2];
  size_t checkpoint, evaluate;
  const json_t *options; /* NULL: none */
} PhRecipe;

/* Errors name @path and the field. */
PhRecipe *ph_recipe_load (const char *path, GError **error);
void ph_recipe_free (PhRecipe *self);

/* The learning rate of a step, counted from 0. */
double ph_recipe_rate (const PhRecipe *self, size_t step);
/* The share of outlined scenes at a step. */
double ph_recipe_outlines (const PhRecipe *self, size_t step);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PhRecipe, ph_recipe_free)

G_END_DECLS

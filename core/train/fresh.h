/* fresh.h - a model folder with random weights
 *
 * Whole in every file and worthless in every answer: what tests and measurements open
 * when any model will do.
 */
#pragma once

#include <gio/gio.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

/* @model has the sizes, as in recipes.  The same seed gives the same bytes. */
bool ph_fresh_model_write (const char *folder,
                           const json_t *model,
                           uint64_t seed,
                           GError **error);

G_END_DECLS

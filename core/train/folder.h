/* folder.h - the files that make a model folder, beside its weights
 *
 * config.json, generation_config.json, preprocessor_config.json, processor_config.json
 * and both tokenizers, in the layout that InstructBlipForConditionalGeneration and
 * InstructBlipProcessor read.  The vocabulary is that of the drawn world.
 */
#pragma once

#include <gio/gio.h>
#include <jansson.h>
#include <stdbool.h>

G_BEGIN_DECLS

/* Writes all of them into @folder, which is made if need be.  @model has the sizes; the
 * vocabularies and special ids are filled in.  The same world gives the same bytes. */
bool ph_folder_write (const char *folder, const json_t *model, GError **error);

G_END_DECLS

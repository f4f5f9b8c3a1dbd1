/* store.h - the weights of a folder, whatever files they are in
 *
 * A store is opened on a folder and hands its tensors to the tables of weights.h by
 * name.  They are used as they lie in the mapped files: a bound PhTensor points into
 * the store and lives no longer than it.  Tensors that begin at an address their type
 * does not allow are copied once.
 *
 * Each kind of file is a const struct in a list in store.c; a new kind (an index over
 * shards, pytorch_model.bin) is a file with one more, and no caller changes.
 *
 * Belongs to one thread while it binds; afterwards the tensors may be read by any.
 */
#pragma once

#include "core/formats/safetensors.h"
#include "core/formats/weights.h"

G_BEGIN_DECLS

typedef struct _PhStore PhStore;

/* Opens and checks the weights in @folder.  Errors name the file. */
PhStore *ph_store_open (const char *folder, GError **error);
void ph_store_free (PhStore *self);

/* Finds tensors by name.  Binding fails, naming the file, the tensor and both shapes,
 * where one is missing, has another shape or is not of floating point. Borrowed. */
PhBinder *ph_store_get_binder (PhStore *self);

/* The tensor as stored, or NULL: for sizes that the weights know better than the config.
 * Borrowed. */
const PhStoredTensor *ph_store_find (const PhStore *self, const char *name);

/* Call after binding: fails naming the tensors that nothing asked for.  Buffers that old
 * files carry and nobody needs (*.position_ids, *.inv_freq) may be left over. */
bool ph_store_check_all_used (const PhStore *self, GError **error);

/* All tensors together, in bytes and in numbers. */
size_t ph_store_get_n_bytes (const PhStore *self);
size_t ph_store_get_n_parameters (const PhStore *self);

/* False with PH_ERROR_CHANGED if a file was written to or cut since it was opened: ask
 * before each run. */
bool ph_store_is_unchanged (const PhStore *self, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PhStore, ph_store_free)

G_END_DECLS

/* store.h - the weights of a folder, whatever files they are in
 *
 * A store is opened on a folder and hands its tensors to the tables of weights.h by
 * name.  They are used as they lie in the mapped files: a bound PhTensor points into
 * the store and lives no longer than it.  Tensors that begin at an address their type
 * does not allow are copied once.
 *
 * The files are the first of these that is there, which is how transformers chooses:
 *
 *   model.safetensors              model.safetensors.index.json and its parts
 *   pytorch_model.bin              pytorch_model.bin.index.json and its parts
 *
 * Published files differ in what they call a tensor, in which of two tied ones they hold,
 * and in what they carry that nobody needs.  A family tells the store with
 * ph_store_alias() and ph_store_ignore() before it binds, so its tables stay free of it.
 *
 * Each kind of file is a row in a list in store.c.
 *
 * Belongs to one thread while it is opened, told and bound; afterwards any may read it.
 */
#pragma once

#include "core/formats/map.h"
#include "core/formats/stored.h"
#include "core/formats/weights.h"

#include <stdatomic.h>

G_BEGIN_DECLS

typedef struct _PhStore PhStore;

/* Opens and checks the weights in @folder.  Errors name the file; those of other
 * programs, quantised ones and downloads that were not finished are told as such. */
PhStore *ph_store_open (const char *folder, GError **error);
void ph_store_free (PhStore *self);

/* --- what is there --- */

size_t ph_store_get_n_files (const PhStore *self);
/* The file at @index, for its path and size; borrowed. */
const PhMap *ph_store_get_file (const PhStore *self, size_t index);

size_t ph_store_get_n_tensors (const PhStore *self);
/* The tensor at @index in the order of names, and the file it lies in unless @file is
 * NULL; borrowed. */
const PhStoredTensor *
ph_store_get (const PhStore *self, size_t index, const PhMap **file);

/* The tensor as stored, or NULL: for what the weights know better than the config.
 * Borrowed. */
const PhStoredTensor *ph_store_find (const PhStore *self, const char *name);

/* All tensors together, in bytes, and those of @type ("F16") only.  What goes by two
 * names counts once. */
size_t ph_store_get_n_bytes (const PhStore *self);
size_t ph_store_get_n_bytes_of (const PhStore *self, const char *type);
/* And in numbers that were learned: known buffers (below) do not count. */
size_t ph_store_get_n_parameters (const PhStore *self);

/* --- binding --- */

/* @name and @other are one tensor to this model: where the files hold one of them, it is
 * found by both names; where they hold both, each is itself and @other may be left over.
 */
void ph_store_alias (PhStore *self, const char *name, const char *other);

/* Tensors whose name is one of @endings (NULL at the end), or ends with a dot and one of
 * them, may be left over. */
void ph_store_ignore (PhStore *self, const char *const *endings);

/* Finds tensors by name.  Binding fails, naming the file, the tensor and both shapes,
 * where one is missing, has another shape or is not of floating point.  Borrowed. */
PhBinder *ph_store_get_binder (PhStore *self);

/* Call after binding: fails naming the tensors that nothing asked for.  Buffers that old
 * files carry and nobody needs (position_ids, inv_freq, LAVIS's temp, T5's second
 * relative_attention_bias of the decoder) may be left over too. */
bool ph_store_check_all_used (const PhStore *self, GError **error);

/* --- using --- */

typedef void (*PhStoreProgress) (size_t n_done, size_t n_bytes, gpointer data);

/* Reads all files into memory, from their beginnings to their ends, so that the first
 * question does not wait for the disk; skip it where they are larger than memory.  It is
 * a matter of speed only.  Any thread; blocks.  @progress (or NULL) is told how far it
 * is, every few megabytes; when @stop (or NULL) goes up, returns true soon.  Fails if a
 * file changed. */
bool ph_store_prefetch (const PhStore *self,
                        const atomic_bool *stop,
                        PhStoreProgress progress,
                        gpointer data,
                        GError **error);

/* False with PH_ERROR_CHANGED if a file was written to or cut since it was opened: ask
 * before each run. */
bool ph_store_is_unchanged (const PhStore *self, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PhStore, ph_store_free)

G_END_DECLS

/* store-private.h - what a kind of weights file owes to the store
 *
 * A kind is a file name by which a folder is known to hold it and a reader of one file;
 * kinds with an index read several.  To add a kind: a reader in its own file, declared
 * here, and a row in the list in store.c.
 */
#pragma once

#include "core/formats/store.h"

#include <jansson.h>

/* One open file of tensors. */
typedef struct {
  gpointer reader; /* owns what follows; given up with @free */
  GDestroyNotify free;
  const PhMap *map;
  const PhStoredTensor *tensors;
  size_t n_tensors;
} PhStoreFile;

/* Opens the file at @path.  Errors name it. */
typedef bool (*PhStoreReader) (const char *path, PhStoreFile *file, GError **error);

bool ph_store_read_safetensors (const char *path, PhStoreFile *file, GError **error);
bool ph_store_read_torch (const char *path, PhStoreFile *file, GError **error);

/* What the store knows of a tensor. */
typedef struct {
  const PhStoredTensor *tensor;
  const PhMap *map;
  bool shares; /* the array of one that came before */
  bool used;   /* or may be left over */
} PhStoreEntry;

struct _PhStore {
  PhBinder binder; /* first, so that a binder is its store */
  char *folder;
  GArray *files;      /* of PhStoreFile */
  GPtrArray *entries; /* of PhStoreEntry, owned; by name once open */
  GHashTable *names;  /* name → PhStoreEntry, aliases too */
  GHashTable *arrays; /* where those begin that have been counted */
  GStringChunk *aliases;
  GPtrArray *copies; /* of tensors that lay at odd addresses */
};

/* Adds the tensors of the file called @name in the store's folder, which @reader reads.
 * With a @map {tensor: file}, not those that it puts into another file. */
bool ph_store_add_file (PhStore *self,
                        PhStoreReader reader,
                        const char *name,
                        const json_t *map,
                        GError **error);

/* The same for all files that the index called @name names. */
bool ph_store_add_indexed (PhStore *self,
                           PhStoreReader reader,
                           const char *name,
                           GError **error);

/* True for a tensor that old files carry and nobody needs. */
bool ph_store_is_buffer (const char *name);

/* The type that @text ("BF16") stands for; false if operators know none such. */
bool ph_store_parse_type (const char *text, PhType *type);

/* The binder's call. */
bool ph_store_bind (PhBinder *binder,
                    const char *name,
                    PhTensor *tensor,
                    int n_dims,
                    const size_t *dims,
                    bool optional,
                    GError **error);

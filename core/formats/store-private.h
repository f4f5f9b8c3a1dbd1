/* store-private.h - what a kind of weights file owes to the store
 *
 * To add a kind: a const PhStoreKind in its own file, and a line in the list in store.c.
 */
#pragma once

#include "core/formats/store.h"

typedef struct {
  const char *file; /* the one in the folder by which the kind is known */

  /* Opens the file at @path, and others it leads to, and adds what they hold. */
  bool (*open) (PhStore *self, const char *path, GError **error);
} PhStoreKind;

extern const PhStoreKind ph_store_safetensors;

/* Keeps @reader, whose tensors lie in @map, for as long as the store lives. */
void
ph_store_keep (PhStore *self, gpointer reader, GDestroyNotify free, const PhMap *map);

/* Makes @tensor known by its name; it must live as long as what was kept.  Fails if
 * another file has one of that name. */
bool ph_store_add (PhStore *self,
                   const PhMap *map,
                   const PhStoredTensor *tensor,
                   GError **error);

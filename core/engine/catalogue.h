/* catalogue.h - the models that are on this disk
 *
 * Three kinds: those that came with the program, those that lie in pinhole/models in the
 * user's data folder, and those that were opened last from elsewhere.  Each is a folder
 * with a config.json.  A folder stands in the list once, by its first kind.
 *
 * To look in one more place: a kind, and its line in ph_catalogue_list().
 */
#pragma once

#include "core/models/facts.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum {
  PH_CATALOGUE_BUILTIN,
  PH_CATALOGUE_OWN,
  PH_CATALOGUE_RECENT,
} PhCatalogueKind;

typedef struct {
  PhCatalogueKind kind;
  char *folder;
  char *name; /* its last part */

  /* Set by reading: what is known, or why it cannot be opened, in one line. */
  PhModelFacts *model;
  char *problem;
} PhCatalogueEntry;

/* The folder of the built-in model: beside the program in a build tree, else under the
 * installed data folder; PINHOLE_MODEL in the environment goes before both.  NULL, with
 * the places that were looked at, if it is not there. */
char *ph_catalogue_find_builtin (GError **error);

/* PhCatalogueEntry by PhCatalogueEntry, their models not read: quick.  Any thread. */
GPtrArray *ph_catalogue_list (void);

/* The same with their models, which takes a moment each; on a thread of its own, so that
 * an answer in progress goes on.  Fails only if it was cancelled. */
void ph_catalogue_read_async (GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer data);
GPtrArray *ph_catalogue_read_finish (GAsyncResult *result, GError **error);

/* Puts @folder at the head of those opened last.  That it cannot be written is no harm
 * worth telling.  Main thread. */
void ph_catalogue_remember (const char *folder);

G_END_DECLS

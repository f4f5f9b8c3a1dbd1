/* map.h - a file seen as memory, to be read only
 *
 * Weights are used where they lie in the page cache, so opening a model of any size
 * costs nothing but the pages that are touched.  Only regular files are mapped: a FIFO,
 * a socket or a device never blocks the caller.
 *
 * A file that is cut short while mapped ends the process with SIGBUS when the lost pages
 * are touched; one that is replaced by rename() is harmless.  So whoever uses a map for
 * long asks now and then whether the file is still the one that was opened.
 *
 * A map never changes once made; any thread may read it.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

G_BEGIN_DECLS

typedef struct _PhMap PhMap;

/* Errors name @path.  An empty file is a map of no bytes. */
PhMap *ph_map_open (const char *path, GError **error);
void ph_map_free (PhMap *self);

/* Borrowed; page-aligned. */
const uint8_t *ph_map_get_bytes (const PhMap *self);
size_t ph_map_get_size (const PhMap *self);
const char *ph_map_get_path (const PhMap *self);

/* Brings @n_bytes from @offset on into memory, so that touching them waits for nothing.
 * Fails with PH_ERROR_CHANGED, and not by SIGBUS, if the file no longer has them. */
bool ph_map_fetch (const PhMap *self, size_t offset, size_t n_bytes, GError **error);

/* False with PH_ERROR_CHANGED if the mapped file has another length or was written to
 * since it was opened.  Costs one system call. */
bool ph_map_is_unchanged (const PhMap *self, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PhMap, ph_map_free)

G_END_DECLS

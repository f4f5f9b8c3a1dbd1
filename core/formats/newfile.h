/* newfile.h - files that are whole or not there
 *
 * Bytes go to a draft beside the file; committing syncs the draft and renames it, so that
 * a reader, a crash or a full disk never meets half a file.  A draft that is freed
 * without a commit leaves no trace.
 *
 * Any thread; one file, one thread.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

G_BEGIN_DECLS

typedef struct _PhNewFile PhNewFile;

/* Errors of all calls name @path. */
PhNewFile *ph_new_file_open (const char *path, GError **error);
bool
ph_new_file_write (PhNewFile *self, const void *bytes, size_t n_bytes, GError **error);
bool ph_new_file_commit (PhNewFile *self, GError **error);
void ph_new_file_free (PhNewFile *self);

/* All of it at once. */
bool
ph_new_file_save (const char *path, const void *bytes, size_t n_bytes, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PhNewFile, ph_new_file_free)

G_END_DECLS

/* foreign.h - weights that are somebody else's, told by what they are
 *
 * People download whole repositories, and the wrong file of one; "header runs past the
 * end" helps nobody who got a Git LFS pointer.  These calls know the usual mistakes and
 * fail in one line with what was found and what would work.
 *
 * To know one more: a row in a table in foreign.c.
 *
 * Any thread.
 */
#pragma once

#include "core/formats/stored.h"

#include <glib.h>
#include <stdbool.h>

G_BEGIN_DECLS

/* Always fails: says what else lies in @folder, in which there are no weights. */
bool ph_foreign_refuse_folder (const char *folder, GError **error);

/* Fails if the file at @path begins as a pointer, a web page or a model of another
 * program does; neither a file that is fine nor one that is broken in a way of its own is
 * refused.  Errors name @path. */
bool ph_foreign_check_file (const char *path, GError **error);

/* Fails if the name of @tensor is one that only quantised weights have. */
bool ph_foreign_check_tensor (const PhStoredTensor *tensor, GError **error);

/* The name of a file in @folder that a download in progress leaves behind, or NULL. */
char *ph_foreign_dup_download (const char *folder);

G_END_DECLS

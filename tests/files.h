/* files.h - files that tests make
 *
 * For tests that write thousands of broken ones.
 */
#pragma once

#include <glib.h>
#include <glib/gstdio.h>
#include <stdbool.h>

/* The old file is removed first: GLib syncs one that it replaces, which takes long. */
static inline bool
write_anew (const char *path, const void *bytes, size_t n_bytes)
{
  g_unlink (path);
  return g_file_set_contents (path, bytes, (gssize) n_bytes, NULL);
}

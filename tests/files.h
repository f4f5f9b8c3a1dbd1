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

/* Removes the file at @path, or the folder with all that is in it.  Links are not
 * followed. */
static inline void
remove_tree (const char *path)
{
  bool is_folder = g_file_test (path, G_FILE_TEST_IS_DIR) &&
                   !g_file_test (path, G_FILE_TEST_IS_SYMLINK);
  g_autoptr (GDir) dir = is_folder ? g_dir_open (path, 0, NULL) : NULL;

  for (const char *name; dir != NULL && (name = g_dir_read_name (dir)) != NULL;) {
    g_autofree char *inner = g_build_filename (path, name, NULL);

    remove_tree (inner);
  }
  g_remove (path);
}

/* path.h - file names as people and file managers put them on a line
 *
 * In quotes, with `\ ` for a space, as a file:// address, from ~, or just so.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* The path that @text means, whether or not anything is there.  The caller frees it. */
char *ph_path_from_text (const char *text);

/* The path of the file that @text names, or NULL if there is none.  Folders are none. */
char *ph_path_find_file (const char *text);

/* How a line could go on. */
typedef struct {
  char **names;   /* NULL-terminated; of the file or command, folders with a final / */
  size_t n_typed; /* bytes of each name that are on the line already */
  bool in_quotes; /* nothing needs a backslash */
} PhCompletions;

/* Of the path that @text begins. */
PhCompletions ph_path_complete (const char *text);
void ph_completions_clear (PhCompletions *self);

/* What all names have in common after what is typed, as it is to be inserted; it ends
 * with a space when there is one name only and it is no folder. */
char *ph_completions_dup_common (const PhCompletions *self);

/* @text with a backslash before what would end or change a word. */
char *ph_path_escape (const char *text);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PhCompletions, ph_completions_clear)

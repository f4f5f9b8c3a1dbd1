/* line.h - a line from the person at the terminal
 *
 * libedit with its usual keys, the lines before by the arrow keys, and Tab.  Ctrl+C
 * drops the line and says how to leave, Ctrl+D on an empty line ends the input.
 * Main thread; one at a time.
 */
#pragma once

#include "app/cli/path.h"

typedef struct _PhLine PhLine;

/* How @text, the line up to the cursor, could go on. */
typedef PhCompletions (*PhLineComplete) (const char *text);

/* @prompt and @farewell, the line that Ctrl+C prints, are borrowed. */
PhLine *ph_line_new (const char *prompt, const char *farewell, PhLineComplete complete);
void ph_line_free (PhLine *self);

/* The next line without its end, or NULL at the end of the input.  The caller frees it.
 */
char *ph_line_read (PhLine *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PhLine, ph_line_free)

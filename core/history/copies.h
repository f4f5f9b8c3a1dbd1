/* copies.h - the last sound states of a history, beside it
 *
 * A copy is made page by page while others read and write, and only what is sound takes
 * the place of an older one: PATH.copy-1 is the newest, PATH.copy-3 the oldest.  Its age
 * says when the history was checked last.
 */
#pragma once

#include <glib.h>
#include <stdatomic.h>
#include <stdbool.h>

#define PH_COPIES_MAX 3

/* The name of copy @number, or for 0 of the one that is being made. */
char *ph_copies_name (const char *path, int number);

/* Whether the newest is older than @days, or there is none. */
bool ph_copies_are_due (const char *path, int days);

/* Makes one and checks it.  Ends early when @stop becomes true.  PH_ERROR_CORRUPT: the
 * history is damaged; PH_ERROR_CHANGED: the chats are sound, and their index of words is
 * not.  Other errors: another time. */
bool ph_copies_make (const char *path, const atomic_bool *stop, GError **error);

/* They remember what has been erased. */
void ph_copies_remove (const char *path);

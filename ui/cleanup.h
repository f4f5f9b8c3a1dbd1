/* cleanup.h - deleted chats leave the disk after as many days as the settings say
 *
 * The history itself purges after 30 days, which is the most; this shortens it.
 */
#pragma once

#include "core/history/history.h"

G_BEGIN_DECLS

/* When nothing more urgent is to be done; @history must live until the main loop ends. */
void ph_cleanup_schedule (PhHistory *history);

/* Purges chats that were deleted @days ago or earlier, 0: all of them.  Returns how many,
 * or -1 with @error set. */
int ph_cleanup_purge (PhHistory *history, int days, GError **error);

G_END_DECLS

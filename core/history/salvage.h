/* salvage.h - what can still be read of a damaged history */
#pragma once

#include "core/history/database.h"

/* Takes into @db, at the newest version, every row of the history at @path that can be
 * read and is not there yet, and returns how many chats have come.  What cannot be read
 * is passed over; the file at @path stays as it is. */
int ph_salvage (sqlite3 *db, const char *path);

/* reader.h - the reading connection, and what every reading call does with it
 *
 * One SELECT, each row of which becomes one element of an array.  A connection is opened
 * by the first reading and serves one call at a time.  To read more, write a function
 * that makes something of a row.
 */
#pragma once

#include "core/history/history-private.h"

typedef gpointer (*PhReadRow) (sqlite3_stmt *row);

/* What @read_row makes of the rows of @sql, with ?1, ?2, … bound to @values; the array
 * frees it by @free_row. */
GPtrArray *ph_reader_read (PhHistory *self,
                           const char *sql,
                           const PhValue *values,
                           size_t n_values,
                           PhReadRow read_row,
                           GDestroyNotify free_row,
                           GError **error);

/* Valid UTF-8, or NULL. */
char *ph_reader_dup_text (sqlite3_stmt *row, int column);
GBytes *ph_reader_dup_bytes (sqlite3_stmt *row, int column);

/* A PhHistoryChat of a row that begins with these columns. */
#define PH_CHAT_COLUMNS                                                                  \
  "chats.id, chats.title, chats.created, chats.updated, chats.deleted, chats.folder,"    \
  " chats.pinned"
gpointer ph_history_read_chat (sqlite3_stmt *row);

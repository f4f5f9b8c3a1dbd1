/* chat-row.h - an old chat in the list
 *
 * Its button removes it by the action "chats.delete" with the chat's id.
 */
#pragma once

#include "core/history/history.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define PH_TYPE_CHAT_ROW (ph_chat_row_get_type ())
G_DECLARE_FINAL_TYPE (PhChatRow, ph_chat_row, PH, CHAT_ROW, GtkListBoxRow)

/* @number, from 1, tells rows of one title apart for those who hear them. */
GtkWidget *ph_chat_row_new (const PhHistoryChat *chat, int number);

int64_t ph_chat_row_get_id (PhChatRow *self);

/* "Today", "Yesterday" or "Earlier": what chats of that day stand under. */
const char *ph_chat_row_get_day (PhChatRow *self);

G_END_DECLS

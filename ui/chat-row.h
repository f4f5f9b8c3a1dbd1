/* chat-row.h - an old chat in the list, or one that a search found
 *
 * Its buttons ask the list: "chats.delete" (x, the chat's id) and "chats.menu" (x), which
 * opens the menu of what can be done with it.  It is renamed in place, which asks
 * "chats.rename" (xs).
 */
#pragma once

#include "core/history/search.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define PH_TYPE_CHAT_ROW (ph_chat_row_get_type ())
G_DECLARE_FINAL_TYPE (PhChatRow, ph_chat_row, PH, CHAT_ROW, GtkListBoxRow)

/* @number, from 1, tells rows of one title apart for those who hear them. */
GtkWidget *ph_chat_row_new (const PhHistoryChat *chat, int number);
/* Shows the words that were found in place of the time. */
GtkWidget *ph_chat_row_new_found (const PhHistoryFound *found, int number);

int64_t ph_chat_row_get_id (PhChatRow *self);
/* The turn that was found, or 0. */
int64_t ph_chat_row_get_turn (PhChatRow *self);

/* What it stands under, translated: "Pinned", "Today", "Yesterday", "Earlier". */
const char *ph_chat_row_get_group (PhChatRow *self);

/* Where its menu points. */
GtkWidget *ph_chat_row_get_menu_button (PhChatRow *self);

/* Enter keeps the new name; ending and leaving it keep the old one. */
void ph_chat_row_begin_rename (PhChatRow *self);
gboolean ph_chat_row_is_renamed (PhChatRow *self);
void ph_chat_row_end_rename (PhChatRow *self);

G_END_DECLS

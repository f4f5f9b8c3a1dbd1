/* chat-list.h - the old chats, newest first
 *
 * Signals: "open" (int64, the chat's id), "delete" (int64).
 */
#pragma once

#include "core/history/history.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define PH_TYPE_CHAT_LIST (ph_chat_list_get_type ())
G_DECLARE_FINAL_TYPE (PhChatList, ph_chat_list, PH, CHAT_LIST, GtkBox)

/* Reads the list anew.  Nothing is rebuilt where nothing changed. */
void ph_chat_list_refresh (PhChatList *self, PhHistory *history);

/* Marks the chat that is open; 0: none of them. */
void ph_chat_list_set_current (PhChatList *self, int64_t id);

G_END_DECLS

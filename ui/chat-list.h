/* chat-list.h - the old chats, newest first, and what is found in them
 *
 * Pinned chats stand above.  A folder or words that are searched for narrow the list.
 * What is done with a chat here is written to the history at once; deleting is left to
 * the window, which offers to undo it.
 *
 * Signals: "open" (int64 the chat's id, int64 the turn that was found, or 0), "delete"
 * (int64).
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

/* Puts the cursor where words are searched for. */
void ph_chat_list_begin_search (PhChatList *self);
/* Ends the renaming or the search that has the focus; whether there was one. */
gboolean ph_chat_list_leave (PhChatList *self);

G_END_DECLS

/* chat-menu.h - what can be done with an old chat
 *
 * The actions are the list's (chats.…, see chat-list.c) and the window's (win.…), each
 * with the chat's id as its target.
 */
#pragma once

#include "core/history/history.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* @folders (char *) are those that it can be moved to; NULL: none. */
GMenuModel *ph_chat_menu_new (const PhHistoryChat *chat, GPtrArray *folders);

/* Asks for the name of a folder and moves the chat there. */
void ph_chat_menu_ask_folder (GtkWidget *parent, PhHistory *history, int64_t chat);

G_END_DECLS

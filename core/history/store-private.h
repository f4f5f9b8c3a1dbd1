/* store-private.h - what the parts of PhChatStore share
 *
 * store.c opens, and runs every write in a transaction; these are the writes themselves.
 * Each does no harm when it is done twice.
 */
#pragma once

#include "core/history/store.h"

struct _PhChatStore {
  char *path;
  const PhSchema *schema;
  sqlite3 *db;
  PhSession session;
  bool has_erased; /* the write that runs: what it erased must leave no trace */

  /* The picture written last: most turns ask about the same one again. */
  PhPicture *picture;
  char *picture_hash;
};

typedef bool PhStoreWrite (PhChatStore *self, const PhWrite *write, GError **error);

/* store-turns.c */
PhStoreWrite ph_chat_store_write_turn;
PhStoreWrite ph_chat_store_write_edit;
PhStoreWrite ph_chat_store_write_turn_deleted;
bool ph_chat_store_write_text (PhChatStore *self,
                               int64_t turn,
                               const char *text,
                               GError **error);

/* store-chats.c */
PhStoreWrite ph_chat_store_write_title;
PhStoreWrite ph_chat_store_write_folder;
PhStoreWrite ph_chat_store_write_pinned;
PhStoreWrite ph_chat_store_write_chat_deleted;
PhStoreWrite ph_chat_store_write_branch;
PhStoreWrite ph_chat_store_erase_chat;
PhStoreWrite ph_chat_store_erase_old;
PhStoreWrite ph_chat_store_reindex;

/* store-import.c */
PhStoreWrite ph_chat_store_write_import;

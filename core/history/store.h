/* store.h - the writing side of one open history
 *
 * Carries out what the writing calls queued.  Lives on the store thread, which also
 * opens and closes it.
 *
 * A new kind of writing is a value of PhWriteKind and a function in store.c's table;
 * those about turns are in store-turns.c, those about chats in store-chats.c.
 */
#pragma once

#include "core/history/file.h"
#include "core/history/history.h"
#include "core/history/import.h"

typedef enum {
  PH_WRITE_TURN,
  PH_WRITE_EDIT,
  PH_WRITE_TURN_DELETED,
  PH_WRITE_TITLE,
  PH_WRITE_FOLDER,
  PH_WRITE_PINNED,
  PH_WRITE_BRANCH,
  PH_WRITE_IMPORT,
  PH_WRITE_CHAT_DELETED,
  PH_WRITE_PURGE,
  PH_WRITE_EXPIRE,
  PH_WRITE_REINDEX,
} PhWriteKind;

/* One thing to write.  Everything it points to is its own. */
typedef struct {
  PhWriteKind kind;
  int64_t id; /* of the turn or chat */
  int64_t
      time; /* when it was asked for: µs since 1970; EXPIRE: what was deleted before */
  int64_t answered;
  bool on; /* TURN_DELETED, CHAT_DELETED, PINNED; or else taken back */
  bool has_question;
  bool has_answer;
  const char *text;           /* TITLE, FOLDER */
  const char *prompt;         /* EDIT; NULL: as it is */
  const char *reply;          /* EDIT; NULL: as it is */
  int64_t source, last;       /* BRANCH: a chat, and a turn of it or 0 */
  PhHistoryQuestion question; /* TURN that begins */
  PhHistoryAnswer answer;     /* TURN that ends */
  int64_t record;             /* the id of its record */
  PhImport *import;           /* IMPORT */
  GStringChunk *strings;      /* behind all text above */
} PhWrite;

PhWrite *ph_write_new (PhWriteKind kind, int64_t id);
void ph_write_set_text (PhWrite *self, const char *text);
void ph_write_set_edit (PhWrite *self, const char *prompt, const char *answer);
void ph_write_set_question (PhWrite *self, const PhHistoryQuestion *question);
void ph_write_set_answer (PhWrite *self, const PhHistoryAnswer *answer);
void ph_write_free (PhWrite *self);

typedef struct _PhChatStore PhChatStore;

/* Opens the file as ph_file_open() does, and marks the turns whose writers died. */
PhChatStore *
ph_chat_store_open (const PhFileOptions *options, GError **notice, GError **error);
void ph_chat_store_close (PhChatStore *self);

/* One write, in one durable transaction.  Writing the same thing twice, as happens when
 * a commit fails late, does no harm. */
bool ph_chat_store_write (PhChatStore *self, const PhWrite *write, GError **error);

/* The text so far of all that stream: turn (int64_t *) → char *. */
bool ph_chat_store_write_texts (PhChatStore *self, GHashTable *texts, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PhWrite, ph_write_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PhChatStore, ph_chat_store_close)

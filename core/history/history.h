/* history.h - chats that are still there tomorrow
 *
 * Chats, their turns, the pictures asked about and what each answer left behind, in one
 * SQLite file.  Opening never fails and nothing here may stop a conversation: when the
 * file cannot be written (newer version, read-only folder, full disk, damage) there is
 * one problem to show, and the program goes on without its history.
 *
 * Thread.  All writing is done by a store thread that owns the only writing connection;
 * the writing calls queue their work, copy or reference what they are given, and return
 * at once.  Writes are done in the order of the calls, each in one durable transaction
 * (about 20 ms on ext4).  The reading calls do their work where they are called, on a
 * second connection; they see what has been written, not what is queued.  Every call is
 * safe from any thread.
 *
 * What a kill can take.  Text of a streaming turn is written once a second.  A finished
 * turn is on disk when the store thread has come to it: ph_history_flush() waits for
 * that, and only after it may a program say "saved".  A turn whose writer died is
 * PH_TURN_INTERRUPTED the next time somebody opens the file; its text is kept.
 *
 * Several processes may have the same file open.  Ids are therefore random numbers of 63
 * bits, made by the caller's process and known at once: a million turns collide with a
 * chance of 1 in 18 million.  Order is told by `position` and by times, never by ids.
 *
 * Upkeep.  Once a week an opening makes a copy of the file and checks it, on a thread of
 * its own; the last three that were sound stay beside it as PATH.copy-1 to -3.  When the
 * file is found damaged, what can still be read of it, and else of the newest copy, is
 * taken into the new one.
 *
 * To find words in it see search.h, to take a chat out or in export.h.
 *
 * To store more, add a migration to schema.c; never change one that has shipped.
 */
#pragma once

#include "core/base/picture.h"
#include "core/base/record.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

typedef struct _PhHistory PhHistory;

/* Opens @path, or history.db in the user's data folder (XDG_DATA_HOME/pinhole) for NULL,
 * and makes what is missing of it.  Returns before the file is opened; the reading calls
 * and ph_history_flush() wait for that. */
PhHistory *ph_history_open (const char *path);

/* Writes what is queued, as ph_history_flush() does, and forgets what could not be. */
void ph_history_free (PhHistory *self);

/* The file, borrowed. */
const char *ph_history_get_path (PhHistory *self);

/* Problems.  NULL, or one line for the person and its code:
 *   PH_ERROR_CORRUPT    the file was damaged; it was kept under the name in the message
 *                       and, unless ph_history_is_saving() says no, a new one begun
 *   PH_ERROR_FULL, _BUSY, _IO   the newest turns are kept in memory and tried again every
 *                       ten seconds; the problem goes away when that succeeds
 *   PH_ERROR_READ_ONLY  old chats can be read and nothing is saved
 *   PH_ERROR_UNSUPPORTED, _FORMAT   the file is of a newer version or not ours, is left
 *                       as it is, and there is no history
 * The caller frees it. */
GError *ph_history_dup_problem (PhHistory *self);

/* Whether what is said now will be there tomorrow, as far as is known. */
bool ph_history_is_saving (PhHistory *self);

/* Calls @notify in the main context of the calling thread after something was written
 * or the problem changed; never twice for one turn of the main loop.  The first call
 * tells that the file is open, so that a reading will not wait.  NULL stops it. */
typedef void (*PhHistoryNotify) (PhHistory *self, gpointer user_data);
void ph_history_watch (PhHistory *self, PhHistoryNotify notify, gpointer user_data);

/* Waits until all that was asked for before this call is on disk, also the text of
 * streaming turns.  Fails with the problem after one more attempt; and, once, with
 * PH_ERROR_RANGE where something was larger than a row may be.  Blocks for about 20 ms a
 * queued write, five seconds if another program holds the file. */
bool ph_history_flush (PhHistory *self, GError **error);

/* Writing: returns at once */

/* The id for a new chat.  The chat itself is written with its first turn and called by
 * the beginning of that turn's prompt until it is renamed. */
int64_t ph_history_begin_chat (PhHistory *self);

/* The id, below 0, for a chat nothing of which is ever written: every call takes it and
 * the ids of its turns, the writing ones do nothing and the reading ones find nothing. */
int64_t ph_history_begin_temporary_chat (PhHistory *self);

void ph_history_rename_chat (PhHistory *self, int64_t chat, const char *title);

/* Pinned chats stand first in every list. */
void ph_history_pin_chat (PhHistory *self, int64_t chat, bool pinned);

/* A chat lies in one folder, or in none for NULL or "".  A folder is there for as long as
 * a chat lies in it. */
void ph_history_move_chat (PhHistory *self, int64_t chat, const char *folder);

/* Makes a new chat, called "TITLE (branch)" and in the same folder, of the turns of @chat
 * up to and with @last (0: all), and returns its id.  Pictures and records are shared.
 * Reading finds it when it has been written. */
int64_t ph_history_branch_chat (PhHistory *self, int64_t chat, int64_t last);

/* What is deleted leaves the lists and the search, and can be restored for 30 days; the
 * first opening after that purges it. */
void ph_history_delete_chat (PhHistory *self, int64_t chat);
void ph_history_restore_chat (PhHistory *self, int64_t chat);
void ph_history_delete_turn (PhHistory *self, int64_t turn);
void ph_history_restore_turn (PhHistory *self, int64_t turn);

/* Erases a chat, its pictures where no other chat shows them, and every trace of both in
 * the file and its backups.  Rewrites the file: seconds for a gigabyte. */
void ph_history_purge_chat (PhHistory *self, int64_t chat);

typedef enum {
  PH_TURN_STREAMING,
  PH_TURN_DONE,
  PH_TURN_CANCELLED,   /* by the person */
  PH_TURN_FAILED,      /* by an error, told in stop_reason */
  PH_TURN_INTERRUPTED, /* its program died; found when the file was opened */
} PhTurnState;

typedef struct {
  int64_t chat;
  PhPicture *picture;       /* NULL: none */
  GBytes *picture_file;     /* the file it was decoded from; NULL: kept as PNG */
  const char *picture_name; /* as the person knows it, "cat.jpg"; or NULL */
  const char *model;        /* its name in the catalogue */
  const char *prompt;
  const char *settings; /* JSON object, opaque here: how tokens were chosen */
  int64_t variant_of;   /* the turn that this asks again, or a variant of it; 0: none */
} PhHistoryQuestion;

typedef struct {
  PhTurnState state; /* DONE, CANCELLED or FAILED */
  const char *text;
  const char *stop_reason; /* "end", "newline", "length", "full", "stopped", or the
                            * error's one line; or NULL */
  const int32_t *ids;      /* the tokens of the answer */
  size_t n_ids;
  const char *timings; /* JSON object, in milliseconds; or NULL */
  PhRecord *record;    /* NULL: none */
} PhHistoryAnswer;

/* Begins a turn at the end of its chat, in state STREAMING, and returns its id. */
int64_t ph_history_begin_turn (PhHistory *self, const PhHistoryQuestion *question);

/* @text is all of the answer so far.  Cheap: only the latest is kept, and at most one
 * transaction a second is made of all that stream. */
void ph_history_update_turn (PhHistory *self, int64_t turn, const char *text);

/* A turn may be finished again, with an answer that was continued: the new answer, and
 * its record if there is one, stand for the old. */
void
ph_history_finish_turn (PhHistory *self, int64_t turn, const PhHistoryAnswer *answer);

/* Changes what the person and the model said, NULL leaving it as it is, and marks the
 * turn as edited.  Its record stays that of the answer as it was.  A turn that streams
 * is left alone. */
void ph_history_edit_turn (PhHistory *self,
                           int64_t turn,
                           const char *prompt,
                           const char *answer);

/* Reading: works where it is called
 *
 * Times are microseconds since 1970 UTC.  Text is valid UTF-8 and never NULL where not
 * said otherwise.  Fails with the problem when there is no file to read, and with
 * PH_ERROR_BUSY after waiting 250 ms for another program; a commit of our own delays a
 * reading by at most about 20 ms. */

typedef struct {
  int64_t id;
  char *title;
  int64_t created;
  int64_t updated; /* its last turn or renaming */
  int64_t deleted; /* 0: not */
  char *folder;    /* NULL: none */
  bool pinned;
} PhHistoryChat;

/* PhHistoryChat, pinned first, then last updated first: @limit of them after the first
 * @offset; those that were deleted where @deleted.  Of 100 000, all take 0.2 s and the
 * first 200 a ms. */
GPtrArray *ph_history_list_chats (PhHistory *self,
                                  bool deleted,
                                  size_t offset,
                                  size_t limit,
                                  GError **error);

/* The same for the chats of one folder that are not deleted. */
GPtrArray *ph_history_list_folder (PhHistory *self,
                                   const char *folder,
                                   size_t offset,
                                   size_t limit,
                                   GError **error);

/* The names (char *) of all folders, as the alphabet has them. */
GPtrArray *ph_history_list_folders (PhHistory *self, GError **error);

/* PH_ERROR_RANGE: there is none with this id. */
PhHistoryChat *ph_history_load_chat (PhHistory *self, int64_t chat, GError **error);

typedef struct {
  int64_t id;
  int64_t chat;
  int position; /* in the chat, from 1; ascending, not always without gaps */
  PhTurnState state;
  char *model;
  char *prompt;
  char *settings; /* JSON */
  char *answer;
  char *stop_reason;  /* or NULL */
  char *timings;      /* JSON, or NULL */
  char *picture_hash; /* for ph_history_load_picture(); NULL: none */
  char *picture_name; /* or NULL */
  int32_t *ids;       /* the tokens of the answer, or NULL */
  size_t n_ids;
  bool has_record;
  int64_t created;
  int64_t finished; /* 0: never */
  int64_t edited;   /* 0: never */

  /* Turns that ask one question again; all have the same variant_of, the id of the first
   * of them, and 0 means that there is but one. */
  int64_t variant_of;
  int variant; /* 1 to n_variants */
  int n_variants;
} PhHistoryTurn;

/* PhHistoryTurn of one chat that are not deleted, first to last, without pictures and
 * records.  Variants stand together, where the first of them was asked. */
GPtrArray *ph_history_load_turns (PhHistory *self, int64_t chat, GError **error);

typedef struct {
  char *hash; /* for ph_history_load_picture() */
  char *name; /* as it was called first, or NULL */
  int width;  /* pixels */
  int height;
} PhHistoryPicture;

/* PhHistoryPicture of one chat, each once, in the order they were first asked about. */
GPtrArray *ph_history_list_pictures (PhHistory *self, int64_t chat, GError **error);

/* The encoded picture (PNG or whatever file was opened; decode it as a stranger's) and
 * its size in pixels, which may be NULL.  PH_ERROR_RANGE: it was not kept; files over 64
 * MiB are not. */
GBytes *ph_history_load_picture (PhHistory *self,
                                 const char *hash,
                                 int *width,
                                 int *height,
                                 GError **error);

/* PH_ERROR_RANGE: the turn has none. */
PhRecord *ph_history_load_record (PhHistory *self, int64_t turn, GError **error);

void ph_history_chat_free (PhHistoryChat *self);
void ph_history_turn_free (PhHistoryTurn *self);
void ph_history_picture_free (PhHistoryPicture *self);

/* "done", "cancelled", …: as stored, and as programs print it. */
const char *ph_turn_state_get_name (PhTurnState state);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PhHistory, ph_history_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PhHistoryChat, ph_history_chat_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PhHistoryTurn, ph_history_turn_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PhHistoryPicture, ph_history_picture_free)

G_END_DECLS

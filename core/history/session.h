/* session.h - who else has the history open, and who died with it
 *
 * Every opening takes a lock on one byte of PATH-sessions, an empty file; which byte is
 * the session's number.  The kernel drops the lock with the process, however it ends, so
 * the byte tells whether the writer of a streaming turn still lives.  Byte 0 is held by
 * whoever is opening: checking, migrating and setting aside happen one at a time.
 *
 * The file is not the database itself, because closing any descriptor of that would drop
 * the locks SQLite has on it.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
  int fd;
  int64_t number; /* never 0 */
} PhSession;

/* A random number of 63 bits, never 0: for sessions, chats and turns. */
int64_t ph_random_id (void);

/* Begins a session at the history @path and takes byte 0, waiting @wait_ms for it. */
bool ph_session_open (PhSession *self, const char *path, int wait_ms, GError **error);

/* Gives byte 0 back: the history is ready for others. */
void ph_session_opened (PhSession *self);

bool ph_session_is_alive (const PhSession *self, int64_t number);

/* Whether nobody else has the history open. */
bool ph_session_is_alone (const PhSession *self);

void ph_session_close (PhSession *self);

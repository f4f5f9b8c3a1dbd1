/* history-fixture.h - what both tests of the history stand on
 *
 * A folder of one's own for every test, short ways to ask and answer, SQLite without the
 * history between, and this program once more as another process.
 */
#pragma once

#include "core/base/error.h"
#include "core/history/history-private.h"

#include <check.h>
#include <glib/gstdio.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const PhHistoryPace hasty = { .text_ms = 50,
                                     .retry_ms = 50,
                                     .busy_ms = 200,
                                     .max_waiting = 8,
                                     .keep_days = 30 };

/* A folder of one's own for every test */

static char *folder;
static char *path;

static inline void
make_folder (void)
{
  folder = g_dir_make_tmp ("pinhole-history-XXXXXX", NULL);
  path = g_build_filename (folder, "history.db", NULL);
}

static inline void
remove_folder (void)
{
  g_autoptr (GDir) entries = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (entries)) != NULL) {
    g_autofree char *entry = g_build_filename (folder, name, NULL);

    g_remove (entry);
  }
  g_rmdir (folder);
  g_clear_pointer (&folder, g_free);
  g_clear_pointer (&path, g_free);
}

/* The first entry of the folder whose name contains @part, or NULL. */
static inline char *
find_entry (const char *part)
{
  g_autoptr (GDir) entries = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (entries)) != NULL)
    if (strstr (name, part) != NULL)
      return g_build_filename (folder, name, NULL);
  return NULL;
}

static inline bool
has_entry (const char *part)
{
  g_autofree char *entry = find_entry (part);

  return entry != NULL;
}

static inline PhHistory *
open_hastily (void)
{
  return ph_history_open_paced (path, &hasty);
}

static inline void
flush (PhHistory *history)
{
  g_autoptr (GError) error = NULL;

  ck_assert_msg (ph_history_flush (history, &error), "%s",
                 error != NULL ? error->message : "");
}

static inline PhPicture *
make_picture (int seed)
{
  enum { WIDTH = 7, HEIGHT = 5 };
  guint8 *rgb = g_malloc (WIDTH * HEIGHT * 3);

  for (int i = 0; i < WIDTH * HEIGHT * 3; i++)
    rgb[i] = (guint8) (seed + i * 37);
  return ph_picture_new_take (WIDTH, HEIGHT, g_bytes_new_take (rgb, WIDTH * HEIGHT * 3));
}

static inline int64_t
begin (PhHistory *history, int64_t chat, const char *prompt)
{
  PhHistoryQuestion question = {
    .chat = chat, .model = "tiny", .prompt = prompt, .settings = "{\"seed\": 7}"
  };

  return ph_history_begin_turn (history, &question);
}

static inline void
finish (PhHistory *history, int64_t turn, const char *text)
{
  PhHistoryAnswer answer = { .state = PH_TURN_DONE, .text = text, .stop_reason = "end" };

  ph_history_finish_turn (history, turn, &answer);
}

static inline int64_t
add_turn (PhHistory *history, int64_t chat, const char *prompt, const char *text)
{
  int64_t turn = begin (history, chat, prompt);

  finish (history, turn, text);
  return turn;
}

static inline GPtrArray *
load_turns (PhHistory *history, int64_t chat)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *turns = ph_history_load_turns (history, chat, &error);

  ck_assert_msg (turns != NULL, "%s", error != NULL ? error->message : "");
  return turns;
}

static inline GPtrArray *
list_chats (PhHistory *history)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *chats = ph_history_list_chats (history, false, 0, 1000, &error);

  ck_assert_msg (chats != NULL, "%s", error != NULL ? error->message : "");
  return chats;
}

static inline const PhHistoryTurn *
turn_at (GPtrArray *turns, guint index)
{
  ck_assert_uint_lt (index, turns->len);
  return g_ptr_array_index (turns, index);
}

static inline const PhHistoryChat *
chat_at (GPtrArray *chats, guint index)
{
  ck_assert_uint_lt (index, chats->len);
  return g_ptr_array_index (chats, index);
}

/* SQLite without the history between */

static inline sqlite3 *
open_plainly (void)
{
  sqlite3 *db;

  ck_assert_int_eq (sqlite3_open (path, &db), SQLITE_OK);
  return db;
}

static inline void
run_sql (const char *sql)
{
  g_autoptr (PhDatabase) db = open_plainly ();

  ck_assert_msg (sqlite3_exec (db, sql, NULL, NULL, NULL) == SQLITE_OK, "%s: %s", sql,
                 sqlite3_errmsg (db));
}

static inline char *
ask_sql (const char *sql)
{
  g_autoptr (PhDatabase) db = open_plainly ();
  g_autoptr (PhStatement) statement = NULL;

  ck_assert_int_eq (sqlite3_prepare_v2 (db, sql, -1, &statement, NULL), SQLITE_OK);
  ck_assert_int_eq (sqlite3_step (statement), SQLITE_ROW);
  return g_strdup ((const char *) sqlite3_column_text (statement, 0));
}

static inline void
assert_sql (const char *sql, const char *expected)
{
  g_autofree char *found = ask_sql (sql);

  ck_assert_str_eq (found, expected);
}

/* A history with one chat of three turns of some size, closed. */
static inline int64_t
make_history (void)
{
  g_autoptr (PhHistory) history = open_hastily ();
  g_autofree char *text = g_strnfill (3000, 'x');
  int64_t chat = ph_history_begin_chat (history);

  for (int i = 0; i < 3; i++)
    add_turn (history, chat, "What is this?", text);
  flush (history);
  return chat;
}

static inline bool
is_journal_hot (void)
{
  g_autofree char *journal = g_strconcat (path, "-journal", NULL);
  struct stat status;

  return stat (journal, &status) == 0 && status.st_size > 0;
}

/* Other processes */

typedef struct {
  GPid pid;
  FILE *output;
} Child;

/* Runs this program again, as nobody where @uid is not 0 and with files limited to
 * @file_limit bytes where that is not 0. */
static inline Child
start_child (const char *mode, const char *argument, uid_t uid, rlim_t file_limit)
{
  Child child;
  int ends[2];

  ck_assert_int_eq (pipe (ends), 0);
  child.pid = fork ();
  ck_assert_int_ge (child.pid, 0);
  if (child.pid == 0) {
    struct rlimit limit = { file_limit, file_limit };

    dup2 (ends[1], STDOUT_FILENO);
    close (ends[0]);
    close (ends[1]);
    signal (SIGXFSZ, SIG_IGN);
    if (file_limit != 0)
      setrlimit (RLIMIT_FSIZE, &limit);
    if (uid != 0 && (setgroups (0, NULL) != 0 || setgid (uid) != 0 || setuid (uid) != 0))
      _exit (1);
    execl ("/proc/self/exe", "test-history", mode, path, argument, NULL);
    _exit (1);
  }
  close (ends[1]);
  child.output = fdopen (ends[0], "r");
  return child;
}

static inline int
end_child (Child *child)
{
  int status;

  fclose (child->output);
  waitpid (child->pid, &status, 0);
  return status;
}

/* All a child says, and that it ends well. */
static inline char *
hear_out (Child child)
{
  g_autoptr (GString) said = g_string_new (NULL);
  int c;

  while ((c = fgetc (child.output)) != EOF)
    g_string_append_c (said, (char) c);
  ck_assert_int_eq (end_child (&child), 0);
  return g_strdup (said->str);
}

static inline int
run_suite (Suite *suite)
{
  SRunner *runner = srunner_create (suite);
  int n_failed;

  srunner_run_all (runner, CK_ENV);
  n_failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* Besides the tests this program is the other process that some of them need:
 *   test-history --write PATH N   writes N turns (0: without end), says which are saved
 *   test-history --stream PATH    streams words into one turn until it is killed
 *   test-history --say PATH       opens, asks, flushes; says what became of it */
#include "core/base/error.h"
#include "core/history/history-private.h"
#include "core/history/session.h"
#include "tests/history-disk.h"

#include <cairo.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <grp.h>
#include <math.h>
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
                                     .max_waiting = 8 };

/* A folder of one's own for every test */

static char *folder;
static char *path;

static void
make_folder (void)
{
  folder = g_dir_make_tmp ("pinhole-history-XXXXXX", NULL);
  path = g_build_filename (folder, "history.db", NULL);
}

static void
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
static char *
find_entry (const char *part)
{
  g_autoptr (GDir) entries = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (entries)) != NULL)
    if (strstr (name, part) != NULL)
      return g_build_filename (folder, name, NULL);
  return NULL;
}

static PhHistory *
open_hastily (void)
{
  return ph_history_open_paced (path, &hasty);
}

static void
flush (PhHistory *history)
{
  g_autoptr (GError) error = NULL;

  ck_assert_msg (ph_history_flush (history, &error), "%s",
                 error != NULL ? error->message : "");
}

/* Things to keep */

static PhPicture *
make_picture (int seed)
{
  enum { WIDTH = 7, HEIGHT = 5 };
  guint8 *rgb = g_malloc (WIDTH * HEIGHT * 3);

  for (int i = 0; i < WIDTH * HEIGHT * 3; i++)
    rgb[i] = (guint8) (seed + i * 37);
  return ph_picture_new_take (WIDTH, HEIGHT, g_bytes_new_take (rgb, WIDTH * HEIGHT * 3));
}

static PhSnapshot *
make_snapshot (void)
{
  const PhSnapshotShape shape = { 1, 2, 3, 2, 2, { 4 } };
  float cross[1 * 2 * 3 * 5];

  for (size_t i = 0; i < G_N_ELEMENTS (cross); i++)
    cross[i] = (float) (i % 5 + 1) / 15;
  return ph_snapshot_new (&shape, cross);
}

static int64_t
begin (PhHistory *history, int64_t chat, const char *prompt)
{
  PhHistoryQuestion question = {
    .chat = chat, .model = "tiny", .prompt = prompt, .settings = "{\"seed\": 7}"
  };

  return ph_history_begin_turn (history, &question);
}

static void
finish (PhHistory *history, int64_t turn, const char *text)
{
  PhHistoryAnswer answer = { .state = PH_TURN_DONE, .text = text, .stop_reason = "end" };

  ph_history_finish_turn (history, turn, &answer);
}

static int64_t
add_turn (PhHistory *history, int64_t chat, const char *prompt, const char *text)
{
  int64_t turn = begin (history, chat, prompt);

  finish (history, turn, text);
  return turn;
}

static GPtrArray *
load_turns (PhHistory *history, int64_t chat)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *turns = ph_history_load_turns (history, chat, &error);

  ck_assert_msg (turns != NULL, "%s", error != NULL ? error->message : "");
  return turns;
}

static GPtrArray *
list_chats (PhHistory *history)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *chats = ph_history_list_chats (history, false, 0, 1000, &error);

  ck_assert_msg (chats != NULL, "%s", error != NULL ? error->message : "");
  return chats;
}

static const PhHistoryTurn *
turn_at (GPtrArray *turns, guint index)
{
  ck_assert_uint_lt (index, turns->len);
  return g_ptr_array_index (turns, index);
}

static const PhHistoryChat *
chat_at (GPtrArray *chats, guint index)
{
  ck_assert_uint_lt (index, chats->len);
  return g_ptr_array_index (chats, index);
}

/* SQLite without the history between */

static sqlite3 *
open_plainly (void)
{
  sqlite3 *db;

  ck_assert_int_eq (sqlite3_open (path, &db), SQLITE_OK);
  return db;
}

static void
run_sql (const char *sql)
{
  g_autoptr (PhDatabase) db = open_plainly ();

  ck_assert_msg (sqlite3_exec (db, sql, NULL, NULL, NULL) == SQLITE_OK, "%s: %s", sql,
                 sqlite3_errmsg (db));
}

static char *
ask_sql (const char *sql)
{
  g_autoptr (PhDatabase) db = open_plainly ();
  g_autoptr (PhStatement) statement = NULL;

  ck_assert_int_eq (sqlite3_prepare_v2 (db, sql, -1, &statement, NULL), SQLITE_OK);
  ck_assert_int_eq (sqlite3_step (statement), SQLITE_ROW);
  return g_strdup ((const char *) sqlite3_column_text (statement, 0));
}

static void
assert_sql (const char *sql, const char *expected)
{
  g_autofree char *found = ask_sql (sql);

  ck_assert_str_eq (found, expected);
}

/* A history with one chat of three turns of some size, closed. */
static int64_t
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

/* What is kept */

START_TEST (a_chat_comes_back_with_its_turns)
{
  static const int32_t ids[] = { 5, 0, -1, 32000 };
  g_autoptr (PhPicture) picture = make_picture (1);
  g_autoptr (PhSnapshot) snapshot = make_snapshot ();
  g_autoptr (GBytes) file = g_bytes_new_static ("JPEG, say", 9);
  PhHistory *history = open_hastily ();
  int64_t chat = ph_history_begin_chat (history);
  PhHistoryQuestion question = { chat,   picture,         file,           "cat.jpg",
                                 "tiny", "What is this?", "{\"seed\": 7}" };
  PhHistoryAnswer answer = { PH_TURN_DONE, "A cat.",           "end",
                             ids,          G_N_ELEMENTS (ids), "{\"total\": 12.5}",
                             snapshot };
  int64_t turn = ph_history_begin_turn (history, &question);

  flush (history);
  ph_history_finish_turn (history, turn, &answer);
  ph_history_free (history);

  history = open_hastily ();
  g_autoptr (GPtrArray) turns = load_turns (history, chat);
  const PhHistoryTurn *found = turn_at (turns, 0);
  g_autofree char *hash = ph_picture_dup_hash (picture);
  int width, height;

  ck_assert_uint_eq (turns->len, 1);
  ck_assert_int_eq (found->id, turn);
  ck_assert_int_eq (found->chat, chat);
  ck_assert_int_eq (found->position, 1);
  ck_assert_int_eq (found->state, PH_TURN_DONE);
  ck_assert_str_eq (found->model, "tiny");
  ck_assert_str_eq (found->prompt, "What is this?");
  ck_assert_str_eq (found->settings, "{\"seed\": 7}");
  ck_assert_str_eq (found->answer, "A cat.");
  ck_assert_str_eq (found->stop_reason, "end");
  ck_assert_str_eq (found->timings, "{\"total\": 12.5}");
  ck_assert_str_eq (found->picture_hash, hash);
  ck_assert_str_eq (found->picture_name, "cat.jpg");
  ck_assert_mem_eq (found->ids, ids, sizeof ids);
  ck_assert_uint_eq (found->n_ids, G_N_ELEMENTS (ids));
  ck_assert (found->created > 0 && found->finished >= found->created);

  g_autoptr (GBytes) kept =
      ph_history_load_picture (history, hash, &width, &height, NULL);
  ck_assert (g_bytes_equal (kept, file));
  ck_assert (width == 7 && height == 5);

  ck_assert (found->has_attention);
  g_autoptr (PhSnapshot) record = ph_history_load_attention (history, turn, NULL);
  g_autoptr (GBytes) before = ph_snapshot_to_bytes (snapshot);
  g_autoptr (GBytes) after = ph_snapshot_to_bytes (record);
  ck_assert (g_bytes_equal (before, after));
  ph_history_free (history);
}
END_TEST

START_TEST (what_was_not_given_is_not_there)
{
  g_autoptr (PhHistory) history = open_hastily ();
  g_autoptr (GError) no_picture = NULL;
  g_autoptr (GError) no_attention = NULL;
  int64_t chat = ph_history_begin_chat (history);
  PhHistoryQuestion question = { .chat = chat };
  int64_t turn = ph_history_begin_turn (history, &question);

  ph_history_finish_turn (history, turn, &(PhHistoryAnswer){ .state = PH_TURN_FAILED });
  flush (history);

  g_autoptr (GPtrArray) turns = load_turns (history, chat);
  const PhHistoryTurn *found = turn_at (turns, 0);
  ck_assert_str_eq (found->answer, "");
  ck_assert_ptr_null (found->picture_hash);
  ck_assert_ptr_null (found->stop_reason);
  ck_assert_ptr_null (found->ids);
  ck_assert (!found->has_attention);

  ck_assert_ptr_null (ph_history_load_picture (history, "00", NULL, NULL, &no_picture));
  ck_assert (g_error_matches (no_picture, PH_ERROR, PH_ERROR_RANGE));
  ck_assert_ptr_null (ph_history_load_attention (history, turn, &no_attention));
  ck_assert (g_error_matches (no_attention, PH_ERROR, PH_ERROR_RANGE));
}
END_TEST

typedef struct {
  const guint8 *bytes;
  size_t left;
} Source;

static cairo_status_t
read_cb (void *closure, unsigned char *bytes, unsigned int n_bytes)
{
  Source *source = closure;

  if (n_bytes > source->left)
    return CAIRO_STATUS_READ_ERROR;
  memcpy (bytes, source->bytes, n_bytes);
  source->bytes += n_bytes;
  source->left -= n_bytes;
  return CAIRO_STATUS_SUCCESS;
}

START_TEST (a_picture_that_was_no_file_is_kept_as_png_once)
{
  g_autoptr (PhHistory) history = open_hastily ();
  g_autoptr (PhPicture) picture = make_picture (2);
  g_autofree char *hash = ph_picture_dup_hash (picture);
  PhHistoryQuestion question = { .chat = ph_history_begin_chat (history),
                                 .picture = picture };
  const guint8 *rgb = ph_picture_get_rgb (picture);

  ph_history_begin_turn (history, &question);
  ph_history_begin_turn (history, &question);
  flush (history);
  assert_sql ("SELECT count (*) FROM pictures", "1");

  g_autoptr (GBytes) png = ph_history_load_picture (history, hash, NULL, NULL, NULL);
  Source source = { g_bytes_get_data (png, NULL), g_bytes_get_size (png) };
  cairo_surface_t *surface =
      cairo_image_surface_create_from_png_stream (read_cb, &source);
  ck_assert_int_eq (cairo_image_surface_get_width (surface), picture->width);
  for (int y = 0; y < picture->height; y++)
    for (int x = 0; x < picture->width; x++, rgb += 3) {
      const guint8 *row = cairo_image_surface_get_data (surface) +
                          y * cairo_image_surface_get_stride (surface);
      guint32 pixel;

      memcpy (&pixel, row + 4 * x, sizeof pixel);
      ck_assert_uint_eq (pixel & 0xffffff,
                         (guint32) (rgb[0] << 16 | rgb[1] << 8 | rgb[2]));
    }
  cairo_surface_destroy (surface);
}
END_TEST

START_TEST (a_chat_is_called_by_its_first_prompt_until_renamed)
{
  g_autoptr (PhHistory) history = open_hastily ();
  g_autofree char *prompt =
      g_strconcat ("  Zähle ", g_strnfill (300, 'z'), "\nmore", NULL);
  int64_t chat = ph_history_begin_chat (history);

  add_turn (history, chat, prompt, "");
  add_turn (history, chat, "second", "");
  flush (history);
  g_autoptr (GPtrArray) before = list_chats (history);
  const char *title = chat_at (before, 0)->title;
  ck_assert (g_str_has_prefix (title, "Zähle zzz") && g_str_has_suffix (title, "z…"));
  ck_assert_int_eq (g_utf8_strlen (title, -1), 80);

  ph_history_rename_chat (history, chat, "Counting");
  add_turn (history, chat, "third", "");
  flush (history);
  g_autoptr (GPtrArray) after = list_chats (history);
  ck_assert_str_eq (chat_at (after, 0)->title, "Counting");
  ck_assert_uint_eq (after->len, 1);
}
END_TEST

START_TEST (chats_are_listed_last_updated_first)
{
  g_autoptr (PhHistory) history = open_hastily ();
  int64_t ids[5];

  for (int i = 0; i < 5; i++) {
    ids[i] = ph_history_begin_chat (history);
    add_turn (history, ids[i], "?", "!");
    g_usleep (2000); /* a time of its own for each */
  }
  add_turn (history, ids[1], "?", "!");
  flush (history);

  g_autoptr (GPtrArray) all = list_chats (history);
  g_autoptr (GPtrArray) some = ph_history_list_chats (history, false, 1, 2, NULL);
  ck_assert_uint_eq (all->len, 5);
  ck_assert_int_eq (chat_at (all, 0)->id, ids[1]);
  ck_assert_int_eq (chat_at (all, 4)->id, ids[0]);
  ck_assert_uint_eq (some->len, 2);
  ck_assert_int_eq (chat_at (some, 0)->id, ids[4]);
}
END_TEST

START_TEST (a_deleted_chat_leaves_the_list_and_can_be_restored)
{
  g_autoptr (PhHistory) history = open_hastily ();
  int64_t chat = ph_history_begin_chat (history);

  add_turn (history, chat, "?", "!");
  ph_history_delete_chat (history, chat);
  flush (history);
  g_autoptr (GPtrArray) kept = list_chats (history);
  g_autoptr (GPtrArray) deleted = ph_history_list_chats (history, true, 0, 10, NULL);
  ck_assert_uint_eq (kept->len, 0);
  ck_assert_int_gt (chat_at (deleted, 0)->deleted, 0);

  ph_history_restore_chat (history, chat);
  flush (history);
  g_autoptr (GPtrArray) restored = list_chats (history);
  g_autoptr (GPtrArray) turns = load_turns (history, chat);
  ck_assert_uint_eq (restored->len, 1);
  ck_assert_uint_eq (turns->len, 1);
}
END_TEST

static bool
any_file_contains (const char *word)
{
  g_autoptr (GDir) entries = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (entries)) != NULL) {
    g_autofree char *entry = g_build_filename (folder, name, NULL);
    g_autofree char *bytes = NULL;
    gsize n_bytes;

    g_file_get_contents (entry, &bytes, &n_bytes, NULL);
    if (bytes != NULL && memmem (bytes, n_bytes, word, strlen (word)) != NULL)
      return true;
  }
  return false;
}

START_TEST (a_purged_chat_leaves_no_trace)
{
  PhHistory *history = open_hastily ();
  g_autoptr (PhPicture) shared = make_picture (3);
  g_autoptr (PhPicture) own = make_picture (4);
  g_autoptr (GBytes) file = g_bytes_new_static ("xyzzypicture", 12);
  g_autofree char *hash = ph_picture_dup_hash (shared);
  int64_t chats[2] = { ph_history_begin_chat (history), ph_history_begin_chat (history) };
  PhHistoryQuestion questions[] = {
    { .chat = chats[0], .picture = shared, .prompt = "xyzzyprompt" },
    { .chat = chats[0], .picture = own, .picture_file = file, .prompt = "?" },
    { .chat = chats[1], .picture = shared, .prompt = "kept" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (questions); i++) {
    int64_t turn = ph_history_begin_turn (history, &questions[i]);

    finish (history, turn, questions[i].chat == chats[0] ? "xyzzyanswer" : "!");
  }
  flush (history);
  ck_assert (any_file_contains ("xyzzy"));

  ph_history_purge_chat (history, chats[0]);
  flush (history);
  ck_assert (!any_file_contains ("xyzzy"));
  g_autoptr (GPtrArray) left = list_chats (history);
  g_autoptr (GBytes) kept = ph_history_load_picture (history, hash, NULL, NULL, NULL);
  ck_assert_uint_eq (left->len, 1);
  ck_assert_ptr_nonnull (kept);
  ph_history_free (history);
  assert_sql ("SELECT count (*) FROM turns", "1");
  assert_sql ("SELECT count (*) FROM pictures", "1");
}
END_TEST

START_TEST (text_that_is_not_utf8_is_readable_afterwards)
{
  g_autoptr (PhHistory) history = open_hastily ();
  int64_t chat = ph_history_begin_chat (history);

  add_turn (history, chat, "\xff\xfe prompt", "answer \xc3");
  flush (history);
  g_autoptr (GPtrArray) turns = load_turns (history, chat);
  g_autoptr (GPtrArray) chats = list_chats (history);
  ck_assert (g_utf8_validate (turn_at (turns, 0)->prompt, -1, NULL));
  ck_assert (g_utf8_validate (turn_at (turns, 0)->answer, -1, NULL));
  ck_assert (g_utf8_validate (chat_at (chats, 0)->title, -1, NULL));
}
END_TEST

START_TEST (nobody_else_can_read_the_file)
{
  static const char *const suffixes[] = { "", "-sessions" };

  make_history ();
  for (size_t i = 0; i < G_N_ELEMENTS (suffixes); i++) {
    g_autofree char *name = g_strconcat (path, suffixes[i], NULL);
    struct stat status;

    ck_assert_int_eq (stat (name, &status), 0);
    ck_assert_int_eq (status.st_mode & 0777, 0600);
  }
}
END_TEST

/* Streaming */

/* SQLite counts commits in the header.  Only while nothing is being written: reading the
 * file here drops the locks of this process. */
static guint32
count_commits (void)
{
  g_autofree char *bytes = NULL;
  guint32 count;

  ck_assert (g_file_get_contents (path, &bytes, NULL, NULL));
  memcpy (&count, bytes + 24, sizeof count);
  return GUINT32_FROM_BE (count);
}

START_TEST (streaming_text_is_written_once_a_pace)
{
  g_autoptr (PhHistory) history = open_hastily ();
  int64_t chat = ph_history_begin_chat (history);
  int64_t turn = begin (history, chat, "?");
  g_autoptr (GString) text = g_string_new (NULL);
  guint32 n_before, n_paces;
  gint64 start;

  flush (history);
  n_before = count_commits ();
  start = g_get_monotonic_time ();
  for (int i = 0; i < 400; i++) {
    g_string_append_printf (text, "w%d ", i);
    ph_history_update_turn (history, turn, text->str);
    g_usleep (1000);
  }
  flush (history);
  n_paces = (guint32) ((g_get_monotonic_time () - start) / (hasty.text_ms * 1000));

  ck_assert_uint_ge (count_commits () - n_before, 3);
  ck_assert_uint_le (count_commits () - n_before, n_paces + 2);
  g_autoptr (GPtrArray) turns = load_turns (history, chat);
  ck_assert_str_eq (turn_at (turns, 0)->answer, text->str);
  ck_assert_int_eq (turn_at (turns, 0)->state, PH_TURN_STREAMING);
}
END_TEST

START_TEST (text_that_comes_late_does_not_undo_the_end)
{
  g_autoptr (PhHistory) history = open_hastily ();
  int64_t chat = ph_history_begin_chat (history);
  int64_t turn = begin (history, chat, "?");

  ph_history_update_turn (history, turn, "all of");
  finish (history, turn, "all of it");
  ph_history_update_turn (history, turn, "all");
  flush (history);
  g_autoptr (GPtrArray) turns = load_turns (history, chat);
  ck_assert_str_eq (turn_at (turns, 0)->answer, "all of it");
  ck_assert_int_eq (turn_at (turns, 0)->state, PH_TURN_DONE);
}
END_TEST

static PhTurnState
state_of_only_turn (PhHistory *history, int64_t chat)
{
  g_autoptr (GPtrArray) turns = load_turns (history, chat);

  return turn_at (turns, 0)->state;
}

START_TEST (only_the_turn_of_a_dead_writer_is_interrupted)
{
  PhHistory *writer = open_hastily ();
  int64_t chat = ph_history_begin_chat (writer);
  int64_t turn = begin (writer, chat, "?");

  ph_history_update_turn (writer, turn, "half an ans");
  flush (writer);

  g_autoptr (PhHistory) meanwhile = open_hastily ();
  ck_assert_int_eq (state_of_only_turn (meanwhile, chat), PH_TURN_STREAMING);
  ph_history_free (writer);

  g_autoptr (PhHistory) later = open_hastily ();
  g_autoptr (GPtrArray) turns = load_turns (later, chat);
  ck_assert_int_eq (turn_at (turns, 0)->state, PH_TURN_INTERRUPTED);
  ck_assert_str_eq (turn_at (turns, 0)->answer, "half an ans");
  ck_assert_int_eq (turn_at (turns, 0)->finished, 0);
}
END_TEST

/* Being told */

static void
quit_cb (PhHistory *history, gpointer loop)
{
  g_main_loop_quit (loop);
}

START_TEST (the_watcher_is_told_in_its_main_loop)
{
  g_autoptr (PhHistory) history = open_hastily ();
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);

  ph_history_watch (history, quit_cb, loop);
  g_main_loop_run (loop);
  flush (history);
  add_turn (history, ph_history_begin_chat (history), "?", "!");
  g_main_loop_run (loop);
  ph_history_watch (history, NULL, NULL);
  flush (history);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
}
END_TEST

/* Other processes */

typedef struct {
  GPid pid;
  FILE *output;
} Child;

/* Runs this program again, as nobody where @uid is not 0 and with files limited to
 * @file_limit bytes where that is not 0. */
static Child
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

static int
end_child (Child *child)
{
  int status;

  fclose (child->output);
  waitpid (child->pid, &status, 0);
  return status;
}

/* All a child says, and that it ends well. */
static char *
hear_out (Child child)
{
  g_autoptr (GString) said = g_string_new (NULL);
  int c;

  while ((c = fgetc (child.output)) != EOF)
    g_string_append_c (said, (char) c);
  ck_assert_int_eq (end_child (&child), 0);
  return g_strdup (said->str);
}

/* As far as a killed writer was heard. */
typedef struct {
  GHashTable *acknowledged; /* turn (int64_t *) → n */
  GArray *chats;            /* int64_t */
} Heard;

static char *
answer_of (int n)
{
  g_autofree char *filler = g_strnfill ((gsize) (n * 7919 % 6000), (char) ('a' + n % 26));

  return g_strdup_printf ("answer %d %s", n, filler);
}

/* Child: says "chat ID" and, for each turn that is on disk, "saved ID N". */
static int
write_turns (int n_turns)
{
  PhHistory *history = open_hastily ();
  int64_t chat = ph_history_begin_chat (history);

  setvbuf (stdout, NULL, _IONBF, 0);
  printf ("chat %" G_GINT64_FORMAT "\n", chat);
  for (int n = 0; n_turns == 0 || n < n_turns; n++) {
    g_autofree char *text = answer_of (n);
    g_autofree char *half = g_strndup (text, strlen (text) / 2);
    int64_t turn = begin (history, chat, "?");

    ph_history_update_turn (history, turn, half);
    g_usleep (2000);
    finish (history, turn, text);
    if (!ph_history_flush (history, NULL))
      return 1;
    printf ("saved %" G_GINT64_FORMAT " %d\n", turn, n);
  }
  ph_history_free (history);
  return 0;
}

static void
hear (Heard *heard, FILE *output)
{
  char line[100];
  gint64 id;
  int n;

  while (fgets (line, sizeof line, output) != NULL && strchr (line, '\n') != NULL)
    if (sscanf (line, "chat %" G_GINT64_FORMAT, &id) == 1)
      g_array_append_val (heard->chats, id);
    else if (sscanf (line, "saved %" G_GINT64_FORMAT " %d", &id, &n) == 2)
      g_hash_table_insert (heard->acknowledged, g_memdup2 (&id, sizeof id),
                           GINT_TO_POINTER (n + 1));
}

static Heard
new_heard (void)
{
  return (Heard){ g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL),
                  g_array_new (FALSE, FALSE, sizeof (int64_t)) };
}

static void
clear_heard (Heard *heard)
{
  g_hash_table_unref (heard->acknowledged);
  g_array_unref (heard->chats);
}

/* Finds every acknowledged turn whole, at most one more, and none that still streams.
 * Returns how many were acknowledged in @chat. */
static guint
check_chat (PhHistory *history, int64_t chat, const Heard *heard)
{
  g_autoptr (GPtrArray) turns = load_turns (history, chat);
  guint n_acknowledged = 0;

  for (guint i = 0; i < turns->len; i++) {
    const PhHistoryTurn *turn = turn_at (turns, i);
    bool acknowledged = g_hash_table_contains (heard->acknowledged, &turn->id);
    g_autofree char *text = answer_of ((int) i);

    n_acknowledged += acknowledged;
    ck_assert_int_eq (turn->position, (int) i + 1);
    ck_assert (g_str_has_prefix (text, turn->answer));
    if (acknowledged || turn->state == PH_TURN_DONE)
      ck_assert_str_eq (turn->answer, text);
    ck_assert_int_eq (turn->state, acknowledged || turn->state == PH_TURN_DONE
                                       ? PH_TURN_DONE
                                       : PH_TURN_INTERRUPTED);
  }
  ck_assert_uint_le (turns->len, n_acknowledged + 1);
  return n_acknowledged;
}

static void
check_all (const Heard *heard)
{
  g_autoptr (PhHistory) history = open_hastily ();
  guint n_found = 0;

  for (guint i = 0; i < heard->chats->len; i++)
    n_found += check_chat (history, g_array_index (heard->chats, int64_t, i), heard);
  ck_assert_uint_eq (n_found, g_hash_table_size (heard->acknowledged));
}

static bool
is_journal_hot (void)
{
  g_autofree char *journal = g_strconcat (path, "-journal", NULL);
  struct stat status;

  return stat (journal, &status) == 0 && status.st_size > 0;
}

/* Kills a writer some time after its first word; whether it left a hot journal. */
static bool
kill_a_writer (Heard *heard, GRand *dice)
{
  Child child = start_child ("--write", "0", 0, 0);
  int first = fgetc (child.output);

  ungetc (first, child.output);
  g_usleep ((gulong) g_rand_int_range (dice, 2000, 80000));
  kill (child.pid, SIGKILL);
  hear (heard, child.output);
  end_child (&child);
  return is_journal_hot ();
}

#define N_KILLS 220

START_TEST (no_acknowledged_turn_is_lost_to_a_kill)
{
  g_autoptr (GRand) dice = g_rand_new_with_seed (20);
  Heard heard = new_heard ();
  int n_hot = 0;

  for (int i = 0; i < N_KILLS; i++) {
    bool hot = kill_a_writer (&heard, dice);

    n_hot += hot;
    if (getenv ("PINHOLE_LOSE_JOURNALS") != NULL) {
      g_autofree char *journal = g_strconcat (path, "-journal", NULL);

      g_unlink (journal);
    }
    if (i % 25 == 24)
      assert_sql ("PRAGMA integrity_check", "ok");
    if (i % 10 == 9)
      check_all (&heard);
  }
  check_all (&heard);
  assert_sql ("PRAGMA integrity_check", "ok");
  printf ("%d kills, %u turns acknowledged, %d hot journals\n", N_KILLS,
          g_hash_table_size (heard.acknowledged), n_hot);
  ck_assert_int_ge (n_hot, N_KILLS / 10);
  clear_heard (&heard);
}
END_TEST

/* Child: streams one word every 5 ms at the ordinary pace, each told with its time. */
static void
stream_words (void)
{
  PhHistory *history = ph_history_open (path);
  int64_t chat = ph_history_begin_chat (history);
  int64_t turn = begin (history, chat, "?");
  g_autoptr (GString) text = g_string_new (NULL);

  setvbuf (stdout, NULL, _IONBF, 0);
  printf ("chat %" G_GINT64_FORMAT "\n", chat);
  for (;;) {
    g_string_append_c (text, 'w');
    ph_history_update_turn (history, turn, text->str);
    printf ("word %" G_GINT64_FORMAT "\n", g_get_monotonic_time ());
    g_usleep (5000);
  }
}

/* How old the oldest word was that the kill took, in seconds. */
static double
seconds_lost (gulong life_us)
{
  Child child = start_child ("--stream", NULL, 0, 0);
  g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (gint64));
  char line[100];
  gint64 chat = 0, time, killed;

  ck_assert_ptr_nonnull (fgets (line, sizeof line, child.output));
  ck_assert_int_eq (sscanf (line, "chat %" G_GINT64_FORMAT, &chat), 1);
  g_usleep (life_us);
  kill (child.pid, SIGKILL);
  killed = g_get_monotonic_time ();
  while (fgets (line, sizeof line, child.output) != NULL)
    if (sscanf (line, "word %" G_GINT64_FORMAT, &time) == 1)
      g_array_append_val (times, time);
  end_child (&child);

  g_autoptr (PhHistory) history = open_hastily ();
  g_autoptr (GPtrArray) turns = load_turns (history, chat);
  guint n_kept = (guint) strlen (turn_at (turns, 0)->answer);

  ck_assert_int_eq (turn_at (turns, 0)->state, PH_TURN_INTERRUPTED);
  if (n_kept >= times->len)
    return 0;
  return (double) (killed - g_array_index (times, gint64, n_kept)) / G_USEC_PER_SEC;
}

/* Half a second is allowed for a commit on a busy disk. */
START_TEST (a_kill_takes_at_most_the_last_second_of_a_stream)
{
  static const gulong lives_us[] = { 1400000, 1950000, 2300000, 1010000 };
  double worst = 0;

  for (size_t i = 0; i < G_N_ELEMENTS (lives_us); i++)
    worst = MAX (worst, seconds_lost (lives_us[i]));
  printf ("the worst of %zu kills took %.2f s of a stream\n", G_N_ELEMENTS (lives_us),
          worst);
  ck_assert (worst > 0 && worst < 1.5);
}
END_TEST

START_TEST (two_processes_lose_nothing_to_each_other)
{
  Heard heard = new_heard ();
  Child children[2];

  for (int i = 0; i < 2; i++)
    children[i] = start_child ("--write", "25", 0, 0);
  for (int i = 0; i < 2; i++) {
    hear (&heard, children[i].output);
    ck_assert_int_eq (end_child (&children[i]), 0);
  }
  ck_assert_uint_eq (g_hash_table_size (heard.acknowledged), 50);
  check_all (&heard);
  clear_heard (&heard);
}
END_TEST

/* Files that are not what they should be */

/* Child: what opening and asking comes to, in one line: whether it saves, the code of
 * the problem, how many chats there are, and the message. */
static int
say_what_happens (void)
{
  g_autoptr (PhHistory) history = open_hastily ();
  g_autofree char *text = g_strnfill (200000, 'x');

  add_turn (history, ph_history_begin_chat (history), "?", text);
  bool saved = ph_history_flush (history, NULL);
  g_autoptr (GError) problem = ph_history_dup_problem (history);
  g_autoptr (GPtrArray) chats = ph_history_list_chats (history, false, 0, 10, NULL);

  printf ("saved %d, code %d, chats %d: %s\n", saved,
          problem != NULL ? problem->code : -1, chats != NULL ? (int) chats->len : -1,
          problem != NULL ? problem->message : "fine");
  return 0;
}

typedef enum { ASIDE, LEFT, FINE } Fate;

typedef struct {
  const char *what;
  const char *sql;   /* run on a good file, or */
  const char *bytes; /* what is there instead */
  Fate fate;
  PhErrorCode code;
  const char *complaint;
} Odd;

static const Odd odd_files[] = {
  { "zero bytes", NULL, "", FINE, 0, NULL },
  { "text", NULL, "Dear diary, SQLite format 3 is not what I am.", LEFT, PH_ERROR_FORMAT,
    "not a history" },
  { "newer", "PRAGMA user_version = 99", NULL, LEFT, PH_ERROR_UNSUPPORTED,
    "newer Pinhole (version 99, this one knows 1)" },
  { "negative version", "PRAGMA user_version = -1", NULL, ASIDE, PH_ERROR_CORRUPT,
    "version -1, not 1 to 1" },
  { "version 0", "PRAGMA user_version = 0", NULL, ASIDE, PH_ERROR_CORRUPT, "version 0" },
  { "another program's", "PRAGMA application_id = 5", NULL, LEFT, PH_ERROR_FORMAT,
    "another program" },
  { "no program's", "PRAGMA application_id = 0", NULL, LEFT, PH_ERROR_FORMAT,
    "another program" },
  { "table missing", "DROP TABLE attention", NULL, ASIDE, PH_ERROR_CORRUPT,
    "its tables" },
  { "column missing", "ALTER TABLE turns DROP COLUMN timings", NULL, ASIDE,
    PH_ERROR_CORRUPT, "its tables" },
  { "index missing", "DROP INDEX turns_by_chat", NULL, ASIDE, PH_ERROR_CORRUPT,
    "its tables" },
  { "trigger", "CREATE TRIGGER t AFTER INSERT ON turns BEGIN DELETE FROM turns; END",
    NULL, ASIDE, PH_ERROR_CORRUPT, "its tables" },
  { "view", "CREATE VIEW v AS SELECT * FROM chats", NULL, ASIDE, PH_ERROR_CORRUPT,
    "its tables" },
  { "write-ahead log", "PRAGMA journal_mode = WAL", NULL, FINE, 0, NULL },
  { "row without chat", "PRAGMA foreign_keys = OFF; UPDATE turns SET chat = 5", NULL,
    FINE, 0, NULL },
  { "state unknown", "UPDATE turns SET state = 'pondering'", NULL, FINE, 0, NULL },
  { "clock of the future", "UPDATE chats SET updated = 9223372036854775807", NULL, FINE,
    0, NULL },
};

static void
put_bytes (const char *bytes, gsize n_bytes)
{
  ck_assert (g_file_set_contents_full (path, bytes, (gssize) n_bytes,
                                       G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
}

/* Opens, adds a turn, and reports what @fate promises.  Returns the problem. */
static void
expect_fate (const char *what, Fate fate, PhErrorCode code, const char *complaint)
{
  g_autoptr (PhHistory) history = open_hastily ();
  g_autoptr (GError) problem = NULL;
  int64_t chat = ph_history_begin_chat (history);
  bool saved;

  add_turn (history, chat, "?", "!");
  saved = ph_history_flush (history, NULL);
  problem = ph_history_dup_problem (history);
  g_autoptr (GPtrArray) turns = ph_history_load_turns (history, chat, NULL);
  g_autofree char *aside = find_entry (".corrupt-");

  ck_assert_msg (saved == (fate != LEFT) && saved == ph_history_is_saving (history),
                 "%s: %s", what, problem != NULL ? problem->message : "");
  ck_assert_msg ((turns != NULL) == saved && (turns == NULL || turns->len == 1), "%s",
                 what);
  ck_assert_msg ((aside != NULL) == (fate == ASIDE), "%s", what);
  ck_assert_msg ((problem == NULL) == (fate == FINE), "%s: %s", what,
                 problem != NULL ? problem->message : "no problem");
  if (problem == NULL)
    return;
  ck_assert_msg (g_error_matches (problem, PH_ERROR, (int) code), "%s: %s", what,
                 problem->message);
  ck_assert_msg (strstr (problem->message, complaint) != NULL, "%s: %s", what,
                 problem->message);
  ck_assert (g_str_has_prefix (problem->message, path));
  ck_assert_ptr_null (strchr (problem->message, '\n'));
}

START_TEST (odd_files_are_left_or_set_aside_with_a_reason)
{
  const Odd *odd = &odd_files[_i];
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  gsize n_before, n_after;

  make_history ();
  if (odd->sql != NULL)
    run_sql (odd->sql);
  else
    put_bytes (odd->bytes, strlen (odd->bytes));
  ck_assert (g_file_get_contents (path, &before, &n_before, NULL));

  expect_fate (odd->what, odd->fate, odd->code, odd->complaint);

  g_autofree char *aside = find_entry (".corrupt-");
  if (odd->fate == FINE)
    return;
  ck_assert (g_file_get_contents (aside ?: path, &after, &n_after, NULL));
  ck_assert_mem_eq (before, after, MIN (n_before, n_after));
  ck_assert_uint_eq (n_before, n_after);
}
END_TEST

/* Whether the damaged file was used or set aside, nothing crashed and the new turn is
 * there.  Returns whether it was set aside. */
static bool
survives (const char *what)
{
  g_autoptr (PhHistory) history = open_hastily ();
  int64_t chat = ph_history_begin_chat (history);
  g_autoptr (GError) error = NULL;

  add_turn (history, chat, "?", "!");
  ck_assert_msg (ph_history_flush (history, &error), "%s: %s", what,
                 error != NULL ? error->message : "");
  g_autoptr (GPtrArray) turns = load_turns (history, chat);
  g_autofree char *aside = find_entry (".corrupt-");

  ck_assert_msg (turns->len == 1, "%s", what);
  if (aside != NULL)
    g_remove (aside);
  return aside != NULL;
}

#define PAGE 4096

START_TEST (a_history_cut_at_any_page_is_set_aside)
{
  g_autofree char *whole = NULL;
  gsize n_bytes;

  make_history ();
  ck_assert (g_file_get_contents (path, &whole, &n_bytes, NULL));
  ck_assert_uint_ge (n_bytes, 10 * PAGE);
  for (gsize cut = PAGE; cut < n_bytes; cut += PAGE)
    for (gsize more = 0; more < PAGE; more += PAGE / 2 - 1) {
      if (cut + more >= n_bytes)
        break;
      put_bytes (whole, cut + more);
      ck_assert_msg (survives ("cut"), "cut at %zu of %zu", cut + more, n_bytes);
    }
}
END_TEST

START_TEST (a_history_with_a_page_of_zeros_or_noise_is_survived)
{
  g_autoptr (GRand) dice = g_rand_new_with_seed (7);
  g_autofree char *whole = NULL;
  gsize n_bytes;
  int n_aside = 0;

  make_history ();
  ck_assert (g_file_get_contents (path, &whole, &n_bytes, NULL));
  for (gsize page = 1; page < n_bytes / PAGE; page++) {
    g_autofree char *bytes = g_memdup2 (whole, n_bytes);

    memset (bytes + page * PAGE, 0, PAGE);
    put_bytes (bytes, n_bytes);
    n_aside += survives ("zeros");
  }
  for (int i = 0; i < 100; i++) {
    g_autofree char *bytes = g_memdup2 (whole, n_bytes);
    gsize from = i < 50 ? 100 : PAGE; /* the header is flipped elsewhere */

    for (int flip = 0; flip < 20; flip++)
      bytes[g_rand_int_range (dice, (gint32) from, (gint32) n_bytes)] ^=
          (char) (1 << g_rand_int_range (dice, 0, 8));
    put_bytes (bytes, n_bytes);
    n_aside += survives ("flips");
  }
  ck_assert_int_ge (n_aside, 20);
}
END_TEST

/* Here the file may also become a stranger's or of a newer version. */
START_TEST (a_flipped_header_crashes_nothing)
{
  g_autofree char *whole = NULL;
  gsize n_bytes;

  make_history ();
  ck_assert (g_file_get_contents (path, &whole, &n_bytes, NULL));
  for (gsize at = 0; at < 100; at++) {
    g_autofree char *bytes = g_memdup2 (whole, n_bytes);

    bytes[at] = (char) (bytes[at] ^ 0xff);
    put_bytes (bytes, n_bytes);
    g_autoptr (PhHistory) history = open_hastily ();
    add_turn (history, 1, "?", "!");
    bool saved = ph_history_flush (history, NULL);
    g_autoptr (GError) problem = ph_history_dup_problem (history);
    ck_assert_msg (saved || problem != NULL, "byte %zu", at);
  }
}
END_TEST

START_TEST (a_damaged_file_at_our_own_place_is_ours)
{
  g_autoptr (GError) notice = NULL;
  g_autoptr (GError) error = NULL;
  PhStoreOptions options = { path, &ph_schema, 200, true, false };

  put_bytes ("not a database, and long enough to be looked at", 40);
  g_autoptr (PhStore) store = ph_store_open (&options, &notice, &error);
  g_autofree char *aside = find_entry (".corrupt-");
  ck_assert_ptr_nonnull (store);
  ck_assert (g_error_matches (notice, PH_ERROR, PH_ERROR_CORRUPT));
  ck_assert_ptr_nonnull (strstr (notice->message, aside));
}
END_TEST

START_TEST (damage_found_while_open_is_set_aside_too)
{
  PhHistory *history = open_hastily ();
  g_autofree char *zeros = g_malloc0 (PAGE);
  int64_t chat = ph_history_begin_chat (history);
  FILE *file;

  add_turn (history, chat, "?", "!");
  flush (history);
  file = fopen (path, "r+");
  for (int page = 1; page < 12; page++) {
    fseek (file, page * PAGE, SEEK_SET);
    fwrite (zeros, PAGE, 1, file);
  }
  fclose (file);
  run_sql ("PRAGMA user_version = 1"); /* makes other connections forget their pages */

  add_turn (history, chat, "again", "!");
  flush (history);
  g_autoptr (GError) problem = ph_history_dup_problem (history);
  g_autofree char *aside = find_entry (".corrupt-");
  ck_assert (g_error_matches (problem, PH_ERROR, PH_ERROR_CORRUPT));
  ck_assert (ph_history_is_saving (history));
  ck_assert_ptr_nonnull (aside);
  g_autoptr (GPtrArray) turns = load_turns (history, chat);
  ck_assert_str_eq (turn_at (turns, 0)->prompt, "again");
  ph_history_free (history);
}
END_TEST

START_TEST (a_file_replaced_while_open_is_found_again)
{
  g_autofree char *moved = g_strconcat (path, ".moved", NULL);
  g_autoptr (PhHistory) history = NULL;
  int64_t chat;

  make_history ();
  history = open_hastily ();
  chat = ph_history_begin_chat (history);
  flush (history);
  ck_assert_int_eq (g_rename (path, moved), 0);

  add_turn (history, chat, "?", "!");
  flush (history);
  g_autoptr (GPtrArray) turns = load_turns (history, chat);
  ck_assert_uint_eq (turns->len, 1);
  assert_sql ("SELECT count (*) FROM turns", "1");
}
END_TEST

static void
make_folder_there (void)
{
  g_mkdir (path, 0700);
}

static void
make_fifo_there (void)
{
  mkfifo (path, 0600);
}

static void
make_loop_there (void)
{
  ck_assert_int_eq (symlink (path, path), 0);
}

static void
make_file_where_the_folder_should_be (void)
{
  put_bytes ("in the way", 10);
  char *below = g_build_filename (path, "history.db", NULL);
  g_free (path);
  path = below;
}

static const struct {
  void (*make) (void);
  const char *complaint;
} obstacles[] = {
  { make_folder_there, "not a regular file" },
  { make_fifo_there, "not a regular file" },
  { make_loop_there, "symbolic links" },
  { make_file_where_the_folder_should_be, "Not a directory" },
};

START_TEST (what_is_no_file_at_all_is_told)
{
  obstacles[_i].make ();
  PhHistory *history = open_hastily ();
  g_autoptr (GError) error = NULL;

  ck_assert (!ph_history_flush (history, &error));
  ck_assert_msg (strstr (error->message, obstacles[_i].complaint) != NULL, "%s",
                 error->message);
  ph_history_free (history);
}
END_TEST

/* Migration */

static const char *const next_migrations[] = {
  NULL, /* version 1, set below */
  "ALTER TABLE chats ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0",
};

static const char *const broken_migrations[] = {
  NULL,
  "ALTER TABLE chats ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0; NONSENSE",
};

static PhStore *
open_migrated (const char *const *template, GError **error)
{
  const char *migrations[] = { ph_schema.migrations[0], template[1] };
  PhSchema schema = { migrations, 2 };
  PhStoreOptions options = { path, &schema, 200, false, false };

  return ph_store_open (&options, NULL, error);
}

START_TEST (an_old_file_is_copied_and_migrated)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *backup = NULL;
  struct stat status;

  make_history ();
  PhStore *store = open_migrated (next_migrations, &error);
  ck_assert_msg (store != NULL, "%s", error != NULL ? error->message : "");
  ph_store_close (store);
  assert_sql ("PRAGMA user_version", "2");
  assert_sql ("SELECT sum (pinned) + count (*) FROM chats", "1");

  backup = find_entry (".backup-v1");
  ck_assert_ptr_nonnull (backup);
  ck_assert_int_eq (stat (backup, &status), 0);
  ck_assert_int_eq (status.st_mode & 0777, 0600);
  g_free (path);
  path = g_strdup (backup);
  assert_sql ("PRAGMA user_version", "1");
  assert_sql ("SELECT count (*) FROM turns", "3");
}
END_TEST

START_TEST (a_migration_that_fails_changes_nothing)
{
  g_autoptr (GError) error = NULL;

  make_history ();
  ck_assert_ptr_null (open_migrated (broken_migrations, &error));
  ck_assert_ptr_nonnull (strstr (error->message, "NONSENSE"));
  assert_sql ("PRAGMA user_version", "1");
  assert_sql ("SELECT count (*) FROM pragma_table_info ('chats') WHERE name = 'pinned'",
              "0");
}
END_TEST

/* Refusals of the system */

START_TEST (a_read_only_place_is_read_and_told)
{
  bool is_folder = _i == 0;

  if (geteuid () != 0) {
    printf ("not root: a read-only place was not tried\n");
    return;
  }
  make_history ();
  g_chmod (path, is_folder ? 0666 : 0444);
  g_chmod (folder, is_folder ? 0555 : 0777);
  g_autofree char *said = hear_out (start_child ("--say", NULL, 65534, 0));
  ck_assert_msg (g_str_has_prefix (said, "saved 0, code 7, chats 1: "), "%s", said);
  ck_assert_msg (strstr (said, "old chats can be read, new ones are not saved") != NULL,
                 "%s", said);
}
END_TEST

START_TEST (a_folder_that_cannot_be_made_is_told)
{
  if (geteuid () != 0) {
    printf ("not root: a folder that cannot be made was not tried\n");
    return;
  }
  g_chmod (folder, 0555);
  g_autofree char *said = hear_out (start_child ("--say", NULL, 65534, 0));
  ck_assert_msg (g_str_has_prefix (said, "saved 0, code 7, chats -1: "), "%s", said);
}
END_TEST

START_TEST (a_file_size_limit_is_a_full_disk)
{
  struct stat status;

  make_history ();
  ck_assert_int_eq (stat (path, &status), 0);
  g_autofree char *said =
      hear_out (start_child ("--say", NULL, 0, (rlim_t) status.st_size + 3 * PAGE));
  ck_assert_msg (g_str_has_prefix (said, "saved 0, code 6, chats 1: "), "%s", said);
  ck_assert_msg (strstr (said, "waits in memory (1 entries)") != NULL, "%s", said);
  assert_sql ("PRAGMA integrity_check", "ok");
}
END_TEST

static gpointer
unlock_soon_cb (gpointer db)
{
  g_usleep (G_USEC_PER_SEC);
  sqlite3_exec (db, "COMMIT", NULL, NULL, NULL);
  return NULL;
}

START_TEST (a_lock_held_for_a_second_is_waited_for)
{
  int64_t chat = make_history ();
  g_autoptr (PhDatabase) other = open_plainly ();
  g_autoptr (PhHistory) history = ph_history_open (path);
  GThread *thread;

  flush (history);
  ck_assert_int_eq (sqlite3_exec (other, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
  thread = g_thread_new ("unlock", unlock_soon_cb, other);
  add_turn (history, chat, "?", "!");
  flush (history);
  g_thread_join (thread);
  g_autoptr (GPtrArray) turns = load_turns (history, chat);
  ck_assert_uint_eq (turns->len, 4);
}
END_TEST

static void
wait_until_saving (PhHistory *history)
{
  for (int i = 0; i < 500 && !ph_history_is_saving (history); i++)
    g_usleep (10000);
  ck_assert (ph_history_is_saving (history));
}

START_TEST (a_lock_held_for_long_is_told_and_outlived)
{
  int64_t chat = make_history ();
  g_autoptr (PhDatabase) other = open_plainly ();
  g_autoptr (PhHistory) history = open_hastily ();
  g_autoptr (GError) writing = NULL;
  g_autoptr (GError) reading = NULL;
  int64_t streaming;

  flush (history);
  ck_assert_int_eq (sqlite3_exec (other, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
  add_turn (history, chat, "?", "!");
  streaming = begin (history, chat, "and?");
  ph_history_update_turn (history, streaming, "so far");
  ck_assert (!ph_history_flush (history, &writing));
  ck_assert (g_error_matches (writing, PH_ERROR, PH_ERROR_BUSY));
  ck_assert (!ph_history_is_saving (history));
  ck_assert_ptr_null (ph_history_load_turns (history, chat, &reading));
  ck_assert (g_error_matches (reading, PH_ERROR, PH_ERROR_BUSY));

  ck_assert_int_eq (sqlite3_exec (other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
  wait_until_saving (history);
  flush (history);
  g_autoptr (GPtrArray) turns = load_turns (history, chat);
  ck_assert_uint_eq (turns->len, 5);
  ck_assert_str_eq (turn_at (turns, 4)->answer, "so far");
}
END_TEST

START_TEST (a_history_locked_from_the_beginning_opens_later)
{
  int64_t chat = make_history ();
  g_autoptr (PhDatabase) other = open_plainly ();
  g_autoptr (PhHistory) history = NULL;

  ck_assert_int_eq (sqlite3_exec (other, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
  history = open_hastily ();
  add_turn (history, chat, "?", "!");
  ck_assert (!ph_history_flush (history, NULL));
  ck_assert_int_eq (sqlite3_exec (other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
  wait_until_saving (history);
  flush (history);
  g_autoptr (GPtrArray) turns = load_turns (history, chat);
  ck_assert_uint_eq (turns->len, 4);
}
END_TEST

/* A disk that fails */

#define FOR_EVER G_MAXINT

START_TEST (a_full_disk_keeps_the_newest_in_memory)
{
  g_autoptr (GError) problem = NULL;
  int64_t chat = make_history ();
  PhHistory *history;

  disk_insert ();
  history = open_hastily ();
  flush (history);
  disk_refuse (1, FOR_EVER, SQLITE_FULL);
  for (int i = 0; i < 12; i++) {
    g_autofree char *prompt = g_strdup_printf ("%d", i);

    add_turn (history, chat, prompt, "!");
    ph_history_flush (history, NULL);
  }
  problem = ph_history_dup_problem (history);
  ck_assert (g_error_matches (problem, PH_ERROR, PH_ERROR_FULL) ||
             g_error_matches (problem, PH_ERROR, PH_ERROR_IO));
  ck_assert_msg (strstr (problem->message, "8 entries, 4 are lost") != NULL, "%s",
                 problem->message);

  disk_refuse (0, 0, 0);
  wait_until_saving (history);
  flush (history);
  g_autoptr (GPtrArray) turns = load_turns (history, chat);
  ck_assert_uint_eq (turns->len, 3 + 8);
  ck_assert_str_eq (turn_at (turns, 3)->prompt, "4");
  ck_assert_str_eq (turn_at (turns, 10)->answer, "!");
  ph_history_free (history);
  disk_remove ();
}
END_TEST

/* Some work with a fault in it; whether the flush said all is saved. */
static bool
work_with_fault (int operation, int n, int code, int64_t chat)
{
  g_autoptr (PhPicture) picture = make_picture (operation);
  PhHistoryQuestion question = { .chat = chat, .picture = picture, .prompt = "fault?" };
  PhHistory *history;
  int64_t turn;
  bool saved;

  disk_refuse (operation, n, code);
  history = open_hastily ();
  turn = ph_history_begin_turn (history, &question);
  ph_history_update_turn (history, turn, "some");
  ph_history_flush (history, NULL);
  finish (history, turn, "some of it");
  saved = ph_history_flush (history, NULL);
  ph_history_free (history);
  return saved;
}

/* In loops of 0: refused once, then once more succeeds; 1: refused for ever. */
START_TEST (every_operation_of_the_disk_may_fail)
{
  static const int codes[] = { SQLITE_FULL, SQLITE_IOERR_WRITE };
  int n_operations = 0;

  disk_insert ();
  for (size_t c = 0; c < G_N_ELEMENTS (codes); c++)
    for (int operation = 1;; operation++) {
      int64_t chat = make_history ();
      bool saved = work_with_fault (operation, _i == 0 ? 1 : FOR_EVER, codes[c], chat);
      bool was_refused = disk_get_n_refused () > 0;

      disk_refuse (0, 0, 0);
      g_autoptr (PhHistory) history = open_hastily ();
      g_autoptr (GPtrArray) turns = load_turns (history, chat);
      ck_assert_uint_ge (turns->len, 3);
      if (saved) {
        ck_assert_uint_eq (turns->len, 4);
        ck_assert_str_eq (turn_at (turns, 3)->answer, "some of it");
      }
      ck_assert (saved || was_refused);
      assert_sql ("PRAGMA integrity_check", "ok");
      n_operations++;
      if (!was_refused)
        break;
    }
  printf ("%d operations refused %s\n", n_operations, _i == 0 ? "once" : "for ever");
  ck_assert_int_ge (n_operations, 20);
  disk_remove ();
}
END_TEST

/* Writes turns until the power goes; appends the acknowledged to @saved. */
static void
write_until_dark (GArray *saved, int64_t chat, GRand *dice)
{
  PhHistory *history;

  disk_refuse (g_rand_int_range (dice, 5, 200), FOR_EVER, SQLITE_IOERR_WRITE);
  history = open_hastily ();
  for (;;) {
    g_autofree char *text = g_strnfill ((gsize) g_rand_int_range (dice, 0, 9000), 'y');
    int64_t turn = add_turn (history, chat, "?", text);

    if (!ph_history_flush (history, NULL))
      break;
    g_array_append_val (saved, turn);
  }
  ph_history_free (history);
}

static void
expect_saved (const GArray *saved, int64_t chat)
{
  g_autoptr (PhHistory) history = open_hastily ();
  g_autoptr (GPtrArray) turns = load_turns (history, chat);
  g_autoptr (GHashTable) found = g_hash_table_new (g_int64_hash, g_int64_equal);
  g_autoptr (GError) problem = ph_history_dup_problem (history);

  ck_assert_msg (problem == NULL, "%s", problem != NULL ? problem->message : "");
  for (guint i = 0; i < turns->len; i++)
    if (turn_at (turns, i)->state == PH_TURN_DONE)
      g_hash_table_add (found, (gpointer) &turn_at (turns, i)->id);
  for (guint i = 0; i < saved->len; i++)
    ck_assert (g_hash_table_contains (found, &g_array_index (saved, int64_t, i)));
}

#define N_POWER_CUTS 200

START_TEST (no_acknowledged_turn_is_lost_with_the_power)
{
  g_autoptr (GRand) dice = g_rand_new_with_seed (11);
  g_autoptr (GArray) saved = g_array_new (FALSE, FALSE, sizeof (int64_t));
  int64_t chat;
  int n_hot = 0;

  disk_insert ();
  chat = make_history ();
  for (int i = 0; i < N_POWER_CUTS; i++) {
    write_until_dark (saved, chat, dice);
    disk_lose_power (dice);
    n_hot += is_journal_hot ();
    expect_saved (saved, chat);
    assert_sql ("PRAGMA integrity_check", "ok");
  }
  printf ("%d power cuts, %u turns acknowledged, %d journals left\n", N_POWER_CUTS,
          saved->len, n_hot);
  disk_remove ();
}
END_TEST

static Suite *
make_suite (void)
{
  Suite *suite = suite_create ("history");
  TCase *keeping = tcase_create ("keeping");
  TCase *processes = tcase_create ("processes");
  TCase *oddities = tcase_create ("oddities");
  TCase *refusals = tcase_create ("refusals");
  TCase *cases[] = { keeping, processes, oddities, refusals };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    tcase_add_checked_fixture (cases[i], make_folder, remove_folder);
    suite_add_tcase (suite, cases[i]);
  }

  tcase_add_test (keeping, a_chat_comes_back_with_its_turns);
  tcase_add_test (keeping, what_was_not_given_is_not_there);
  tcase_add_test (keeping, a_picture_that_was_no_file_is_kept_as_png_once);
  tcase_add_test (keeping, a_chat_is_called_by_its_first_prompt_until_renamed);
  tcase_add_test (keeping, chats_are_listed_last_updated_first);
  tcase_add_test (keeping, a_deleted_chat_leaves_the_list_and_can_be_restored);
  tcase_add_test (keeping, a_purged_chat_leaves_no_trace);
  tcase_add_test (keeping, text_that_is_not_utf8_is_readable_afterwards);
  tcase_add_test (keeping, nobody_else_can_read_the_file);
  tcase_add_test (keeping, streaming_text_is_written_once_a_pace);
  tcase_add_test (keeping, text_that_comes_late_does_not_undo_the_end);
  tcase_add_test (keeping, only_the_turn_of_a_dead_writer_is_interrupted);
  tcase_add_test (keeping, the_watcher_is_told_in_its_main_loop);

  tcase_add_test (processes, two_processes_lose_nothing_to_each_other);
  tcase_add_test (processes, a_kill_takes_at_most_the_last_second_of_a_stream);
  tcase_add_test (processes, no_acknowledged_turn_is_lost_to_a_kill);

  tcase_add_loop_test (oddities, odd_files_are_left_or_set_aside_with_a_reason, 0,
                       G_N_ELEMENTS (odd_files));
  tcase_add_test (oddities, a_history_cut_at_any_page_is_set_aside);
  tcase_add_test (oddities, a_history_with_a_page_of_zeros_or_noise_is_survived);
  tcase_add_test (oddities, a_flipped_header_crashes_nothing);
  tcase_add_test (oddities, a_damaged_file_at_our_own_place_is_ours);
  tcase_add_test (oddities, damage_found_while_open_is_set_aside_too);
  tcase_add_test (oddities, a_file_replaced_while_open_is_found_again);
  tcase_add_loop_test (oddities, what_is_no_file_at_all_is_told, 0,
                       G_N_ELEMENTS (obstacles));
  tcase_add_test (oddities, an_old_file_is_copied_and_migrated);
  tcase_add_test (oddities, a_migration_that_fails_changes_nothing);

  tcase_add_loop_test (refusals, a_read_only_place_is_read_and_told, 0, 2);
  tcase_add_test (refusals, a_folder_that_cannot_be_made_is_told);
  tcase_add_test (refusals, a_file_size_limit_is_a_full_disk);
  tcase_add_test (refusals, a_lock_held_for_a_second_is_waited_for);
  tcase_add_test (refusals, a_lock_held_for_long_is_told_and_outlived);
  tcase_add_test (refusals, a_history_locked_from_the_beginning_opens_later);
  tcase_add_test (refusals, a_full_disk_keeps_the_newest_in_memory);
  tcase_add_loop_test (refusals, every_operation_of_the_disk_may_fail, 0, 2);
  tcase_add_test (refusals, no_acknowledged_turn_is_lost_with_the_power);
  return suite;
}

int
main (int argc, char **argv)
{
  if (argc < 3) {
    SRunner *runner = srunner_create (make_suite ());
    int n_failed;

    srunner_run_all (runner, CK_ENV);
    n_failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
  }

  path = argv[2];
  if (strcmp (argv[1], "--write") == 0)
    return write_turns (atoi (argv[3]));
  if (strcmp (argv[1], "--stream") == 0)
    stream_words ();
  return say_what_happens ();
}

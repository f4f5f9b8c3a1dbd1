/* Files that are damaged, strange or locked, and disks that refuse.  Besides, this
 * program is one that runs under limits: test-history-trouble --say PATH   opens, asks,
 * flushes, says what became of it
 */
#include "core/history/search.h"
#include "core/history/session.h"
#include "tests/history-disk.h"
#include "tests/history-fixture.h"

#define PAGE 4096 /* bytes, as SQLite makes them */

static void
wait_until_saving (PhHistory *history)
{
  for (int i = 0; i < 500 && !ph_history_is_saving (history); i++)
    g_usleep (10000);
  ck_assert (ph_history_is_saving (history));
}

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
  const char *side;  /* suffix of a file beside it that is not what it seems */
  Fate fate;
  PhErrorCode code;
  const char *complaint;
} Odd;

static const Odd odd_files[] = {
  { "zero bytes", .bytes = "", .fate = FINE },
  { "write-ahead log", "PRAGMA journal_mode = WAL", .fate = FINE },
  { "row without chat", "PRAGMA foreign_keys = OFF; UPDATE turns SET chat = 5",
    .fate = FINE },
  { "state unknown", "UPDATE turns SET state = 'pondering'", .fate = FINE },
  { "from the future", "UPDATE chats SET updated = 9223372036854775807", .fate = FINE },
  { "a journal of noise", .side = "-journal", .fate = FINE },
  { "a log of noise", .side = "-wal", .fate = FINE },
  { "text", .bytes = "Dear diary, SQLite format 3 is not what I am.", .fate = LEFT,
    .code = PH_ERROR_FORMAT, .complaint = "not a history" },
  { "newer", "PRAGMA user_version = 99", .fate = LEFT, .code = PH_ERROR_UNSUPPORTED,
    .complaint = "newer Pinhole (version 99, this one knows 2)" },
  { "another program's", "PRAGMA application_id = 5", .fate = LEFT,
    .code = PH_ERROR_FORMAT, .complaint = "another program" },
  { "no program's", "PRAGMA application_id = 0", .fate = LEFT, .code = PH_ERROR_FORMAT,
    .complaint = "another program" },
  { "negative version", "PRAGMA user_version = -1", .fate = ASIDE,
    .complaint = "version -1, not 1 to 2" },
  { "version 0", "PRAGMA user_version = 0", .fate = ASIDE, .complaint = "version 0" },
  { "table missing", "DROP TABLE records", .fate = ASIDE, .complaint = "its tables" },
  { "column missing", "ALTER TABLE turns DROP COLUMN timings", .fate = ASIDE,
    .complaint = "its tables" },
  { "index missing", "DROP INDEX turns_by_chat", .fate = ASIDE,
    .complaint = "its tables" },
  { "trigger", "CREATE TRIGGER t AFTER INSERT ON turns BEGIN DELETE FROM turns; END",
    .fate = ASIDE, .complaint = "its tables" },
  { "view", "CREATE VIEW v AS SELECT * FROM chats", .fate = ASIDE,
    .complaint = "its tables" },
};

static void
put_bytes (const char *bytes, gsize n_bytes)
{
  ck_assert (g_file_set_contents_full (path, bytes, (gssize) n_bytes,
                                       G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
}

static void
put_noise_beside (const char *suffix)
{
  g_autofree char *name = g_strconcat (path, suffix, NULL);
  g_autofree char *noise = g_strnfill (9000, '?');

  ck_assert (g_file_set_contents (name, noise, 9000, NULL));
}

/* Opens, adds a turn, and finds what the fate promises. */
static void
expect_fate (const Odd *odd)
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

  ck_assert_msg (saved == (odd->fate != LEFT) && saved == ph_history_is_saving (history),
                 "%s: %s", odd->what, problem != NULL ? problem->message : "");
  ck_assert_msg ((turns != NULL) == saved && (turns == NULL || turns->len == 1), "%s",
                 odd->what);
  ck_assert_msg ((aside != NULL) == (odd->fate == ASIDE), "%s", odd->what);
  ck_assert_msg ((problem == NULL) == (odd->fate == FINE), "%s: %s", odd->what,
                 problem != NULL ? problem->message : "no problem");
  if (problem == NULL)
    return;
  ck_assert_msg (
      g_error_matches (problem, PH_ERROR,
                       (int) (odd->fate == ASIDE ? PH_ERROR_CORRUPT : odd->code)),
      "%s: %s", odd->what, problem->message);
  ck_assert_msg (strstr (problem->message, odd->complaint) != NULL, "%s: %s", odd->what,
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
  if (odd->bytes != NULL)
    put_bytes (odd->bytes, strlen (odd->bytes));
  if (odd->side != NULL)
    put_noise_beside (odd->side);
  ck_assert (g_file_get_contents (path, &before, &n_before, NULL));

  expect_fate (odd);

  g_autofree char *aside = find_entry (".corrupt-");
  if (odd->fate == FINE)
    return;
  ck_assert (g_file_get_contents (aside ?: path, &after, &n_after, NULL));
  ck_assert_mem_eq (before, after, MIN (n_before, n_after));
  ck_assert_uint_eq (n_before, n_after);
}
END_TEST

START_TEST (a_blob_larger_than_any_we_write_is_refused)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PhHistory) history = NULL;

  make_history ();
  run_sql ("INSERT INTO pictures VALUES ('big', 1, 1, zeroblob (100000000))");
  history = open_hastily ();
  ck_assert_ptr_null (ph_history_load_picture (history, "big", NULL, NULL, &error));
  ck_assert_ptr_nonnull (strstr (error->message, "too big"));
  ck_assert (ph_history_is_saving (history));
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
  PhFileOptions options = { path, &ph_schema, 200, true, false };

  put_bytes ("not a database, and long enough to be looked at", 40);
  g_autoptr (PhChatStore) store = ph_chat_store_open (&options, &notice, &error);
  g_autofree char *aside = find_entry (".corrupt-");
  ck_assert_ptr_nonnull (store);
  ck_assert (g_error_matches (notice, PH_ERROR, PH_ERROR_CORRUPT));
  ck_assert_ptr_nonnull (strstr (notice->message, aside));
}
END_TEST

START_TEST (a_damaged_file_that_others_have_open_stays)
{
  g_autofree char *noise = g_strnfill (9000, '?');
  g_autoptr (PhHistory) history = NULL;
  g_autoptr (GError) error = NULL;
  PhSession other;
  FILE *file;

  make_history ();
  ck_assert (ph_session_open (&other, path, 0, NULL));
  ph_session_opened (&other);
  file = fopen (path, "r+");
  fseek (file, PAGE, SEEK_SET);
  fwrite (noise, 9000, 1, file);
  fclose (file);

  history = open_hastily ();
  ck_assert (!ph_history_flush (history, &error));
  ck_assert (g_error_matches (error, PH_ERROR, PH_ERROR_CORRUPT));
  ck_assert_ptr_nonnull (strstr (error->message, "close every other Pinhole"));
  ck_assert (!has_entry (".corrupt-"));
  ck_assert_ptr_null (ph_history_load_turns (history, 1, NULL));
  ph_session_close (&other);
}
END_TEST

START_TEST (who_opens_waits_for_another_that_is_opening)
{
  g_autoptr (PhHistory) history = NULL;
  g_autoptr (GError) error = NULL;
  PhSession other;

  ck_assert (ph_session_open (&other, path, 0, NULL));
  history = open_hastily ();
  add_turn (history, 1, "?", "!");
  ck_assert (!ph_history_flush (history, &error));
  ck_assert (g_error_matches (error, PH_ERROR, PH_ERROR_BUSY));
  ph_session_close (&other);
  wait_until_saving (history);
  flush (history);
  assert_sql ("SELECT count (*) FROM turns", "1");
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
  run_sql ("PRAGMA user_version = 2"); /* makes other connections forget their pages */

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

static void
open_with (const PhSchema *schema, const char *complaint)
{
  PhFileOptions options = { path, schema, 200, false, false };
  g_autoptr (GError) error = NULL;
  g_autoptr (PhChatStore) store = ph_chat_store_open (&options, NULL, &error);

  ck_assert ((store != NULL) == (complaint == NULL));
  if (complaint != NULL)
    ck_assert_ptr_nonnull (strstr (error->message, complaint));
}

/* A file as the first version left it: a chat of one turn, which kept attention. */
static void
make_old_history (void)
{
  const PhSchema first = { ph_schema.migrations, 1 };

  open_with (&first, NULL);
  run_sql ("INSERT INTO chats VALUES (7, 'Harbours', 5, 5, 0);"
           "INSERT INTO turns (id, chat, position, state, model, prompt, settings,"
           "                   answer, created)"
           "  VALUES (8, 7, 1, 'done', 'tiny', 'How many boats?', '{}', 'A dozen.', 5);"
           "INSERT INTO attention VALUES (8, x'5048534E010000000100000001000000010000000"
           "10000000100000000000000"
           "8180803BC040');");
}

START_TEST (an_old_file_is_copied_migrated_and_indexed)
{
  g_autofree char *backup = NULL;
  struct stat status;

  make_old_history ();
  PhHistory *history = open_hastily ();
  g_autoptr (GPtrArray) turns = load_turns (history, 7);
  g_autoptr (PhRecord) record = ph_history_load_record (history, 8, NULL);
  g_autoptr (GPtrArray) found = ph_history_search (history, "dozen", 10, NULL);
  ck_assert_str_eq (turn_at (turns, 0)->prompt, "How many boats?");
  ck_assert_ptr_nonnull (record);
  ck_assert_uint_eq (found->len, 1);
  ph_history_free (history);
  assert_sql ("PRAGMA user_version", "2");

  backup = find_entry (".backup-v1");
  ck_assert_ptr_nonnull (backup);
  ck_assert_int_eq (stat (backup, &status), 0);
  ck_assert_int_eq (status.st_mode & 0777, 0600);
  g_free (path);
  path = g_strdup (backup);
  assert_sql ("PRAGMA user_version", "1");
  assert_sql ("SELECT count (*) FROM turns", "1");
}
END_TEST

START_TEST (a_purge_forgets_the_copies_too)
{
  make_old_history ();
  PhHistory *history = open_hastily ();
  flush (history);
  ck_assert (has_entry (".backup-"));
  ph_history_purge_chat (history, 7);
  flush (history);
  ph_history_free (history);
  ck_assert (!has_entry (".backup-"));
  assert_sql ("SELECT count (*) FROM turns", "0");
  assert_sql ("SELECT count (*) FROM records", "0");
}
END_TEST

START_TEST (a_migration_that_fails_changes_nothing)
{
  const char *const migrations[] = {
    ph_schema.migrations[0],
    "ALTER TABLE chats ADD COLUMN colour INTEGER NOT NULL DEFAULT 0; NONSENSE",
  };
  const PhSchema broken = { migrations, 2 };

  make_old_history ();
  open_with (&broken, "NONSENSE");
  assert_sql ("PRAGMA user_version", "1");
  assert_sql ("SELECT count (*) FROM pragma_table_info ('chats') WHERE name = 'colour'",
              "0");
}
END_TEST

/* It could not write to tables that are made anew under it. */
START_TEST (an_old_file_that_others_have_open_waits)
{
  g_autoptr (GError) error = NULL;
  PhSession other;

  make_old_history ();
  ck_assert (ph_session_open (&other, path, 0, NULL));
  ph_session_opened (&other);
  g_autoptr (PhHistory) history = open_hastily ();
  ck_assert (!ph_history_flush (history, &error));
  ck_assert (g_error_matches (error, PH_ERROR, PH_ERROR_BUSY));
  ck_assert_ptr_nonnull (strstr (error->message, "close every other Pinhole"));
  assert_sql ("PRAGMA user_version", "1");
  ph_session_close (&other);
  wait_until_saving (history);
  assert_sql ("PRAGMA user_version", "2");
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

/* The journal must be played back before anything can be read, and cannot be. */
START_TEST (a_hot_journal_in_a_read_only_place_is_told)
{
  g_autofree char *journal = g_strconcat (path, "-journal", NULL);
  g_autofree char *bytes = NULL;
  gsize n_bytes;

  if (geteuid () != 0) {
    printf ("not root: a hot journal in a read-only place was not tried\n");
    return;
  }
  make_history ();
  g_autoptr (PhDatabase) db = open_plainly ();
  sqlite3_exec (db, "PRAGMA cache_size = 1; BEGIN; DELETE FROM turns; DELETE FROM chats",
                NULL, NULL, NULL);
  ck_assert_int_eq (sqlite3_db_cacheflush (db), SQLITE_OK);
  ck_assert (g_file_get_contents (journal, &bytes, &n_bytes, NULL));
  sqlite3_exec (db, "ROLLBACK", NULL, NULL, NULL);
  ck_assert (g_file_set_contents (journal, bytes, (gssize) n_bytes, NULL));
  g_chmod (path, 0666);
  g_chmod (journal, 0666);
  g_chmod (folder, 0555);

  g_autofree char *said = hear_out (start_child ("--say", NULL, 65534, 0));
  ck_assert_msg (g_str_has_prefix (said, "saved 0, code 7, chats -1: "), "%s", said);
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
  ck_assert_msg (g_str_has_prefix (said, "saved 0, code 6, chats "), "%s", said);
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
  Suite *suite = suite_create ("history-trouble");
  TCase *oddities = tcase_create ("oddities");
  TCase *refusals = tcase_create ("refusals");
  TCase *cases[] = { oddities, refusals };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    tcase_add_checked_fixture (cases[i], make_folder, remove_folder);
    suite_add_tcase (suite, cases[i]);
  }

  tcase_add_loop_test (oddities, odd_files_are_left_or_set_aside_with_a_reason, 0,
                       G_N_ELEMENTS (odd_files));
  tcase_add_test (oddities, a_blob_larger_than_any_we_write_is_refused);
  tcase_add_test (oddities, a_history_cut_at_any_page_is_set_aside);
  tcase_add_test (oddities, a_history_with_a_page_of_zeros_or_noise_is_survived);
  tcase_add_test (oddities, a_flipped_header_crashes_nothing);
  tcase_add_test (oddities, a_damaged_file_at_our_own_place_is_ours);
  tcase_add_test (oddities, a_damaged_file_that_others_have_open_stays);
  tcase_add_test (oddities, who_opens_waits_for_another_that_is_opening);
  tcase_add_test (oddities, damage_found_while_open_is_set_aside_too);
  tcase_add_test (oddities, a_file_replaced_while_open_is_found_again);
  tcase_add_loop_test (oddities, what_is_no_file_at_all_is_told, 0,
                       G_N_ELEMENTS (obstacles));
  tcase_add_test (oddities, an_old_file_is_copied_migrated_and_indexed);
  tcase_add_test (oddities, a_purge_forgets_the_copies_too);
  tcase_add_test (oddities, a_migration_that_fails_changes_nothing);
  tcase_add_test (oddities, an_old_file_that_others_have_open_waits);

  tcase_add_loop_test (refusals, a_read_only_place_is_read_and_told, 0, 2);
  tcase_add_test (refusals, a_hot_journal_in_a_read_only_place_is_told);
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
  if (argc < 3)
    return run_suite (make_suite ());

  path = argv[2];
  return say_what_happens ();
}

/* What is done without being asked: copies, checks, salvage, and forgetting. */
#include "core/history/copies.h"
#include "core/history/search.h"
#include "tests/history-fixture.h"

#include <utime.h>

#define PAGE 4096 /* bytes, as SQLite makes them */
#define DAY ((int64_t) 24 * 60 * 60)

static PhHistory *
open_with_copies (void)
{
  PhHistoryPace pace = hasty;

  pace.copy_days = 7;
  return ph_history_open_paced (path, &pace);
}

static char *
copy_name (int number)
{
  return ph_copies_name (path, number);
}

/* The thread of an opening may be cut off by the closing; here it is waited for. */
static void
wait_for_copy (void)
{
  g_autofree char *unfinished = copy_name (0);

  for (int i = 0; i < 1000 && (ph_copies_are_due (path, 7) ||
                               g_file_test (unfinished, G_FILE_TEST_EXISTS));
       i++)
    g_usleep (10000);
  ck_assert (!ph_copies_are_due (path, 7));
}

static void
make_older (int number, int days)
{
  g_autofree char *name = copy_name (number);
  struct utimbuf times = { time (NULL) - days * DAY, time (NULL) - days * DAY };

  ck_assert_int_eq (utime (name, &times), 0);
}

static void
open_for_a_copy (void)
{
  g_autoptr (PhHistory) history = open_with_copies ();

  flush (history);
  wait_for_copy ();
}

/* @n_chats of @n_turns each, whose prompts say which. */
static void
make_chats (int n_chats, int n_turns)
{
  g_autoptr (PhHistory) history = open_hastily ();
  g_autofree char *answer = g_strnfill (700, 'x');

  for (int chat = 0; chat < n_chats; chat++) {
    int64_t id = ph_history_begin_chat (history);

    for (int turn = 0; turn < n_turns; turn++) {
      g_autofree char *prompt = g_strdup_printf ("prompt%d of chat%d", turn, chat);

      add_turn (history, id, prompt, answer);
    }
  }
  flush (history);
}

/* Copies */

START_TEST (an_opening_makes_a_copy_once_a_week)
{
  g_autofree char *first = copy_name (1), *second = copy_name (2);
  struct stat status, later;

  make_chats (3, 2);
  open_for_a_copy ();
  ck_assert_int_eq (stat (first, &status), 0);
  ck_assert_int_eq (status.st_mode & 0777, 0600);
  open_for_a_copy ();
  ck_assert_int_eq (stat (first, &later), 0);
  ck_assert (status.st_ino == later.st_ino);
  ck_assert (!g_file_test (second, G_FILE_TEST_EXISTS));

  make_older (1, 8);
  open_for_a_copy ();
  ck_assert (g_file_test (second, G_FILE_TEST_EXISTS));
  g_free (path);
  path = g_strdup (first);
  assert_sql ("SELECT count (*) FROM turns", "6");
}
END_TEST

START_TEST (three_copies_are_kept)
{
  make_chats (1, 1);
  for (int i = 0; i < 5; i++) {
    if (i > 0)
      make_older (1, 8);
    open_for_a_copy ();
  }
  for (int number = 0; number <= 4; number++) {
    g_autofree char *name = copy_name (number);

    ck_assert (g_file_test (name, G_FILE_TEST_EXISTS) == (number >= 1 && number <= 3));
  }
}
END_TEST

START_TEST (a_copy_from_the_future_is_none)
{
  make_chats (1, 1);
  open_for_a_copy ();
  make_older (1, -300);
  ck_assert (ph_copies_are_due (path, 7));
}
END_TEST

START_TEST (an_empty_history_is_not_copied)
{
  atomic_bool stop = false;
  g_autoptr (GError) error = NULL;

  make_chats (0, 0);
  ck_assert (!ph_copies_make (path, &stop, &error));
  ck_assert (g_error_matches (error, PH_ERROR, PH_ERROR_RANGE));
  ck_assert (!has_entry (".copy-"));
}
END_TEST

START_TEST (a_copy_that_another_program_makes_is_left_to_it)
{
  g_autofree char *unfinished = copy_name (0);
  atomic_bool stop = false;
  g_autoptr (GError) error = NULL;

  make_chats (1, 1);
  ck_assert (g_file_set_contents (unfinished, "", 0, NULL));
  ck_assert (!ph_copies_make (path, &stop, &error));
  ck_assert (g_error_matches (error, PH_ERROR, PH_ERROR_BUSY));
  make_older (0, 1);
  ck_assert (ph_copies_make (path, &stop, NULL));
}
END_TEST

START_TEST (a_purge_leaves_nothing_in_the_copies)
{
  make_chats (2, 1);
  open_for_a_copy ();
  ck_assert (has_entry (".copy-1"));
  g_autoptr (PhHistory) history = open_hastily ();
  g_autoptr (GPtrArray) chats = list_chats (history);
  ph_history_purge_chat (history, chat_at (chats, 0)->id);
  flush (history);
  ck_assert (!has_entry (".copy-"));
}
END_TEST

/* Overwrites the file from @from to @to, in tenths of it, but not the first page. */
static void
spoil (int from, int to)
{
  FILE *file = fopen (path, "r+");
  long n_bytes, begin, end;

  fseek (file, 0, SEEK_END);
  n_bytes = ftell (file);
  begin = MAX (n_bytes * from / 10 / PAGE, 1) * PAGE;
  end = n_bytes * to / 10 / PAGE * PAGE;
  fseek (file, begin, SEEK_SET);
  for (long at = begin; at < end; at++)
    fputc (0xdb, file);
  fclose (file);
}

/* Nothing of the chats is damaged, so nothing is set aside. */
START_TEST (an_index_found_damaged_by_a_search_is_made_anew)
{
  PhHistory *history;
  g_autoptr (GPtrArray) found = NULL;

  make_chats (5, 2);
  run_sql ("UPDATE search_data SET block = x'00ff00ff' WHERE id > 10");
  history = open_hastily ();
  ck_assert_ptr_null (ph_history_search (history, "chat3", 10, NULL));
  flush (history);
  found = ph_history_search (history, "chat3", 10, NULL);
  ck_assert_uint_eq (found->len, 1);
  ck_assert (!has_entry (".corrupt-"));
  ph_history_free (history);
}
END_TEST

static const char *const index_damages[] = {
  "UPDATE search_data SET block = x'00ff00ff' WHERE id > 1",
  "UPDATE search_data SET block = x'00000000ffffffff' WHERE id = 10",
  "DELETE FROM search_data",
  "DELETE FROM search_docsize",
  "DROP TABLE search_data",
};

START_TEST (an_index_found_damaged_by_a_write_loses_nothing)
{
  PhHistory *history;
  int64_t chat;

  make_chats (5, 2);
  run_sql (index_damages[_i]);
  history = open_hastily ();
  chat = ph_history_begin_chat (history);
  add_turn (history, chat, "chat3 again", "!");
  flush (history);
  g_autoptr (GPtrArray) turns = load_turns (history, chat);
  g_autoptr (GPtrArray) chats = list_chats (history);
  ck_assert_uint_eq (turns->len, 1);
  ck_assert_uint_eq (chats->len, 6);
  ck_assert (ph_history_is_saving (history));
  ph_history_free (history);
}
END_TEST

START_TEST (a_check_finds_an_index_that_lies)
{
  PhHistory *history;

  make_chats (2, 2);
  run_sql ("INSERT INTO search (search) VALUES ('delete-all')");
  history = open_with_copies ();
  flush (history);
  for (int i = 0; i < 500; i++) {
    g_autoptr (GPtrArray) found = ph_history_search (history, "chat1", 10, NULL);

    if (found->len == 1)
      break;
    ck_assert_int_lt (i, 499);
    g_usleep (10000);
  }
  ph_history_free (history);
}
END_TEST

/* Salvage */

static char *
free_problem (PhHistory *history)
{
  g_autoptr (GError) problem = ph_history_dup_problem (history);

  ck_assert_ptr_nonnull (problem);
  ck_assert (g_error_matches (problem, PH_ERROR, PH_ERROR_CORRUPT));
  ck_assert_ptr_null (strchr (problem->message, '\n'));
  return g_strdup (problem->message);
}

/* How many chats and turns are there now, as the problem says. */
static void
expect_saved (PhHistory *history, guint *n_chats, guint *n_turns)
{
  g_autofree char *message = free_problem (history);
  g_autoptr (GPtrArray) chats = list_chats (history);
  g_autofree char *said = g_strdup_printf ("with the %u chats", chats->len);
  g_autofree char *aside = find_entry (".corrupt-");

  ck_assert_msg (strstr (message, said) != NULL, "%s, not %s", message, said);
  ck_assert_ptr_nonnull (aside);
  ck_assert_ptr_nonnull (strstr (message, aside));
  ck_assert (ph_history_is_saving (history));
  *n_chats = chats->len;
  *n_turns = 0;
  for (guint i = 0; i < chats->len; i++) {
    g_autoptr (GPtrArray) turns = load_turns (history, chat_at (chats, i)->id);

    *n_turns += turns->len;
  }
  assert_sql ("PRAGMA integrity_check", "ok");
  assert_sql ("SELECT count (*) FROM pragma_foreign_key_check", "0");
  run_sql ("INSERT INTO search (search, rank) VALUES ('integrity-check', 1)");
}

static const struct {
  int from, to; /* tenths of the file */
  guint chats, turns;
} damages[] = {
  { 5, 6, 30, 60 },
  { 3, 4, 30, 60 },
  { 4, 7, 30, 30 },
  { 9, 10, 30, 60 },
};

START_TEST (what_is_left_of_a_damaged_file_is_saved)
{
  guint n_chats, n_turns;

  make_chats (40, 5);
  spoil (damages[_i].from, damages[_i].to);
  g_autoptr (PhHistory) history = open_hastily ();
  flush (history);
  expect_saved (history, &n_chats, &n_turns);
  printf ("tenths %d to %d overwritten: %u of 40 chats, %u of 200 turns\n",
          damages[_i].from, damages[_i].to, n_chats, n_turns);
  ck_assert_uint_ge (n_chats, damages[_i].chats);
  ck_assert_uint_ge (n_turns, damages[_i].turns);

  add_turn (history, ph_history_begin_chat (history), "new", "!");
  flush (history);
}
END_TEST

START_TEST (a_truncated_file_is_saved_from_its_copy)
{
  guint n_chats, n_turns;

  make_chats (40, 5);
  open_for_a_copy ();
  ck_assert_int_eq (truncate (path, 5 * PAGE), 0);
  g_autoptr (PhHistory) history = open_hastily ();
  flush (history);
  expect_saved (history, &n_chats, &n_turns);
  ck_assert_uint_eq (n_chats, 40);
  ck_assert_uint_eq (n_turns, 200);
}
END_TEST

START_TEST (what_a_copy_had_and_what_came_later_are_both_saved)
{
  guint n_chats, n_turns;

  make_chats (40, 5);
  open_for_a_copy ();
  make_chats (40, 5);
  spoil (5, 6);
  g_autoptr (PhHistory) history = open_hastily ();
  flush (history);
  expect_saved (history, &n_chats, &n_turns);
  printf ("half in a copy: %u of 80 chats, %u of 400 turns\n", n_chats, n_turns);
  ck_assert_uint_ge (n_chats, 70);
  ck_assert_uint_ge (n_turns, 200);
}
END_TEST

START_TEST (of_a_file_without_sense_nothing_is_saved)
{
  guint n_chats, n_turns;

  make_chats (40, 5);
  spoil (0, 10);
  g_autoptr (PhHistory) history = open_hastily ();
  flush (history);
  expect_saved (history, &n_chats, &n_turns);
  ck_assert_uint_eq (n_chats, 0);
}
END_TEST

/* No opening looked, as it would at a large file: the weekly check does. */
START_TEST (damage_that_the_check_finds_is_mended)
{
  PhHistory *history;
  guint n_chats, n_turns;

  make_chats (40, 5);
  history = open_with_copies ();
  flush (history);
  wait_for_copy ();
  ph_history_free (history);
  make_older (1, 8);

  history = open_with_copies ();
  spoil (5, 6);
  for (int i = 0; i < 500 && !has_entry (".corrupt-"); i++)
    g_usleep (10000);
  flush (history);
  expect_saved (history, &n_chats, &n_turns);
  ck_assert_uint_eq (n_chats, 40);
  ck_assert_uint_eq (n_turns, 200);
  ph_history_free (history);
}
END_TEST

START_TEST (pictures_and_records_are_saved_with_their_turns)
{
  PhHistory *history = open_hastily ();
  g_autoptr (PhPicture) picture = make_picture (1);
  g_autofree char *hash = ph_picture_dup_hash (picture);
  int64_t chat = ph_history_begin_chat (history);
  int64_t turn = ph_history_begin_turn (
      history, &(PhHistoryQuestion){ .chat = chat, .picture = picture });

  finish (history, turn, "!");
  ph_history_pin_chat (history, chat, true);
  flush (history);
  ph_history_free (history);
  run_sql ("INSERT INTO records VALUES (9, x'0102'); UPDATE turns SET record = 9;"
           "CREATE TABLE stranger (x)");
  history = open_hastily ();
  g_autoptr (GPtrArray) turns = load_turns (history, chat);
  g_autoptr (PhHistoryChat) saved = ph_history_load_chat (history, chat, NULL);
  g_autoptr (GBytes) file = ph_history_load_picture (history, hash, NULL, NULL, NULL);
  ck_assert (turn_at (turns, 0)->has_record);
  ck_assert_ptr_nonnull (file);
  ck_assert (saved->pinned);
  ck_assert (has_entry (".corrupt-"));
  ph_history_free (history);
}
END_TEST

/* Forgetting */

START_TEST (what_was_deleted_a_month_ago_is_erased)
{
  PhHistory *history = open_hastily ();
  int64_t chats[3], turn = 0;

  for (int i = 0; i < 3; i++) {
    chats[i] = ph_history_begin_chat (history);
    turn = add_turn (history, chats[i], "?", "!");
    add_turn (history, chats[i], "?", "!");
  }
  ph_history_delete_chat (history, chats[0]);
  ph_history_delete_chat (history, chats[1]);
  ph_history_delete_turn (history, turn);
  flush (history);
  ph_history_free (history);

  g_autofree char *sql = g_strdup_printf (
      "UPDATE chats SET deleted = deleted - 31 * 86400000000 WHERE id = %lld;"
      "UPDATE turns SET deleted = deleted - 31 * 86400000000 WHERE deleted > 0",
      (long long) chats[0]);
  run_sql (sql);
  history = open_hastily ();
  flush (history);
  assert_sql ("SELECT count (*) FROM chats", "2");
  assert_sql ("SELECT count (*) FROM turns", "3");
  ph_history_restore_chat (history, chats[1]);
  flush (history);
  g_autoptr (GPtrArray) left = list_chats (history);
  ck_assert_uint_eq (left->len, 2);
  ph_history_free (history);
}
END_TEST

static Suite *
make_suite (void)
{
  Suite *suite = suite_create ("history-upkeep");
  TCase *upkeep = tcase_create ("upkeep");

  tcase_add_checked_fixture (upkeep, make_folder, remove_folder);
  suite_add_tcase (suite, upkeep);
  tcase_add_test (upkeep, an_opening_makes_a_copy_once_a_week);
  tcase_add_test (upkeep, three_copies_are_kept);
  tcase_add_test (upkeep, a_copy_from_the_future_is_none);
  tcase_add_test (upkeep, an_empty_history_is_not_copied);
  tcase_add_test (upkeep, a_copy_that_another_program_makes_is_left_to_it);
  tcase_add_test (upkeep, a_purge_leaves_nothing_in_the_copies);
  tcase_add_test (upkeep, an_index_found_damaged_by_a_search_is_made_anew);
  tcase_add_loop_test (upkeep, an_index_found_damaged_by_a_write_loses_nothing, 0,
                       G_N_ELEMENTS (index_damages));
  tcase_add_test (upkeep, a_check_finds_an_index_that_lies);
  tcase_add_loop_test (upkeep, what_is_left_of_a_damaged_file_is_saved, 0,
                       G_N_ELEMENTS (damages));
  tcase_add_test (upkeep, a_truncated_file_is_saved_from_its_copy);
  tcase_add_test (upkeep, what_a_copy_had_and_what_came_later_are_both_saved);
  tcase_add_test (upkeep, of_a_file_without_sense_nothing_is_saved);
  tcase_add_test (upkeep, damage_that_the_check_finds_is_mended);
  tcase_add_test (upkeep, pictures_and_records_are_saved_with_their_turns);
  tcase_add_test (upkeep, what_was_deleted_a_month_ago_is_erased);
  return suite;
}

int
main (void)
{
  return run_suite (make_suite ());
}

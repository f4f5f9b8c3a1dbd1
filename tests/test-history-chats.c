/* What people do with chats: find, pin, move, branch, edit, ask again, take back. */
#include "core/history/search.h"
#include "tests/history-fixture.h"

#include <time.h>

/* Order and folders */

static int64_t
add_chat (PhHistory *history, const char *prompt, const char *answer)
{
  int64_t chat = ph_history_begin_chat (history);

  add_turn (history, chat, prompt, answer);
  g_usleep (2000); /* a time of its own for each */
  return chat;
}

START_TEST (pinned_chats_stand_first)
{
  g_autoptr (PhHistory) history = open_hastily ();
  int64_t ids[3];

  for (int i = 0; i < 3; i++)
    ids[i] = add_chat (history, "?", "!");
  ph_history_pin_chat (history, ids[0], true);
  flush (history);
  g_autoptr (GPtrArray) pinned = list_chats (history);
  ck_assert_int_eq (chat_at (pinned, 0)->id, ids[0]);
  ck_assert_int_eq (chat_at (pinned, 1)->id, ids[2]);
  ck_assert (chat_at (pinned, 0)->pinned && !chat_at (pinned, 1)->pinned);

  ph_history_pin_chat (history, ids[0], false);
  flush (history);
  g_autoptr (GPtrArray) unpinned = list_chats (history);
  ck_assert_int_eq (chat_at (unpinned, 2)->id, ids[0]);
}
END_TEST

START_TEST (a_folder_is_there_while_a_chat_lies_in_it)
{
  g_autoptr (PhHistory) history = open_hastily ();
  int64_t ships = add_chat (history, "ships", "!"),
          cats = add_chat (history, "cats", "!");

  ph_history_move_chat (history, ships, "sea");
  ph_history_move_chat (history, cats, "Land");
  flush (history);
  g_autoptr (GPtrArray) both = ph_history_list_folders (history, NULL);
  g_autoptr (GPtrArray) sea = ph_history_list_folder (history, "sea", 0, 10, NULL);
  ck_assert_uint_eq (both->len, 2);
  ck_assert_str_eq (g_ptr_array_index (both, 0), "Land");
  ck_assert_uint_eq (sea->len, 1);
  ck_assert_int_eq (chat_at (sea, 0)->id, ships);
  ck_assert_str_eq (chat_at (sea, 0)->folder, "sea");

  ph_history_move_chat (history, ships, "");
  ph_history_delete_chat (history, cats);
  flush (history);
  g_autoptr (GPtrArray) none = ph_history_list_folders (history, NULL);
  g_autoptr (PhHistoryChat) chat = ph_history_load_chat (history, ships, NULL);
  ck_assert_uint_eq (none->len, 0);
  ck_assert_ptr_null (chat->folder);
}
END_TEST

START_TEST (a_chat_that_is_not_there_is_told)
{
  g_autoptr (PhHistory) history = open_hastily ();
  g_autoptr (GError) error = NULL;

  ck_assert_ptr_null (ph_history_load_chat (history, 5, &error));
  ck_assert (g_error_matches (error, PH_ERROR, PH_ERROR_RANGE));
}
END_TEST

START_TEST (each_picture_of_a_chat_is_listed_once)
{
  g_autoptr (PhHistory) history = open_hastily ();
  g_autoptr (PhPicture) first = make_picture (1);
  g_autoptr (PhPicture) second = make_picture (2);
  PhPicture *asked[] = { second, first, second };
  static const char *const names[] = { "b.jpg", "a.jpg", "again.jpg" };
  g_autofree char *hash = ph_picture_dup_hash (second);
  int64_t chat = ph_history_begin_chat (history);

  for (size_t i = 0; i < G_N_ELEMENTS (asked); i++)
    ph_history_begin_turn (history, &(PhHistoryQuestion){ .chat = chat,
                                                          .picture = asked[i],
                                                          .picture_name = names[i] });
  flush (history);
  g_autoptr (GPtrArray) pictures = ph_history_list_pictures (history, chat, NULL);
  const PhHistoryPicture *picture = g_ptr_array_index (pictures, 0);
  ck_assert_uint_eq (pictures->len, 2);
  ck_assert_str_eq (picture->hash, hash);
  ck_assert_str_eq (picture->name, "b.jpg");
  ck_assert (picture->width == 7 && picture->height == 5);
}
END_TEST

/* Turns */

START_TEST (a_deleted_turn_is_gone_until_restored)
{
  g_autoptr (PhHistory) history = open_hastily ();
  int64_t chat = ph_history_begin_chat (history);
  int64_t first = add_turn (history, chat, "one", "!");

  add_turn (history, chat, "two", "!");
  ph_history_delete_turn (history, first);
  flush (history);
  g_autoptr (GPtrArray) left = load_turns (history, chat);
  g_autoptr (GPtrArray) found = ph_history_search (history, "!one", 10, NULL);
  ck_assert_uint_eq (left->len, 1);
  ck_assert_str_eq (turn_at (left, 0)->prompt, "two");
  ck_assert_uint_eq (found->len, 1); /* by its title */
  ck_assert_int_eq (((PhHistoryFound *) g_ptr_array_index (found, 0))->turn, 0);

  ph_history_restore_turn (history, first);
  flush (history);
  g_autoptr (GPtrArray) all = load_turns (history, chat);
  ck_assert_str_eq (turn_at (all, 0)->prompt, "one");
}
END_TEST

START_TEST (both_sides_of_a_turn_can_be_edited)
{
  g_autoptr (PhHistory) history = open_hastily ();
  int64_t chat = ph_history_begin_chat (history);
  int64_t turn = add_turn (history, chat, "How many bots?", "Two.");

  ph_history_edit_turn (history, turn, "How many boats?", NULL);
  flush (history);
  g_autoptr (GPtrArray) once = load_turns (history, chat);
  ck_assert_str_eq (turn_at (once, 0)->prompt, "How many boats?");
  ck_assert_str_eq (turn_at (once, 0)->answer, "Two.");
  ck_assert_int_gt (turn_at (once, 0)->edited, 0);

  ph_history_edit_turn (history, turn, NULL, "Three.");
  flush (history);
  g_autoptr (GPtrArray) twice = load_turns (history, chat);
  ck_assert_str_eq (turn_at (twice, 0)->answer, "Three.");
  g_autoptr (GPtrArray) old = ph_history_search (history, "two", 10, NULL);
  g_autoptr (GPtrArray) new = ph_history_search (history, "three", 10, NULL);
  ck_assert_uint_eq (old->len, 0);
  ck_assert_uint_eq (new->len, 1);
}
END_TEST

START_TEST (a_turn_that_streams_is_not_edited)
{
  g_autoptr (PhHistory) history = open_hastily ();
  int64_t chat = ph_history_begin_chat (history);
  int64_t turn = begin (history, chat, "?");

  ph_history_edit_turn (history, turn, "!", "!");
  flush (history);
  g_autoptr (GPtrArray) turns = load_turns (history, chat);
  ck_assert_str_eq (turn_at (turns, 0)->prompt, "?");
  ck_assert_int_eq (turn_at (turns, 0)->edited, 0);
}
END_TEST

static int64_t
ask_again (PhHistory *history, int64_t chat, int64_t turn, const char *answer)
{
  PhHistoryQuestion question = { .chat = chat, .prompt = "?", .variant_of = turn };
  int64_t variant = ph_history_begin_turn (history, &question);

  finish (history, variant, answer);
  return variant;
}

/* "one: 1/1 two: 2/3": answers with their places among their variants. */
static char *
tell_turns (PhHistory *history, int64_t chat)
{
  g_autoptr (GPtrArray) turns = load_turns (history, chat);
  GString *told = g_string_new (NULL);

  for (guint i = 0; i < turns->len; i++) {
    const PhHistoryTurn *turn = turn_at (turns, i);

    ck_assert ((turn->variant_of != 0) == (turn->n_variants > 1));
    g_string_append_printf (told, "%s%s %d/%d", i > 0 ? ", " : "", turn->answer,
                            turn->variant, turn->n_variants);
  }
  return g_string_free (told, FALSE);
}

START_TEST (variants_of_an_answer_stand_together)
{
  g_autoptr (PhHistory) history = open_hastily ();
  int64_t chat = ph_history_begin_chat (history);
  int64_t first = add_turn (history, chat, "?", "a");
  int64_t second;

  add_turn (history, chat, "next", "z");
  second = ask_again (history, chat, first, "b");
  ask_again (history, chat, second, "c");
  ask_again (history, add_chat (history, "other", "o"), first, "elsewhere");
  flush (history);
  g_autofree char *all = tell_turns (history, chat);
  ck_assert_str_eq (all, "a 1/3, b 2/3, c 3/3, z 1/1");

  ph_history_delete_turn (history, first);
  flush (history);
  g_autofree char *left = tell_turns (history, chat);
  ck_assert_str_eq (left, "b 1/2, c 2/2, z 1/1");
}
END_TEST

/* Branches */

static PhRecord *
make_record (float share)
{
  const PhSnapshotShape shape = { 1, 1, 1, 1, 1, { 0 } };
  float cross[] = { share, 1 - share };
  g_autoptr (PhSnapshot) snapshot = ph_snapshot_new (&shape, cross);

  return ph_record_new (
      &(PhRecordParts){ .cross = snapshot, .side = 224, .first_row = -1, .text = "" });
}

static void
finish_with (PhHistory *history, int64_t turn, const char *text, float share)
{
  g_autoptr (PhRecord) record = make_record (share);

  ph_history_finish_turn (
      history, turn,
      &(PhHistoryAnswer){ .state = PH_TURN_DONE, .text = text, .record = record });
}

START_TEST (a_branch_is_a_copy_up_to_a_turn)
{
  g_autoptr (PhHistory) history = open_hastily ();
  g_autoptr (PhPicture) picture = make_picture (1);
  int64_t chat = ph_history_begin_chat (history), branch, whole, turn, variant;

  turn = ph_history_begin_turn (
      history,
      &(PhHistoryQuestion){ .chat = chat, .picture = picture, .prompt = "Boats?" });
  finish_with (history, turn, "a", 0.25f);
  add_turn (history, chat, "next", "z");
  variant = ask_again (history, chat, turn, "b");
  ph_history_move_chat (history, chat, "sea");
  branch = ph_history_branch_chat (history, chat, variant);
  whole = ph_history_branch_chat (history, chat, 0);
  flush (history);

  g_autofree char *copied = tell_turns (history, branch);
  g_autofree char *all = tell_turns (history, whole);
  ck_assert_str_eq (copied, "a 1/2, b 2/2");
  ck_assert_str_eq (all, "a 1/2, b 2/2, z 1/1");

  g_autoptr (PhHistoryChat) found = ph_history_load_chat (history, branch, NULL);
  g_autoptr (GPtrArray) turns = load_turns (history, branch);
  ck_assert_str_eq (found->title, "Boats? (branch)");
  ck_assert_str_eq (found->folder, "sea");
  ck_assert_int_eq (turn_at (turns, 0)->variant_of, turn_at (turns, 0)->id);
  ck_assert_int_ne (turn_at (turns, 0)->id, turn);
  ck_assert_ptr_nonnull (turn_at (turns, 0)->picture_hash);
  assert_sql ("SELECT count (*) FROM records", "1");
  assert_sql ("SELECT count (*) FROM pictures", "1");
}
END_TEST

START_TEST (a_shared_record_outlives_either_chat)
{
  g_autoptr (PhHistory) history = open_hastily ();
  int64_t chat = ph_history_begin_chat (history), branch, turn;

  turn = begin (history, chat, "?");
  finish_with (history, turn, "a", 0.25f);
  branch = ph_history_branch_chat (history, chat, 0);
  flush (history);
  g_autoptr (GPtrArray) turns = load_turns (history, branch);

  finish_with (history, turn, "a longer one", 0.5f);
  flush (history);
  assert_sql ("SELECT count (*) FROM records", "2");
  finish_with (history, turn, "a still longer one", 0.75f);
  flush (history);
  assert_sql ("SELECT count (*) FROM records", "2");

  ph_history_purge_chat (history, chat);
  flush (history);
  assert_sql ("SELECT count (*) FROM records", "1");
  g_autoptr (PhRecord) kept =
      ph_history_load_record (history, turn_at (turns, 0)->id, NULL);
  ck_assert_ptr_nonnull (kept);
}
END_TEST

START_TEST (a_branch_of_a_stream_ends_with_what_is_known)
{
  g_autoptr (PhHistory) history = open_hastily ();
  int64_t chat = ph_history_begin_chat (history), branch;

  ph_history_update_turn (history, begin (history, chat, "?"), "so far");
  flush (history);
  branch = ph_history_branch_chat (history, chat, 0);
  flush (history);
  g_autoptr (GPtrArray) turns = load_turns (history, branch);
  ck_assert_str_eq (turn_at (turns, 0)->answer, "so far");
  ck_assert_int_eq (turn_at (turns, 0)->state, PH_TURN_INTERRUPTED);
}
END_TEST

/* Nothing of it */

START_TEST (nothing_of_a_temporary_chat_is_written)
{
  PhHistory *history = open_hastily ();
  int64_t chat = ph_history_begin_temporary_chat (history);
  int64_t turn = begin (history, chat, "xyzzy");

  ph_history_update_turn (history, turn, "xyzzy");
  flush (history);
  finish (history, turn, "xyzzy");
  ph_history_edit_turn (history, turn, "xyzzy", NULL);
  ph_history_rename_chat (history, chat, "xyzzy");
  ph_history_branch_chat (history, chat, 0);
  flush (history);

  g_autoptr (GPtrArray) turns = load_turns (history, chat);
  g_autoptr (GPtrArray) chats = list_chats (history);
  ck_assert_uint_eq (turns->len, 0);
  ck_assert_uint_eq (chats->len, 0);
  ph_history_free (history);
  assert_sql ("SELECT count (*) FROM turns", "0");
}
END_TEST

/* Searching */

/* The found chats' titles, with hits in brackets: "title: snippet". */
static char *
tell_found (PhHistory *history, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) all = ph_history_search (history, text, 10, &error);
  GString *told = g_string_new (NULL);

  ck_assert_msg (all != NULL, "%s: %s", text, error != NULL ? error->message : "");
  for (guint i = 0; i < all->len; i++) {
    const PhHistoryFound *found = g_ptr_array_index (all, i);
    g_autoptr (GString) snippet = g_string_new (found->snippet);

    for (size_t hit = found->n_hits; hit-- > 0;) {
      g_string_insert_c (snippet, (gssize) found->hits[hit].end, ']');
      g_string_insert_c (snippet, (gssize) found->hits[hit].begin, '[');
    }
    g_string_append_printf (told, "%s%s", i > 0 ? "; " : "", snippet->str);
  }
  return g_string_free (told, FALSE);
}

static const struct {
  const char *typed, *found;
} searches[] = {
  { "harbour", "[Harbour] at night" },
  { "HARB", "[Harbour] at night" },
  { "night harbour", "[Harbour] at [night]" },
  { "lantern", "A red [lantern] and two boats." },
  { "red boats", "A [red] lantern and two [boats]." },
  { "red cat", "" },
  { "cafe", "a [Café] by the sea" },
  { "", "" },
  { "  \t ", "" },
  { "\"", "" },
  { "* - ( ) ^ : + ' \" {", "" },
  { "red OR cat", "" },
  { "NOT red", "" },
  { "prompt:harbour", "" },
  { "harbour\"", "[Harbour] at night" },
  { "harbour AND (", "[Harbour] at night" },
  { "\xff\xfe", "" },
  { "don't", "I [don't] know." },
};

START_TEST (words_are_found_whatever_is_typed)
{
  g_autoptr (PhHistory) history = open_hastily ();
  int64_t chat = add_chat (history, "Harbour at night", "A red lantern and two boats.");
  g_autofree char *found = NULL;

  add_chat (history, "Where?", "a Café by the sea");
  add_chat (history, "A cat?", "I don't know.");
  ph_history_rename_chat (history, chat, "x");
  flush (history);
  found = tell_found (history, searches[_i].typed);
  ck_assert_str_eq (found, searches[_i].found);
}
END_TEST

START_TEST (a_word_of_a_prompt_weighs_as_much_as_ten_of_an_answer)
{
  g_autoptr (PhHistory) history = open_hastily ();
  int64_t answer = add_chat (history, "what", "boat boat boat boat and a boat");
  int64_t prompt = add_chat (history, "is it a boat or no", "it is none, I would say");

  for (int i = 0; i < 20; i++)
    add_turn (history, answer, "something else", "and nothing of it");
  ph_history_rename_chat (history, prompt, "p");
  flush (history);
  g_autoptr (GPtrArray) all = ph_history_search (history, "boat", 10, NULL);
  const PhHistoryFound *first = g_ptr_array_index (all, 0);
  ck_assert_uint_eq (all->len, 2);
  ck_assert_int_eq (first->chat->id, prompt);
}
END_TEST

START_TEST (what_is_deleted_or_streams_is_not_found)
{
  g_autoptr (PhHistory) history = open_hastily ();
  int64_t chat = add_chat (history, "boat?", "!");
  int64_t streaming = begin (history, ph_history_begin_chat (history), "and?");
  g_autofree char *before = NULL, *during = NULL, *after = NULL, *restored = NULL;

  ph_history_update_turn (history, streaming, "a boat");
  flush (history);
  before = tell_found (history, "boat");
  ck_assert_str_eq (before, "[boat]?");
  ph_history_delete_chat (history, chat);
  flush (history);
  during = tell_found (history, "boat");
  ck_assert_str_eq (during, "");
  finish (history, streaming, "a boat, it seems");
  flush (history);
  after = tell_found (history, "boat");
  ck_assert_str_eq (after, "a [boat], it seems");
  ph_history_restore_chat (history, chat);
  flush (history);
  restored = tell_found (history, "boat");
  ck_assert_str_eq (restored, "[boat]?; a [boat], it seems");
}
END_TEST

START_TEST (the_index_says_what_the_chats_say)
{
  PhHistory *history = open_hastily ();
  int64_t chat = add_chat (history, "one", "two"), turn;

  turn = add_turn (history, chat, "three", "four");
  ph_history_edit_turn (history, turn, "five", "six");
  ph_history_rename_chat (history, chat, "seven");
  ph_history_branch_chat (history, chat, 0);
  ph_history_purge_chat (history, add_chat (history, "eight", "nine"));
  begin (history, chat, "never finished");
  flush (history);
  ph_history_free (history);
  history = open_hastily ();
  flush (history);
  ph_history_free (history);
  run_sql ("INSERT INTO search (search, rank) VALUES ('integrity-check', 1)");
}
END_TEST

/* Of this thread: other programs do not count. */
static double
busy_ms (void)
{
  struct timespec time;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time);
  return (double) time.tv_sec * 1000 + (double) time.tv_nsec / 1000000;
}

/* A chat's turns are made in SQL, as a hundred thousand commits take half an hour. */
START_TEST (a_hundred_thousand_messages_are_listed_and_searched)
{
  PhHistory *history = open_hastily ();
  double start;

  flush (history);
  ph_history_free (history);
  run_sql (
      "PRAGMA synchronous = OFF; BEGIN;"
      "INSERT INTO chats (id, title, created, updated)"
      "  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 5000)"
      "  SELECT i * 1000003, 'Chat ' || i, i, i FROM n;"
      "INSERT INTO turns (id, chat, position, state, model, prompt, settings, answer,"
      "                   created)"
      "  WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n LIMIT 50000)"
      "  SELECT i * 7000003 + 5, (i % 5000 + 1) * 1000003, i / 5000 + 1, 'done', 'tiny',"
      "         'What is the colour of number ' || i || ' in the picture?', '{}',"
      "         'The ' || CASE i % 7 WHEN 0 THEN 'red' ELSE 'blue' END || ' one, number '"
      "         || i || ', stands beside the boat and looks at the sea.', i"
      "    FROM n;"
      "COMMIT");
  history = open_hastily ();
  flush (history);

  start = busy_ms ();
  g_autoptr (GPtrArray) page = ph_history_list_chats (history, false, 0, 200, NULL);
  printf ("100000 messages: list %.1f ms", busy_ms () - start);
  ck_assert_uint_eq (page->len, 200);
  ck_assert_str_eq (chat_at (page, 0)->title, "Chat 5000");

  static const struct {
    const char *typed;
    guint n;
  } typed[] = { { "49999", 1 }, { "number 4999", 10 }, { "red boat", 50 }, { "th", 50 },
                { "t", 50 },    { "the sea", 50 },     { "absent", 0 } };
  for (size_t i = 0; i < G_N_ELEMENTS (typed); i++) {
    start = busy_ms ();
    g_autoptr (GPtrArray) found = ph_history_search (history, typed[i].typed, 50, NULL);
    printf (", \"%s\" %.1f", typed[i].typed, busy_ms () - start);
    ck_assert_uint_eq (found->len, typed[i].n);
  }
  printf (" ms\n");
  ph_history_free (history);
}
END_TEST

static Suite *
make_suite (void)
{
  Suite *suite = suite_create ("history-chats");
  TCase *chats = tcase_create ("chats");
  TCase *words = tcase_create ("words");
  TCase *cases[] = { chats, words };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    tcase_add_checked_fixture (cases[i], make_folder, remove_folder);
    suite_add_tcase (suite, cases[i]);
  }

  tcase_add_test (chats, pinned_chats_stand_first);
  tcase_add_test (chats, a_folder_is_there_while_a_chat_lies_in_it);
  tcase_add_test (chats, a_chat_that_is_not_there_is_told);
  tcase_add_test (chats, each_picture_of_a_chat_is_listed_once);
  tcase_add_test (chats, a_deleted_turn_is_gone_until_restored);
  tcase_add_test (chats, both_sides_of_a_turn_can_be_edited);
  tcase_add_test (chats, a_turn_that_streams_is_not_edited);
  tcase_add_test (chats, variants_of_an_answer_stand_together);
  tcase_add_test (chats, a_branch_is_a_copy_up_to_a_turn);
  tcase_add_test (chats, a_shared_record_outlives_either_chat);
  tcase_add_test (chats, a_branch_of_a_stream_ends_with_what_is_known);
  tcase_add_test (chats, nothing_of_a_temporary_chat_is_written);

  tcase_add_loop_test (words, words_are_found_whatever_is_typed, 0,
                       G_N_ELEMENTS (searches));
  tcase_add_test (words, a_word_of_a_prompt_weighs_as_much_as_ten_of_an_answer);
  tcase_add_test (words, what_is_deleted_or_streams_is_not_found);
  tcase_add_test (words, the_index_says_what_the_chats_say);
  tcase_add_test (words, a_hundred_thousand_messages_are_listed_and_searched);
  return suite;
}

int
main (void)
{
  return run_suite (make_suite ());
}

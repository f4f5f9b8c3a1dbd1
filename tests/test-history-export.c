/* Chats taken out, to be read and to be taken back in; and files that strangers made. */
#include "core/history/export.h"
#include "tests/history-fixture.h"

static PhRecord *
make_record (void)
{
  const PhSnapshotShape shape = { 1, 2, 3, 2, 2, { 4 } };
  const PhRecordToken tokens[] = { { { 5, 0.5f, "A cat." }, 0, 6, 1.5f } };
  float cross[1 * 2 * 3 * 5];
  g_autoptr (PhSnapshot) snapshot = NULL;

  for (size_t i = 0; i < G_N_ELEMENTS (cross); i++)
    cross[i] = (float) (i % 5 + 1) / 15;
  snapshot = ph_snapshot_new (&shape, cross);
  return ph_record_new (&(PhRecordParts){ .cross = snapshot,
                                          .side = 224,
                                          .first_row = -1,
                                          .text = "A cat.",
                                          .tokens = tokens,
                                          .n_tokens = G_N_ELEMENTS (tokens) });
}

/* Two pictures, a variant, an edit, a failure, and all that a turn can hold. */
static int64_t
make_chat (PhHistory *history)
{
  static const int32_t ids[] = { 5, 0, -1, 32000 };
  g_autoptr (PhPicture) cat = make_picture (1);
  g_autoptr (PhPicture) dog = make_picture (2);
  g_autoptr (PhRecord) record = make_record ();
  g_autoptr (GBytes) file = g_bytes_new_static ("\xff\xd8\xff jpeg", 8);
  int64_t chat = ph_history_begin_chat (history);
  PhHistoryQuestion question = { chat,           cat,    file,
                                 "my cat.jpg",   "tiny", "What *is*\n<this>?",
                                 "{\"seed\": 7}" };
  PhHistoryAnswer answer = { PH_TURN_DONE, "A cat.",           "end",
                             ids,          G_N_ELEMENTS (ids), "{\"total\": 12.5}",
                             record };
  int64_t turn = ph_history_begin_turn (history, &question);

  ph_history_finish_turn (history, turn, &answer);
  ph_history_edit_turn (history, turn, NULL, "Ein Kätzchen 🐈.");
  add_turn (history, chat, "no picture", "# none");
  question.variant_of = turn;
  answer.record = NULL;
  ph_history_finish_turn (history, ph_history_begin_turn (history, &question), &answer);
  ph_history_finish_turn (
      history,
      ph_history_begin_turn (
          history,
          &(PhHistoryQuestion){ .chat = chat, .picture = dog, .picture_name = "../dog" }),
      &(PhHistoryAnswer){ .state = PH_TURN_FAILED, .stop_reason = "no memory" });
  ph_history_rename_chat (history, chat, "Cats #1");
  flush (history);
  return chat;
}

static char *
export_json (PhHistory *history, int64_t chat, const char *name)
{
  g_autofree char *file = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;
  char *text;

  ck_assert_msg (ph_history_export_json (history, chat, file, &error), "%s",
                 error != NULL ? error->message : "");
  ck_assert (g_file_get_contents (file, &text, NULL, NULL));
  return text;
}

static int64_t
import (PhHistory *history, const char *name)
{
  g_autofree char *file = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;
  int64_t chat;

  ck_assert_msg (ph_history_import (history, file, &chat, &error), "%s",
                 error != NULL ? error->message : "");
  flush (history);
  return chat;
}

START_TEST (what_is_exported_comes_back_bit_for_bit)
{
  PhHistory *history = open_hastily ();
  int64_t chat = make_chat (history);
  g_autofree char *first = export_json (history, chat, "a.json");
  int64_t imported = import (history, "a.json");
  g_autofree char *second = export_json (history, imported, "b.json");

  ck_assert_int_ne (imported, chat);
  ck_assert_str_eq (first, second);

  g_autoptr (GPtrArray) before = load_turns (history, chat);
  g_autoptr (GPtrArray) after = load_turns (history, imported);
  ck_assert_uint_eq (after->len, 4);
  for (guint i = 0; i < 4; i++) {
    const PhHistoryTurn *a = turn_at (before, i), *b = turn_at (after, i);

    ck_assert_str_eq (a->prompt, b->prompt);
    ck_assert_str_eq (a->answer, b->answer);
    ck_assert_int_eq (a->state, b->state);
    ck_assert_int_eq (a->variant, b->variant);
    ck_assert_int_eq (a->has_record, b->has_record);
    ck_assert_int_eq (a->edited, b->edited);
  }
  g_autoptr (GBytes) record =
      ph_history_load_record_bytes (history, turn_at (before, 0)->id, NULL);
  g_autoptr (GBytes) same =
      ph_history_load_record_bytes (history, turn_at (after, 0)->id, NULL);
  g_autoptr (GBytes) picture = ph_history_load_picture (
      history, turn_at (after, 0)->picture_hash, NULL, NULL, NULL);
  ck_assert (g_bytes_equal (record, same));
  ck_assert_mem_eq (g_bytes_get_data (picture, NULL), "\xff\xd8\xff jpeg", 8);
  ph_history_free (history);
}
END_TEST

START_TEST (a_branch_of_what_was_imported_is_whole)
{
  PhHistory *history = open_hastily ();
  int64_t chat = make_chat (history), branch;
  g_autofree char *text = export_json (history, chat, "a.json");

  branch = ph_history_branch_chat (history, import (history, "a.json"), 0);
  flush (history);
  g_autoptr (GPtrArray) turns = load_turns (history, branch);
  g_autoptr (PhRecord) record =
      ph_history_load_record (history, turn_at (turns, 0)->id, NULL);
  ck_assert_uint_eq (turns->len, 4);
  ck_assert_ptr_nonnull (record);
  ph_history_free (history);
}
END_TEST

/* A stranger's file may claim any pixels; what is here stays what it is. */
START_TEST (an_import_takes_no_pictures_place)
{
  PhHistory *history = open_hastily ();
  g_autoptr (PhPicture) dog = make_picture (2);
  g_autofree char *hash = ph_picture_dup_hash (dog);
  g_autofree char *text = export_json (history, make_chat (history), "a.json");
  int64_t imported = import (history, "a.json");

  g_autoptr (GPtrArray) turns = load_turns (history, imported);
  for (guint i = 0; i < turns->len; i++)
    ck_assert_str_ne (turn_at (turns, i)->picture_hash ?: "", hash);
  ph_history_free (history);
}
END_TEST

/* Markdown */

START_TEST (markdown_is_text_with_pictures_beside_it)
{
  PhHistory *history = open_hastily ();
  int64_t chat = make_chat (history);
  g_autofree char *out = g_build_filename (folder, "out", NULL);
  g_autofree char *file = g_build_filename (out, "chat.md", NULL);
  g_autofree char *jpeg = g_build_filename (out, "pictures", "1-my-cat.jpg", NULL);
  g_autofree char *png = g_build_filename (out, "pictures", "2-dog.png", NULL);
  g_autoptr (GError) again = NULL;
  g_autofree char *text = NULL;
  const char *const parts[] = {
    "# Cats \\#1\n",
    "![my cat.jpg](pictures/1-my-cat.jpg)\n\n> What \\*is\\*  \n> \\<this\\>?\n\n"
    "Ein Kätzchen 🐈.\n\n<sub>tiny, answer 1 of 2, edited</sub>\n",
    "> no picture\n\n\\# none\n",
    "![../dog](pictures/2-dog.png)\n",
    "failed</sub>",
  };

  ck_assert (ph_history_export_markdown (history, chat, out, NULL));
  ck_assert (g_file_get_contents (file, &text, NULL, NULL));
  for (size_t i = 0; i < G_N_ELEMENTS (parts); i++)
    ck_assert_msg (strstr (text, parts[i]) != NULL, "no \"%s\" in\n%s", parts[i], text);
  ck_assert (g_file_test (jpeg, G_FILE_TEST_IS_REGULAR));
  ck_assert (g_file_test (png, G_FILE_TEST_IS_REGULAR));

  ck_assert (!ph_history_export_markdown (history, chat, out, &again));
  ck_assert (g_str_has_prefix (again->message, out));
  ck_assert (g_file_test (file, G_FILE_TEST_IS_REGULAR));
  ph_history_free (history);

  char *beneath = g_build_filename (out, "pictures", NULL);
  g_remove (jpeg);
  g_remove (png);
  g_remove (beneath);
  g_remove (file);
  g_free (beneath);
}
END_TEST

START_TEST (what_cannot_be_exported_is_told)
{
  PhHistory *history = open_hastily ();
  int64_t chat = make_chat (history);
  g_autoptr (GError) absent = NULL, nowhere = NULL;
  g_autofree char *out = g_build_filename (folder, "none", "chat.json", NULL);

  ck_assert (!ph_history_export_json (history, 5, out, &absent));
  ck_assert (g_error_matches (absent, PH_ERROR, PH_ERROR_RANGE));
  ck_assert (!ph_history_export_json (history, chat, out, &nowhere));
  ck_assert_ptr_null (strchr (nowhere->message, '\n'));
  ph_history_free (history);
}
END_TEST

/* Files that strangers made: a turn and a picture stand for their dots */

#define HEAD "{\"format\": \"pinhole-chat\", \"version\": 1, \"title\": \"t\", "
#define NONE "\"pictures\": [], \"turns\": []}"
#define ONE(turn) HEAD "\"pictures\": [], \"turns\": [{" turn "}]}"
#define PICTURE(picture) HEAD "\"pictures\": [{" picture "}], \"turns\": []}"
#define SAID                                                                             \
  "\"model\": \"m\", \"prompt\": \"p\", \"settings\": \"{}\", \"answer\": \"a\""
#define TURN(more) ONE ("\"state\": \"done\", " SAID more)

static const struct {
  const char *text, *complaint;
} hostile[] = {
  { "", "line 1" },
  { "[]", "not a JSON object" },
  { "{}", "format is missing" },
  { "{\"format\": 5}", "format is 5, not a string" },
  { "{\"format\": \"x\", \"version\": 1, \"title\": \"t\"}", "format is not" },
  { "{\"format\": \"pinhole-chat\", \"version\": 1}", "title is missing" },
  { "{\"format\": \"pinhole-chat\", \"version\": 0, \"title\": \"t\"}", "version is 0" },
  { "{\"format\": \"pinhole-chat\", \"version\": 9, \"title\": \"t\"}",
    "newer Pinhole (version 9, this one knows 1)" },
  { HEAD "\"turns\": []}", "pictures is missing" },
  { HEAD "\"pictures\": [], \"turns\": 5}", "turns is 5, not an array" },
  { HEAD "\"title\": \"t\", " NONE, "duplicate" },
  { HEAD NONE " x", "line 1" },
  { HEAD "\"pictures\": [5], \"turns\": []}", "pictures[0] is not an object" },
  { HEAD "\"pictures\": [], \"turns\": [null]}", "turns[0] is not an object" },
  { PICTURE ("\"width\": 5"), "pictures[0].height is missing" },
  { PICTURE ("\"width\": 0, \"height\": 1"), "pictures[0].width is 0" },
  { PICTURE ("\"width\": 1e99, \"height\": 1"), "pictures[0].width is 1e+99" },
  { PICTURE ("\"width\": 5, \"height\": 5, \"file\": \"a\""),
    "pictures[0].file is not base64" },
  { PICTURE ("\"width\": 5, \"height\": 5, \"file\": \"====\""),
    "pictures[0].file is not base64" },
  { PICTURE ("\"width\": 5, \"height\": 5, \"file\": 7"),
    "pictures[0].file is not base64" },
  { ONE ("\"state\": \"done\""), "turns[0].model is missing" },
  { ONE ("\"state\": \"streaming\", " SAID), "turns[0].state is \"streaming\"" },
  { ONE ("\"state\": \"\\u001b[2J\", " SAID), "turns[0].state is \"\\x1b[2J\"" },
  { ONE ("\"state\": \"do\\u0000ne\", " SAID), "not allowed" },
  { TURN (", \"picture\": 0"), "turns[0].picture is 0, and there are 0 pictures" },
  { TURN (", \"picture\": -5"), "turns[0].picture is -5" },
  { TURN (", \"variant_of\": 0"), "turns[0].variant_of is 0" },
  { TURN (", \"variant_of\": 99999999999"), "turns[0].variant_of is 99999999999" },
  { TURN (", \"created\": -1"), "turns[0].created is -1" },
  { TURN (", \"created\": 9e18"), "turns[0].created is" },
  { TURN (", \"ids\": {}"), "turns[0].ids is not an array" },
  { TURN (", \"ids\": [1, 2147483648]"), "turns[0].ids[1] is not a 32-bit number" },
  { TURN (", \"ids\": [\"1\"]"), "turns[0].ids[0]" },
  { TURN (", \"timings\": \"[1]\""), "turns[0].timings: is not a JSON object" },
  { TURN (", \"timings\": \"{\""), "turns[0].timings: line 1" },
  { TURN (", \"record\": \"UEhTTg==\""), "turns[0].record: " },
  { TURN (", \"record\": \"\""), "turns[0].record is not base64" },
};

START_TEST (hostile_files_are_refused_whole)
{
  g_autoptr (PhHistory) history = open_hastily ();
  g_autofree char *file = g_build_filename (folder, "a.json", NULL);
  g_autoptr (GError) error = NULL;
  int64_t chat;

  ck_assert (g_file_set_contents (file, hostile[_i].text, -1, NULL));
  ck_assert (!ph_history_import (history, file, &chat, &error));
  ck_assert_msg (strstr (error->message, hostile[_i].complaint) != NULL, "%s",
                 error->message);
  ck_assert (g_str_has_prefix (error->message, file));
  ck_assert_ptr_null (strchr (error->message, '\n'));
  flush (history);
  g_autoptr (GPtrArray) chats = list_chats (history);
  ck_assert_uint_eq (chats->len, 0);
}
END_TEST

START_TEST (the_files_that_the_table_is_about_are_taken_otherwise)
{
  static const char *const good[] = { HEAD NONE, TURN (""),
                                      TURN (", \"variant_of\": null, \"ids\": null"),
                                      PICTURE ("\"width\": 5, \"height\": 5") };

  for (size_t i = 0; i < G_N_ELEMENTS (good); i++) {
    g_autoptr (PhHistory) history = open_hastily ();
    g_autofree char *file = g_build_filename (folder, "a.json", NULL);

    ck_assert (g_file_set_contents (file, good[i], -1, NULL));
    import (history, "a.json");
  }
  assert_sql ("SELECT count (*) FROM chats", "4");
}
END_TEST

/* Cut anywhere, or with a byte that is another: taken whole or not at all. */
START_TEST (a_spoilt_export_is_taken_whole_or_not_at_all)
{
  PhHistory *history = open_hastily ();
  g_autofree char *text = export_json (history, make_chat (history), "a.json");
  g_autofree char *file = g_build_filename (folder, "a.json", NULL);
  g_autoptr (GRand) dice = g_rand_new_with_seed (5);
  size_t n_bytes = strlen (text);
  int n_taken = 0;

  for (int i = 0; i < 600; i++) {
    g_autofree char *spoilt = g_strdup (text);
    g_autoptr (GError) error = NULL;
    size_t at = (size_t) g_rand_int_range (dice, 0, (gint32) n_bytes);
    int64_t chat;

    if (i % 3 > 0)
      spoilt[at] = (char) g_rand_int_range (dice, 1, 256);
    ck_assert (g_file_set_contents (file, spoilt, i % 3 > 0 ? -1 : (gssize) at, NULL));
    if (ph_history_import (history, file, &chat, &error))
      n_taken++;
    else
      ck_assert_ptr_null (strchr (error->message, '\n'));
  }
  flush (history);
  g_autofree char *n_chats = g_strdup_printf ("%d", n_taken + 1);
  g_autofree char *n_turns = g_strdup_printf ("%d", (n_taken + 1) * 4);
  assert_sql ("SELECT count (*) FROM chats", n_chats);
  assert_sql ("SELECT count (*) FROM turns", n_turns);
  ck_assert_int_lt (n_taken, 500);
  ph_history_free (history);
}
END_TEST

static Suite *
make_suite (void)
{
  Suite *suite = suite_create ("history-export");
  TCase *exports = tcase_create ("exports");
  TCase *imports = tcase_create ("imports");
  TCase *cases[] = { exports, imports };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    tcase_add_checked_fixture (cases[i], make_folder, remove_folder);
    suite_add_tcase (suite, cases[i]);
  }

  tcase_add_test (exports, what_is_exported_comes_back_bit_for_bit);
  tcase_add_test (exports, a_branch_of_what_was_imported_is_whole);
  tcase_add_test (exports, an_import_takes_no_pictures_place);
  tcase_add_test (exports, markdown_is_text_with_pictures_beside_it);
  tcase_add_test (exports, what_cannot_be_exported_is_told);

  tcase_add_loop_test (imports, hostile_files_are_refused_whole, 0,
                       G_N_ELEMENTS (hostile));
  tcase_add_test (imports, the_files_that_the_table_is_about_are_taken_otherwise);
  tcase_add_test (imports, a_spoilt_export_is_taken_whole_or_not_at_all);
  return suite;
}

int
main (void)
{
  return run_suite (make_suite ());
}

/* What is kept, and what a kill may take.  Besides, this program is the one that is
 * killed: test-history --write PATH N   writes N turns (0: without end), says which are
 * saved test-history --stream PATH    streams words into one turn until it is killed
 */
#include "tests/history-fixture.h"

#include <cairo.h>

/* Things to keep */

static PhRecord *
make_record (void)
{
  const PhSnapshotShape shape = { 1, 2, 3, 2, 2, { 4 } };
  const PhRecordToken tokens[] = {
    { { 5, 0.5f, "A cat" }, 0, 5, 1.5f, 2, { { 5, 0.5f, "A cat" }, { 0, 0.25f, "It" } } },
    { { 0, 0.75f, "." }, 5, 6 },
  };
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

/* What is kept */

START_TEST (a_chat_comes_back_with_its_turns)
{
  static const int32_t ids[] = { 5, 0, -1, 32000 };
  g_autoptr (PhPicture) picture = make_picture (1);
  g_autoptr (PhRecord) record = make_record ();
  g_autoptr (GBytes) file = g_bytes_new_static ("JPEG, say", 9);
  PhHistory *history = open_hastily ();
  int64_t chat = ph_history_begin_chat (history);
  PhHistoryQuestion question = { chat,   picture,         file,           "cat.jpg",
                                 "tiny", "What is this?", "{\"seed\": 7}" };
  PhHistoryAnswer answer = { PH_TURN_DONE, "A cat.",           "end",
                             ids,          G_N_ELEMENTS (ids), "{\"total\": 12.5}",
                             record };
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

  ck_assert (found->has_record);
  g_autoptr (PhRecord) loaded = ph_history_load_record (history, turn, NULL);
  g_autoptr (GBytes) before = ph_record_to_bytes (record);
  g_autoptr (GBytes) after = ph_record_to_bytes (loaded);
  ck_assert (g_bytes_equal (before, after));
  ph_history_free (history);
}
END_TEST

START_TEST (what_was_not_given_is_not_there)
{
  g_autoptr (PhHistory) history = open_hastily ();
  g_autoptr (GError) no_picture = NULL;
  g_autoptr (GError) no_record = NULL;
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
  ck_assert (!found->has_record);

  ck_assert_ptr_null (ph_history_load_picture (history, "00", NULL, NULL, &no_picture));
  ck_assert (g_error_matches (no_picture, PH_ERROR, PH_ERROR_RANGE));
  ck_assert_ptr_null (ph_history_load_record (history, turn, &no_record));
  ck_assert (g_error_matches (no_record, PH_ERROR, PH_ERROR_RANGE));
}
END_TEST

/* Rows of the first version: attention alone, or what damage made of it. */
START_TEST (what_the_first_version_kept_is_a_record_too)
{
  static const char *const blobs[] = {
    "5048534E01000000010000000100000001000000010000000100000000000000"
    "8180803BC040", /* a scale of 1/255 and two keys */
    "5048534E01000000",
  };
  g_autoptr (PhHistory) history = open_hastily ();
  int64_t chat = ph_history_begin_chat (history);
  int64_t turn = add_turn (history, chat, "What is this?", "A cat.");
  g_autofree char *sql = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (PhRecord) record = NULL;

  flush (history);
  sql = g_strdup_printf ("INSERT INTO records VALUES (1, x'%s');"
                         "UPDATE turns SET record = 1 WHERE id = %lld",
                         blobs[_i], (long long) turn);
  run_sql (sql);
  record = ph_history_load_record (history, turn, &error);
  ck_assert ((record != NULL) == (_i == 0));
  if (record == NULL)
    ck_assert_ptr_nonnull (strstr (error->message, "attention record"));
  else
    ck_assert_int_eq (ph_snapshot_get_shape (ph_record_get_snapshot (record))->n_queries,
                      1);
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
  g_autofree char *filler = g_strnfill (300, 'z');
  g_autofree char *prompt = g_strconcat ("  Zähle ", filler, "\nmore", NULL);
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

START_TEST (what_is_too_large_is_refused_once_and_alone)
{
  g_autoptr (PhHistory) history = open_hastily ();
  g_autofree char *text = g_strnfill (100 << 20, 'x');
  g_autoptr (GError) error = NULL;
  int64_t chat = ph_history_begin_chat (history);

  add_turn (history, chat, "small", "!");
  add_turn (history, chat, "large", text);
  add_turn (history, chat, "small", "!");
  ck_assert (!ph_history_flush (history, &error));
  ck_assert (g_error_matches (error, PH_ERROR, PH_ERROR_RANGE));
  ck_assert (ph_history_is_saving (history));
  flush (history);
  g_autoptr (GPtrArray) turns = load_turns (history, chat);
  ck_assert_uint_ge (turns->len, 2);
  ck_assert_str_eq (turn_at (turns, turns->len - 1)->answer, "!");
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

START_TEST (the_ordinary_place_is_in_the_data_folder)
{
  g_autofree char *own = g_build_filename (folder, "data", "pinhole", NULL);
  g_autofree char *expected = g_build_filename (own, "history.db", NULL);
  g_autofree char *data = g_path_get_dirname (own);
  g_autofree char *outer = g_steal_pointer (&folder);
  PhHistory *history;

  g_setenv ("XDG_DATA_HOME", data, TRUE);
  history = ph_history_open (NULL);
  add_turn (history, ph_history_begin_chat (history), "?", "!");
  flush (history);
  ck_assert_str_eq (ph_history_get_path (history), expected);
  ck_assert (g_file_test (expected, G_FILE_TEST_IS_REGULAR));
  ph_history_free (history);

  folder = g_strdup (own);
  remove_folder ();
  g_rmdir (data);
  folder = g_steal_pointer (&outer);
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

/* Before, while and after the file is opened, in the loop's steps of 0.1 ms. */
START_TEST (text_waits_for_its_turn_to_be_written)
{
  g_autoptr (PhHistory) history = open_hastily ();
  int64_t chat = ph_history_begin_chat (history);

  g_usleep ((gulong) _i * 100);
  ph_history_update_turn (history, begin (history, chat, "?"), "so far");
  flush (history);
  g_autoptr (GPtrArray) turns = load_turns (history, chat);
  ck_assert_str_eq (turn_at (turns, 0)->answer, "so far");
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
  PhHistoryPace patient = hasty;
  patient.busy_ms = 5000;
  PhHistory *history = ph_history_open_paced (path, &patient);
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

  printf ("kills took");
  for (size_t i = 0; i < G_N_ELEMENTS (lives_us); i++) {
    double lost = seconds_lost (lives_us[i]);

    printf (" %.2f", lost);
    ck_assert_double_lt (lost, 1.5);
  }
  printf (" s of a stream\n");
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

static Suite *
make_suite (void)
{
  Suite *suite = suite_create ("history");
  TCase *keeping = tcase_create ("keeping");
  TCase *processes = tcase_create ("processes");
  TCase *cases[] = { keeping, processes };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    tcase_add_checked_fixture (cases[i], make_folder, remove_folder);
    suite_add_tcase (suite, cases[i]);
  }

  tcase_add_test (keeping, a_chat_comes_back_with_its_turns);
  tcase_add_test (keeping, what_was_not_given_is_not_there);
  tcase_add_loop_test (keeping, what_the_first_version_kept_is_a_record_too, 0, 2);
  tcase_add_test (keeping, a_picture_that_was_no_file_is_kept_as_png_once);
  tcase_add_test (keeping, a_chat_is_called_by_its_first_prompt_until_renamed);
  tcase_add_test (keeping, chats_are_listed_last_updated_first);
  tcase_add_test (keeping, a_deleted_chat_leaves_the_list_and_can_be_restored);
  tcase_add_test (keeping, a_purged_chat_leaves_no_trace);
  tcase_add_test (keeping, text_that_is_not_utf8_is_readable_afterwards);
  tcase_add_test (keeping, what_is_too_large_is_refused_once_and_alone);
  tcase_add_test (keeping, nobody_else_can_read_the_file);
  tcase_add_test (keeping, the_ordinary_place_is_in_the_data_folder);
  tcase_add_test (keeping, streaming_text_is_written_once_a_pace);
  tcase_add_test (keeping, text_that_comes_late_does_not_undo_the_end);
  tcase_add_loop_test (keeping, text_waits_for_its_turn_to_be_written, 0, 40);
  tcase_add_test (keeping, only_the_turn_of_a_dead_writer_is_interrupted);
  tcase_add_test (keeping, the_watcher_is_told_in_its_main_loop);

  tcase_add_test (processes, two_processes_lose_nothing_to_each_other);
  tcase_add_test (processes, a_kill_takes_at_most_the_last_second_of_a_stream);
  tcase_add_test (processes, no_acknowledged_turn_is_lost_to_a_kill);
  return suite;
}

int
main (int argc, char **argv)
{
  if (argc < 3)
    return run_suite (make_suite ());

  path = argv[2];
  if (strcmp (argv[1], "--stream") == 0)
    stream_words ();
  return write_turns (atoi (argv[3]));
}

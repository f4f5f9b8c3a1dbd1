/* What the ways of looking make of a record, against the slow way to it. */
#include "ui/views/answer-words.h"
#include "ui/views/pair.h"
#include "ui/views/past-turns.h"

#include <check.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdlib.h>

#define N_LAYERS 2
#define N_HEADS 2
#define N_QUERIES 3
#define N_ROWS 2
#define N_COLUMNS 3
#define N_PATCHES (N_ROWS * N_COLUMNS)
#define N_WRITING_LAYERS 2
#define TOLERANCE 0.01 /* of shares that were kept in eight bits */

/* Where each query looks: mostly at patch 2 q; the second layer at the one behind it. */
static float
look_of (int layer, int query, int key)
{
  if (key == 0)
    return 0.1f;
  return key - 1 == 2 * query + layer ? 0.4f : 0.1f;
}

static PhSnapshot *
make_snapshot (int n_queries, const char *const *labels)
{
  PhSnapshotShape shape = { .n_layers = N_LAYERS,
                            .n_heads = N_HEADS,
                            .n_queries = n_queries,
                            .n_rows = N_ROWS,
                            .n_columns = N_COLUMNS,
                            .layers = { 0, 1 } };
  int n_keys = 1 + N_PATCHES;
  g_autofree float *cross = g_new (float, N_LAYERS *N_HEADS *n_queries *n_keys);

  for (int i = 0; i < N_LAYERS * N_HEADS * n_queries * n_keys; i++)
    cross[i] =
        look_of (i / n_keys / n_queries / N_HEADS, i / n_keys % n_queries, i % n_keys);
  return labels != NULL ? ph_snapshot_new_of_text (&shape, cross, labels)
                        : ph_snapshot_new (&shape, cross);
}

/* Tokens by their text, NULL at the end; the probability of each is a half. */
static PhRecord *
make_record (const char *const *pieces, PhRecordParts *parts)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree PhRecordToken *tokens = g_new0 (PhRecordToken, 16);
  size_t n = 0;

  for (; pieces[n] != NULL; n++) {
    tokens[n] = (PhRecordToken){ .chosen = { (int) n, 0.5f, pieces[n] },
                                 .begin = text->len,
                                 .end = text->len + strlen (pieces[n]),
                                 .entropy = (float) n };
    g_string_append (text, pieces[n]);
  }
  parts->text = text->str;
  parts->tokens = tokens;
  parts->n_tokens = n;
  return ph_record_new (parts);
}

/* Of every word half goes to one query, by its number, in the first layer; in the second
 * to the next one. */
static PhRecord *
make_read_record (const char *const *pieces, int n_kept)
{
  g_autoptr (PhSnapshot) snapshot = make_snapshot (N_QUERIES, NULL);
  int n = N_WRITING_LAYERS * n_kept;
  g_autofree float *shares = g_new0 (float, n *N_QUERIES);
  g_autofree PhRecordMasses *masses = g_new (PhRecordMasses, n);
  PhRecordParts parts = { .cross = snapshot,
                          .first_row = -1,
                          .words = { N_WRITING_LAYERS, n_kept, N_QUERIES, false },
                          .word_queries = shares,
                          .word_masses = masses };

  for (int i = 0; i < n; i++) {
    shares[i * N_QUERIES + (i % n_kept + i / n_kept) % N_QUERIES] = 0.5f;
    masses[i] = (PhRecordMasses){ 0.5f, 0.3f, 0.2f };
  }
  return make_record (pieces, &parts);
}

typedef struct {
  const char *pieces[8];
  const char *words[4];
} Split;

static const Split splits[] = {
  { { "a", " blue", " star" }, { "a", "blue", "star" } },
  { { "a", " sc", "en", "ery", "." }, { "a", "scenery." } },
  { { " leading", "\n", "line" }, { "leading", "line" } },
  { { "two ", "halves" }, { "two", "halves" } },
  { { "\n", "", "late", "\n" }, { "late" } },
  { { "nothing", "", "" }, { "nothing" } },
  { { "caf\303", "\251", " noir" }, { "café", "noir" } },
  { { NULL }, { NULL } },
};

START_TEST (words_are_what_stands_between_blanks)
{
  const Split *split = &splits[_i];
  PhRecordParts parts = { .first_row = -1 };
  g_autoptr (PhRecord) record = make_record (split->pieces, &parts);
  g_autoptr (PhAnswerWords) words = ph_answer_words_new (record);
  int n = 0, n_tokens = 0;

  for (; split->words[n] != NULL; n++) {
    ck_assert_int_lt (n, words->n_words);
    ck_assert_str_eq (words->words[n].text, split->words[n]);
    ck_assert_int_eq (words->words[n].first_token, n_tokens);
    n_tokens += words->words[n].n_tokens;
  }
  ck_assert_int_eq (words->n_words, n);
  ck_assert_uint_eq ((size_t) n_tokens, ph_record_get_n_tokens (record));
}
END_TEST

START_TEST (a_word_is_as_likely_as_all_of_its_tokens)
{
  const char *pieces[] = { "a", " sc", "en", "ery", NULL };
  PhRecordParts parts = { .first_row = -1 };
  g_autoptr (PhRecord) record = make_record (pieces, &parts);
  g_autoptr (PhAnswerWords) words = ph_answer_words_new (record);
  g_autofree char *name = ph_answer_words_dup_name (words, 1);

  ck_assert_float_eq (words->words[0].probability, 0.5f);
  ck_assert_float_eq (words->words[1].probability, 0.125f);
  ck_assert_float_eq (words->words[1].entropy, 3);
  ck_assert_str_eq (name, "“scenery”, probability 12 %");
}
END_TEST

/* The sum over both parts of the way, written out. */
static double
share_by_hand (int writing_layer, int layer, int token, int key)
{
  double share = 0;

  for (int l = 0; l < N_WRITING_LAYERS; l++)
    for (int s = 0; s < N_LAYERS; s++)
      if ((writing_layer < 0 || writing_layer == l) && (layer < 0 || layer == s))
        share += (double) look_of (s, (token + l) % N_QUERIES, key);
  return share / (writing_layer < 0 ? N_WRITING_LAYERS : 1) / (layer < 0 ? N_LAYERS : 1);
}

START_TEST (a_word_looks_where_its_queries_look)
{
  const char *pieces[] = { "a", " blue", " star", NULL };
  g_autoptr (PhRecord) record = make_read_record (pieces, 3);
  g_autoptr (PhAnswerWords) words = ph_answer_words_new (record);
  PhAnswerLens lens = { _i / 3 - 1, _i % 3 - 1, PH_RECORD_MEAN };
  float shares[3];

  ck_assert_int_eq (words->way, PH_WAY_QUERIES);
  for (int word = 0; word < 3; word++) {
    PhHeatMap *map = ph_answer_words_map (words, &lens, word);

    ck_assert_double_eq_tol (map->class_share, 0.1, TOLERANCE);
    for (int patch = 0; patch < N_PATCHES; patch++) {
      double expected = share_by_hand (lens.writing_layer, lens.layer, word, 1 + patch);

      ck_assert_double_eq_tol (map->patches[patch], expected, TOLERANCE);
      ph_answer_words_at (words, &lens, patch, shares);
      ck_assert_double_eq_tol (shares[word], map->patches[patch], 1e-6);
    }
    ck_assert_float_eq (map->peak, map->patches[map->peak_patch]);
    ph_heat_map_free (map);
  }
}
END_TEST

START_TEST (a_word_of_two_tokens_has_the_mean_of_their_shares)
{
  const char *pieces[] = { "sc", "ene", " two", NULL };
  g_autoptr (PhRecord) record = make_read_record (pieces, 3);
  g_autoptr (PhAnswerWords) words = ph_answer_words_new (record);
  float shares[N_QUERIES];
  PhRecordMasses masses = ph_answer_words_queries (words, 0, 0, shares);

  ck_assert_double_eq_tol (shares[0], 0.25, TOLERANCE);
  ck_assert_double_eq_tol (shares[1], 0.25, TOLERANCE);
  ck_assert_double_eq_tol (shares[2], 0, TOLERANCE);
  ck_assert_double_eq_tol (masses.queries, 0.5, 1e-6);
  ck_assert_double_eq_tol (masses.prompt, 0.3, 1e-6);
  ck_assert_double_eq_tol (masses.answer, 0.2, 1e-6);

  ph_answer_words_queries (words, 0, PH_RECORD_MEAN, shares);
  for (int i = 0; i < N_QUERIES; i++)
    ck_assert_double_eq_tol (shares[i], 0.5 / 3, TOLERANCE);
}
END_TEST

START_TEST (words_beyond_what_was_kept_have_no_look)
{
  const char *pieces[] = { "a", " blue", " star", NULL };
  g_autoptr (PhRecord) record = make_read_record (pieces, 2);
  g_autoptr (PhAnswerWords) words = ph_answer_words_new (record);
  PhAnswerLens lens = { -1, -1, -1 };
  float shares[3] = { 1, 1, 1 };

  ck_assert (ph_answer_words_has_look (words, 1));
  ck_assert (!ph_answer_words_has_look (words, 2));
  ck_assert_ptr_null (ph_answer_words_map (words, &lens, 2));
  ph_answer_words_at (words, &lens, 0, shares);
  ck_assert_float_gt (shares[1], 0);
  ck_assert_float_eq (shares[2], 0);
}
END_TEST

START_TEST (in_blip_a_word_looks_itself)
{
  const char *pieces[] = { "a", " star", NULL };
  const char *labels[] = { "[DEC]", "a", "star", NULL };
  g_autoptr (PhSnapshot) snapshot = make_snapshot (N_QUERIES, labels);
  PhRecordParts parts = { .cross = snapshot, .first_row = 1 };
  g_autoptr (PhRecord) record = make_record (pieces, &parts);
  g_autoptr (PhAnswerWords) words = ph_answer_words_new (record);
  PhAnswerLens lens = { -1, 0, 0 };

  ck_assert_int_eq (words->way, PH_WAY_DIRECT);
  for (int word = 0; word < 2; word++) {
    PhHeatMap *map = ph_answer_words_map (words, &lens, word);

    for (int patch = 0; patch < N_PATCHES; patch++)
      ck_assert_double_eq_tol (map->patches[patch], look_of (0, word + 1, patch + 1),
                               TOLERANCE);
    ph_heat_map_free (map);
  }
}
END_TEST

typedef struct {
  bool has_snapshot;
  int first_row; /* as a stranger's file may have it */
} Wayless;

static const Wayless wayless[] = { { false, -1 },
                                   { true, -1 },
                                   { true, 3 },
                                   { true, 9 } };

START_TEST (where_nothing_was_kept_there_is_no_way)
{
  const char *pieces[] = { "a", " star", NULL };
  g_autoptr (PhSnapshot) snapshot = make_snapshot (N_QUERIES, NULL);
  PhRecordParts parts = { .cross = wayless[_i].has_snapshot ? snapshot : NULL,
                          .first_row = wayless[_i].first_row };
  g_autoptr (PhRecord) record = make_record (pieces, &parts);
  g_autoptr (PhAnswerWords) words = ph_answer_words_new (record);
  PhAnswerLens lens = { -1, -1, -1 };
  float shares[] = { 1, 1 };

  for (int word = -1; word < 2; word++) {
    ck_assert (!ph_answer_words_has_look (words, word));
    ck_assert_ptr_null (ph_answer_words_map (words, &lens, word));
  }
  ph_answer_words_at (words, &lens, 0, shares);
  ck_assert_float_eq (shares[0], 0);
  ck_assert_float_eq (shares[1], 0);
}
END_TEST

/* --- two panes --- */

START_TEST (two_maps_are_on_one_scale_and_have_a_difference)
{
  g_autoptr (PhSnapshot) snapshot = make_snapshot (N_QUERIES, NULL);
  PhPairSide left = { snapshot, 0, PH_SNAPSHOT_MEAN, 1 },
             right = { snapshot, 1, PH_SNAPSHOT_MEAN, 1 };
  g_autoptr (PhPair) pair = ph_pair_new (&left, &right);

  ck_assert_float_eq (pair->left->top, pair->right->top);
  for (int patch = 0; patch < N_PATCHES; patch++) {
    double expected = (double) (look_of (0, 1, patch + 1) - look_of (1, 1, patch + 1));

    ck_assert_double_eq_tol (pair->difference->patches[patch], expected, TOLERANCE);
  }
}
END_TEST

START_TEST (what_a_side_does_not_have_is_its_mean)
{
  g_autoptr (PhSnapshot) snapshot = make_snapshot (N_QUERIES, NULL);
  PhPairSide known = { snapshot, PH_SNAPSHOT_MEAN, PH_SNAPSHOT_MEAN, PH_SNAPSHOT_MEAN },
             unknown = { snapshot, N_LAYERS, N_HEADS, N_QUERIES };
  g_autoptr (PhPair) pair = ph_pair_new (&known, &unknown);

  ck_assert_float_eq (pair->difference->peak, 0);
}
END_TEST

typedef struct {
  int from[2], to[2]; /* rows and columns */
  int patch, carried;
} Carried;

static const Carried carried[] = {
  { { 2, 3 }, { 2, 3 }, 4, 4 },         { { 2, 2 }, { 4, 4 }, 0, 5 },
  { { 4, 4 }, { 2, 2 }, 15, 3 },        { { 14, 14 }, { 16, 16 }, 195, 255 },
  { { 16, 16 }, { 14, 14 }, 255, 195 }, { { 2, 2 }, { 4, 4 }, -1, -1 },
};

START_TEST (a_place_is_carried_to_the_same_place_of_another_grid)
{
  const Carried *it = &carried[_i];
  PhHeatMap from = { .n_rows = it->from[0], .n_columns = it->from[1] },
            to = { .n_rows = it->to[0], .n_columns = it->to[1] };

  ck_assert_int_eq (ph_pair_carry (&from, &to, it->patch), it->carried);
}
END_TEST

START_TEST (both_panes_are_said_in_one_line)
{
  float a[] = { 0.4f, 0.1f }, b[] = { 0.1f, 0.2f }, less[] = { 0.3f, -0.1f };
  PhHeatMap left = { .n_rows = 1, .n_columns = 2, .patches = a },
            right = { .n_rows = 1, .n_columns = 2, .patches = b },
            difference = { .n_rows = 1, .n_columns = 2, .patches = less };
  PhPair pair = { &left, &right, &difference };
  g_autofree char *text = ph_pair_dup_text (&pair, 1);
  g_autofree char *apart = NULL;

  ck_assert_str_eq (
      text, "Row 1, column 2: left 10.0 %, right 20.0 %, difference -10.0 points");
  pair.difference = NULL;
  apart = ph_pair_dup_text (&pair, 0);
  ck_assert_str_eq (apart,
                    "Row 1, column 1: left 40.0 %, right 10.0 % at the same place");
}
END_TEST

/* --- turns to compare with --- */

static int64_t
keep_turn (PhHistory *history, int64_t chat, const char *prompt, uint8_t shade)
{
  g_autoptr (PhSnapshot) snapshot = make_snapshot (N_QUERIES, NULL);
  g_autoptr (PhRecord) record =
      ph_record_new (&(PhRecordParts){ .cross = snapshot, .first_row = -1, .text = "" });
  g_autoptr (PhPicture) picture =
      ph_picture_new_take (1, 1, g_bytes_new ((uint8_t[]){ shade, 0, 0 }, 3));
  int64_t id =
      ph_history_begin_turn (history, &(PhHistoryQuestion){ .chat = chat,
                                                            .picture = picture,
                                                            .picture_name = "dot",
                                                            .model = "scenes",
                                                            .prompt = prompt,
                                                            .settings = "{}" });

  ph_history_finish_turn (history, id,
                          &(PhHistoryAnswer){ .state = PH_TURN_DONE,
                                              .text = "yes",
                                              .timings = "{}",
                                              .record = *prompt != '-' ? record : NULL });
  return id;
}

/* The prompts of @turns in one string. */
static char *
join_prompts (GPtrArray *turns)
{
  GString *all = g_string_new (NULL);

  for (guint i = 0; i < turns->len; i++)
    g_string_append (all, ((const PhPastTurn *) g_ptr_array_index (turns, i))->prompt);
  return g_string_free (all, FALSE);
}

typedef struct {
  bool same_picture;
  const char *prompts;
} Listed;

static const Listed listed[] = { { false, "acde" }, { true, "cd" } };

START_TEST (turns_of_this_chat_come_first_and_this_one_not_at_all)
{
  g_autofree char *folder = g_dir_make_tmp ("pinhole-views-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "history.db", NULL);
  PhHistory *history = ph_history_open (path);
  int64_t chat = ph_history_begin_chat (history), later = ph_history_begin_chat (history);
  g_autoptr (GPtrArray) turns = NULL;
  g_autofree char *prompts = NULL;
  int64_t present;

  keep_turn (history, chat, "a", 9);
  present = keep_turn (history, chat, "b", 1);
  keep_turn (history, chat, "c", 1);
  keep_turn (history, chat, "-", 1);
  keep_turn (history, later, "d", 1);
  keep_turn (history, later, "e", 2);
  ck_assert (ph_history_flush (history, NULL));

  turns = ph_past_turns_list (history, present, listed[_i].same_picture, 100, NULL);
  prompts = join_prompts (turns);
  ck_assert_str_eq (prompts, listed[_i].prompts);
  ph_history_free (history);
}
END_TEST

int
main (void)
{
  Suite *suite = suite_create ("views");
  TCase *all = tcase_create ("all");
  SRunner *runner = srunner_create (suite);
  int n_failed;

  tcase_add_loop_test (all, words_are_what_stands_between_blanks, 0,
                       G_N_ELEMENTS (splits));
  tcase_add_test (all, a_word_is_as_likely_as_all_of_its_tokens);
  tcase_add_loop_test (all, a_word_looks_where_its_queries_look, 0, 9);
  tcase_add_test (all, a_word_of_two_tokens_has_the_mean_of_their_shares);
  tcase_add_test (all, words_beyond_what_was_kept_have_no_look);
  tcase_add_test (all, in_blip_a_word_looks_itself);
  tcase_add_loop_test (all, where_nothing_was_kept_there_is_no_way, 0,
                       G_N_ELEMENTS (wayless));
  tcase_add_test (all, two_maps_are_on_one_scale_and_have_a_difference);
  tcase_add_test (all, what_a_side_does_not_have_is_its_mean);
  tcase_add_loop_test (all, a_place_is_carried_to_the_same_place_of_another_grid, 0,
                       G_N_ELEMENTS (carried));
  tcase_add_test (all, both_panes_are_said_in_one_line);
  tcase_add_loop_test (all, turns_of_this_chat_come_first_and_this_one_not_at_all, 0,
                       G_N_ELEMENTS (listed));
  suite_add_tcase (suite, all);

  srunner_run_all (runner, CK_NORMAL);
  n_failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  return n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

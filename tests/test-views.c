/* What the ways of looking make of a record, against the slow way to it. */
#include "ui/views/answer-words.h"

#include <check.h>
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
  suite_add_tcase (suite, all);

  srunner_run_all (runner, CK_NORMAL);
  n_failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  return n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* What an answer leaves behind: given back as it was told, within what eight bits allow,
 * and through its bytes; and bytes that are not those of a record. */
#include "core/base/error.h"
#include "core/base/record.h"
#include "core/tensor/random.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One step of eight bits to either side, of the largest of a row. */
#define BOUND (1 / 510.0 + 1e-6)

/* --- a run --- */

typedef struct {
  PhRecordParts parts;
  PhRecordToken *tokens;
  float *cross, *word_queries, *query_words, *word_looks;
  PhRecordMasses *masses;
  const char **words;
  char **texts;
} Run;

typedef struct {
  PhSnapshotShape cross;
  size_t n_tokens;
  PhRecordWords words;
  PhRecordInstruction instruction;
} Sizes;

static const Sizes small = {
  .cross = { 2, 3, 4, 3, 5, { 0, 2 } },
  .n_tokens = 3,
  .words = { 3, 3, 4, false },
  .instruction = { PH_INSTRUCTION_READ, 4, 3, 4, 5 },
};

/* InstructBLIP of 7 000 million, after 64 tokens. */
static const Sizes full = {
  .cross = { 6, 12, 32, 16, 16, { 0, 2, 4, 6, 8, 10 } },
  .n_tokens = 64,
  .words = { 32, 64, 32, false },
  .instruction = { PH_INSTRUCTION_READ, 12, 12, 32, 16 },
};

static PhRandom randomness;

/* Rows of which each adds up to @sum. */
static float *
draw_rows (size_t n_rows, size_t n, float sum)
{
  float *rows = g_new (float, n_rows *n);

  for (size_t r = 0; r < n_rows; r++) {
    double total = 0;

    for (size_t i = 0; i < n; i++)
      total += rows[r * n + i] = powf ((float) ph_random_unit (&randomness), 4) + 1e-6f;
    for (size_t i = 0; i < n; i++)
      rows[r * n + i] *= sum / (float) total;
  }
  return rows;
}

static void
draw_tokens (Run *run, size_t n)
{
  GString *text = g_string_new (NULL);

  run->tokens = g_new0 (PhRecordToken, n);
  run->texts = g_new0 (char *, n + 1);
  for (size_t i = 0; i < n; i++) {
    PhRecordToken *token = &run->tokens[i];

    run->texts[i] = g_strdup_printf (" wört%zu", i);
    token->begin = text->len;
    g_string_append (text, i + 1 < n ? run->texts[i] : "");
    token->end = text->len;
    token->entropy = (float) i / 3;
    token->chosen = (PhRecordChoice){ (int32_t) i + 7, 0.5f, run->texts[i] };
    token->n_best = i == 1 ? 0 : PH_RECORD_N_BEST;
    for (int b = 0; b < token->n_best; b++)
      token->best[b] = (PhRecordChoice){ b, 0.3f / (float) (b + 1), "</s>" };
  }
  run->parts.text = g_string_free (text, FALSE);
  run->parts.tokens = run->tokens;
  run->parts.n_tokens = n;
}

static void
draw_words (Run *run, const PhRecordWords *words)
{
  size_t n = (size_t) words->n_layers * (size_t) words->n_tokens;

  run->parts.words = *words;
  run->parts.word_queries = run->word_queries =
      draw_rows (n, (size_t) words->n_queries, 0.25f);
  run->parts.word_masses = run->masses = g_new (PhRecordMasses, n);
  for (size_t i = 0; i < n; i++)
    run->masses[i] = (PhRecordMasses){ 0.25f, 0.5f + (float) (i % 3) / 16,
                                       0.25f - (float) (i % 3) / 16 };
}

static void
draw_instruction (Run *run, const PhRecordInstruction *sizes)
{
  static const char *const spellings[] = { "[CLS]", "what", "##ing", "時", "[SEP]" };
  size_t n = (size_t) sizes->n_layers * (size_t) sizes->n_heads;

  run->parts.instruction = *sizes;
  run->words = g_new (const char *, sizes->n_words);
  for (int i = 0; i < sizes->n_words; i++)
    run->words[i] = spellings[i % (int) G_N_ELEMENTS (spellings)];
  run->parts.instruction_words = run->words;
  run->parts.query_words = run->query_words =
      draw_rows (n * (size_t) sizes->n_queries, (size_t) sizes->n_words, 0.4f);
  run->parts.word_looks = run->word_looks =
      draw_rows (n * (size_t) sizes->n_words, (size_t) sizes->n_queries, 0.7f);
}

static Run *
run_new (const Sizes *sizes)
{
  Run *run = g_new0 (Run, 1);
  const PhSnapshotShape *cross = &sizes->cross;

  ph_random_start (&randomness, 3, 0);
  run->cross = draw_rows ((size_t) (cross->n_layers * cross->n_heads * cross->n_queries),
                          1 + (size_t) (cross->n_rows * cross->n_columns), 1);
  run->parts.cross = ph_snapshot_new (cross, run->cross);
  run->parts.side = 224;
  run->parts.first_row = -1;
  draw_tokens (run, sizes->n_tokens);
  draw_words (run, &sizes->words);
  draw_instruction (run, &sizes->instruction);
  return run;
}

static void
run_free (Run *run)
{
  ph_snapshot_unref (run->parts.cross);
  g_free ((char *) run->parts.text);
  g_strfreev (run->texts);
  g_free (run->tokens);
  g_free (run->cross);
  g_free (run->word_queries);
  g_free (run->query_words);
  g_free (run->word_looks);
  g_free (run->masses);
  g_free (run->words);
  g_free (run);
}

/* --- records --- */

static void
assert_row (const float *row, const float *expected, size_t n)
{
  float largest = 0;

  for (size_t i = 0; i < n; i++)
    largest = fmaxf (largest, expected[i]);
  for (size_t i = 0; i < n; i++)
    ck_assert_float_le (fabsf (row[i] - expected[i]), (float) (BOUND * largest));
}

static void
assert_words (const PhRecord *record, const Run *run)
{
  const PhRecordWords *words = ph_record_get_words (record);
  g_autofree float *shares = g_new (float, words->n_queries);

  ck_assert_int_eq (words->n_layers, run->parts.words.n_layers);
  ck_assert_int_eq (words->n_tokens, run->parts.words.n_tokens);
  ck_assert_int_eq (words->n_queries, run->parts.words.n_queries);
  ck_assert_int_eq (words->apart, run->parts.words.apart);
  for (int l = 0; l < words->n_layers; l++)
    for (int t = 0; t < words->n_tokens; t++) {
      int row = l * words->n_tokens + t;
      PhRecordMasses masses = ph_record_word_queries (record, l, t, shares);

      assert_row (shares, run->word_queries + row * words->n_queries,
                  (size_t) words->n_queries);
      ck_assert_mem_eq (&masses, &run->masses[row], sizeof masses);
    }
}

static void
assert_instruction (const PhRecord *record, const Run *run)
{
  const PhRecordInstruction *sizes = ph_record_get_instruction (record);
  g_autofree float *of_query = g_new (float, sizes->n_words);
  g_autofree float *of_word = g_new (float, sizes->n_queries);

  ck_assert_mem_eq (sizes, &run->parts.instruction, sizeof *sizes);
  for (int row = 0; row < sizes->n_layers * sizes->n_heads; row++) {
    int l = row / sizes->n_heads, h = row % sizes->n_heads;

    for (int q = 0; q < sizes->n_queries; q++) {
      ph_record_query_words (record, l, h, q, of_query);
      assert_row (of_query,
                  run->query_words + (row * sizes->n_queries + q) * sizes->n_words,
                  (size_t) sizes->n_words);
    }
    for (int w = 0; w < sizes->n_words; w++) {
      ph_record_word_looks (record, l, h, w, of_word);
      assert_row (of_word,
                  run->word_looks + (row * sizes->n_words + w) * sizes->n_queries,
                  (size_t) sizes->n_queries);
    }
  }
  for (int w = 0; w < sizes->n_words; w++)
    ck_assert_str_eq (ph_record_get_instruction_word (record, w), run->words[w]);
}

static void
assert_choice (const PhRecordChoice *choice, const PhRecordChoice *expected)
{
  ck_assert_int_eq (choice->id, expected->id);
  ck_assert_float_eq (choice->probability, expected->probability);
  ck_assert_str_eq (choice->text, expected->text);
}

static void
assert_tokens (const PhRecord *record, const Run *run)
{
  ck_assert_str_eq (ph_record_get_text (record), run->parts.text);
  ck_assert_uint_eq (ph_record_get_n_tokens (record), run->parts.n_tokens);
  for (size_t i = 0; i < run->parts.n_tokens; i++) {
    const PhRecordToken *token = ph_record_get_token (record, i);
    const PhRecordToken *expected = &run->tokens[i];

    ck_assert_uint_eq (token->begin, expected->begin);
    ck_assert_uint_eq (token->end, expected->end);
    ck_assert_float_eq (token->entropy, expected->entropy);
    ck_assert_int_eq (token->n_best, expected->n_best);
    assert_choice (&token->chosen, &expected->chosen);
    for (int b = 0; b < token->n_best; b++)
      assert_choice (&token->best[b], &expected->best[b]);
  }
}

static PhRecord *
through_bytes (const PhRecord *record)
{
  g_autoptr (GBytes) bytes = ph_record_to_bytes (record);
  g_autoptr (GError) error = NULL;
  PhRecord *again = ph_record_from_bytes (bytes, &error);
  g_autoptr (GBytes) same = NULL;

  ck_assert_msg (again != NULL, "%s", error != NULL ? error->message : "");
  same = ph_record_to_bytes (again);
  ck_assert (g_bytes_equal (bytes, same));
  return again;
}

static const Sizes *const sizes_of_runs[] = { &small, &full };

START_TEST (a_record_gives_back_what_was_told_also_through_its_bytes)
{
  Run *run = run_new (sizes_of_runs[_i]);
  g_autoptr (PhRecord) made = ph_record_new (&run->parts);
  g_autoptr (PhRecord) read = through_bytes (made);
  const PhRecord *both[] = { made, read };

  for (int i = 0; i < 2; i++) {
    ck_assert_int_eq (ph_record_get_side (both[i]), 224);
    ck_assert_int_eq (ph_record_get_first_row (both[i]), -1);
    ck_assert_ptr_nonnull (ph_record_get_snapshot (both[i]));
    assert_words (both[i], run);
    assert_instruction (both[i], run);
    assert_tokens (both[i], run);
  }
  run_free (run);
}
END_TEST

START_TEST (a_record_of_full_size_takes_less_than_a_megabyte)
{
  Run *run = run_new (&full);
  g_autoptr (PhRecord) record = ph_record_new (&run->parts);
  g_autoptr (GBytes) bytes = ph_record_to_bytes (record);

  ck_assert_uint_le (g_bytes_get_size (bytes), 1000000);
  ck_assert_uint_ge (g_bytes_get_size (bytes), 850000);
  run_free (run);
}
END_TEST

START_TEST (a_mean_is_over_what_is_not_chosen)
{
  Run *run = run_new (&small);
  g_autoptr (PhRecord) record = ph_record_new (&run->parts);
  float shares[5], expected[5] = { 0 };
  PhRecordMasses masses;

  masses = ph_record_word_queries (record, PH_RECORD_MEAN, 1, shares);
  for (int l = 0; l < 3; l++)
    for (int q = 0; q < 4; q++)
      expected[q] += run->word_queries[(l * 3 + 1) * 4 + q] / 3;
  for (int q = 0; q < 4; q++)
    ck_assert_float_eq_tol (shares[q], expected[q], 1e-3);
  ck_assert_float_eq_tol (masses.queries + masses.prompt + masses.answer, 1, 1e-6);
  ck_assert_float_eq_tol (masses.prompt, run->masses[1].prompt, 1e-6);

  memset (expected, 0, sizeof expected);
  ph_record_query_words (record, 2, PH_RECORD_MEAN, 3, shares);
  for (int h = 0; h < 3; h++)
    for (int w = 0; w < 5; w++)
      expected[w] += run->query_words[((2 * 3 + h) * 4 + 3) * 5 + w] / 3;
  for (int w = 0; w < 5; w++)
    ck_assert_float_eq_tol (shares[w], expected[w], 1e-3);
  run_free (run);
}
END_TEST

START_TEST (of_a_long_instruction_the_mean_over_heads_is_kept)
{
  Sizes sizes = full;
  Run *run;
  g_autoptr (PhRecord) record = NULL;
  float shares[64], expected = 0;

  sizes.instruction.n_words = 64;
  run = run_new (&sizes);
  record = ph_record_new (&run->parts);
  ck_assert_int_eq (ph_record_get_instruction (record)->n_heads, 1);
  ck_assert_int_eq (ph_record_get_instruction (record)->n_words, 64);
  ph_record_query_words (record, 5, 0, 7, shares);
  for (int h = 0; h < 12; h++)
    expected += run->query_words[((5 * 12 + h) * 32 + 7) * 64 + 9] / 12;
  ck_assert_float_eq_tol (shares[9], expected, 1e-3);
  run_free (run);
}
END_TEST

START_TEST (a_byte_of_the_text_names_its_token)
{
  Run *run = run_new (&small);
  g_autoptr (PhRecord) record = ph_record_new (&run->parts);

  for (size_t at = 0; at < strlen (run->parts.text); at++)
    ck_assert_int_eq (ph_record_find_token (record, at), at < 7 ? 0 : 1);
  ck_assert_int_eq (ph_record_find_token (record, strlen (run->parts.text)), -1);
  run_free (run);
}
END_TEST

START_TEST (a_record_may_hold_nothing_or_little)
{
  const PhRecordParts parts[] = {
    { .text = "", .first_row = -1 },
    { .text = "", .first_row = 3, .instruction.state = PH_INSTRUCTION_UNREAD },
  };
  g_autoptr (PhRecord) record = ph_record_new (&parts[_i]);
  g_autoptr (PhRecord) again = through_bytes (record);

  ck_assert_ptr_null (ph_record_get_snapshot (again));
  ck_assert_int_eq (ph_record_get_first_row (again), parts[_i].first_row);
  ck_assert_int_eq (ph_record_get_words (again)->n_layers, 0);
  ck_assert_int_eq (ph_record_get_instruction (again)->state,
                    parts[_i].instruction.state);
}
END_TEST

/* --- bytes of others --- */

START_TEST (what_older_versions_stored_is_a_record_of_the_snapshot_alone)
{
  Run *run = run_new (&small);
  g_autoptr (GBytes) old = ph_snapshot_to_bytes (run->parts.cross);
  g_autoptr (PhRecord) record = ph_record_from_bytes (old, NULL);
  g_autoptr (GBytes) same = NULL;

  ck_assert_ptr_nonnull (record);
  same = ph_snapshot_to_bytes (ph_record_get_snapshot (record));
  ck_assert (g_bytes_equal (old, same));
  ck_assert_uint_eq (ph_record_get_n_tokens (record), 0);
  ck_assert_int_eq (ph_record_get_side (record), 0);
  ck_assert_int_eq (ph_record_get_first_row (record), -1);
  run_free (run);
}
END_TEST

/* Uses all that a view could of a record that was let in. */
static void
use (const PhRecord *record)
{
  const PhRecordWords *words = ph_record_get_words (record);
  const PhRecordInstruction *instruction = ph_record_get_instruction (record);
  PhSnapshot *snapshot = ph_record_get_snapshot (record);
  g_autofree float *shares = g_new (float, 1 << 16);

  for (size_t i = 0; i < ph_record_get_n_tokens (record); i++) {
    const PhRecordToken *token = ph_record_get_token (record, i);

    ck_assert (token->end <= strlen (ph_record_get_text (record)));
    ck_assert (g_utf8_validate (token->chosen.text, -1, NULL));
  }
  if (words->n_layers > 0)
    ph_record_word_queries (record, PH_RECORD_MEAN, PH_RECORD_MEAN, shares);
  if (instruction->state == PH_INSTRUCTION_READ) {
    ph_record_query_words (record, PH_RECORD_MEAN, 0, PH_RECORD_MEAN, shares);
    ph_record_word_looks (record, 0, PH_RECORD_MEAN, PH_RECORD_MEAN, shares);
  }
  if (snapshot != NULL) {
    const PhSnapshotShape *shape = ph_snapshot_get_shape (snapshot);
    g_autofree float *patches =
        g_new (float, (size_t) shape->n_rows *(size_t) shape->n_columns);

    ph_snapshot_map (snapshot, -1, -1, -1, patches);
    for (int i = 0; i < shape->n_rows * shape->n_columns; i++)
      ck_assert (isfinite (patches[i]));
  }
}

static void
assert_refused_or_usable (GBytes *bytes)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PhRecord) record = ph_record_from_bytes (bytes, &error);

  if (record != NULL) {
    use (record);
    return;
  }
  ck_assert (error != NULL && error->domain == PH_ERROR);
  ck_assert_ptr_null (strchr (error->message, '\n'));
}

START_TEST (a_record_cut_at_any_byte_is_refused_or_usable)
{
  Run *run = run_new (&small);
  g_autoptr (PhRecord) record = ph_record_new (&run->parts);
  g_autoptr (GBytes) bytes = ph_record_to_bytes (record);

  for (size_t n = 0; n < g_bytes_get_size (bytes); n++) {
    /* A copy, so that a reading beyond the end is seen. */
    g_autoptr (GBytes) cut = g_bytes_new (g_bytes_get_data (bytes, NULL), n);

    assert_refused_or_usable (cut);
  }
  run_free (run);
}
END_TEST

START_TEST (a_record_with_any_byte_changed_is_refused_or_usable)
{
  static const guint8 changes[] = { 0xff, 0x01, 0x80, 0x40 };
  Run *run = run_new (&small);
  g_autoptr (PhRecord) record = ph_record_new (&run->parts);
  g_autoptr (GBytes) bytes = ph_record_to_bytes (record);
  size_t n = g_bytes_get_size (bytes);
  g_autofree guint8 *copy = g_memdup2 (g_bytes_get_data (bytes, NULL), n);

  for (size_t i = 0; i < n; i++) {
    g_autoptr (GBytes) changed = NULL;

    copy[i] ^= changes[_i];
    changed = g_bytes_new (copy, n);
    copy[i] ^= changes[_i];
    assert_refused_or_usable (changed);
  }
  run_free (run);
}
END_TEST

#define TEXT(string) string, sizeof string - 1
#define HEAD "PHRC\1\0\0\0"
#define EMPTY_SIGHT "sigh\10\0\0\0\0\0\0\0\377\377\377\377"

/* The start of a token that writes to @end, with a choice behind it. */
#define TOKEN(end, best)                                                                 \
  end "\0\0\0"                                                                           \
      "\0\0\0\0" best "\0\0\0"
#define CHOICE                                                                           \
  "\5\0\0\0"                                                                             \
  "\0\0\0\77"                                                                            \
  "ab\0"

static const struct {
  const char *bytes;
  size_t n_bytes;
  int code;
  const char *complaint;
} broken[] = {
  { TEXT (""), PH_ERROR_FORMAT, "not one (0 bytes)" },
  { TEXT ("PHR"), PH_ERROR_FORMAT, "not one (3 bytes)" },
  { TEXT ("PHRX\1\0\0\0"), PH_ERROR_FORMAT, "not one" },
  { TEXT ("PHRC\2\0\0\0"), PH_ERROR_UNSUPPORTED, "version 2, not 1" },
  { TEXT (HEAD "tok"), PH_ERROR_FORMAT, "beyond the end" },
  { TEXT (HEAD "tokn\377\377\377\377"), PH_ERROR_FORMAT, "beyond the end" },
  { TEXT (HEAD EMPTY_SIGHT EMPTY_SIGHT), PH_ERROR_FORMAT, "comes twice" },
  { TEXT (HEAD "sigh\0\0\0\0"), PH_ERROR_FORMAT, "\"sigh\" of 0 bytes" },
  { TEXT (HEAD "sigh\11\0\0\0\0\0\0\0\0\0\0\0\0"), PH_ERROR_FORMAT, "what its sizes" },
  { TEXT (HEAD "cros\4\0\0\0abcd"), PH_ERROR_FORMAT, "attention record: not one" },
  { TEXT (HEAD "tokn\5\0\0\0\0\11\0\0\0"), PH_ERROR_FORMAT, "what its sizes" },
  { TEXT (HEAD "tokn\42\0\0\0ab\0\1\0\0\0" TOKEN ("\3", "\0") CHOICE "\0\0\0\0"),
    PH_ERROR_FORMAT, "token 0" }, /* ends behind the text */
  { TEXT (HEAD "tokn\36\0\0\0ab\0\1\0\0\0" TOKEN ("\2", "\6") CHOICE), PH_ERROR_FORMAT,
    "token 0" }, /* too many likeliest */
  { TEXT (HEAD "tokn\36\0\0\0\303\244\0\1\0\0\0" TOKEN ("\1", "\0") CHOICE),
    PH_ERROR_FORMAT, "token 0" }, /* ends within a character */
  { TEXT (HEAD "word\20\0\0\0\377\1\0\0\377\377\0\0\0\20\0\0\0\0\0\0"), PH_ERROR_FORMAT,
    "what its sizes" },
  { TEXT (HEAD "word\40\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\0\0\0\0"
               "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
    PH_ERROR_FORMAT, "what its sizes" }, /* a byte short of its masses */
  { TEXT (HEAD "word\41\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\0\0\0\0"
               "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
    PH_ERROR_FORMAT, "1 tokens, but there are 0" },
  { TEXT (HEAD "inst\4\0\0\0\3\0\0\0"), PH_ERROR_FORMAT, "what its sizes" },
  { TEXT (HEAD "inst\25\0\0\0\2\0\0\0\377\1\0\0\377\17\0\0\377\17\0\0\1\0\0\0\0"),
    PH_ERROR_FORMAT, "what its sizes" },
};

START_TEST (broken_records_are_refused_with_a_reason)
{
  g_autoptr (GBytes) bytes = g_bytes_new (broken[_i].bytes, broken[_i].n_bytes);
  g_autoptr (GError) error = NULL;

  ck_assert_ptr_null (ph_record_from_bytes (bytes, &error));
  ck_assert_msg (strstr (error->message, broken[_i].complaint) != NULL, "%s",
                 error->message);
  ck_assert (g_error_matches (error, PH_ERROR, broken[_i].code));
}
END_TEST

START_TEST (a_section_of_a_newer_program_is_passed_over)
{
  static const char text[] = HEAD "newr\2\0\0\0xy" EMPTY_SIGHT;
  g_autoptr (GBytes) bytes = g_bytes_new (text, sizeof text - 1);
  g_autoptr (PhRecord) record = ph_record_from_bytes (bytes, NULL);

  ck_assert_ptr_nonnull (record);
}
END_TEST

int
main (void)
{
  Suite *suite = suite_create ("record");
  TCase *all = tcase_create ("all");
  SRunner *runner = srunner_create (suite);
  int n_failed;

  tcase_add_loop_test (all, a_record_gives_back_what_was_told_also_through_its_bytes, 0,
                       G_N_ELEMENTS (sizes_of_runs));
  tcase_add_test (all, a_record_of_full_size_takes_less_than_a_megabyte);
  tcase_add_test (all, a_mean_is_over_what_is_not_chosen);
  tcase_add_test (all, of_a_long_instruction_the_mean_over_heads_is_kept);
  tcase_add_test (all, a_byte_of_the_text_names_its_token);
  tcase_add_loop_test (all, a_record_may_hold_nothing_or_little, 0, 2);
  tcase_add_test (all, what_older_versions_stored_is_a_record_of_the_snapshot_alone);
  tcase_add_test (all, a_record_cut_at_any_byte_is_refused_or_usable);
  tcase_add_loop_test (all, a_record_with_any_byte_changed_is_refused_or_usable, 0, 4);
  tcase_add_loop_test (all, broken_records_are_refused_with_a_reason, 0,
                       G_N_ELEMENTS (broken));
  tcase_add_test (all, a_section_of_a_newer_program_is_passed_over);
  suite_add_tcase (suite, all);

  srunner_run_all (runner, CK_NORMAL);
  n_failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  return n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

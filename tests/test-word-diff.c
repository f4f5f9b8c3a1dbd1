/* Differences as one would mark them by hand, and their laws over random texts. */
#include "core/base/word-diff.h"
#include "core/tensor/random.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* [gone] {new} and what was kept, run by run. */
static char *
spell (const char *before, const char *after)
{
  g_autoptr (GArray) runs = ph_word_diff (before, after);
  GString *spelt = g_string_new (NULL);

  for (guint i = 0; i < runs->len; i++) {
    const PhWordRun *run = &g_array_index (runs, PhWordRun, i);
    const char *text = run->change == PH_WORD_GONE ? before : after;
    static const char *const marks[] = { "", "[", "{" }, *const ends[] = { "", "]", "}" };

    g_string_append (spelt, i > 0 ? " " : "");
    g_string_append (spelt, marks[run->change]);
    g_string_append_len (spelt, text + run->begin, (gssize) (run->end - run->begin));
    g_string_append (spelt, ends[run->change]);
  }
  return g_string_free (spelt, FALSE);
}

static const struct {
  const char *before, *after, *marked;
} known[] = {
  { "", "", "" },
  { "", "a cat", "{a cat}" },
  { "a cat", "", "[a cat]" },
  { "red", "red", "red" },
  { "red", "grey", "[red] {grey}" },
  { "a red ball", "a grey ball", "a [red] {grey} ball" },
  { "a red ball.", "a grey ball.", "a [red] {grey} ball." },
  { "the ball is red.", "the ball is red", "the ball is red [.]" },
  { "two dogs and a cat", "two dogs", "two dogs [and a cat]" },
  { "a b c d", "b d e", "[a] b [c] d {e}" },
  { " \n a  b", "a b ", "a b" },
  { "don't", "do", "[don't] {do}" },
  { "x-ray", "x - ray", "[x-ray] {x - ray}" },
  { "3.5 m", "3.6 m", "[3.5] {3.6} m" },
  { "Gr\303\274n", "gr\303\274n", "[Gr\303\274n] {gr\303\274n}" },
  { "\347\272\242\347\220\203", "\347\273\277\347\220\203",
    "[\347\272\242] {\347\273\277} \347\220\203" },
};

START_TEST (differences_are_marked_as_by_hand)
{
  g_autofree char *marked = spell (known[_i].before, known[_i].after);

  ck_assert_str_eq (marked, known[_i].marked);
}
END_TEST

#define MOST_WORDS 12

static int
draw_text (PhRandom *random, char *text)
{
  int n = ph_random_below (random, MOST_WORDS + 1);

  for (int i = 0; i < n; i++) {
    text[2 * i] = (char) ('a' + ph_random_below (random, 4));
    text[2 * i + 1] = ' ';
  }
  text[2 * n] = '\0';
  return n;
}

/* By trying everything: for each word of @a, to leave it or to match it. */
static int
most_common (const char *a, const char *b)
{
  int best = 0;

  if (*a == '\0' || *b == '\0')
    return 0;
  best = most_common (a + 2, b);
  for (const char *at = b; *at != '\0'; at += 2)
    if (*at == *a)
      return MAX (best, 1 + most_common (a + 2, at + 2));
  return best;
}

static void
append_run (GString *text, const char *from, const PhWordRun *run)
{
  g_string_append_len (text, from + run->begin, (gssize) (run->end - run->begin));
  g_string_append_c (text, ' ');
}

START_TEST (both_texts_can_be_read_off_and_no_more_could_be_kept)
{
  char a[2 * MOST_WORDS + 1], b[2 * MOST_WORDS + 1];
  g_autoptr (GString) before = g_string_new (NULL), after = g_string_new (NULL);
  g_autoptr (GArray) runs = NULL;
  PhRandom random;
  size_t kept = 0;

  ph_random_start (&random, (uint64_t) _i, 0);
  draw_text (&random, a);
  draw_text (&random, b);
  runs = ph_word_diff (a, b);
  for (guint i = 0; i < runs->len; i++) {
    const PhWordRun *run = &g_array_index (runs, PhWordRun, i);

    if (run->change != PH_WORD_NEW)
      append_run (before, run->change == PH_WORD_GONE ? a : b, run);
    if (run->change != PH_WORD_GONE)
      append_run (after, b, run);
    if (run->change == PH_WORD_KEPT)
      kept += (run->end - run->begin + 1) / 2;
  }
  ck_assert_str_eq (before->str, a);
  ck_assert_str_eq (after->str, b);
  ck_assert_int_eq ((int) kept, most_common (a, b));
}
END_TEST

/* Five thousand words that are all different would take 100 MB of table. */
START_TEST (long_texts_count_as_changed_where_they_differ)
{
  g_autoptr (GString) a = g_string_new ("first "), b = g_string_new ("first ");
  g_autoptr (GArray) runs = NULL;

  for (int i = 0; i < 5000; i++) {
    g_string_append_printf (a, "a%d ", i);
    g_string_append_printf (b, "b%d ", i);
  }
  g_string_append (a, "last");
  g_string_append (b, "last");
  runs = ph_word_diff (a->str, b->str);
  ck_assert_uint_eq (runs->len, 4);
  ck_assert_int_eq (g_array_index (runs, PhWordRun, 1).change, PH_WORD_GONE);
  ck_assert_int_eq (g_array_index (runs, PhWordRun, 2).change, PH_WORD_NEW);
  ck_assert_int_eq (g_array_index (runs, PhWordRun, 3).change, PH_WORD_KEPT);
}
END_TEST

int
main (void)
{
  Suite *suite = suite_create ("word-diff");
  TCase *all = tcase_create ("all");
  SRunner *runner = srunner_create (suite);
  int n_failed;

  tcase_add_loop_test (all, differences_are_marked_as_by_hand, 0, G_N_ELEMENTS (known));
  tcase_add_loop_test (all, both_texts_can_be_read_off_and_no_more_could_be_kept, 0, 300);
  tcase_add_test (all, long_texts_count_as_changed_where_they_differ);
  suite_add_tcase (suite, all);

  srunner_run_all (runner, CK_NORMAL);
  n_failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  return n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

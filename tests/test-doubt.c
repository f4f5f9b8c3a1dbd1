/* What the views say that doubt an answer: the sentence at the end, which queries go
 * first, and how much of the picture the others reach. */
#include "core/base/measures.h"
#include "ui/views/order.h"
#include "ui/views/verdict.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- the sentence --- */

static const struct {
  double change;
  double random[5];
  size_t n_random;
  const char *says;
} verdicts[] = {
  { -2, { -0.1, -0.2, 0, 0.1, -1.9 }, 5, "none of 5" },
  { -2, { -0.1 }, 1, "the random draw did not" },
  { -2, { -0.1, -2, 0, 0.1, -1.9 }, 5, "Not confirmed: 1 of 5" },
  { -0.2, { -1, -2, -3 }, 3, "Not confirmed: 3 of 3" },
  { -2, { 0 }, 0, "nothing else" },
  { -0.04, { 0, -3 }, 2, "hardly" },
  { 0.04, { 0, -3 }, 2, "hardly" },
  { 0.4, { 0, -3 }, 2, "likelier" },
};

START_TEST (a_map_is_confirmed_only_if_no_draw_costs_as_much)
{
  g_autofree char *verdict =
      ph_verdict_dup (verdicts[_i].change, verdicts[_i].random, verdicts[_i].n_random);

  ck_assert_msg (strstr (verdict, verdicts[_i].says) != NULL, "%s", verdict);
}
END_TEST

/* --- orders --- */

#define N_QUERIES 4
#define N_PATCHES 6
#define N_KEYS (1 + N_PATCHES)

/* Query 0 looks everywhere alike, 1 at one patch, 2 at two, 3 at the same one as 1. */
static const float cross[N_QUERIES * N_KEYS] = {
  0.1f, 0.15f, 0.15f, 0.15f, 0.15f, 0.15f, 0.15f, /* */
  0,    0,     1,     0,     0,     0,     0,     /* */
  0.2f, 0,     0,     0.4f,  0.4f,  0,     0,     /* */
  0,    0,     1,     0,     0,     0,     0,
};

static PhSnapshot *
make_snapshot (void)
{
  const PhSnapshotShape shape = {
    .n_layers = 1, .n_heads = 1, .n_queries = N_QUERIES, .n_rows = 2, .n_columns = 3
  };

  return ph_snapshot_new (&shape, cross);
}

START_TEST (the_most_pointed_queries_are_kept_first)
{
  g_autoptr (PhSnapshot) snapshot = make_snapshot ();
  g_autofree int *by_number = ph_order_queries (snapshot, PH_ORDER_NUMBER);
  g_autofree int *by_entropy = ph_order_queries (snapshot, PH_ORDER_ENTROPY);

  ck_assert_mem_eq (by_number, ((const int[]){ 0, 1, 2, 3 }), sizeof (int[N_QUERIES]));
  ck_assert_mem_eq (by_entropy, ((const int[]){ 1, 3, 2, 0 }), sizeof (int[N_QUERIES]));
}
END_TEST

START_TEST (what_is_reached_grows_with_the_queries_that_are_kept)
{
  g_autoptr (PhSnapshot) snapshot = make_snapshot ();
  const int order[] = { 1, 3, 2, 0 };
  const double expected[] = { 1 / 6.0, 1 / 6.0, 2 / 6.0, 3 / 6.0 };
  g_autofree double *reach = ph_order_measure_reach (snapshot, order);

  for (int i = 0; i < N_QUERIES; i++)
    ck_assert_double_eq_tol (reach[i], expected[i], 1e-9);
}
END_TEST

int
main (void)
{
  Suite *suite = suite_create ("doubt");
  TCase *all = tcase_create ("all");
  SRunner *runner = srunner_create (suite);
  int n_failed;

  tcase_add_loop_test (all, a_map_is_confirmed_only_if_no_draw_costs_as_much, 0,
                       G_N_ELEMENTS (verdicts));
  tcase_add_test (all, the_most_pointed_queries_are_kept_first);
  tcase_add_test (all, what_is_reached_grows_with_the_queries_that_are_kept);
  suite_add_tcase (suite, all);

  srunner_run_all (runner, CK_NORMAL);
  n_failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  return n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

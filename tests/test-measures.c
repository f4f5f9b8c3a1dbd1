/* Every number about maps against the slow way to it, and against what is known. */
#include "core/base/measures.h"
#include "core/tensor/random.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define N 49
#define N_MAPS 12

static float maps[N_MAPS * N];

/* Peaked, with noughts and with ties in them. */
static void
draw_maps (uint64_t seed)
{
  PhRandom random;

  ph_random_start (&random, seed, 0);
  for (size_t i = 0; i < N_MAPS * N; i++) {
    double unit = ph_random_unit (&random);

    maps[i] = unit < 0.2 ? 0 : unit < 0.3 ? 0.01f : (float) (unit * unit * unit);
  }
}

static double
sum_of (const float *map)
{
  double sum = 0;

  for (size_t i = 0; i < N; i++)
    sum += map[i];
  return sum;
}

START_TEST (entropy_is_its_formula_and_has_its_ends)
{
  float even[N], one[N] = { [17] = 0.3f }, none[N] = { 0 };
  double expected = 0;

  draw_maps (_i);
  for (size_t i = 0; i < N; i++) {
    double p = maps[i] / sum_of (maps);

    even[i] = 0.25f;
    expected -= p > 0 ? p * log (p) / log (2) : 0;
  }
  ck_assert_double_eq_tol (ph_measure_entropy (maps, N), expected, 1e-5);
  ck_assert_double_eq_tol (ph_measure_entropy (even, N), log2 (N), 1e-5);
  ck_assert_double_eq_tol (ph_measure_entropy (one, N), 0, 1e-9);
  ck_assert_double_eq (ph_measure_entropy (none, N), 0);
}
END_TEST

START_TEST (a_scaled_map_adds_up_to_one)
{
  float none[N] = { 0 };
  double sum;

  draw_maps (_i);
  sum = sum_of (maps);
  ck_assert_double_eq_tol (ph_measure_scale (maps, N), sum, 1e-5);
  ck_assert_double_eq_tol (sum_of (maps), 1, 1e-6);
  ck_assert_double_eq (ph_measure_scale (none, N), 0);
  ck_assert_double_eq (sum_of (none), 0);
}
END_TEST

START_TEST (the_peak_is_the_first_of_the_largest)
{
  const float twice[] = { 0.1f, 0.4f, 0.4f, 0.1f };

  ck_assert_uint_eq (ph_measure_peak (twice, 4), 1);
  draw_maps (_i);
  for (size_t i = 0; i < N; i++)
    ck_assert (maps[i] <= maps[ph_measure_peak (maps, N)]);
}
END_TEST

/* The fewest: takes the largest that is left until it is enough. */
static size_t
count_slowly (const float *map, double part)
{
  bool taken[N] = { false };
  double held = 0, wanted = part * sum_of (map);
  size_t count = 0;

  while (held < wanted && count < N) {
    size_t best = N;

    for (size_t i = 0; i < N; i++)
      if (!taken[i] && (best == N || map[i] > map[best]))
        best = i;
    taken[best] = true;
    held += map[best];
    count++;
  }
  return count;
}

START_TEST (coverage_is_the_fewest_patches_that_hold_a_part)
{
  const float parts[] = { 0, 0.1f, 0.5f, 0.8f, 0.99f };
  const float even[] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 }, none[N] = { 0 };

  draw_maps (_i);
  for (size_t p = 0; p < G_N_ELEMENTS (parts); p++)
    ck_assert_uint_eq (ph_measure_coverage (maps, N, parts[p]),
                       count_slowly (maps, parts[p]));
  ck_assert_uint_eq (ph_measure_coverage (even, 10, 0.75f), 8);
  ck_assert_uint_eq (ph_measure_coverage (none, N, 0.8f), 0);
}
END_TEST

START_TEST (patches_are_ranked_by_share_and_then_by_number)
{
  size_t order[N];

  draw_maps (_i);
  ph_measure_rank (maps, N, order);
  for (size_t i = 0; i < N; i++) {
    size_t n_before = 0;

    for (size_t j = 0; j < N; j++)
      n_before += maps[j] > maps[order[i]] || (maps[j] == maps[order[i]] && j < order[i]);
    ck_assert_uint_eq (n_before, i);
  }
}
END_TEST

/* A patch is reached by a map if those ranked before it in some map hold too little. */
START_TEST (maps_together_reach_what_any_of_them_does)
{
  bool reached[N];
  size_t n_reached, expected = 0;

  draw_maps (_i);
  n_reached = ph_measure_reach (maps, 3, N, 0.4f, reached);
  for (size_t i = 0; i < N; i++) {
    bool is_reached = false;

    for (size_t m = 0; m < 3; m++) {
      const float *map = maps + m * N;
      double before = 0;

      for (size_t j = 0; j < N; j++)
        before += map[j] > map[i] || (map[j] == map[i] && j < i) ? map[j] : 0;
      is_reached = is_reached || before < 0.4f * sum_of (map);
    }
    ck_assert_int_eq (reached[i], is_reached);
    expected += is_reached;
  }
  ck_assert_uint_eq (n_reached, expected);
  ck_assert_uint_eq (ph_measure_reach (maps, 0, N, 0.4f, reached), 0);
}
END_TEST

START_TEST (what_is_hidden_is_taken_from_the_whole)
{
  bool hidden[N] = { [3] = true, [11] = true, [40] = true };
  bool all[N];
  float before[N];
  double whole, taken;

  draw_maps (_i);
  memcpy (before, maps, sizeof before);
  whole = sum_of (maps);
  taken = before[3] + before[11] + before[40];
  ck_assert_double_eq_tol (ph_measure_hide (maps, N, hidden), taken / whole, 1e-6);
  for (size_t i = 0; i < N; i++)
    ck_assert_double_eq_tol (maps[i], hidden[i] ? 0 : before[i] / (whole - taken), 1e-6);

  memset (all, true, sizeof all);
  ck_assert_double_eq_tol (ph_measure_hide (maps, N, all), 1, 1e-6);
  ck_assert_double_eq (sum_of (maps), 0);
}
END_TEST

START_TEST (similarity_is_the_cosine_of_each_pair)
{
  float cosines[N_MAPS * N_MAPS];

  draw_maps (_i);
  memset (maps + 5 * N, 0, N * sizeof *maps);
  ph_measure_similarities (maps, N_MAPS, N, cosines);
  for (size_t a = 0; a < N_MAPS; a++)
    for (size_t b = 0; b < N_MAPS; b++) {
      double ab = 0, aa = 0, bb = 0;

      for (size_t i = 0; i < N; i++) {
        ab += (double) maps[a * N + i] * maps[b * N + i];
        aa += (double) maps[a * N + i] * maps[a * N + i];
        bb += (double) maps[b * N + i] * maps[b * N + i];
      }
      ck_assert_double_eq_tol (cosines[a * N_MAPS + b],
                               aa * bb > 0 ? ab / sqrt (aa * bb) : 0, 1e-5);
    }
}
END_TEST

START_TEST (a_difference_is_signed_and_knows_its_largest)
{
  float difference[N], back[N], largest = 0, top;

  draw_maps (_i);
  top = ph_measure_difference (maps, maps + N, N, difference);
  ck_assert_float_eq (ph_measure_difference (maps + N, maps, N, back), top);
  for (size_t i = 0; i < N; i++) {
    ck_assert_float_eq (difference[i], maps[i] - maps[N + i]);
    ck_assert_float_eq (difference[i], -back[i]);
    largest = fmaxf (largest, fabsf (difference[i]));
  }
  ck_assert_float_eq (top, largest);
  ck_assert_float_eq (ph_measure_difference (maps, maps, N, difference), 0);
}
END_TEST

START_TEST (maps_combine_to_their_mean_and_their_largest)
{
  float mean[N], most[N];

  draw_maps (_i);
  ph_measure_combine (maps, N_MAPS, N, PH_COMBINE_MEAN, mean);
  ph_measure_combine (maps, N_MAPS, N, PH_COMBINE_MAX, most);
  for (size_t i = 0; i < N; i++) {
    double sum = 0, largest = 0;

    for (size_t m = 0; m < N_MAPS; m++) {
      sum += maps[m * N + i];
      largest = fmax (largest, maps[m * N + i]);
    }
    ck_assert_double_eq_tol (mean[i], sum / N_MAPS, 1e-6);
    ck_assert_double_eq (most[i], largest);
  }
}
END_TEST

START_TEST (a_word_looks_where_its_queries_look)
{
  const float weights[N_MAPS] = { [2] = 0.03f, [7] = 0.01f }, none[N_MAPS] = { 0 };
  float composed[N];

  draw_maps (_i);
  ph_measure_compose (maps, weights, N_MAPS, N, composed);
  for (size_t i = 0; i < N; i++)
    ck_assert_double_eq_tol (composed[i], 0.75 * maps[2 * N + i] + 0.25 * maps[7 * N + i],
                             1e-6);
  ph_measure_compose (maps, none, N_MAPS, N, composed);
  ck_assert_double_eq (sum_of (composed), 0);
}
END_TEST

/* --- artefacts --- */

static float
kth (const float *values, size_t k)
{
  for (size_t i = 0; i < N; i++) {
    size_t below = 0, same = 0;

    for (size_t j = 0; j < N; j++) {
      below += values[j] < values[i];
      same += values[j] == values[i];
    }
    if (below <= k && k < below + same)
      return values[i];
  }
  return NAN;
}

static bool
stands_out_slowly (const float *map, size_t patch)
{
  float distances[N], middle = kth (map, N / 2);

  for (size_t i = 0; i < N; i++)
    distances[i] = fabsf (map[i] - middle);
  return map[patch] > middle + 6 * kth (distances, N / 2) &&
         map[patch] > 4 * sum_of (map) / N;
}

START_TEST (artefacts_are_what_stands_out_in_most_maps)
{
  bool artefacts[N];
  size_t n_artefacts, expected = 0;

  draw_maps (_i);
  for (size_t m = 0; m < N_MAPS; m++) {
    maps[m * N + 30] = 5; /* always */
    if (m < N_MAPS / 2)
      maps[m * N + 8] = 5; /* in half of them, which is not most */
    if (m <= N_MAPS / 2)
      maps[m * N + 9] = 5;
  }
  n_artefacts = ph_measure_artefacts (maps, N_MAPS, N, artefacts);
  ck_assert (artefacts[30] && artefacts[9] && !artefacts[8]);
  for (size_t i = 0; i < N; i++) {
    size_t times = 0;

    for (size_t m = 0; m < N_MAPS; m++)
      times += stands_out_slowly (maps + m * N, i);
    ck_assert (artefacts[i] == (times > N_MAPS / 2));
    expected += artefacts[i];
  }
  ck_assert_uint_eq (n_artefacts, expected);
}
END_TEST

/* Half of nothing and half of twos around a one: median and median distance are 1, so
 * that the limit is 7. */
START_TEST (six_median_distances_are_the_limit_of_what_stands_out)
{
  bool artefacts[N];
  float map[N] = { 1 };

  for (size_t i = 0; i < 23; i++)
    map[1 + i] = 2;
  map[40] = 7.1f;
  ck_assert_uint_eq (ph_measure_artefacts (map, 1, N, artefacts), 1);
  ck_assert (artefacts[40]);
  map[40] = 6.9f;
  ck_assert_uint_eq (ph_measure_artefacts (map, 1, N, artefacts), 0);
}
END_TEST

START_TEST (a_map_without_outliers_has_no_artefacts)
{
  bool artefacts[N];

  for (size_t i = 0; i < N_MAPS * N; i++)
    maps[i] = 1.0f / N + (float) (i % 7) * 1e-5f;
  ck_assert_uint_eq (ph_measure_artefacts (maps, N_MAPS, N, artefacts), 0);
  memset (maps, 0, sizeof maps);
  ck_assert_uint_eq (ph_measure_artefacts (maps, N_MAPS, N, artefacts), 0);
}
END_TEST

START_TEST (a_scale_is_a_maps_own_or_all_maps_or_one)
{
  float own = 0, shared = 0;

  draw_maps (_i);
  for (size_t i = 0; i < N_MAPS * N; i++) {
    shared = fmaxf (shared, maps[i]);
    own = i / N == 3 ? fmaxf (own, maps[i]) : own;
  }
  ck_assert_float_eq (ph_measure_top (PH_SCALE_MAP, maps, N_MAPS, N, 3), own);
  ck_assert_float_eq (ph_measure_top (PH_SCALE_SHARED, maps, N_MAPS, N, 3), shared);
  ck_assert_float_eq (ph_measure_top (PH_SCALE_ABSOLUTE, maps, N_MAPS, N, 3), 1);
}
END_TEST

int
main (void)
{
  Suite *suite = suite_create ("measures");
  TCase *all = tcase_create ("all");
  SRunner *runner = srunner_create (suite);
  int n_failed;

  tcase_add_loop_test (all, entropy_is_its_formula_and_has_its_ends, 0, 4);
  tcase_add_loop_test (all, a_scaled_map_adds_up_to_one, 0, 4);
  tcase_add_loop_test (all, the_peak_is_the_first_of_the_largest, 0, 4);
  tcase_add_loop_test (all, coverage_is_the_fewest_patches_that_hold_a_part, 0, 4);
  tcase_add_loop_test (all, patches_are_ranked_by_share_and_then_by_number, 0, 4);
  tcase_add_loop_test (all, maps_together_reach_what_any_of_them_does, 0, 4);
  tcase_add_loop_test (all, what_is_hidden_is_taken_from_the_whole, 0, 4);
  tcase_add_loop_test (all, similarity_is_the_cosine_of_each_pair, 0, 4);
  tcase_add_loop_test (all, a_difference_is_signed_and_knows_its_largest, 0, 4);
  tcase_add_loop_test (all, maps_combine_to_their_mean_and_their_largest, 0, 4);
  tcase_add_loop_test (all, a_word_looks_where_its_queries_look, 0, 4);
  tcase_add_loop_test (all, artefacts_are_what_stands_out_in_most_maps, 0, 8);
  tcase_add_test (all, six_median_distances_are_the_limit_of_what_stands_out);
  tcase_add_test (all, a_map_without_outliers_has_no_artefacts);
  tcase_add_loop_test (all, a_scale_is_a_maps_own_or_all_maps_or_one, 0, 4);
  suite_add_tcase (suite, all);

  srunner_run_all (runner, CK_NORMAL);
  n_failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  return n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

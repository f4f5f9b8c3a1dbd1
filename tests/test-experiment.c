/* An experiment from the main thread's side: what arrives and when it ends. */
#include "core/base/error.h"
#include "core/engine/engine.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER TEST_DATA "/checkpoints/"
#define SCENES PROJECT_ROOT "/resources/models/scenes"
#define LONG 120 /* tokens: an answer that can be stopped in the middle */
#define N_MOMENTS 60

static const char *const checkpoints[] = { "blip2-opt", "blip2-flan-t5",
                                           "instructblip-vicuna" };

static PhPicture *picture;

static void
prepare (void)
{
  guint8 *rgb = g_malloc (40 * 30 * 3);

  for (int i = 0; i < 40 * 30 * 3; i++)
    rgb[i] = (guint8) (i * 37 % 251);
  picture = ph_picture_new_take (40, 30, g_bytes_new_take (rgb, 40 * 30 * 3));
}

static void
clean_up (void)
{
  g_clear_pointer (&picture, ph_picture_unref);
}

static PhEngine *
open_engine (const char *folder)
{
  PhEngine *engine = ph_engine_new ();

  ph_engine_load (engine, folder);
  while (ph_engine_get_state (engine) == PH_ENGINE_LOADING)
    g_main_context_iteration (NULL, TRUE);
  ck_assert_int_eq (ph_engine_get_state (engine), PH_ENGINE_READY);
  return engine;
}

static PhEngine *
open_checkpoint (const char *name)
{
  g_autofree char *path = g_strconcat (FOLDER, name, NULL);

  return open_engine (path);
}

static PhRequest
request_of (int n_tokens)
{
  PhRequest request = { .picture = picture,
                        .prompt = "on the left",
                        .template = "what is {} ?",
                        .sampling = PH_SAMPLING_GREEDY };

  request.sampling.max_new_tokens = request.sampling.min_new_tokens = n_tokens;
  return request;
}

static void
wait_until_over (PhExperiment *experiment)
{
  while (!ph_experiment_is_over (experiment))
    g_main_context_iteration (NULL, TRUE);
}

static PhExperiment *
finish (PhEngine *engine, const PhExperimentAsked *asked)
{
  PhExperiment *experiment = ph_engine_experiment (engine, asked);
  const GError *error;

  wait_until_over (experiment);
  error = ph_experiment_get_error (experiment);
  ck_assert_msg (error == NULL, "%s", error != NULL ? error->message : "");
  return experiment;
}

/* --- results --- */

static const int patches[] = { 0, 1 }, queries[] = { 1 };
static const PhSilencedHead heads[] = { { PH_INTERVENTION_ALL, PH_INTERVENTION_ALL } };
static const PhIntervention list[] = {
  { .cover = PH_COVER_GREY, .covered = patches, .n_covered = 2 },
  { .dropped = queries, .n_dropped = 1 },
  { .silenced = heads, .n_silenced = 1 },
};
#define N_LIST ((int) G_N_ELEMENTS (list))

static void
assert_result (PhExperiment *experiment, int i)
{
  const PhExperimentResult *result = ph_experiment_get_result (experiment, i);
  const PhExperimentResult *first = ph_experiment_get_result (experiment, 0);
  g_autoptr (GArray) words =
      ph_word_diff (ph_experiment_get_text (experiment), result->answer.text);

  ck_assert_uint_eq (result->n_probabilities, 6);
  ck_assert_double_eq_tol (result->probability,
                           exp (ph_trial_mean_log (result->probabilities, 6)), 1e-9);
  ck_assert_double_eq_tol (result->log_change,
                           log (result->probability / first->probability), 1e-6);
  ck_assert_uint_eq (result->words->len, words->len);
  for (guint w = 0; w < words->len; w++) {
    const PhWordRun *run = &g_array_index (words, PhWordRun, w);
    const PhWordRun *arrived = &g_array_index (result->words, PhWordRun, w);

    ck_assert_int_eq (arrived->change, run->change);
    ck_assert_uint_eq (arrived->begin, run->begin);
    ck_assert_uint_eq (arrived->end, run->end);
  }
}

START_TEST (results_arrive_in_order_behind_the_plain_answer)
{
  g_autoptr (PhEngine) engine = open_checkpoint (checkpoints[_i]);
  PhRequest request = request_of (6);
  PhExperimentAsked asked = { .request = &request,
                              .interventions = list,
                              .n_interventions = N_LIST };
  g_autoptr (PhReply) reply = ph_engine_ask (engine, &request);
  g_autoptr (PhExperiment) experiment = finish (engine, &asked);
  const PhExperimentResult *first = ph_experiment_get_result (experiment, 0);
  const PhAnswer *plain = ph_reply_get_answer (reply);

  ck_assert_int_eq (ph_experiment_get_state (experiment), PH_EXPERIMENT_DONE);
  ck_assert_int_eq (ph_experiment_get_n_results (experiment), 1 + N_LIST);
  ck_assert_int_eq (ph_experiment_get_n_planned (experiment), 1 + N_LIST);
  ck_assert_ptr_null (first->without);
  ck_assert_str_eq (first->answer.text, plain->text);
  ck_assert_str_eq (ph_experiment_get_text (experiment), plain->text);
  ck_assert_double_eq (first->log_change, 0);
  for (int i = 0; i <= N_LIST; i++)
    assert_result (experiment, i);
  for (int i = 1; i <= N_LIST; i++) {
    const PhExperimentResult *result = ph_experiment_get_result (experiment, i);

    ck_assert_uint_eq (result->without->n_covered, list[i - 1].n_covered);
    ck_assert_uint_eq (result->without->n_dropped, list[i - 1].n_dropped);
    ck_assert_double_gt (fabs (result->log_change), 1e-9);
  }
}
END_TEST

START_TEST (an_answer_that_is_given_is_the_one_doubted)
{
  g_autoptr (PhEngine) engine = open_checkpoint (checkpoints[_i]);
  const int32_t ids[] = { 7, 11, 9 };
  PhRequest request = request_of (6);
  PhExperimentAsked asked = { .request = &request,
                              .ids = ids,
                              .n_ids = 3,
                              .interventions = list,
                              .n_interventions = 1 };
  g_autoptr (PhExperiment) experiment = finish (engine, &asked);
  const PhExperimentResult *first = ph_experiment_get_result (experiment, 0);

  ck_assert_uint_eq (first->n_probabilities, 3);
  ck_assert_str_ne (ph_experiment_get_text (experiment), first->answer.text);
  ck_assert_uint_gt (first->words->len, 0);
}
END_TEST

/* --- by importance --- */

static double
score_without (PhEngine *engine, const PhRequest *request, int *dropped, int n)
{
  PhIntervention without = { .dropped = dropped, .n_dropped = (size_t) n };
  PhExperimentAsked asked = { .request = request,
                              .interventions = &without,
                              .n_interventions = 1 };
  g_autoptr (PhExperiment) experiment = finish (engine, &asked);

  return ph_experiment_get_result (experiment, 1)->log_change;
}

START_TEST (each_query_that_goes_is_the_one_missed_least)
{
  g_autoptr (PhEngine) engine = open_checkpoint (checkpoints[_i]);
  int n_queries = ph_engine_get_model (engine)->info.n_queries;
  PhRequest request = request_of (6);
  PhExperimentAsked asked = { .request = &request, .by_importance = true };
  g_autoptr (PhExperiment) experiment = finish (engine, &asked);

  ck_assert_int_gt (n_queries, 2);
  ck_assert_int_eq (ph_experiment_get_n_results (experiment), n_queries);
  ck_assert_int_eq (ph_experiment_get_n_planned (experiment), n_queries);
  for (int n = 1; n < n_queries; n++) {
    const PhExperimentResult *result = ph_experiment_get_result (experiment, n);
    g_autofree int *dropped = g_memdup2 (result->without->dropped,
                                         result->without->n_dropped * sizeof *dropped);

    ck_assert_uint_eq (result->without->n_dropped, (size_t) n);
    for (int query = 0; query < n_queries; query++) {
      bool is_gone = false;

      for (int i = 0; i < n - 1; i++)
        is_gone = is_gone || dropped[i] == query;
      dropped[n - 1] = query;
      if (!is_gone)
        ck_assert_double_le (score_without (engine, &request, dropped, n),
                             result->log_change + 1e-6);
    }
  }
}
END_TEST

/* --- failing --- */

typedef struct {
  const char *checkpoint;
  bool has_picture;
  int32_t id;
  bool by_importance;
  const char *complaint;
} Refused;

static const Refused refused[] = {
  { NULL, true, 1, false, "no model" },
  { "blip2-opt", false, 1, false, "no picture" },
  { "blip2-opt", true, 99999999, false, "another wrote it" },
  { "blip-caption", true, 1, true, "no queries" },
  { "blip2-itm", true, 1, false, "use match" },
};

START_TEST (what_cannot_be_tried_fails_with_a_reason)
{
  const Refused *wrong = &refused[_i];
  g_autoptr (PhEngine) engine =
      wrong->checkpoint != NULL ? open_checkpoint (wrong->checkpoint) : ph_engine_new ();
  PhRequest request = request_of (6);
  PhExperimentAsked asked = { .request = &request,
                              .ids = &wrong->id,
                              .n_ids = 1,
                              .by_importance = wrong->by_importance };
  g_autoptr (PhExperiment) experiment = NULL;

  if (!wrong->has_picture)
    request.picture = NULL;
  experiment = ph_engine_experiment (engine, &asked);
  wait_until_over (experiment);
  ck_assert_int_eq (ph_experiment_get_state (experiment), PH_EXPERIMENT_FAILED);
  ck_assert_msg (
      strstr (ph_experiment_get_error (experiment)->message, wrong->complaint) != NULL,
      "%s", ph_experiment_get_error (experiment)->message);
}
END_TEST

/* --- ending --- */

static void
run_for (gint64 microseconds)
{
  gint64 end = g_get_monotonic_time () + microseconds;

  while (g_get_monotonic_time () < end)
    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (50);
}

static PhExperiment *
begin_long (PhEngine *engine)
{
  PhRequest request = request_of (LONG);

  return ph_engine_experiment (
      engine, &(PhExperimentAsked){ .request = &request, .by_importance = true });
}

START_TEST (stopping_at_any_moment_ends_it_soon)
{
  g_autoptr (PhEngine) engine = open_engine (SCENES);
  gint64 longest = 0;

  for (int i = 0; i < N_MOMENTS; i++) {
    g_autoptr (PhExperiment) experiment = begin_long (engine);
    gint64 start;
    int n_results;

    run_for (i * 1500);
    n_results = ph_experiment_get_n_results (experiment);
    start = g_get_monotonic_time ();
    ph_experiment_cancel (experiment);
    wait_until_over (experiment);
    longest = MAX (longest, g_get_monotonic_time () - start);
    ck_assert_int_eq (ph_experiment_get_state (experiment), PH_EXPERIMENT_CANCELLED);
    ck_assert_int_ge (ph_experiment_get_n_results (experiment), n_results);
  }
  g_print ("from stop to idle at most %.1f ms\n", (double) longest / 1e3);
  ck_assert_int_lt (longest, 100000);
}
END_TEST

START_TEST (an_experiment_gives_way)
{
  g_autoptr (PhEngine) engine = open_engine (SCENES);
  g_autoptr (PhExperiment) first = begin_long (engine);
  g_autoptr (PhExperiment) second = NULL, third = NULL;
  PhRequest request = request_of (4);
  g_autoptr (PhReply) reply = NULL;

  run_for (20000);
  second = begin_long (engine);
  wait_until_over (first);
  ck_assert_int_eq (ph_experiment_get_state (first), PH_EXPERIMENT_CANCELLED);
  ck_assert (!ph_experiment_is_over (second));

  reply = ph_engine_ask (engine, &request);
  while (!ph_reply_is_over (reply))
    g_main_context_iteration (NULL, TRUE);
  ck_assert_int_eq (ph_reply_get_state (reply), PH_REPLY_DONE);
  ck_assert_int_eq (ph_experiment_get_state (second), PH_EXPERIMENT_CANCELLED);

  third = begin_long (engine);
  ph_engine_unload (engine);
  wait_until_over (third);
  ck_assert_int_eq (ph_experiment_get_state (third), PH_EXPERIMENT_CANCELLED);
}
END_TEST

START_TEST (dropping_the_engine_ends_it)
{
  PhEngine *engine = open_engine (SCENES);
  PhExperiment *experiment = begin_long (engine);

  run_for (10000);
  g_assert_finalize_object (engine);
  wait_until_over (experiment);
  ck_assert_int_eq (ph_experiment_get_state (experiment), PH_EXPERIMENT_CANCELLED);
  g_assert_finalize_object (experiment);
}
END_TEST

int
main (void)
{
  Suite *suite = suite_create ("experiment");
  TCase *tcase = tcase_create ("experiment");
  SRunner *runner = srunner_create (suite);
  int n_failed;

  tcase_add_unchecked_fixture (tcase, prepare, clean_up);
  suite_add_tcase (suite, tcase);
  tcase_add_loop_test (tcase, results_arrive_in_order_behind_the_plain_answer, 0,
                       G_N_ELEMENTS (checkpoints));
  tcase_add_loop_test (tcase, an_answer_that_is_given_is_the_one_doubted, 0,
                       G_N_ELEMENTS (checkpoints));
  tcase_add_loop_test (tcase, each_query_that_goes_is_the_one_missed_least, 0,
                       G_N_ELEMENTS (checkpoints));
  tcase_add_loop_test (tcase, what_cannot_be_tried_fails_with_a_reason, 0,
                       G_N_ELEMENTS (refused));
  tcase_add_test (tcase, stopping_at_any_moment_ends_it_soon);
  tcase_add_test (tcase, an_experiment_gives_way);
  tcase_add_test (tcase, dropping_the_engine_ends_it);

  srunner_run_all (runner, CK_NORMAL);
  n_failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  return n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

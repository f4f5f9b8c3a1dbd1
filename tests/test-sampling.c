/* How tokens are chosen, out of generation_config.json and out of kept settings. */

#include "core/engine/json.h"
#include "core/lm/sampling-json.h"

#include <check.h>
#include <stdlib.h>

#define GREEDY                                                                           \
  .temperature = 1, .top_p = 1, .n_beams = 1, .length_penalty = 1,                       \
  .repetition_penalty = 1, .max_new_tokens = 64

typedef struct {
  const char *json;
  PhSampling sampling;
} Case;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"

static const Case published[] = {
  { "{}", { GREEDY } },
  { "{\"_from_model_config\": true, \"eos_token_id\": 2}", { GREEDY } },
  { "{\"do_sample\": true}", { GREEDY, .sampled = true, .top_k = 50 } },
  { "{\"do_sample\": true, \"top_k\": 0, \"top_p\": 0.9, \"temperature\": 0.6}",
    { GREEDY, .sampled = true, .top_p = .9, .temperature = .6 } },
  { "{\"num_beams\": 5, \"max_new_tokens\": 30, \"length_penalty\": -1.0}",
    { GREEDY, .n_beams = 5, .max_new_tokens = 30, .length_penalty = -1 } },
  { "{\"repetition_penalty\": 1.5, \"min_new_tokens\": 8, \"early_stopping\": true}",
    { GREEDY, .repetition_penalty = 1.5, .min_new_tokens = 8, .early_stopping = true } },
  /* Both together exclude each other here: chance is what was asked for by name. */
  { "{\"do_sample\": true, \"num_beams\": 4, \"top_k\": 7}",
    { GREEDY, .sampled = true, .top_k = 7 } },
  /* Each of these means nothing, and takes nothing else along. */
  { "{\"temperature\": 0, \"num_beams\": 1000000, \"top_p\": \"much\", \"top_k\": -3, "
    "\"max_new_tokens\": 1e300, \"early_stopping\": \"never\", \"min_new_tokens\": 3}",
    { GREEDY, .min_new_tokens = 3 } },
  { "{\"min_new_tokens\": 90}", { GREEDY, .min_new_tokens = 64 } },
  { "{\"min_new_tokens\": null, \"do_sample\": [], \"num_beams\": {}}", { GREEDY } },
};

static const PhSampling kept[] = {
  { GREEDY },
  { GREEDY, .sampled = true, .temperature = .7, .top_k = 20, .top_p = .9, .seed = 42 },
  { GREEDY, .sampled = true, .seed = G_MAXUINT64 },
  { GREEDY, .n_beams = 3, .length_penalty = -2, .early_stopping = true },
  { GREEDY, .repetition_penalty = 1.25, .min_new_tokens = 5, .max_new_tokens = 4096 },
};

#pragma GCC diagnostic pop

static void
assert_same (const PhSampling *got, const PhSampling *want)
{
  ck_assert_int_eq (got->sampled, want->sampled);
  ck_assert_double_eq_tol (got->temperature, want->temperature, 1e-9);
  ck_assert_int_eq (got->top_k, want->top_k);
  ck_assert_double_eq_tol (got->top_p, want->top_p, 1e-9);
  ck_assert (got->seed == want->seed);
  ck_assert_int_eq (got->n_beams, want->n_beams);
  ck_assert_double_eq_tol (got->length_penalty, want->length_penalty, 1e-9);
  ck_assert_int_eq (got->early_stopping, want->early_stopping);
  ck_assert_double_eq_tol (got->repetition_penalty, want->repetition_penalty, 1e-9);
  ck_assert_int_eq (got->min_new_tokens, want->min_new_tokens);
  ck_assert_int_eq (got->max_new_tokens, want->max_new_tokens);
  ck_assert (ph_sampling_check (got, NULL));
}

START_TEST (a_published_config_says_how_tokens_are_chosen)
{
  json_t *config = json_loads (published[_i].json, 0, NULL);
  PhSampling sampling = ph_sampling_from_generation_config (config);

  ck_assert_ptr_nonnull (config);
  assert_same (&sampling, &published[_i].sampling);
  json_decref (config);
}
END_TEST

START_TEST (kept_settings_choose_the_same_again)
{
  json_t *settings = ph_sampling_to_json (&kept[_i]);
  PhSampling sampling = ph_sampling_from_settings (settings);

  assert_same (&sampling, &kept[_i]);
  json_decref (settings);
}
END_TEST

START_TEST (settings_that_are_none_are_greedy)
{
  static const PhSampling greedy = PH_SAMPLING_GREEDY;
  static const char *const lines[] = {
    "[]", "7", "{\"seed\": -1}", "{\"greedy\": \"no\"}", "{\"beams\": -4}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++) {
    json_t *settings = json_loads (lines[i], JSON_DECODE_ANY, NULL);
    PhSampling sampling = ph_sampling_from_settings (settings);

    assert_same (&sampling, &greedy);
    json_decref (settings);
  }
}
END_TEST

START_TEST (timings_are_read_as_they_were_written)
{
  PhTimings timings = { .picture = .001, .vision = 1.5, .prompt = .25, .writing = 2 };
  PhTimings found;
  json_t *object = ph_timings_to_json (&timings);
  char *line = json_dumps (object, PH_JSON_LINE);

  ck_assert (ph_timings_read (&found, line));
  ck_assert_double_eq_tol (found.picture, .001, 1e-9);
  ck_assert_double_eq_tol (ph_timings_sum (&found), ph_timings_sum (&timings), 1e-6);
  ck_assert (!ph_timings_read (&found, "[3]"));
  ck_assert_double_eq (ph_timings_sum (&found), 0);
  free (line);
  json_decref (object);
}
END_TEST

int
main (void)
{
  Suite *suite = suite_create ("sampling");
  TCase *all = tcase_create ("all");
  SRunner *runner = srunner_create (suite);
  int n_failed;

  tcase_add_loop_test (all, a_published_config_says_how_tokens_are_chosen, 0,
                       G_N_ELEMENTS (published));
  tcase_add_loop_test (all, kept_settings_choose_the_same_again, 0, G_N_ELEMENTS (kept));
  tcase_add_test (all, settings_that_are_none_are_greedy);
  tcase_add_test (all, timings_are_read_as_they_were_written);
  suite_add_tcase (suite, all);
  srunner_run_all (runner, CK_NORMAL);
  n_failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* How tokens are chosen: each processor and each search held against what transformers
 * made of the same scores (tests/reference/generation.py), and a beam search against
 * looking at all texts there are. */
#include "core/base/error.h"
#include "core/formats/json.h"
#include "core/lm/generate.h"
#include "core/lm/scores.h"
#include "core/tensor/ops.h"
#include "core/tensor/random.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static json_t *golden;

static const json_t *
golden_at (const char *part, int i)
{
  return json_array_get (json_object_get (golden, part), (size_t) i);
}

static double
real (const json_t *object, const char *name, double standard)
{
  const json_t *value = json_object_get (object, name);

  return value != NULL ? json_number_value (value) : standard;
}

static GArray *
read_ids (const json_t *object, const char *name)
{
  const json_t *list = json_object_get (object, name);
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (int32_t));

  for (size_t i = 0; i < json_array_size (list); i++) {
    int32_t id = (int32_t) json_integer_value (json_array_get (list, i));

    g_array_append_val (ids, id);
  }
  return ids;
}

/* null is what was ruled out. */
static float
score_at (const json_t *row, size_t i)
{
  const json_t *value = json_array_get (row, i);

  return json_is_null (value) ? -INFINITY : (float) json_number_value (value);
}

/* --- processors --- */

static void
apply (const json_t *processor, float *scores, size_t n)
{
  const char *name = json_string_value (json_object_get (processor, "name"));
  double value = real (processor, "value", 0);
  g_autoptr (GArray) ids = read_ids (processor, "ids");

  if (g_str_equal (name, "repetition_penalty"))
    ph_scores_penalise (scores, n, value, (const int32_t *) ids->data, ids->len);
  else if (g_str_equal (name, "temperature"))
    ph_scores_divide (scores, n, value);
  else if (g_str_equal (name, "top_k"))
    ph_scores_keep_top_k (scores, n, (size_t) value);
  else if (g_str_equal (name, "top_p"))
    ph_scores_keep_top_p (scores, n, value);
  else
    ck_abort_msg ("no processor called %s", name);
}

START_TEST (scores_are_processed_as_by_transformers)
{
  const json_t *processor = golden_at ("processors", _i);
  const json_t *before = json_object_get (processor, "before");
  const json_t *after = json_object_get (processor, "after");
  size_t n = json_array_size (before);
  g_autofree float *scores = g_new (float, n);

  for (size_t i = 0; i < n; i++)
    scores[i] = score_at (before, i);
  apply (processor, scores, n);
  for (size_t i = 0; i < n; i++) {
    float expected = score_at (after, i);

    if (isinf (expected))
      ck_assert_msg (isinf (scores[i]), "score %zu is %g, not ruled out", i, scores[i]);
    else
      ck_assert_float_eq_tol (scores[i], expected, 2e-6f);
  }
}
END_TEST

START_TEST (ids_that_have_no_score_are_passed_over)
{
  const int32_t ids[] = { -1, 3, G_MAXINT32, 1 };
  float scores[3] = { 1, 2, -1 };

  ph_scores_penalise (scores, 3, 2, ids, G_N_ELEMENTS (ids));
  ph_scores_forbid (scores, 3, ids, 3);
  ck_assert_float_eq (scores[0], 1);
  ck_assert_float_eq (scores[1], 1);
  ck_assert_float_eq (scores[2], -1);
}
END_TEST

START_TEST (the_best_are_the_largest_and_of_equals_the_first)
{
  const float scores[] = { 1, 7, -3, 7, 2, -INFINITY, 8, 2 };
  const int32_t expected[] = { 6, 1, 3, 4, 7, 0, 2, 5 };
  size_t n = G_N_ELEMENTS (scores);
  int32_t ids[8];

  for (size_t k = 1; k <= n + 2; k++) {
    ck_assert_uint_eq (ph_scores_best (scores, n, k, ids), MIN (k, n));
    ck_assert_mem_eq (ids, expected, MIN (k, n) * sizeof *ids);
  }
}
END_TEST

START_TEST (entropy_is_that_of_the_probabilities)
{
  const float scores[] = { 3 + logf (0.5f), 3 + logf (0.25f), -INFINITY,
                           3 + logf (0.25f) };
  const float even[] = { -2, -2, -2, -2, -2, -2, -2, -2 };

  ck_assert_double_eq_tol (ph_scores_entropy (scores, 4, ph_scores_log_total (scores, 4)),
                           1.5, 1e-6);
  ck_assert_double_eq_tol (ph_scores_entropy (even, 8, ph_scores_log_total (even, 8)), 3,
                           1e-6);
}
END_TEST

START_TEST (tokens_are_drawn_as_often_as_their_probability_says)
{
  const float scores[] = { logf (0.5f), -INFINITY, logf (0.2f), logf (0.3f) };
  int counts[4] = { 0 };

  for (int i = 0; i < 1000; i++)
    counts[ph_scores_draw (scores, 4, (i + 0.5) / 1000)]++;
  ck_assert_int_eq (counts[0], 500);
  ck_assert_int_eq (counts[1], 0);
  ck_assert_int_eq (counts[2], 200);
  ck_assert_int_eq (counts[3], 300);
}
END_TEST

/* --- a language model that is a table: the last two tokens say what follows --- */

typedef struct {
  PhLm lm;
  size_t n_rows;
  float *table; /* n_rows by vocabulary */
  int n_steps;  /* calls of next() */
} Toy;

struct _PhLmState {
  Toy *toy;
  size_t n_rows, most_rows;
  int32_t last[PH_MOST_BEAMS][2];
};

static PhTensor *
toy_scores (const PhPass *pass, PhLmState *state)
{
  Toy *toy = state->toy;
  size_t n = toy->lm.n_vocabulary;
  PhTensor *y = ph_tensor_new (pass->context, PH_DIMS (state->n_rows, 1, n));

  for (size_t i = 0; i < state->n_rows; i++) {
    size_t row = (size_t) (state->last[i][1] + 3 * state->last[i][0]) % toy->n_rows;

    memcpy (y->data + i * n, toy->table + row * n, n * sizeof (float));
  }
  return y;
}

static PhLmState *
toy_state_new (PhLm *lm, size_t n_rows, size_t n_positions)
{
  PhLmState *state = g_new0 (PhLmState, 1);

  state->toy = (Toy *) lm;
  state->most_rows = n_rows;
  return state;
}

static void
toy_state_free (PhLmState *state)
{
  g_free (state);
}

static void
toy_state_select (PhLmState *state, const size_t *from, size_t n)
{
  PhLmState old = *state;

  ck_assert_uint_le (n, state->most_rows);
  for (size_t i = 0; i < n; i++) {
    ck_assert_uint_lt (from[i], old.n_rows);
    memcpy (state->last[i], old.last[from[i]], sizeof state->last[i]);
  }
  state->n_rows = n;
}

/* The prompt is ids, one a position. */
static PhTensor *
toy_begin (PhLm *lm, const PhPass *pass, PhLmState *state, PhTensor *prompt)
{
  size_t n = prompt->dims[1];

  state->n_rows = 1;
  state->last[0][0] = n > 1 ? (int32_t) prompt->data[n - 2] : 0;
  state->last[0][1] = (int32_t) prompt->data[n - 1];
  return toy_scores (pass, state);
}

static PhTensor *
toy_next (PhLm *lm,
          const PhPass *pass,
          PhLmState *state,
          const int32_t *ids,
          size_t n_ids)
{
  ck_assert_uint_eq (n_ids, 1);
  state->toy->n_steps++;
  for (size_t i = 0; i < state->n_rows; i++) {
    state->last[i][0] = state->last[i][1];
    state->last[i][1] = ids[i];
  }
  return toy_scores (pass, state);
}

static const PhLmClass toy_class = {
  .name = "toy",
  .state_new = toy_state_new,
  .state_free = toy_state_free,
  .state_select = toy_state_select,
  .begin = toy_begin,
  .next = toy_next,
};

static Toy
toy_new (size_t n_rows, size_t n_vocabulary)
{
  return (Toy){ .lm = { .class = &toy_class,
                        .width = 1,
                        .n_vocabulary = n_vocabulary,
                        .n_positions = 64 },
                .n_rows = n_rows,
                .table = g_new (float, n_rows *n_vocabulary) };
}

static Toy
toy_from_golden (void)
{
  const json_t *table = json_object_get (golden, "table");
  size_t n = json_array_size (json_array_get (table, 0));
  Toy toy = toy_new (json_array_size (table), n);

  for (size_t i = 0; i < toy.n_rows * n; i++)
    toy.table[i] = score_at (json_array_get (table, i / n), i % n);
  return toy;
}

static Toy
toy_of_chance (size_t n_rows, size_t n_vocabulary, uint64_t seed)
{
  Toy toy = toy_new (n_rows, n_vocabulary);
  PhRandom random;

  ph_random_start (&random, seed, 0);
  for (size_t i = 0; i < n_rows * n_vocabulary; i++)
    toy.table[i] = (float) (2 * ph_random_normal (&random));
  return toy;
}

/* --- runs --- */

typedef struct {
  PhContext context;
  PhPass pass;
  atomic_bool stopped;
  size_t stop_at; /* tokens at which it is stopped; 0: never */

  GArray *ids, *probabilities;
  size_t n_calls, n_replaced; /* calls that took back what the one before had told */
  PhStop stop;
} Run;

static Run *
run_new (void)
{
  Run *run = g_new0 (Run, 1);

  run->context = (PhContext){ .arena = ph_arena_new (), .stop = &run->stopped };
  run->pass = (PhPass){ .context = &run->context };
  run->ids = g_array_new (FALSE, FALSE, sizeof (int32_t));
  run->probabilities = g_array_new (FALSE, FALSE, sizeof (float));
  return run;
}

static void
run_free (Run *run)
{
  ph_arena_free (run->context.arena);
  g_array_unref (run->ids);
  g_array_unref (run->probabilities);
  g_free (run);
}

static void
written_cb (void *data, const int32_t *ids, const float *probabilities, size_t n)
{
  Run *run = data;

  if (run->ids->len > 0 &&
      (n < run->ids->len ||
       memcmp (run->ids->data, ids, run->ids->len * sizeof *ids) != 0))
    run->n_replaced++;
  run->n_calls++;
  g_array_set_size (run->ids, 0);
  g_array_append_vals (run->ids, ids, (guint) n);
  g_array_set_size (run->probabilities, 0);
  g_array_append_vals (run->probabilities, probabilities, (guint) n);
  if (run->stop_at > 0 && n >= run->stop_at)
    atomic_store (&run->stopped, true);
}

static PhTensor *
prompt_of (Run *run, const GArray *ids)
{
  PhTensor *prompt = ph_tensor_new (&run->context, PH_DIMS (1, ids->len, 1));

  for (guint i = 0; i < ids->len; i++)
    prompt->data[i] = (float) g_array_index (ids, int32_t, i);
  return prompt;
}

static bool
generate (Run *run,
          Toy *toy,
          const GArray *prompt,
          const GArray *stops,
          const PhSampling *sampling,
          GError **error)
{
  return ph_generate (&(PhGeneration){ .lm = &toy->lm,
                                       .pass = &run->pass,
                                       .prompt = prompt_of (run, prompt),
                                       .prompt_ids = (const int32_t *) prompt->data,
                                       .n_prompt_ids = prompt->len,
                                       .sampling = sampling,
                                       .stop_ids = (const int32_t *) stops->data,
                                       .n_stop_ids = stops->len,
                                       .newline_id = 9,
                                       .written = written_cb,
                                       .data = run },
                      &run->stop, error);
}

static GArray *
ids_of (int n, ...)
{
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (int32_t));
  va_list list;

  va_start (list, n);
  for (int i = 0; i < n; i++) {
    int32_t id = va_arg (list, int);

    g_array_append_val (ids, id);
  }
  va_end (list);
  return ids;
}

static PhSampling
sampling_of (const json_t *settings)
{
  PhSampling sampling = PH_SAMPLING_GREEDY;

  sampling.n_beams = (int) real (settings, "num_beams", 1);
  sampling.length_penalty = real (settings, "length_penalty", 1);
  sampling.early_stopping = json_is_true (json_object_get (settings, "early_stopping"));
  sampling.repetition_penalty = real (settings, "repetition_penalty", 1);
  sampling.min_new_tokens = (int) real (settings, "min_new_tokens", 0);
  sampling.max_new_tokens = (int) real (settings, "max_new_tokens", 0);
  return sampling;
}

/* --- answers --- */

static void
assert_ids (const GArray *found, const GArray *expected)
{
  ck_assert_uint_eq (found->len, expected->len);
  ck_assert_mem_eq (found->data, expected->data, expected->len * sizeof (int32_t));
}

START_TEST (answers_are_those_of_transformers)
{
  const json_t *settings = golden_at ("cases", _i);
  g_autoptr (GArray) prompt = read_ids (settings, "prompt");
  g_autoptr (GArray) stops = read_ids (settings, "stops");
  g_autoptr (GArray) expected = read_ids (settings, "ids");
  PhSampling sampling = sampling_of (settings);
  Toy toy = toy_from_golden ();
  Run *run = run_new ();
  int32_t last = g_array_index (expected, int32_t, expected->len - 1);

  ck_assert (generate (run, &toy, prompt, stops, &sampling, NULL));
  assert_ids (run->ids, expected);
  ck_assert_int_eq (run->stop, last == 5                      ? PH_STOP_EOS
                               : last == 9 && stops->len == 2 ? PH_STOP_NEWLINE
                                                              : PH_STOP_LIMIT);
  run_free (run);
  g_free (toy.table);
}
END_TEST

/* A sequence that starts from a token of its own penalises that one and not the prompt:
 * the same as reading that token as a prompt. */
START_TEST (an_encoder_decoder_penalises_its_start_and_not_the_prompt)
{
  g_autoptr (GArray) prompt = ids_of (1, 7), stops = ids_of (1, 5);
  PhSampling sampling = PH_SAMPLING_GREEDY;
  Toy toy = toy_of_chance (5, 12, 3);
  Run *as_prompt = run_new (), *apart = run_new (), *unpenalised = run_new ();
  int32_t greatest;

  sampling.max_new_tokens = 1;
  ck_assert (generate (unpenalised, &toy, prompt, stops, &sampling, NULL));
  greatest = g_array_index (unpenalised->ids, int32_t, 0);

  sampling.repetition_penalty = 90;
  toy.lm.reads_prompt_apart = true;
  toy.lm.start_id = greatest;
  ck_assert (generate (apart, &toy, prompt, stops, &sampling, NULL));
  ck_assert_int_ne (g_array_index (apart->ids, int32_t, 0), greatest);

  toy.lm.start_id = 7;
  ck_assert (generate (as_prompt, &toy, prompt, stops, &sampling, NULL));
  ck_assert_int_eq (g_array_index (as_prompt->ids, int32_t, 0), greatest);
  run_free (as_prompt);
  run_free (apart);
  run_free (unpenalised);
  g_free (toy.table);
}
END_TEST

static double
log_probability (const Toy *toy, const int32_t *last, int32_t id)
{
  size_t n = toy->lm.n_vocabulary;
  const float *row = toy->table + (size_t) (last[1] + 3 * last[0]) % toy->n_rows * n;

  return row[id] - ph_scores_log_total (row, n);
}

START_TEST (probabilities_are_those_of_the_model_whatever_the_settings)
{
  g_autoptr (GArray) prompt = ids_of (2, 3, 7), stops = ids_of (1, 5);
  PhSampling sampling = PH_SAMPLING_GREEDY;
  Toy toy = toy_of_chance (7, 12, 3);
  Run *run = run_new ();
  int32_t last[2] = { 3, 7 };

  sampling.n_beams = _i == 0 ? 3 : 1;
  sampling.sampled = _i == 1;
  sampling.top_k = 4;
  sampling.temperature = 0.5;
  sampling.repetition_penalty = 1.5;
  sampling.min_new_tokens = 6;
  ck_assert (generate (run, &toy, prompt, stops, &sampling, NULL));
  ck_assert_uint_ge (run->ids->len, 6);
  for (guint i = 0; i < run->ids->len; i++) {
    int32_t id = g_array_index (run->ids, int32_t, i);

    ck_assert_double_eq_tol (g_array_index (run->probabilities, float, i),
                             exp (log_probability (&toy, last, id)), 1e-6);
    last[0] = last[1];
    last[1] = id;
  }
  run_free (run);
  g_free (toy.table);
}
END_TEST

START_TEST (the_limit_is_cut_at_the_room_that_the_model_has)
{
  g_autoptr (GArray) prompt = ids_of (2, 3, 7), none = ids_of (0);
  PhSampling sampling = PH_SAMPLING_GREEDY;
  Toy toy = toy_of_chance (7, 12, 3);
  Run *run = run_new ();
  g_autoptr (GError) error = NULL;

  sampling.n_beams = _i + 1;
  toy.lm.n_positions = 6;
  ck_assert (generate (run, &toy, prompt, none, &sampling, NULL));
  ck_assert_uint_eq (run->ids->len, 4);
  ck_assert_int_eq (run->stop, PH_STOP_FULL);

  sampling.max_new_tokens = 4;
  ck_assert (generate (run, &toy, prompt, none, &sampling, NULL));
  ck_assert_uint_eq (run->ids->len, 4);
  ck_assert_int_eq (run->stop, PH_STOP_LIMIT);

  toy.lm.n_positions = 2;
  ck_assert (!generate (run, &toy, prompt, none, &sampling, &error));
  ck_assert (strstr (error->message, "no room") != NULL);
  run_free (run);
  g_free (toy.table);
}
END_TEST

/* --- beams against all texts there are --- */

typedef struct {
  const Toy *toy;
  double length_penalty, best;
  size_t most;
  int32_t ids[8], best_ids[8];
  size_t n_best;
} Exhaustive;

/* Every text of at most @most tokens that ends with 0 or at the limit. */
static void
look_at_all (Exhaustive *self, const int32_t *last, size_t n, double sum)
{
  for (int32_t id = 0; id < (int32_t) self->toy->lm.n_vocabulary; id++) {
    double more = sum + log_probability (self->toy, last, id);
    double score = more / pow ((double) n + 1, self->length_penalty);

    self->ids[n] = id;
    if (id != 0 && n + 1 < self->most) {
      look_at_all (self, (int32_t[]){ last[1], id }, n + 1, more);
    } else if (score > self->best) {
      self->best = score;
      self->n_best = n + 1;
      memcpy (self->best_ids, self->ids, sizeof self->ids);
    }
  }
}

START_TEST (as_many_beams_as_texts_find_the_best_of_all)
{
  g_autoptr (GArray) prompt = ids_of (2, 1, 2), stops = ids_of (1, 0);
  PhSampling sampling = PH_SAMPLING_GREEDY;
  Toy toy = toy_of_chance (6, 3, (uint64_t) _i + 40);
  Exhaustive all = { .toy = &toy, .most = 4, .best = -INFINITY };
  Run *run = run_new ();

  all.length_penalty = sampling.length_penalty = _i % 3 - 1;
  sampling.n_beams = PH_MOST_BEAMS;
  sampling.max_new_tokens = (int) all.most;
  look_at_all (&all, (int32_t[]){ 1, 2 }, 0, 0);
  ck_assert (generate (run, &toy, prompt, stops, &sampling, NULL));
  ck_assert_uint_eq (run->ids->len, all.n_best);
  ck_assert_mem_eq (run->ids->data, all.best_ids, all.n_best * sizeof (int32_t));
  run_free (run);
  g_free (toy.table);
}
END_TEST

/* --- stopping --- */

START_TEST (a_stop_keeps_what_is_written_and_the_next_answer_is_right)
{
  g_autoptr (GArray) prompt = ids_of (2, 3, 7), none = ids_of (0);
  PhSampling sampling = PH_SAMPLING_GREEDY;
  Toy toy = toy_of_chance (7, 12, 3);
  Run *whole = run_new (), *stopped = run_new ();

  sampling.n_beams = _i == 0 ? 1 : 4;
  sampling.max_new_tokens = 9;
  ck_assert (generate (whole, &toy, prompt, none, &sampling, NULL));
  stopped->stop_at = 5;
  ck_assert (generate (stopped, &toy, prompt, none, &sampling, NULL));
  ck_assert_int_eq (stopped->stop, PH_STOP_CANCELLED);
  ck_assert_uint_eq (stopped->ids->len, 5);
  ck_assert_uint_eq (stopped->probabilities->len, 5);

  atomic_store (&stopped->stopped, false);
  stopped->stop_at = 0;
  ck_assert (generate (stopped, &toy, prompt, none, &sampling, NULL));
  assert_ids (stopped->ids, whole->ids);
  run_free (whole);
  run_free (stopped);
  g_free (toy.table);
}
END_TEST

START_TEST (a_run_stopped_before_its_first_token_tells_nothing)
{
  g_autoptr (GArray) prompt = ids_of (2, 3, 7), none = ids_of (0);
  PhSampling sampling = PH_SAMPLING_GREEDY;
  Toy toy = toy_of_chance (7, 12, 3);
  Run *run = run_new ();

  sampling.n_beams = 1 + _i;
  atomic_store (&run->stopped, true);
  ck_assert (generate (run, &toy, prompt, none, &sampling, NULL));
  ck_assert_int_eq (run->stop, PH_STOP_CANCELLED);
  ck_assert_uint_eq (run->n_calls, 0);
  run_free (run);
  g_free (toy.table);
}
END_TEST

START_TEST (only_beams_take_back_what_they_told)
{
  g_autoptr (GArray) prompt = ids_of (2, 3, 7), none = ids_of (0);
  PhSampling sampling = PH_SAMPLING_GREEDY;
  size_t n_replaced[2] = { 0 };

  for (uint64_t seed = 0; seed < 20; seed++)
    for (int i = 0; i < 2; i++) {
      Toy toy = toy_of_chance (7, 12, seed);
      Run *run = run_new ();

      sampling.max_new_tokens = 12;
      sampling.n_beams = i == 0 ? 1 : 4;
      ck_assert (generate (run, &toy, prompt, none, &sampling, NULL));
      n_replaced[i] += run->n_replaced;
      run_free (run);
      g_free (toy.table);
    }
  ck_assert_uint_eq (n_replaced[0], 0);
  ck_assert_uint_gt (n_replaced[1], 0);
}
END_TEST

/* --- what is refused --- */

START_TEST (scores_that_are_not_numbers_fail)
{
  g_autoptr (GArray) prompt = ids_of (2, 3, 7), none = ids_of (0);
  PhSampling sampling = PH_SAMPLING_GREEDY;
  Toy toy = toy_of_chance (7, 12, 3);
  Run *run = run_new ();
  g_autoptr (GError) error = NULL;

  sampling.n_beams = 1 + _i;
  for (size_t i = 0; i < 7; i++)
    toy.table[12 * i + 4] = NAN;
  ck_assert (!generate (run, &toy, prompt, none, &sampling, &error));
  ck_assert (g_error_matches (error, PH_ERROR, PH_ERROR_FORMAT));
  run_free (run);
  g_free (toy.table);
}
END_TEST

/* All tokens banned: nothing to choose from, and nothing to crash on. */
START_TEST (a_vocabulary_of_stop_tokens_alone_ends)
{
  g_autoptr (GArray) prompt = ids_of (1, 0), stops = ids_of (2, 0, 1);
  PhSampling sampling = PH_SAMPLING_GREEDY;
  Toy toy = toy_of_chance (3, 2, 3);
  Run *run = run_new ();

  sampling.n_beams = _i == 1 ? 3 : 1;
  sampling.sampled = _i == 2;
  sampling.top_k = 1;
  sampling.min_new_tokens = 3;
  ck_assert (generate (run, &toy, prompt, stops, &sampling, NULL));
  run_free (run);
  g_free (toy.table);
}
END_TEST

typedef struct {
  PhSampling sampling;
  const char *complaint;
} Refused;

#define GOOD .temperature = 1, .top_p = 1, .n_beams = 1, .repetition_penalty = 1

static const Refused refused[] = {
  { { GOOD, .max_new_tokens = 0 }, "0 new tokens, not 1 to 4096" },
  { { GOOD, .max_new_tokens = 4097 }, "4097 new tokens" },
  { { GOOD, .max_new_tokens = 4, .min_new_tokens = 5 }, "at least 5 new tokens" },
  { { GOOD, .max_new_tokens = 4, .min_new_tokens = -1 }, "at least -1" },
  { { .n_beams = 1, .max_new_tokens = 4 }, "repetition penalty 0" },
  { { .n_beams = 1, .repetition_penalty = NAN, .max_new_tokens = 4 }, "penalty nan" },
  { { .n_beams = 0, .repetition_penalty = 1, .max_new_tokens = 4 }, "0 beams" },
  { { .n_beams = 33, .repetition_penalty = 1, .max_new_tokens = 4 }, "33 beams" },
  { { GOOD, .length_penalty = INFINITY, .max_new_tokens = 4 }, "length penalty inf" },
  { { .sampled = true,
      .top_p = 1,
      .n_beams = 1,
      .repetition_penalty = 1,
      .max_new_tokens = 4 },
    "temperature 0" },
  { { .sampled = true,
      .temperature = 1,
      .n_beams = 1,
      .repetition_penalty = 1,
      .max_new_tokens = 4 },
    "top-p 0" },
  { { GOOD, .sampled = true, .top_k = -1, .max_new_tokens = 4 }, "top-k -1" },
  { { .sampled = true,
      .temperature = 1,
      .top_p = 1,
      .n_beams = 2,
      .repetition_penalty = 1,
      .max_new_tokens = 4 },
    "exclude each other" },
};

START_TEST (settings_that_mean_nothing_are_refused)
{
  g_autoptr (GError) error = NULL;

  ck_assert (!ph_sampling_check (&refused[_i].sampling, &error));
  ck_assert_msg (strstr (error->message, refused[_i].complaint) != NULL, "%s",
                 error->message);
}
END_TEST

static int
n_golden (const char *part)
{
  return (int) json_array_size (json_object_get (golden, part));
}

int
main (void)
{
  Suite *suite = suite_create ("generate");
  TCase *all = tcase_create ("all");
  SRunner *runner = srunner_create (suite);
  int n_failed;

  golden = ph_json_load (TEST_DATA "/generation.json", NULL);
  tcase_set_timeout (all, 0);
  tcase_add_loop_test (all, scores_are_processed_as_by_transformers, 0,
                       n_golden ("processors"));
  tcase_add_test (all, ids_that_have_no_score_are_passed_over);
  tcase_add_test (all, the_best_are_the_largest_and_of_equals_the_first);
  tcase_add_test (all, entropy_is_that_of_the_probabilities);
  tcase_add_test (all, tokens_are_drawn_as_often_as_their_probability_says);
  tcase_add_loop_test (all, answers_are_those_of_transformers, 0, n_golden ("cases"));
  tcase_add_test (all, an_encoder_decoder_penalises_its_start_and_not_the_prompt);
  tcase_add_loop_test (all, probabilities_are_those_of_the_model_whatever_the_settings, 0,
                       3);
  tcase_add_loop_test (all, the_limit_is_cut_at_the_room_that_the_model_has, 0, 2);
  tcase_add_loop_test (all, as_many_beams_as_texts_find_the_best_of_all, 0, 12);
  tcase_add_loop_test (all, a_stop_keeps_what_is_written_and_the_next_answer_is_right, 0,
                       2);
  tcase_add_loop_test (all, a_run_stopped_before_its_first_token_tells_nothing, 0, 2);
  tcase_add_test (all, only_beams_take_back_what_they_told);
  tcase_add_loop_test (all, scores_that_are_not_numbers_fail, 0, 2);
  tcase_add_loop_test (all, a_vocabulary_of_stop_tokens_alone_ends, 0, 3);
  tcase_add_loop_test (all, settings_that_mean_nothing_are_refused, 0,
                       G_N_ELEMENTS (refused));
  suite_add_tcase (suite, all);
  srunner_run_all (runner, CK_ENV);
  n_failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  json_decref (golden);
  return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

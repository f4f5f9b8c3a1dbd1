/* T5 against transformers, without Python: tests/reference/t5.py left in tests/data/t5
 * small random models and what they answer.  Beside that the equivalences every language
 * model owes: one token at a time = all at once, rows side by side = each alone, stopped
 * = never begun. */
#include "core/base/error.h"
#include "core/formats/json.h"
#include "core/formats/safetensors.h"
#include "core/formats/store.h"
#include "core/lm/t5-private.h"
#include "core/lm/t5.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TOLERANCE 2e-5 /* of the rms of a tensor */
#define N_IDS 20

typedef struct {
  const char *folder;
  int prompt;
} Case;

static const Case cases[] = {
  { "plain", 0 },
  { "plain", 1 }, /* 200 positions: distances beyond the last bucket */
  { "bf16", 0 },
  { "tied", 0 },
};

typedef struct {
  const Case *given;
  PhStore *store;
  PhSafetensors *golden;
  PhLm *lm;
  PhLmState *state;
  PhTensor prompt;
  const int32_t *ids;
  atomic_bool stop;
  PhContext context;
  PhPass pass;
} Bench;

/* --- a model and what is known of it --- */

static const PhStoredTensor *
known (const Bench *b, const char *name)
{
  g_autofree char *whole = g_strdup_printf ("%d.%s", b->given->prompt, name);
  const PhStoredTensor *tensor = ph_safetensors_find (b->golden, whole);

  ck_assert_msg (tensor != NULL, "no golden %s", whole);
  return tensor;
}

static PhLm *
load_model (PhStore *store, const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "config.json", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (PhJson) config = ph_json_load (path, &error);
  PhLm *lm = ph_lm_t5.new(config, &error);

  ck_assert_msg (lm != NULL, "%s", error != NULL ? error->message : "");
  ck_assert_msg (lm->class->bind (lm, ph_store_get_binder (store), "", &error) &&
                     ph_store_check_all_used (store, &error),
                 "%s", error != NULL ? error->message : "");
  return lm;
}

static Bench *
bench_new (const Case *given)
{
  g_autofree char *folder = g_build_filename (TEST_DATA, "t5", given->folder, NULL);
  g_autofree char *golden = g_build_filename (folder, "golden.safetensors", NULL);
  Bench *b = g_new0 (Bench, 1);
  const PhStoredTensor *prompt;

  b->given = given;
  b->store = ph_store_open (folder, NULL);
  b->golden = ph_safetensors_open (golden, NULL);
  ck_assert (b->store != NULL && b->golden != NULL);
  b->lm = load_model (b->store, folder);
  b->state = b->lm->class->state_new (b->lm, 3, N_IDS);

  prompt = known (b, "prompt");
  b->prompt = (PhTensor){ .n_dims = 3,
                          .dims = { 1, prompt->dims[0], prompt->dims[1] },
                          .data = g_memdup2 (prompt->data, prompt->n_bytes),
                          .slot = PH_NO_SLOT };
  b->ids = g_memdup2 (known (b, "ids")->data, N_IDS * sizeof *b->ids);
  b->context = (PhContext){ .arena = ph_arena_new (), .stop = &b->stop };
  b->pass = (PhPass){ .context = &b->context };
  return b;
}

static void
bench_free (Bench *b)
{
  b->lm->class->state_free (b->state);
  ph_lm_free (b->lm);
  ph_safetensors_free (b->golden);
  ph_store_free (b->store);
  ph_arena_free (b->context.arena);
  g_free (b->prompt.data);
  g_free ((int32_t *) b->ids);
  g_free (b);
}

static PhTensor *
begin (Bench *b)
{
  return b->lm->class->begin (b->lm, &b->pass, b->state, &b->prompt);
}

static PhTensor *
next (Bench *b, const int32_t *ids, size_t n_ids)
{
  return b->lm->class->next (b->lm, &b->pass, b->state, ids, n_ids);
}

/* @n numbers at @got against those of @want from the @first on. */
static void
assert_close (const float *got, const PhStoredTensor *want, size_t first, size_t n)
{
  size_t n_all = want->n_bytes / sizeof (float);
  g_autofree float *values = g_memdup2 (want->data, want->n_bytes);
  double squares = 0, allowed;

  ck_assert_str_eq (want->type, "F32");
  ck_assert_uint_le (first + n, n_all);
  for (size_t i = 0; i < n_all; i++)
    squares += (double) values[i] * values[i];
  allowed = TOLERANCE * sqrt (squares / (double) n_all);
  for (size_t i = 0; i < n; i++)
    ck_assert_msg (fabs ((double) got[i] - values[first + i]) <= allowed,
                   "%s: number %zu is %g, not %g within %g", want->name, first + i,
                   got[i], values[first + i], allowed);
}

/* --- the reference --- */

START_TEST (the_encoder_gives_the_states_of_the_reference)
{
  Bench *b = bench_new (&cases[_i]);
  PhTensor *x = ph_t5_encode ((PhT5 *) b->lm, &b->context, &b->prompt);

  ck_assert (ph_same_shape (x, &b->prompt));
  assert_close (x->data, known (b, "encoded"), 0, ph_n_elements (x));
  bench_free (b);
}
END_TEST

static int32_t
greatest (const PhTensor *logits)
{
  size_t best = 0;

  for (size_t i = 1; i < ph_width (logits); i++)
    if (logits->data[i] > logits->data[best])
      best = i;
  return (int32_t) best;
}

/* Answers greedily, one token at a time, and holds all against the reference. */
static void
assert_answer (Bench *b)
{
  PhTensor *logits = begin (b);
  size_t n = b->lm->n_vocabulary;

  for (size_t i = 0; i < N_IDS; i++) {
    ck_assert_int_eq (logits->n_dims, 3);
    ck_assert_uint_eq (ph_n_elements (logits), n);
    assert_close (logits->data, known (b, "logits"), i * n, n);
    ck_assert_int_eq (greatest (logits), b->ids[i]);
    logits = next (b, &b->ids[i], 1);
  }
}

START_TEST (an_answer_has_the_ids_and_scores_of_the_reference)
{
  Bench *b = bench_new (&cases[_i]);

  assert_answer (b);
  bench_free (b);
}
END_TEST

START_TEST (all_tokens_at_once_are_scored_like_one_at_a_time)
{
  Bench *b = bench_new (&cases[_i]);
  size_t n = b->lm->n_vocabulary;
  PhTensor *logits;

  begin (b);
  logits = next (b, b->ids, N_IDS - 1);
  ck_assert (ph_n_elements (logits) == (N_IDS - 1) * n);
  assert_close (logits->data, known (b, "logits"), n, (N_IDS - 1) * n);
  bench_free (b);
}
END_TEST

/* --- probes --- */

typedef struct {
  PhProbe probe;
  Bench *bench;
  int n_seen;
} Listener;

/* The golden probabilities are of all positions at once, layer by head by query by key:
 * what is seen here are those of the queries after the first. */
static void
compare_attention (PhProbe *probe, PhProbePoint point, int layer, PhTensor *values)
{
  Listener *self = (Listener *) probe;
  bool crosses = point == PH_PROBE_LM_CROSS_ATTENTION;
  const PhStoredTensor *want = known (self->bench, crosses ? "cross" : "self");
  size_t n_heads = values->dims[1], n_queries = values->dims[2], n_keys = values->dims[3];

  ck_assert_uint_eq (n_queries, N_IDS - 1);
  ck_assert_uint_eq (n_keys, want->dims[3]);
  for (size_t head = 0; head < n_heads; head++)
    assert_close (values->data + head * n_queries * n_keys, want,
                  (((size_t) layer * n_heads + head) * N_IDS + 1) * n_keys,
                  n_queries * n_keys);
  self->n_seen++;
}

START_TEST (probes_see_the_attention_of_the_reference)
{
  Bench *b = bench_new (&cases[0]);
  Listener listener = { .probe = { PH_WANTED (PH_PROBE_LM_SELF_ATTENTION) |
                                       PH_WANTED (PH_PROBE_LM_CROSS_ATTENTION),
                                   compare_attention },
                        .bench = b };
  size_t n = b->lm->n_vocabulary;

  begin (b);
  b->pass.probe = &listener.probe;
  assert_close (next (b, b->ids, N_IDS - 1)->data, known (b, "logits"), n,
                (N_IDS - 1) * n);
  ck_assert_int_eq (listener.n_seen, 2 * 3);
  bench_free (b);
}
END_TEST

/* --- rows and stops --- */

#define N_ROWS 3

/* Scores of the last of @ids after a prompt, alone in a state. */
static void
assert_like_alone (Bench *b, const float *row, const int32_t *ids, size_t n_ids)
{
  PhLmState *alone = b->lm->class->state_new (b->lm, 1, n_ids);
  PhTensor *logits;

  b->lm->class->begin (b->lm, &b->pass, alone, &b->prompt);
  logits = b->lm->class->next (b->lm, &b->pass, alone, ids, n_ids);
  for (size_t i = 0; i < b->lm->n_vocabulary; i++)
    ck_assert_float_eq_tol (row[i], logits->data[(n_ids - 1) * b->lm->n_vocabulary + i],
                            2e-5f);
  b->lm->class->state_free (alone);
}

START_TEST (rows_side_by_side_are_scored_like_each_alone)
{
  static const size_t spread[N_ROWS] = { 0, 0, 0 }, mixed[N_ROWS] = { 2, 0, 2 };
  static const int32_t first[N_ROWS] = { 5, 9, 30 }, second[N_ROWS] = { 1, 2, 40 };
  Bench *b = bench_new (&cases[_i]);
  size_t n = b->lm->n_vocabulary;
  PhTensor *logits;

  begin (b);
  b->lm->class->state_select (b->state, spread, N_ROWS);
  logits = next (b, first, 1);
  for (size_t row = 0; row < N_ROWS; row++)
    assert_like_alone (b, logits->data + row * n, &first[row], 1);

  b->lm->class->state_select (b->state, mixed, N_ROWS);
  logits = next (b, second, 1);
  for (size_t row = 0; row < N_ROWS; row++) {
    const int32_t ids[] = { first[mixed[row]], second[row] };

    assert_like_alone (b, logits->data + row * n, ids, 2);
  }
  bench_free (b);
}
END_TEST

static void
stop_at_second_block (PhProbe *probe, PhProbePoint point, int layer, PhTensor *values)
{
  Listener *self = (Listener *) probe;

  if (layer == 1)
    atomic_store (&self->bench->stop, true);
}

START_TEST (a_stopped_answer_leaves_the_next_right)
{
  Bench *b = bench_new (&cases[0]);
  Listener listener = {
    .probe = { PH_WANTED (PH_PROBE_LM_SELF_ATTENTION), stop_at_second_block }, .bench = b
  };

  begin (b);
  next (b, b->ids, 3);
  b->pass.probe = &listener.probe;
  next (b, b->ids, 1);
  ck_assert (b->stop);
  begin (b);

  b->pass.probe = NULL;
  atomic_store (&b->stop, false);
  assert_answer (b);
  bench_free (b);
}
END_TEST

/* --- configs --- */

static json_t *
parse (const char *text)
{
  json_t *config = ph_json_parse (text, strlen (text), 100, NULL);

  ck_assert_ptr_nonnull (config);
  return config;
}

#define GATED "\"feed_forward_proj\": \"gated-gelu\", \"dense_act_fn\": \"gelu\""

static const struct {
  const char *config, *complaint;
} refused[] = {
  { "{}", "a T5 with relu," },
  { "{\"feed_forward_proj\": \"gated-gelu\"}", "a T5 with gated gelu_new," },
  { "{\"feed_forward_proj\": \"gated-silu\"}", "a T5 with gated silu," },
  { "{\"feed_forward_proj\": \"gelu\"}", "a T5 with gelu," },
  { "{\"is_gated_act\": false, " GATED "}", "a T5 with gelu," },
  { "{\"feed_forward_proj\": 7}", "text_config.feed_forward_proj is 7, not a string" },
  { "{" GATED ", \"d_model\": 0}", "text_config.d_model is 0, not 1 to 65536" },
  { "{" GATED ", \"d_model\": -1}", "text_config.d_model is -1, not 1 to 65536" },
  { "{" GATED ", \"d_kv\": 1e3}", "text_config.d_kv is 1000, not a whole number" },
  { "{" GATED ", \"num_heads\": 99999999}", "num_heads is 99999999, not 1 to 1024" },
  { "{" GATED ", \"num_layers\": 513}", "num_layers is 513, not 1 to 512" },
  { "{" GATED ", \"num_decoder_layers\": 0}", "num_decoder_layers is 0, not 1 to 512" },
  { "{" GATED ", \"layer_norm_epsilon\": 0}", "layer_norm_epsilon is 0, not" },
  { "{" GATED ", \"relative_attention_num_buckets\": 3}", "num_buckets is 3, not 4" },
  { "{" GATED ", \"relative_attention_max_distance\": 16}",
    "relative_attention_max_distance is 16, not above half of the 32 buckets" },
  { "{" GATED ", \"decoder_start_token_id\": -1}", "decoder_start_token_id is -1, not" },
};

START_TEST (other_kinds_and_hostile_numbers_are_refused_in_a_line)
{
  g_autoptr (PhJson) config = parse (refused[_i].config);
  g_autoptr (GError) error = NULL;

  ck_assert_ptr_null (ph_lm_t5.new(config, &error));
  ck_assert (error->domain == PH_ERROR);
  ck_assert_msg (strstr (error->message, refused[_i].complaint) != NULL, "%s",
                 error->message);
  ck_assert_ptr_null (strchr (error->message, '\n'));
}
END_TEST

START_TEST (what_a_config_leaves_out_is_as_in_the_reference)
{
  g_autoptr (PhJson) config = parse ("{" GATED ", \"num_layers\": 3}");
  PhT5Config read;

  ck_assert (ph_t5_config_read (&read, config, NULL));
  ck_assert_uint_eq (read.width, 512);
  ck_assert_uint_eq (read.inner, 2048);
  ck_assert_uint_eq (read.n_encoder_blocks, 3);
  ck_assert_uint_eq (read.n_decoder_blocks, 3);
  ck_assert_uint_eq (read.n_heads, 8);
  ck_assert_uint_eq (read.head_size, 64);
  ck_assert_uint_eq (read.n_vocabulary, 32128);
  ck_assert_uint_eq (read.n_buckets, 32);
  ck_assert_uint_eq (read.max_distance, 128);
  ck_assert_double_eq (read.eps, 1e-6);
  ck_assert_int_eq (read.start_id, 0);
}
END_TEST

/* Newer files always say that the tables are tied. */
static const struct {
  const char *config;
  bool scaled;
} scalings[] = {
  { "{" GATED "}", true },
  { "{" GATED ", \"tie_word_embeddings\": true}", true },
  { "{" GATED ", \"tie_word_embeddings\": false}", false },
  { "{" GATED ", \"tie_word_embeddings\": true, \"scale_decoder_outputs\": false}",
    false },
};

START_TEST (scores_are_scaled_where_the_reference_scales_them)
{
  g_autoptr (PhJson) config = parse (scalings[_i].config);
  PhT5Config read;

  ck_assert (ph_t5_config_read (&read, config, NULL));
  ck_assert (read.scaled == scalings[_i].scaled);
}
END_TEST

START_TEST (a_start_that_is_no_token_is_refused)
{
  Bench *b = bench_new (&cases[0]);
  g_autoptr (GError) error = NULL;

  ((PhT5 *) b->lm)->config.start_id = 53;
  ck_assert (!ph_t5_bind (b->lm, ph_store_get_binder (b->store), "", &error));
  ck_assert_str_eq (error->message,
                    "text_config: decoder_start_token_id is 53, not one of 53 tokens");
  bench_free (b);
}
END_TEST

int
main (void)
{
  Suite *suite = suite_create ("t5");
  TCase *all = tcase_create ("all");
  SRunner *runner = srunner_create (suite);
  int n_cases = G_N_ELEMENTS (cases), n_failed;

  tcase_add_loop_test (all, the_encoder_gives_the_states_of_the_reference, 0, n_cases);
  tcase_add_loop_test (all, an_answer_has_the_ids_and_scores_of_the_reference, 0,
                       n_cases);
  tcase_add_loop_test (all, all_tokens_at_once_are_scored_like_one_at_a_time, 0, n_cases);
  tcase_add_test (all, probes_see_the_attention_of_the_reference);
  tcase_add_loop_test (all, rows_side_by_side_are_scored_like_each_alone, 0, n_cases);
  tcase_add_test (all, a_stopped_answer_leaves_the_next_right);
  tcase_add_loop_test (all, other_kinds_and_hostile_numbers_are_refused_in_a_line, 0,
                       G_N_ELEMENTS (refused));
  tcase_add_test (all, what_a_config_leaves_out_is_as_in_the_reference);
  tcase_add_loop_test (all, scores_are_scaled_where_the_reference_scales_them, 0,
                       G_N_ELEMENTS (scalings));
  tcase_add_test (all, a_start_that_is_no_token_is_refused);
  suite_add_tcase (suite, all);

  srunner_run_all (runner, CK_NORMAL);
  n_failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  return n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

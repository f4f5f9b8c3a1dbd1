/* What every language model in the list owes to the rest (core/lm/lm.h), on small models
 * with weights of chance, stored in f32, f16 or bf16. */
#include "core/base/error.h"
#include "core/formats/json.h"
#include "core/lm/generate.h"
#include "core/tensor/ops.h"
#include "core/tensor/random.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  const char *class;
  const char *config;
} Sizes;

static const Sizes sizes[] = {
  { "llama", "{\"hidden_size\": 24, \"intermediate_size\": 40, \"num_hidden_layers\": 3,"
             " \"num_attention_heads\": 4, \"num_key_value_heads\": 2, \"head_dim\": 10,"
             " \"vocab_size\": 31, \"max_position_embeddings\": 40}" },
  { "opt",
    "{\"hidden_size\": 30, \"ffn_dim\": 44, \"num_hidden_layers\": 3,"
    " \"num_attention_heads\": 3, \"vocab_size\": 31, \"max_position_embeddings\": 40}" },
  { "t5",
    "{\"d_model\": 24, \"d_kv\": 10, \"d_ff\": 40, \"num_heads\": 3, \"num_layers\": 2,"
    " \"num_decoder_layers\": 3, \"vocab_size\": 31, \"tie_word_embeddings\": false,"
    " \"feed_forward_proj\": \"gated-gelu\", \"dense_act_fn\": \"gelu\"}" },
};

static const PhType types[] = { PH_F32, PH_F16, PH_BF16 };

/* --- weights of chance --- */

typedef struct {
  PhBinder binder;
  PhType type;
  PhRandom random;
  GPtrArray *owned;
} Chance;

static uint16_t
round_to_half (float value, PhType type)
{
  uint32_t bits;
  uint16_t half;
  _Float16 f16 = (_Float16) value;

  memcpy (&bits, &value, sizeof bits);
  memcpy (&half, &f16, sizeof half);
  return type == PH_F16 ? half : (uint16_t) (bits >> 16);
}

static bool
bind_chance (PhBinder *binder,
             const char *name,
             PhTensor *tensor,
             int n_dims,
             const size_t *dims,
             bool optional,
             GError **error)
{
  Chance *self = (Chance *) binder;
  float spread;
  void *stored;
  size_t n;

  *tensor = (PhTensor){ .type = self->type, .n_dims = n_dims, .slot = PH_NO_SLOT };
  memcpy (tensor->dims, dims, (size_t) n_dims * sizeof *dims);
  if (optional)
    return true;

  n = ph_n_elements (tensor);
  stored = g_malloc (n * ph_type_bytes (self->type));
  spread = n_dims == 1 || strstr (name, "embed") != NULL
               ? 1
               : 1.5f / sqrtf ((float) dims[n_dims - 1]);
  for (size_t i = 0; i < n; i++) {
    float value = spread * (float) ph_random_normal (&self->random);

    if (self->type == PH_F32)
      ((float *) stored)[i] = value;
    else
      ((uint16_t *) stored)[i] = round_to_half (value, self->type);
  }
  tensor->stored = stored;
  g_ptr_array_add (self->owned, stored);
  return true;
}

typedef struct {
  Chance weights;
  PhLm *lm;
  PhContext context;
  PhPass pass;
  PhTensor *prompt;
} Bench;

#define N_PROMPT 5

static const Sizes *
sizes_of (const PhLmClass *class)
{
  for (size_t i = 0; i < G_N_ELEMENTS (sizes); i++)
    if (g_str_equal (sizes[i].class, class->name))
      return &sizes[i];
  ck_abort_msg ("no sizes to test %s with", class->name);
  return NULL;
}

/* The class and the type of its weights that loop number @i stands for. */
static Bench *
bench_new (int i)
{
  Bench *b = g_new0 (Bench, 1);
  const PhLmClass *class = ph_lm_classes ()[i / (int) G_N_ELEMENTS (types)];
  const char *text = sizes_of (class)->config;
  g_autoptr (PhJson) config = ph_json_parse (text, strlen (text), 100, NULL);

  b->weights = (Chance){ .binder = { bind_chance },
                         .type = types[i % (int) G_N_ELEMENTS (types)],
                         .owned = g_ptr_array_new_with_free_func (g_free) };
  ph_random_start (&b->weights.random, 7, 0);
  b->lm = ph_lm_new (config, class->name, NULL);
  ck_assert_ptr_nonnull (b->lm);
  ck_assert (class->bind (b->lm, &b->weights.binder, "", NULL));
  b->context = (PhContext){ .arena = ph_arena_new () };
  b->pass = (PhPass){ .context = &b->context };
  b->prompt = ph_tensor_new (&b->context, PH_DIMS (1, N_PROMPT, b->lm->width));
  for (size_t k = 0; k < ph_n_elements (b->prompt); k++)
    b->prompt->data[k] = (float) ph_random_normal (&b->weights.random);
  return b;
}

static void
bench_free (Bench *b)
{
  ph_lm_free (b->lm);
  g_ptr_array_unref (b->weights.owned);
  ph_arena_free (b->context.arena);
  g_free (b);
}

static PhLmState *
state_new (Bench *b, size_t n_rows)
{
  return b->lm->class->state_new (b->lm, n_rows, N_PROMPT + 20);
}

static void
assert_close (const float *a, const float *b, size_t n)
{
  for (size_t i = 0; i < n; i++)
    ck_assert_msg (fabsf (a[i] - b[i]) <= 1e-4f * (1 + fabsf (a[i])),
                   "value %zu: %g and %g", i, a[i], b[i]);
}

static const int32_t text[] = { 4, 17, 0, 30, 4, 4, 21, 9 };

#define N_TEXT G_N_ELEMENTS (text)

/* --- the interface --- */

START_TEST (one_token_at_a_time_equals_all_at_once)
{
  Bench *b = bench_new (_i);
  const PhLmClass *class = b->lm->class;
  size_t n = b->lm->n_vocabulary;
  PhLmState *state = state_new (b, 1);
  PhTensor *first = class->begin (b->lm, &b->pass, state, b->prompt);
  PhTensor *all = class->next (b->lm, &b->pass, state, text, N_TEXT);
  PhTensor *again = class->begin (b->lm, &b->pass, state, b->prompt);

  ck_assert_uint_eq (ph_n_elements (first), n);
  ck_assert_uint_eq (ph_n_elements (all), N_TEXT * n);
  ck_assert_mem_eq (first->data, again->data, n * sizeof (float));
  for (size_t i = 0; i < N_TEXT; i++)
    assert_close (all->data + i * n,
                  class->next (b->lm, &b->pass, state, &text[i], 1)->data, n);
  class->state_free (state);
  bench_free (b);
}
END_TEST

/* Models that can be trained score all positions without a state. */
START_TEST (what_is_trained_is_what_answers)
{
  Bench *b = bench_new (_i);
  const PhLmClass *class = b->lm->class;
  size_t n = b->lm->n_vocabulary;
  PhLmState *state = state_new (b, 1);
  PhTensor *behind, *stateless, *all;

  if (class->hidden != NULL) {
    all =
        ph_join (&b->context, b->prompt, class->embed (b->lm, &b->pass, text, 1, N_TEXT));
    stateless = class->logits (b->lm, &b->pass, class->hidden (b->lm, &b->pass, all));
    assert_close (stateless->data + (N_PROMPT - 1) * n,
                  class->begin (b->lm, &b->pass, state, b->prompt)->data, n);
    behind = class->next (b->lm, &b->pass, state, text, N_TEXT);
    assert_close (stateless->data + N_PROMPT * n, behind->data, N_TEXT * n);
  }
  class->state_free (state);
  bench_free (b);
}
END_TEST

/* Scores behind the prompt and @ids, read in a state of their own. */
static PhTensor *
score_alone (Bench *b, const int32_t *ids, size_t n_ids)
{
  const PhLmClass *class = b->lm->class;
  PhLmState *state = state_new (b, 1);
  PhTensor *scores;

  class->begin (b->lm, &b->pass, state, b->prompt);
  scores = class->next (b->lm, &b->pass, state, ids, n_ids);
  class->state_free (state);
  return ph_tokens (&b->context, scores, n_ids - 1, 1);
}

/* One text becomes three, of which the last is dropped and the others change places and
 * are one longer each, then two at a time. */
START_TEST (rows_that_were_chosen_go_on_like_texts_of_their_own)
{
  Bench *b = bench_new (_i);
  const PhLmClass *class = b->lm->class;
  size_t n = b->lm->n_vocabulary;
  PhLmState *state = state_new (b, 3);
  PhTensor *scores;

  class->begin (b->lm, &b->pass, state, b->prompt);
  class->state_select (state, (size_t[]){ 0, 0, 0 }, 3);
  class->next (b->lm, &b->pass, state, (int32_t[]){ 5, 6, 7 }, 1);
  class->state_select (state, (size_t[]){ 1, 0 }, 2);
  scores = class->next (b->lm, &b->pass, state, (int32_t[]){ 8, 9 }, 1);
  assert_close (scores->data, score_alone (b, (int32_t[]){ 6, 8 }, 2)->data, n);
  assert_close (scores->data + n, score_alone (b, (int32_t[]){ 5, 9 }, 2)->data, n);

  class->state_select (state, (size_t[]){ 1, 1, 0 }, 3);
  scores = class->next (b->lm, &b->pass, state, (int32_t[]){ 10, 11, 12, 13, 14, 15 }, 2);
  assert_close (scores->data + 1 * n,
                score_alone (b, (int32_t[]){ 5, 9, 10, 11 }, 4)->data, n);
  assert_close (scores->data + 5 * n,
                score_alone (b, (int32_t[]){ 6, 8, 14, 15 }, 4)->data, n);
  class->state_free (state);
  bench_free (b);
}
END_TEST

START_TEST (memory_that_is_not_to_be_had_gives_no_state)
{
  Bench *b = bench_new (_i);

  ck_assert_ptr_null (b->lm->class->state_new (b->lm, 32, (size_t) 1 << 40));
  bench_free (b);
}
END_TEST

/* --- stopping --- */

typedef struct {
  PhProbe probe;
  atomic_bool *stop;
  int layer;
} Stopper;

static void
stop_cb (PhProbe *probe, PhProbePoint point, int layer, PhTensor *values)
{
  Stopper *self = (Stopper *) probe;

  if (layer == self->layer)
    atomic_store (self->stop, true);
}

START_TEST (cancelled_in_the_middle_the_next_answer_is_right)
{
  Bench *b = bench_new (_i);
  const PhLmClass *class = b->lm->class;
  size_t n = b->lm->n_vocabulary;
  PhLmState *state = state_new (b, 2);
  PhTensor *first = class->begin (b->lm, &b->pass, state, b->prompt);
  PhTensor *second;
  atomic_bool stop = false;
  Stopper stopper = { .probe = { PH_WANTED (PH_PROBE_LM_SELF_ATTENTION), stop_cb },
                      .stop = &stop,
                      .layer = 1 };
  PhPass stopped = { .context = &b->context, .probe = &stopper.probe };

  class->state_select (state, (size_t[]){ 0, 0 }, 2);
  second = class->next (b->lm, &b->pass, state, text, 1);
  b->context.stop = &stop;
  class->next (b->lm, &stopped, state, text, 1);
  ck_assert (stop);

  stop = false;
  assert_close (first->data, class->begin (b->lm, &b->pass, state, b->prompt)->data, n);
  assert_close (second->data, class->next (b->lm, &b->pass, state, text, 1)->data, n);
  class->state_free (state);
  bench_free (b);
}
END_TEST

/* --- generation with a real state --- */

typedef struct {
  int32_t ids[32];
  size_t n;
} Told;

static void
written_cb (void *data, const int32_t *ids, const float *probabilities, size_t n)
{
  Told *told = data;

  told->n = n;
  memcpy (told->ids, ids, n * sizeof *ids);
}

static Told
generate (Bench *b, int n_beams)
{
  PhSampling sampling = PH_SAMPLING_GREEDY;
  const int32_t stop_id = 2;
  Told told = { .n = 0 };
  PhStop stop;

  sampling.n_beams = n_beams;
  sampling.max_new_tokens = 12;
  sampling.min_new_tokens = 6;
  ck_assert (ph_generate (&(PhGeneration){ .lm = b->lm,
                                           .pass = &b->pass,
                                           .prompt = b->prompt,
                                           .sampling = &sampling,
                                           .stop_ids = &stop_id,
                                           .n_stop_ids = 1,
                                           .newline_id = -1,
                                           .written = written_cb,
                                           .data = &told },
                          &stop, NULL));
  return told;
}

static double
log_probability_of (Bench *b, const Told *told)
{
  const PhLmClass *class = b->lm->class;
  size_t n = b->lm->n_vocabulary;
  PhLmState *state = state_new (b, 1);
  PhTensor *scores = class->begin (b->lm, &b->pass, state, b->prompt);
  double sum = 0;

  for (size_t i = 0; i < told->n; i++) {
    double total = 0;

    for (size_t id = 0; id < n; id++)
      total += exp (scores->data[id]);
    sum += scores->data[told->ids[i]] - log (total);
    scores = class->next (b->lm, &b->pass, state, &told->ids[i], 1);
  }
  class->state_free (state);
  return sum;
}

/* Searching guarantees nothing, but on these models six beams do better than one. */
START_TEST (beams_find_what_is_likelier)
{
  Bench *b = bench_new (_i);
  Told greedy = generate (b, 1), found = generate (b, 6);

  ck_assert_uint_ge (found.n, 6);
  ck_assert_double_ge (log_probability_of (b, &found) / (double) found.n,
                       log_probability_of (b, &greedy) / (double) greedy.n - 1e-6);
  bench_free (b);
}
END_TEST

/* --- configs --- */

typedef struct {
  const char *class, *config, *complaint;
} Hostile;

static const Hostile hostile[] = {
  { "gpt2", "{}", "\"gpt2\", not a language model" },
  { "opt", "{\"hidden_size\": 0}", "hidden_size is 0" },
  { "opt", "{\"hidden_size\": 30, \"num_attention_heads\": 4}", "not a multiple of 4" },
  { "opt",
    "{\"hidden_size\": 1024, \"word_embed_proj_dim\": 512, "
    "\"num_attention_heads\": 16}",
    "word_embed_proj_dim 512 beside hidden_size 1024" },
  { "opt", "{\"do_layer_norm_before\": false}", "norms after the sub-layers" },
  { "opt", "{\"_remove_final_layer_norm\": true}", "without the last" },
  { "opt", "{\"layer_norm_elementwise_affine\": false}", "without weights" },
  { "opt", "{\"enable_bias\": false}", "without biases" },
  { "opt", "{\"activation_function\": \"gelu\"}", "without biases or relu" },
  { "opt", "{\"max_position_embeddings\": 1e30}", "max_position_embeddings" },
  { "llama", "{\"hidden_act\": \"gelu\"}", "without silu" },
  { "llama", "{\"rope_scaling\": {\"rope_type\": \"yarn\"}}", "scaled rotary" },
};

START_TEST (what_cannot_be_made_is_refused_with_a_reason)
{
  const Hostile *h = &hostile[_i];
  g_autoptr (PhJson) config = ph_json_parse (h->config, strlen (h->config), 100, NULL);
  g_autoptr (GError) error = NULL;

  ck_assert_ptr_nonnull (config);
  ck_assert_ptr_null (ph_lm_new (config, h->class, &error));
  ck_assert_msg (strstr (error->message, h->complaint) != NULL, "%s", error->message);
  ck_assert_ptr_null (strchr (error->message, '\n'));
}
END_TEST

START_TEST (a_model_has_the_defaults_of_its_class)
{
  g_autoptr (PhJson) config = json_object ();
  g_autoptr (PhLm) lm = ph_lm_new (config, "opt", NULL);

  ck_assert_uint_eq (lm->width, 768);
  ck_assert_uint_eq (lm->n_vocabulary, 50272);
  ck_assert_uint_eq (lm->n_positions, 2048);
  ck_assert_uint_eq (ph_lm_get_room (lm, 2000), 48);
  ck_assert_uint_eq (ph_lm_get_room (lm, 3000), 0);
}
END_TEST

int
main (void)
{
  Suite *suite = suite_create ("lm");
  TCase *all = tcase_create ("all");
  SRunner *runner = srunner_create (suite);
  int n = 0, n_failed;

  while (ph_lm_classes ()[n] != NULL)
    n++;
  n *= (int) G_N_ELEMENTS (types);
  tcase_set_timeout (all, 0);
  tcase_add_loop_test (all, one_token_at_a_time_equals_all_at_once, 0, n);
  tcase_add_loop_test (all, what_is_trained_is_what_answers, 0, n);
  tcase_add_loop_test (all, rows_that_were_chosen_go_on_like_texts_of_their_own, 0, n);
  tcase_add_loop_test (all, memory_that_is_not_to_be_had_gives_no_state, 0, n);
  tcase_add_loop_test (all, cancelled_in_the_middle_the_next_answer_is_right, 0, n);
  tcase_add_loop_test (all, beams_find_what_is_likelier, 0, n);
  tcase_add_loop_test (all, what_cannot_be_made_is_refused_with_a_reason, 0,
                       G_N_ELEMENTS (hostile));
  tcase_add_test (all, a_model_has_the_defaults_of_its_class);
  suite_add_tcase (suite, all);
  srunner_run_all (runner, CK_ENV);
  n_failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

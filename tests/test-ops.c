/* Every operator stands in one table and goes through central differences; the slow
 * obvious version stands beside the fast one where there are two. */
#include "core/tensor/kernels/kernels.h"
#include "core/tensor/ops.h"
#include "core/tensor/pool.h"
#include "core/tensor/random.h"
#include "core/tensor/tape.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_INPUTS 4
#define MAX_VALUES 4096

typedef PhTensor *(*Apply) (PhContext *c, PhTensor **in);

typedef struct {
  const char *name;
  Apply apply;
  int n_inputs;
  struct {
    int n_dims;
    size_t dims[PH_MAX_DIMS];
  } inputs[MAX_INPUTS];
} Operator;

/* --- the table --- */

static const int32_t some_rows[] = { 2, 0, 2, 1, 2 };
static const int32_t targets[] = { 1, -1, 0, 4 };
static const float weights[] = { 1, 1, 0.5f, 2 };
static const float fractions[] = { 0, 1, 0.25f, 1, 0, 0, 1,    0.5f, 0, 1,
                                   0, 0, 0,     1, 1, 0, 0.3f, 0,    1, 0 };
static uint8_t mask[2 * 3 * 4];
static const float term_weights[] = { 0.5f, 2 };

static PhTensor *
linear (PhContext *c, PhTensor **in)
{
  return ph_linear (c, in[0], in[1], in[2]);
}

static PhTensor *
layer_norm (PhContext *c, PhTensor **in)
{
  return ph_layer_norm (c, in[0], in[1], in[2], 1e-5f);
}

static PhTensor *
rms_norm (PhContext *c, PhTensor **in)
{
  return ph_rms_norm (c, in[0], in[1], 1e-5f);
}

static PhTensor *
unit (PhContext *c, PhTensor **in)
{
  return ph_unit (c, in[0]);
}

static PhTensor *
add (PhContext *c, PhTensor **in)
{
  return ph_add (c, in[0], in[1]);
}

static PhTensor *
scale (PhContext *c, PhTensor **in)
{
  return ph_scale (c, in[0], -1.7f);
}

static PhTensor *
divide (PhContext *c, PhTensor **in)
{
  return ph_divide (c, in[0], in[1]);
}

static PhTensor *
gelu (PhContext *c, PhTensor **in)
{
  return ph_gelu (c, in[0]);
}

static PhTensor *
relu (PhContext *c, PhTensor **in)
{
  return ph_relu (c, in[0]);
}

static PhTensor *
silu_multiply (PhContext *c, PhTensor **in)
{
  return ph_silu_multiply (c, in[0], in[1]);
}

static PhTensor *
gelu_multiply (PhContext *c, PhTensor **in)
{
  return ph_gelu_multiply (c, in[0], in[1]);
}

static PhTensor *
rotate (PhContext *c, PhTensor **in)
{
  return ph_rotate (c, in[0], 2, 3, 100);
}

static PhTensor *
attend (PhContext *c, PhTensor **in, bool causal, const uint8_t *shown, PhTensor **p)
{
  size_t size = 3;

  return ph_attention (c, &(PhAttention){ .q = in[0],
                                          .k = in[1],
                                          .v = in[2],
                                          .n_heads = ph_width (in[0]) / size,
                                          .n_key_heads = ph_width (in[1]) / size,
                                          .scale = 0.6f,
                                          .causal = causal,
                                          .mask = shown,
                                          .mask_batch = 2,
                                          .probabilities = p });
}

static PhTensor *
attention (PhContext *c, PhTensor **in)
{
  return attend (c, in, false, NULL, NULL);
}

static PhTensor *
causal_attention (PhContext *c, PhTensor **in)
{
  return attend (c, in, true, NULL, NULL);
}

static PhTensor *
biased_attention (PhContext *c, PhTensor **in)
{
  return ph_attention (c, &(PhAttention){ .q = in[0],
                                          .k = in[1],
                                          .v = in[2],
                                          .n_heads = 2,
                                          .n_key_heads = 2,
                                          .scale = 1,
                                          .bias = in[3],
                                          .causal = true });
}

static PhTensor *
masked_attention (PhContext *c, PhTensor **in)
{
  return attend (c, in, false, mask, NULL);
}

/* The answer and the probabilities both flow back. */
static PhTensor *
grounded_attention (PhContext *c, PhTensor **in)
{
  PhTensor *p = NULL;
  PhTensor *y = attend (c, in, false, NULL, &p);
  PhTensor *terms[] = { ph_attention_mass (c, p, mask, 1),
                        ph_squared_error (c, y, fractions) };

  return ph_weighted_sum (c, terms, term_weights, 2);
}

/* Some keys are hidden, and some rows are below the limit. */
static PhTensor *
sharp_attention (PhContext *c, PhTensor **in)
{
  PhTensor *p = NULL;
  PhTensor *y = attend (c, in, false, mask, &p);
  PhTensor *terms[] = { ph_attention_sharpness (c, p, 0.05f),
                        ph_squared_error (c, y, fractions) };

  return ph_weighted_sum (c, terms, term_weights, 2);
}

static PhTensor *
reshape_and_part (PhContext *c, PhTensor **in)
{
  PhTensor *flat = ph_reshape (c, ph_scale (c, in[0], 2), PH_DIMS (6, 4));

  return ph_add (c, ph_part (c, flat, 1, 3), ph_part (c, in[1], 2, 3));
}

static PhTensor *
join (PhContext *c, PhTensor **in)
{
  return ph_join (c, in[0], in[1]);
}

static PhTensor *
tokens (PhContext *c, PhTensor **in)
{
  return ph_tokens (c, in[0], 1, 2);
}

static PhTensor *
repeat (PhContext *c, PhTensor **in)
{
  return ph_repeat (c, in[0], 3);
}

static PhTensor *
take (PhContext *c, PhTensor **in)
{
  return ph_take (c, in[0], some_rows, 5);
}

static PhTensor *
transpose (PhContext *c, PhTensor **in)
{
  return ph_transpose (c, in[0]);
}

static PhTensor *
max_of (PhContext *c, PhTensor **in)
{
  return ph_max_of (c, in[0], 3);
}

static PhTensor *
mean_of (PhContext *c, PhTensor **in)
{
  return ph_mean_of (c, in[0], 3);
}

static PhTensor *
cross_entropy (PhContext *c, PhTensor **in)
{
  return ph_cross_entropy (c, in[0], targets, weights, 0.1f);
}

static PhTensor *
binary_cross_entropy (PhContext *c, PhTensor **in)
{
  return ph_binary_cross_entropy (c, in[0], fractions, 3);
}

static const Operator operators[] = {
  { "linear", linear, 3, { { 3, { 2, 3, 4 } }, { 2, { 5, 4 } }, { 1, { 5 } } } },
  { "linear, many rows",
    linear,
    3,
    { { 3, { 2, 9, 4 } }, { 2, { 5, 4 } }, { 1, { 5 } } } },
  { "layer_norm", layer_norm, 3, { { 3, { 2, 2, 9 } }, { 1, { 9 } }, { 1, { 9 } } } },
  { "rms_norm", rms_norm, 2, { { 3, { 2, 2, 9 } }, { 1, { 9 } } } },
  { "unit", unit, 1, { { 2, { 3, 5 } } } },
  { "add", add, 2, { { 3, { 2, 3, 4 } }, { 3, { 2, 3, 4 } } } },
  { "add, one for all", add, 2, { { 3, { 2, 3, 4 } }, { 2, { 3, 4 } } } },
  { "scale", scale, 1, { { 2, { 3, 4 } } } },
  { "divide", divide, 2, { { 2, { 3, 4 } }, { 1, { 1 } } } },
  { "gelu", gelu, 1, { { 2, { 5, 7 } } } },
  { "relu", relu, 1, { { 2, { 5, 7 } } } },
  { "silu_multiply", silu_multiply, 2, { { 2, { 5, 7 } }, { 2, { 5, 7 } } } },
  { "gelu_multiply", gelu_multiply, 2, { { 2, { 5, 7 } }, { 2, { 5, 7 } } } },
  { "rotate", rotate, 1, { { 3, { 2, 3, 8 } } } },
  { "attention",
    attention,
    3,
    { { 3, { 2, 3, 6 } }, { 3, { 2, 4, 6 } }, { 3, { 2, 4, 6 } } } },
  { "attention, grouped",
    attention,
    3,
    { { 3, { 2, 3, 12 } }, { 3, { 2, 4, 6 } }, { 3, { 2, 4, 6 } } } },
  { "attention, causal",
    causal_attention,
    3,
    { { 3, { 2, 3, 6 } }, { 3, { 2, 4, 6 } }, { 3, { 2, 4, 6 } } } },
  { "attention, biased",
    biased_attention,
    4,
    { { 3, { 2, 3, 6 } }, { 3, { 2, 4, 6 } }, { 3, { 2, 4, 6 } }, { 2, { 2, 6 } } } },
  { "attention, one set of keys",
    attention,
    3,
    { { 3, { 2, 3, 6 } }, { 3, { 1, 4, 6 } }, { 3, { 1, 4, 6 } } } },
  { "attention, masked",
    masked_attention,
    3,
    { { 3, { 2, 3, 6 } }, { 3, { 2, 4, 6 } }, { 3, { 2, 4, 6 } } } },
  { "attention, grounded",
    grounded_attention,
    3,
    { { 3, { 2, 3, 3 } }, { 3, { 2, 4, 3 } }, { 3, { 2, 4, 3 } } } },
  { "attention, sharp",
    sharp_attention,
    3,
    { { 3, { 2, 3, 3 } }, { 3, { 2, 4, 3 } }, { 3, { 2, 4, 3 } } } },
  { "reshape and part", reshape_and_part, 2, { { 3, { 2, 3, 4 } }, { 2, { 6, 4 } } } },
  { "join", join, 2, { { 3, { 2, 2, 3 } }, { 3, { 2, 1, 3 } } } },
  { "tokens", tokens, 1, { { 3, { 2, 4, 3 } } } },
  { "repeat", repeat, 1, { { 2, { 2, 4 } } } },
  { "take", take, 1, { { 2, { 3, 4 } } } },
  { "transpose", transpose, 1, { { 2, { 3, 4 } } } },
  { "max_of", max_of, 1, { { 2, { 6, 4 } } } },
  { "mean_of", mean_of, 1, { { 2, { 6, 4 } } } },
  { "cross_entropy", cross_entropy, 1, { { 2, { 4, 5 } } } },
  { "binary_cross_entropy", binary_cross_entropy, 1, { { 2, { 4, 5 } } } },
};

#define N_OPERATORS (sizeof operators / sizeof *operators)

/* --- the bench --- */

typedef struct {
  PhContext c;
  PhTensor in[MAX_INPUTS];
  PhTensor *borrowed[MAX_INPUTS];
  float values[MAX_VALUES];
  float gradients[MAX_VALUES];
  float targets[MAX_VALUES];
  size_t n_values;
} Bench;

static void
fill (float *values, size_t n, uint64_t seed)
{
  PhRandom random;

  ph_random_start (&random, seed, 0);
  for (size_t i = 0; i < n; i++)
    values[i] = (float) ph_random_normal (&random);
}

static Bench *
bench_new (const Operator *op)
{
  Bench *b = calloc (1, sizeof *b);

  b->c = (PhContext){ .arena = ph_arena_new (),
                      .tape = ph_tape_new (),
                      .gradients = b->gradients };
  fill (b->values, MAX_VALUES, 7);
  fill (b->targets, MAX_VALUES, 8);
  for (int i = 0; i < op->n_inputs; i++) {
    PhTensor *x = &b->in[i];

    *x = (PhTensor){ .n_dims = op->inputs[i].n_dims,
                     .data = b->values + b->n_values,
                     .slot = (ptrdiff_t) b->n_values,
                     .wants_gradient = true };
    memcpy (x->dims, op->inputs[i].dims, sizeof x->dims);
    b->n_values += ph_n_elements (x);
    b->borrowed[i] = x;
  }
  for (size_t i = 0; i < sizeof mask; i++)
    mask[i] = i % 5 != 0 && i / 4 != 2;
  return b;
}

static void
bench_free (Bench *b)
{
  ph_arena_free (b->c.arena);
  ph_tape_free (b->c.tape);
  free (b);
}

/* A scalar of the operator's result, and with @back its gradients. */
static double
run (Bench *b, const Operator *op, bool back)
{
  PhTensor *y, *loss;
  double value;

  ph_arena_reset (b->c.arena, 0);
  ph_tape_clear (b->c.tape);
  y = op->apply (&b->c, b->borrowed);
  loss = ph_n_elements (y) == 1 ? y : ph_squared_error (&b->c, y, b->targets);
  value = *loss->data;
  if (back)
    ph_tape_backward (&b->c, loss);
  return value;
}

START_TEST (backward_agrees_with_central_differences)
{
  const Operator *op = &operators[_i];
  Bench *b = bench_new (op);
  float largest = 0;

  run (b, op, true);
  for (size_t i = 0; i < b->n_values; i++)
    largest = fmaxf (largest, fabsf (b->gradients[i]));
  ck_assert_msg (largest > 1e-4f, "%s: no gradient at all", op->name);

  for (size_t i = 0; i < b->n_values; i++) {
    const float step = 4e-3f;
    float value = b->values[i];
    double up, down, slope;

    b->values[i] = value + step;
    up = run (b, op, false);
    b->values[i] = value - step;
    down = run (b, op, false);
    b->values[i] = value;
    slope = (up - down) / (2 * step);
    ck_assert_msg (fabs (slope - b->gradients[i]) < 4e-3 * largest + 2e-4,
                   "%s: value %zu: slope %g, gradient %g", op->name, i, slope,
                   b->gradients[i]);
  }
  bench_free (b);
}
END_TEST

START_TEST (results_are_the_same_without_a_tape_and_with_a_pool)
{
  const Operator *op = &operators[_i];
  Bench *b = bench_new (op);
  PhTensor *y = op->apply (&b->c, b->borrowed);
  PhContext bare = { .arena = ph_arena_new (), .pool = ph_pool_new (3) };
  PhTensor *z = op->apply (&bare, b->borrowed);

  ck_assert (ph_same_shape (y, z));
  ck_assert_mem_eq (y->data, z->data, ph_n_elements (y) * sizeof (float));
  ph_pool_free (bare.pool);
  ph_arena_free (bare.arena);
  bench_free (b);
}
END_TEST

/* --- attention by its definition --- */

START_TEST (a_bias_is_added_by_the_distance_of_query_and_key)
{
  enum { HEADS = 2, QUERIES = 3, KEYS = 5, SIZE = 4, DISTANCES = QUERIES + KEYS - 1 };
  const Operator op = { .n_inputs = 4,
                        .inputs = { { 3, { 1, QUERIES, HEADS * SIZE } },
                                    { 3, { 1, KEYS, HEADS * SIZE } },
                                    { 3, { 1, KEYS, HEADS * SIZE } },
                                    { 2, { HEADS, DISTANCES } } } };
  Bench *b = bench_new (&op);
  PhTensor *p = NULL;

  ph_attention (&b->c, &(PhAttention){ .q = &b->in[0],
                                       .k = &b->in[1],
                                       .v = &b->in[2],
                                       .n_heads = HEADS,
                                       .n_key_heads = HEADS,
                                       .scale = 0.5f,
                                       .bias = &b->in[3],
                                       .probabilities = &p });
  for (size_t row = 0; row < HEADS * QUERIES; row++) {
    size_t head = row / QUERIES, query = row % QUERIES;
    double scores[KEYS], total = 0;

    for (size_t key = 0; key < KEYS; key++) {
      double score = b->in[3].data[head * DISTANCES + key + QUERIES - 1 - query];

      for (size_t i = head * SIZE; i < (head + 1) * SIZE; i++)
        score += 0.5 * b->in[0].data[query * HEADS * SIZE + i] *
                 b->in[1].data[key * HEADS * SIZE + i];
      scores[key] = exp (score);
      total += scores[key];
    }
    for (size_t key = 0; key < KEYS; key++)
      ck_assert_double_eq_tol (p->data[row * KEYS + key], scores[key] / total, 1e-6);
  }
  bench_free (b);
}
END_TEST

/* Of two keys whose scores are d apart the variance is d² / 4. */
START_TEST (attention_is_sharp_where_scores_vary_more_than_they_may)
{
  const double apart[] = { 0, 1, 4, 30 }, limit = 1;
  float values[4 * 3];
  PhContext c = { .arena = ph_arena_new () };
  PhTensor p = {
    .n_dims = 4, .dims = { 1, 1, 4, 3 }, .data = values, .slot = PH_NO_SLOT
  };
  double wanted = 0;

  for (size_t i = 0; i < 4; i++) {
    values[3 * i] = (float) (1 / (1 + exp (-apart[i])));
    values[3 * i + 1] = 0; /* hidden */
    values[3 * i + 2] = (float) (1 / (1 + exp (apart[i])));
    wanted += fmax (0, apart[i] * apart[i] / 4 - limit) / 4;
  }
  ck_assert_double_eq_tol (*ph_attention_sharpness (&c, &p, (float) limit)->data, wanted,
                           1e-4 * wanted);
  ph_arena_free (c.arena);
}
END_TEST

/* --- storage --- */

static uint16_t
to_bf16 (float x)
{
  uint32_t bits;

  memcpy (&bits, &x, sizeof bits);
  return (uint16_t) (bits >> 16);
}

static uint16_t
to_f16 (float x)
{
  _Float16 half = (_Float16) x;
  uint16_t bits;

  memcpy (&bits, &half, sizeof bits);
  return bits;
}

/* One row of x and many, against weights of every type, by the definition. */
START_TEST (a_product_reads_weights_as_they_are_stored)
{
  enum { N_IN = 175, N_OUT = 130 };
  static const size_t few_and_many[] = { 1, 2, 3, 4, 7, 21 };
  size_t n_rows = few_and_many[_i % 6];
  PhType type = (PhType) (_i / 6);
  static float x[21 * N_IN], w[N_OUT * N_IN];
  static uint16_t half[N_OUT * N_IN];
  PhContext c = { .arena = ph_arena_new () };
  PhTensor xs = { .n_dims = 2, .dims = { n_rows, N_IN }, .data = x, .slot = PH_NO_SLOT };
  PhTensor ws = {
    .type = type, .n_dims = 2, .dims = { N_OUT, N_IN }, .stored = half, .slot = PH_NO_SLOT
  };
  PhTensor *y;

  fill (x, 21 * N_IN, 3);
  fill (w, N_OUT * N_IN, 4);
  if (type == PH_F32)
    ws.data = w;
  for (size_t i = 0; type != PH_F32 && i < N_OUT * N_IN; i++)
    half[i] = type == PH_F16 ? to_f16 (w[i]) : to_bf16 (w[i]);
  for (size_t i = 0; type != PH_F32 && i < N_OUT * N_IN; i++)
    (type == PH_F16 ? ph_kernels ()->widen_f16 : ph_kernels ()->widen_bf16) (&w[i],
                                                                             &half[i], 1);

  y = ph_linear (&c, &xs, &ws, NULL);
  for (size_t r = 0; r < n_rows; r++)
    for (size_t o = 0; o < N_OUT; o++) {
      double want = 0;

      for (size_t i = 0; i < N_IN; i++)
        want += (double) x[r * N_IN + i] * w[o * N_IN + i];
      ck_assert_double_eq_tol (y->data[r * N_OUT + o], want, 1e-4);
    }
  ph_arena_free (c.arena);
}
END_TEST

START_TEST (every_half_widens_as_the_compiler_does)
{
  ph_flush_denormals ();
  for (uint32_t bits = 0; bits < 65536; bits++) {
    uint16_t half = (uint16_t) bits;
    _Float16 value;
    float want, got;

    memcpy (&value, &half, sizeof value);
    want = (float) value;
    ph_kernels ()->widen_f16 (&got, &half, 1);
    ck_assert_msg (isnan (want) ? isnan (got) : want == got, "%04x", bits);
  }
}
END_TEST

START_TEST (the_fast_functions_stay_close_to_the_exact_ones)
{
  for (float x = -12; x < 12; x += 0.0137f) {
    float y, pair[2] = { x, 0 };
    double want = 0.5 * x * (1 + erf (x / sqrt (2.0)));

    ph_kernels ()->gelu (&y, &x, 1);
    ck_assert_double_eq_tol (y, want, 3e-7 * (1 + fabs (want)));
    ph_kernels ()->softmax (pair, 2);
    ck_assert_double_eq_tol (pair[0], 1 / (1 + exp (-x)), 2e-7);
  }
}
END_TEST

/* --- pool --- */

static void
count_chunk (void *data, size_t chunk, int thread)
{
  atomic_fetch_add ((atomic_int *) data + chunk, 1);
}

START_TEST (the_pool_does_every_chunk_once)
{
  PhPool *pool = ph_pool_new (4);
  atomic_int counts[50] = { 0 };

  for (int round = 1; round <= 400; round++) {
    ph_pool_run (pool, 50, count_chunk, counts);
    for (int i = 0; i < 50; i++)
      ck_assert_int_eq (atomic_load (&counts[i]), round);
  }
  ph_pool_free (pool);
}
END_TEST

START_TEST (a_scope_keeps_its_result_and_nothing_else)
{
  PhContext c = { .arena = ph_arena_new () };
  PhTensor *before = ph_tensor_zeros (&c, PH_DIMS (5));
  size_t mark = ph_arena_mark (c.arena);
  size_t scope = ph_scope_begin (&c);
  PhTensor *x;

  ph_tensor_zeros (&c, PH_DIMS (3000000));
  x = ph_tensor_new (&c, PH_DIMS (1000));
  for (int i = 0; i < 1000; i++)
    x->data[i] = (float) i;
  x = ph_scope_end (&c, scope, x);
  for (int i = 0; i < 1000; i++)
    ck_assert_float_eq (x->data[i], (float) i);
  ck_assert_uint_le (ph_arena_mark (c.arena), mark + 4096 + 256);
  ck_assert_float_eq (before->data[4], 0);
  ph_arena_free (c.arena);
}
END_TEST

int
main (void)
{
  Suite *suite = suite_create ("ops");
  TCase *all = tcase_create ("all");
  SRunner *runner = srunner_create (suite);
  int n_failed;

  tcase_add_loop_test (all, backward_agrees_with_central_differences, 0, N_OPERATORS);
  tcase_add_loop_test (all, results_are_the_same_without_a_tape_and_with_a_pool, 0,
                       N_OPERATORS);
  tcase_add_test (all, a_bias_is_added_by_the_distance_of_query_and_key);
  tcase_add_test (all, attention_is_sharp_where_scores_vary_more_than_they_may);
  tcase_add_loop_test (all, a_product_reads_weights_as_they_are_stored, 0, 18);
  tcase_add_test (all, every_half_widens_as_the_compiler_does);
  tcase_add_test (all, the_fast_functions_stay_close_to_the_exact_ones);
  tcase_add_test (all, the_pool_does_every_chunk_once);
  tcase_add_test (all, a_scope_keeps_its_result_and_nothing_else);
  suite_add_tcase (suite, all);

  srunner_run_all (runner, CK_NORMAL);
  n_failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  return n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

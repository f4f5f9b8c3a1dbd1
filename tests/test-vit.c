/* The vision transformer as files have it: positions for another size, biases in one
 * piece or in two, a side that patches do not fill. */
#include "core/models/positions.h"
#include "core/models/vit.h"
#include "core/train/parameters.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- positions --- */

/* torch.nn.functional.interpolate (size=(side, side), mode="bicubic",
 * align_corners=False) of the table below. */
static const float table[] = { 9, 0, 1, -2, 3, 0.5f, 4, -1, 2, 8 };

static const struct {
  size_t side;
  float values[25];
} interpolated[] = {
  { 2, { 0.8801956f, -0.4148178f, 0.1821518f, 6.0792007f } },
  { 4,
    { -0.3051413f, 0.9658562f, -0.0758258f, -2.6794839f, 2.4906852f, 1.0824996f,
      0.6311117f, 1.4618211f, 1.9529688f, 0.748895f, 2.7296293f, 6.4677262f, -1.5307773f,
      0.2054595f, 4.7073994f, 8.7306538f } },
  { 5, { -0.4162558f, 0.4912957f,  1.0480001f, -1.0736965f, -2.9239042f,
         1.524384f,   1.2068233f,  0.6980001f, 0.2410177f,  -0.0231652f,
         3.2400002f,  1.7779999f,  0.5f,       2.4620008f,  4.3360004f,
         0.7090554f,  0.610377f,   1.3820003f, 4.7909846f,  7.4078083f,
         -1.7226881f, -0.4644137f, 2.1440003f, 6.2168975f,  8.9830418f } },
};

START_TEST (positions_between_are_those_of_torch)
{
  size_t side = interpolated[_i].side;
  PhTensor trained = {
    .type = PH_F32, .n_dims = 3, .dims = { 1, 10, 1 }, .stored = table
  };
  PhTensor found;

  ck_assert (ph_positions_interpolate (&trained, side, &found, NULL));
  ck_assert_uint_eq (found.dims[1], 1 + side * side);
  ck_assert_float_eq (found.data[0], table[0]);
  for (size_t i = 0; i < side * side; i++)
    ck_assert_float_eq_tol (found.data[1 + i], interpolated[_i].values[i], 5e-6f);
  g_free (found.data);
}
END_TEST

START_TEST (half_precision_positions_are_widened)
{
  /* 1, -2 and three times 0.5 as bf16. */
  static const uint16_t stored[] = { 0x3f80, 0xc000, 0x3f00, 0x3f00, 0x3f00 };
  PhTensor trained = {
    .type = PH_BF16, .n_dims = 3, .dims = { 1, 5, 1 }, .stored = stored
  };
  PhTensor found;

  ck_assert (ph_positions_interpolate (&trained, 1, &found, NULL));
  ck_assert_float_eq (found.data[0], 1);
  /* In the middle of four: near ones weigh 0.59375 and far ones, which are the edge
   * again, -0.09375. */
  ck_assert_float_eq (found.data[1], -0.125f);
  g_free (found.data);
}
END_TEST

/* --- a small transformer --- */

typedef struct {
  PhVit vit;
  PhParameters *parameters;
  PhContext context;
  PhPass pass;
} Bench;

#define PATCH 4

static void
bench_init (Bench *b, size_t side, bool split_bias)
{
  const PhVitConfig config = { .width = 12,
                               .inner = 16,
                               .n_layers = 2,
                               .n_heads = 2,
                               .side = side,
                               .patch = PATCH,
                               .split_bias = split_bias,
                               .eps = 1e-6f };
  PhRandom random;

  *b = (Bench){ .parameters = ph_parameters_new () };
  ph_vit_init (&b->vit, &config);
  ck_assert (ph_vit_bind (&b->vit, ph_parameters_get_binder (b->parameters), "", NULL));
  ph_random_start (&random, 5, 0);
  ph_parameters_allocate (b->parameters, &random, 0.3f);
  b->context.arena = ph_arena_new ();
  b->pass.context = &b->context;
}

static void
bench_clear (Bench *b)
{
  ph_vit_clear (&b->vit);
  ph_parameters_free (b->parameters);
  ph_arena_free (b->context.arena);
}

static void
fill (float *values, size_t n, uint64_t seed)
{
  PhRandom random;

  ph_random_start (&random, seed, 0);
  for (size_t i = 0; i < n; i++)
    values[i] = (float) ph_random_normal (&random);
}

static void
assert_same (const PhTensor *a, const PhTensor *b)
{
  ck_assert (ph_same_shape (a, b));
  for (size_t i = 0; i < ph_n_elements (a); i++)
    ck_assert_float_eq_tol (a->data[i], b->data[i], 1e-5f);
}

/* All weights; biases are still zero, and scales of norms one. */
static void
share_parameters (const Bench *from, Bench *to)
{
  static const char *const endings[] = { "embeddings.class_embedding",
                                         "embeddings.position_embedding",
                                         "embeddings.patch_embedding.weight" };
  static const char *const weights[] = { "self_attn.qkv", "self_attn.projection",
                                         "mlp.fc1", "mlp.fc2" };
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  for (size_t i = 0; i < G_N_ELEMENTS (endings); i++)
    g_ptr_array_add (names, g_strdup (endings[i]));
  for (size_t i = 0; i < 2 * G_N_ELEMENTS (weights); i++)
    g_ptr_array_add (
        names, g_strdup_printf ("encoder.layers.%zu.%s.weight", i % 2, weights[i / 2]));
  for (guint i = 0; i < names->len; i++) {
    const PhParameter *a = ph_parameters_find (from->parameters, names->pdata[i]);
    const PhParameter *b = ph_parameters_find (to->parameters, names->pdata[i]);

    ck_assert_uint_eq (a->n, b->n);
    memcpy (b->tensor->data, a->tensor->data, a->n * sizeof (float));
  }
}

/* A bias of k adds the same to all scores of a query. */
START_TEST (biases_apart_are_the_one_bias_whatever_k_has)
{
  Bench whole, split;
  float pixels[3 * 8 * 8];

  bench_init (&whole, 8, false);
  bench_init (&split, 8, true);
  share_parameters (&whole, &split);
  for (size_t i = 0; i < 2; i++) {
    float *bias = whole.vit.blocks[i].qkv.b.data;

    fill (bias, 3 * 12, 40 + i);
    memcpy (split.vit.blocks[i].q_bias.data, bias, 12 * sizeof (float));
    memcpy (split.vit.blocks[i].v_bias.data, bias + 24, 12 * sizeof (float));
  }
  fill (pixels, G_N_ELEMENTS (pixels), 8);
  assert_same (ph_vit_encode (&whole.vit, &whole.pass, pixels, 1),
               ph_vit_encode (&split.vit, &split.pass, pixels, 1));
  bench_clear (&whole);
  bench_clear (&split);
}
END_TEST

START_TEST (pixels_behind_the_last_whole_patch_are_not_seen)
{
  Bench b;
  float exact[3][8][8], wide[3][10][10];
  PhTensor *seen;

  bench_init (&b, 8, false);
  fill (&exact[0][0][0], 3 * 64, 3);
  fill (&wide[0][0][0], 3 * 100, 4);
  for (int c = 0; c < 3; c++)
    for (int y = 0; y < 8; y++)
      memcpy (wide[c][y], exact[c][y], sizeof exact[c][y]);
  seen = ph_vit_encode (&b.vit, &b.pass, &exact[0][0][0], 1);
  ck_assert (ph_vit_set_side (&b.vit, 10, NULL));
  assert_same (seen, ph_vit_encode (&b.vit, &b.pass, &wide[0][0][0], 1));
  bench_clear (&b);
}
END_TEST

START_TEST (another_size_has_as_many_tokens_as_patches)
{
  Bench b;
  float pixels[3 * 14 * 14];

  bench_init (&b, 8, false);
  fill (pixels, G_N_ELEMENTS (pixels), 8);
  ck_assert (ph_vit_set_side (&b.vit, 14, NULL));
  ck_assert_uint_eq (ph_vit_n_tokens (&b.vit.config), 10);
  ck_assert_uint_eq (ph_vit_encode (&b.vit, &b.pass, pixels, 1)->dims[1], 10);
  bench_clear (&b);
}
END_TEST

START_TEST (a_side_without_a_patch_is_refused)
{
  g_autoptr (GError) error = NULL;
  Bench b;

  bench_init (&b, 8, false);
  ck_assert (!ph_vit_set_side (&b.vit, 3, &error));
  ck_assert_msg (strstr (error->message, "3 pixels") != NULL, "%s", error->message);
  bench_clear (&b);
}
END_TEST

int
main (void)
{
  Suite *suite = suite_create ("vit");
  TCase *all = tcase_create ("all");
  SRunner *runner = srunner_create (suite);
  int n_failed;

  tcase_add_loop_test (all, positions_between_are_those_of_torch, 0,
                       G_N_ELEMENTS (interpolated));
  tcase_add_test (all, half_precision_positions_are_widened);
  tcase_add_test (all, biases_apart_are_the_one_bias_whatever_k_has);
  tcase_add_test (all, pixels_behind_the_last_whole_patch_are_not_seen);
  tcase_add_test (all, another_size_has_as_many_tokens_as_patches);
  tcase_add_test (all, a_side_without_a_patch_is_refused);
  suite_add_tcase (suite, all);

  srunner_run_all (runner, CK_NORMAL);
  n_failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  return n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* What is taken away from a run is that and nothing else, in every family that writes:
 * against a plain answer, pixels counted one by one, and prompts put together by hand. */
#include "core/base/error.h"
#include "core/lm/scores.h"
#include "core/models/model-private.h"
#include "core/models/trial.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER TEST_DATA "/checkpoints/"

static const char *const families[] = {
  "blip2-opt",
  "blip2-flan-t5",
  "instructblip-vicuna",
  "instructblip-llama-gqa",
  "instructblip-flan-t5",
  "blip-caption",
  "blip-vqa",
};
#define N_FAMILIES G_N_ELEMENTS (families)
#define N_WITH_QUERIES 5 /* of them, the first */

typedef struct {
  PhModel *model;
  PhPicture *picture;
  PhContext context;
  PhPass pass;
  PhQuestionAsked asked;
  PhAnswer answer; /* with nothing taken away */
  PhTrial *trial;
} Bench;

static PhPicture *
picture_of (int seed)
{
  guint8 *rgb = g_malloc (40 * 30 * 3);

  for (int i = 0; i < 40 * 30 * 3; i++)
    rgb[i] = (guint8) (i * seed % 251);
  return ph_picture_new_take (40, 30, g_bytes_new_take (rgb, 40 * 30 * 3));
}

static void
check_no_error (bool done, const GError *error)
{
  ck_assert_msg (done, "%s", error != NULL ? error->message : "no reason");
}

static Bench *
bench_new (const char *name)
{
  Bench *b = g_new0 (Bench, 1);
  g_autofree char *path = g_strconcat (FOLDER, name, NULL);
  g_autoptr (GError) error = NULL;

  b->model = ph_model_open (path, &error);
  check_no_error (b->model != NULL, error);
  b->picture = picture_of (37);
  b->context.arena = ph_arena_new ();
  b->pass = (PhPass){ .context = &b->context };
  b->asked = (PhQuestionAsked){ .picture = b->picture,
                                .prompt = "what is on the left",
                                .sampling = PH_SAMPLING_GREEDY };
  b->asked.sampling.sampled = true;
  b->asked.sampling.seed = 5;
  b->asked.sampling.max_new_tokens = 9;
  b->asked.sampling.min_new_tokens = 5;
  check_no_error (ph_model_ask (b->model, &b->pass, &b->asked, &b->answer, &error),
                  error);
  b->trial = ph_trial_new (b->model, &b->asked, &error);
  check_no_error (b->trial != NULL, error);
  return b;
}

static void
bench_free (Bench *b)
{
  ph_trial_free (b->trial);
  ph_answer_clear (&b->answer);
  ph_model_free (b->model);
  ph_picture_unref (b->picture);
  ph_arena_free (b->context.arena);
  g_free (b);
}

static const int32_t *
ids_of (const PhAnswer *answer)
{
  return (const int32_t *) answer->ids->data;
}

static void
look (Bench *b, const PhIntervention *without)
{
  g_autoptr (GError) error = NULL;

  check_no_error (ph_trial_look (b->trial, &b->pass, without, &error), error);
}

/* What the model gives to the plain answer after the last look. */
static float *
score (Bench *b)
{
  float *probabilities = g_new0 (float, b->answer.ids->len);
  g_autoptr (GError) error = NULL;

  check_no_error (ph_trial_score (b->trial, &b->pass, ids_of (&b->answer),
                                  b->answer.ids->len, probabilities, &error),
                  error);
  return probabilities;
}

static float *
score_without (Bench *b, PhIntervention without)
{
  look (b, &without);
  return score (b);
}

static bool
are_close (const float *a, const float *b, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (!(fabsf (a[i] - b[i]) <= 1e-5f * (1e-3f + fabsf (a[i]))))
      return false;
  return true;
}

static void
assert_plain (Bench *b)
{
  g_auto (PhAnswer) again = { 0 };

  look (b, NULL);
  ck_assert (ph_trial_write (b->trial, &b->pass, &again, NULL));
  ck_assert_str_eq (again.text, b->answer.text);
  ck_assert_uint_eq (again.ids->len, b->answer.ids->len);
  ck_assert_mem_eq (again.ids->data, b->answer.ids->data,
                    again.ids->len * sizeof (int32_t));
  ck_assert_mem_eq (again.probabilities->data, b->answer.probabilities->data,
                    again.ids->len * sizeof (float));
  ck_assert_int_eq (again.stop, b->answer.stop);
}

/* --- nothing --- */

START_TEST (with_nothing_taken_away_the_answer_is_the_same_to_the_byte)
{
  Bench *b = bench_new (families[_i]);

  assert_plain (b);
  assert_plain (b);
  bench_free (b);
}
END_TEST

START_TEST (a_known_answer_has_the_probabilities_it_was_written_with)
{
  Bench *b = bench_new (families[_i]);
  g_autofree float *probabilities = NULL;

  look (b, NULL);
  probabilities = score (b);
  ck_assert_uint_ge (b->answer.ids->len, 5);
  ck_assert (are_close ((const float *) b->answer.probabilities->data, probabilities,
                        b->answer.ids->len));
  bench_free (b);
}
END_TEST

/* --- covered patches --- */

#define SIDE 30
#define PATCH 7
#define N_PIXELS (SIDE * SIDE)

static const PhPreprocess square = { SIDE,
                                     1 / 255.0,
                                     { 0.5f, 0.4f, 0.3f },
                                     { 0.2f, 0.25f, 0.3f } };
static const int covered[] = { 0, 6, 15, 6 };

/* Patches 4 by 4 of 7 pixels; two columns and rows are left over. */
static bool
is_covered (int pixel)
{
  int row = pixel / SIDE / PATCH, column = pixel % SIDE / PATCH;

  for (size_t i = 0; i < G_N_ELEMENTS (covered); i++)
    if (row < 4 && column < 4 && covered[i] == row * 4 + column)
      return true;
  return false;
}

static void
fill (float *pixels, size_t n)
{
  for (size_t i = 0; i < n; i++)
    pixels[i] = (float) (i * 7919 % 1009) / 500 - 1;
}

/* The mean over a box, and that twice more: what a blurred pixel is by definition. */
static void
blur_slowly (float *plane)
{
  for (int box = 0; box < 3; box++) {
    g_autofree float *before = g_memdup2 (plane, N_PIXELS * sizeof *plane);

    for (int at = 0; at < N_PIXELS; at++) {
      double sum = 0;

      for (int y = -PATCH; y <= PATCH; y++)
        for (int x = -PATCH; x <= PATCH; x++)
          sum += before[CLAMP (at / SIDE + y, 0, SIDE - 1) * SIDE +
                        CLAMP (at % SIDE + x, 0, SIDE - 1)];
      plane[at] = (float) (sum / ((2 * PATCH + 1) * (2 * PATCH + 1)));
    }
  }
}

static void
expect_plane (PhCover how, int channel, float *plane)
{
  double sum = 0;

  if (how == PH_COVER_BLUR) {
    blur_slowly (plane);
    return;
  }
  for (int i = 0; i < N_PIXELS; i++)
    sum += plane[i];
  for (int i = 0; i < N_PIXELS; i++)
    plane[i] = how == PH_COVER_MEAN ? (float) (sum / N_PIXELS)
               : how == PH_COVER_GREY
                   ? (0.5f - square.mean[channel]) / square.std[channel]
                   : 0;
}

START_TEST (covered_patches_change_and_no_other_pixel)
{
  PhCover how = (PhCover) _i;
  float before[3 * N_PIXELS], after[3 * N_PIXELS];

  fill (before, 3 * N_PIXELS);
  memcpy (after, before, sizeof after);
  ph_cover_patches (&square, after, PATCH, covered, G_N_ELEMENTS (covered), how);
  for (int channel = 0; channel < 3; channel++) {
    const float *seen = after + channel * N_PIXELS;
    float expected[N_PIXELS];

    memcpy (expected, before + channel * N_PIXELS, sizeof expected);
    expect_plane (how, channel, expected);
    for (int i = 0; i < N_PIXELS; i++)
      if (is_covered (i))
        ck_assert_float_eq_tol (seen[i], expected[i], 1e-5f);
      else
        ck_assert_float_eq (seen[i], before[channel * N_PIXELS + i]);
  }
}
END_TEST

typedef struct {
  PhProbe probe;
  float *pixels;
} Watcher;

static void
watch (PhProbe *probe, PhProbePoint point, int layer, PhTensor *values)
{
  Watcher *self = (Watcher *) probe;

  g_free (self->pixels);
  self->pixels = g_memdup2 (values->data, ph_n_elements (values) * sizeof (float));
}

START_TEST (the_model_reads_the_covered_picture_once_and_no_longer)
{
  Bench *b = bench_new (families[_i]);
  Watcher watcher = { .probe = { PH_WANTED (PH_PROBE_PIXELS), watch } };
  int side = b->model->preprocess.side, patch = side / b->model->info.patch_rows;
  size_t n = 3 * (size_t) side * (size_t) side;
  g_autofree float *expected = g_new (float, n);
  g_autofree float *plain = NULL, *without = NULL, *again = NULL;
  const int patches[] = { 0, 2 };
  PhIntervention cover = { .cover = PH_COVER_GREY, .covered = patches, .n_covered = 2 };

  look (b, NULL);
  plain = score (b);
  ph_preprocess (&b->model->preprocess, b->picture, expected);
  ph_cover_patches (&b->model->preprocess, expected, patch, patches, 2, PH_COVER_GREY);
  b->pass.probe = &watcher.probe;
  without = score_without (b, cover);
  b->pass.probe = NULL;
  ck_assert_mem_eq (watcher.pixels, expected, n * sizeof *expected);
  ck_assert (!are_close (plain, without, b->answer.ids->len));

  look (b, NULL);
  again = score (b);
  ck_assert_mem_eq (plain, again, b->answer.ids->len * sizeof *plain);
  assert_plain (b);
  g_free (watcher.pixels);
  bench_free (b);
}
END_TEST

/* Another question about the same picture is not answered from a covered one. */
START_TEST (a_covered_picture_is_not_remembered_for_a_question)
{
  Bench *b = bench_new (families[_i]);
  g_auto (PhAnswer) answer = { 0 };
  const int patch = 1;

  look (b,
        &(PhIntervention){ .cover = PH_COVER_ZERO, .covered = &patch, .n_covered = 1 });
  ck_assert (ph_model_ask (b->model, &b->pass, &b->asked, &answer, NULL));
  ck_assert_mem_eq (answer.probabilities->data, b->answer.probabilities->data,
                    answer.ids->len * sizeof (float));
  bench_free (b);
}
END_TEST

/* --- queries left out --- */

/* Probabilities of the plain answer behind the rows of the whole prompt that are in
 * @kept, one token at a time. */
static float *
score_by_hand (Bench *b, const bool *kept)
{
  PhModel *model = b->model;
  g_autoptr (GArray) qformer_ids = g_array_new (FALSE, FALSE, sizeof (int32_t));
  g_autoptr (GArray) row_ids = g_array_new (FALSE, FALSE, sizeof (int32_t));
  PhTimings timings = { 0 };
  PhRun run = { .picture = b->picture,
                .ids = b->answer.prompt_ids,
                .qformer_ids = qformer_ids,
                .row_ids = row_ids,
                .timings = &timings };
  size_t width = model->lm->width, n_queries = (size_t) model->info.n_queries, n = 0;
  float *probabilities = g_new (float, b->answer.ids->len);
  PhLmState *state = model->lm->class->state_new (model->lm, 1, 200);
  PhTensor *whole, *prompt, *logits;

  if (model->qformer_tokenizer != NULL)
    ck_assert (ph_tokenizer_encode (model->qformer_tokenizer, b->asked.prompt, true,
                                    qformer_ids, NULL));
  whole = model->class->look (model, &b->pass, &run);
  prompt = ph_tensor_new (&b->context, 3, whole->dims);
  for (size_t i = 0; i < whole->dims[1]; i++)
    if (i >= n_queries || kept[i])
      memcpy (prompt->data + n++ * width, whole->data + i * width,
              width * sizeof (float));
  prompt->dims[1] = n;

  logits = model->lm->class->begin (model->lm, &b->pass, state, prompt);
  for (size_t i = 0; i < b->answer.ids->len; i++) {
    int32_t id = ids_of (&b->answer)[i];

    probabilities[i] = (float) exp (
        logits->data[id] - ph_scores_log_total (logits->data, ph_width (logits)));
    logits = model->lm->class->next (model->lm, &b->pass, state, &id, 1);
  }
  model->lm->class->state_free (state);
  return probabilities;
}

START_TEST (of_queries_left_out_there_is_no_row)
{
  Bench *b = bench_new (families[_i]);
  int n = b->model->info.n_queries;
  g_autofree int *dropped = g_new (int, n);
  g_autofree bool *kept = g_new (bool, n);
  g_autofree float *before = NULL;

  for (int n_dropped = 0; n_dropped <= n; n_dropped++) {
    PhIntervention without = { .dropped = dropped, .n_dropped = (size_t) n_dropped };
    g_autofree float *scored = score_without (b, without);
    g_autofree float *by_hand = NULL;

    for (int i = 0; i < n; i++)
      kept[i] = true;
    for (int i = 0; i < n_dropped; i++)
      kept[dropped[i]] = false;
    by_hand = score_by_hand (b, kept);
    ck_assert (are_close (by_hand, scored, b->answer.ids->len));
    ck_assert (before == NULL || !are_close (before, scored, b->answer.ids->len));
    g_free (before);
    before = g_steal_pointer (&scored);
    if (n_dropped < n)
      dropped[n_dropped] = (n_dropped * 3 + 1) % n;
  }
  bench_free (b);
}
END_TEST

/* --- heads silenced --- */

START_TEST (with_all_heads_silent_the_picture_does_not_matter)
{
  Bench *b = bench_new (families[_i]);
  const PhSilencedHead all = { PH_INTERVENTION_ALL, PH_INTERVENTION_ALL };
  PhIntervention silent = { .silenced = &all, .n_silenced = 1 };
  g_autoptr (PhPicture) other = picture_of (101);
  g_autofree float *one = NULL, *two = NULL, *three = NULL;

  look (b, NULL);
  one = score (b);
  two = score_without (b, silent);
  ck_assert (!are_close (one, two, b->answer.ids->len));
  ph_trial_free (b->trial);
  b->asked.picture = other;
  b->trial = ph_trial_new (b->model, &b->asked, NULL);
  three = score_without (b, silent);
  ck_assert (are_close (two, three, b->answer.ids->len));
  bench_free (b);
}
END_TEST

START_TEST (each_head_of_each_layer_is_silenced_alone)
{
  Bench *b = bench_new (families[_i]);
  int n_layers = b->model->info.n_looking_layers,
      n_heads = b->model->info.n_looking_heads;
  g_autoptr (GPtrArray) scores = g_ptr_array_new_with_free_func (g_free);

  ck_assert_int_gt (n_layers, 0);
  ck_assert_int_gt (n_heads, 1);
  for (int at = 0; at < n_layers * n_heads; at++) {
    const PhSilencedHead head = { at / n_heads, at % n_heads };
    float *scored =
        score_without (b, (PhIntervention){ .silenced = &head, .n_silenced = 1 });

    for (guint i = 0; i < scores->len; i++)
      ck_assert (!are_close (g_ptr_array_index (scores, i), scored, b->answer.ids->len));
    g_ptr_array_add (scores, scored);
  }
  assert_plain (b);
  bench_free (b);
}
END_TEST

START_TEST (a_silenced_head_is_that_of_its_layer_or_of_all)
{
  const PhSilencedHead heads[] = { { 1, 2 }, { PH_INTERVENTION_ALL, 0 } };
  PhIntervention without = { .silenced = heads, .n_silenced = 2 };
  const bool expected[] = { true, false, false, true, false, true };
  g_autofree bool *silent = ph_intervention_dup_silent (&without, 2, 3);

  ck_assert_mem_eq (silent, expected, sizeof expected);
  ck_assert_ptr_null (ph_intervention_dup_silent (NULL, 2, 3));
}
END_TEST

/* --- what cannot be --- */

static const int no_patch[] = { 0, 99999 }, no_query[] = { -1 };
static const PhSilencedHead no_layer[] = { { 99, 0 } }, no_head[] = { { 0, -2 } };

static const struct {
  const char *family;
  PhIntervention without;
  const char *complaint;
} impossible[] = {
  { "blip2-opt", { .covered = no_patch, .n_covered = 2 }, "no patch 99999" },
  { "blip-vqa", { .covered = no_patch, .n_covered = 2 }, "no patch 99999" },
  { "blip2-opt", { .dropped = no_query, .n_dropped = 1 }, "no query -1" },
  { "blip2-opt", { .silenced = no_layer, .n_silenced = 1 }, "looks 99" },
  { "blip2-opt", { .silenced = no_head, .n_silenced = 1 }, "no head -2" },
  { "blip-caption", { .dropped = no_patch, .n_dropped = 1 }, "no queries" },
};

START_TEST (what_the_model_does_not_have_is_not_taken_away)
{
  Bench *b = bench_new (impossible[_i].family);
  g_autoptr (GError) error = NULL;

  ck_assert (!ph_trial_look (b->trial, &b->pass, &impossible[_i].without, &error));
  ck_assert_msg (strstr (error->message, impossible[_i].complaint) != NULL, "%s",
                 error->message);
  bench_free (b);
}
END_TEST

START_TEST (an_answer_of_another_model_is_not_scored)
{
  Bench *b = bench_new (families[_i]);
  const int32_t ids[] = { 1, (int32_t) b->model->info.n_vocabulary };
  g_autofree int32_t *many = g_new0 (int32_t, 100000);
  float probabilities[2];
  g_autoptr (GError) error = NULL, other = NULL;

  look (b, NULL);
  ck_assert (!ph_trial_score (b->trial, &b->pass, ids, 2, probabilities, &error));
  ck_assert (g_error_matches (error, PH_ERROR, PH_ERROR_RANGE));
  ck_assert (!ph_trial_score (b->trial, &b->pass, many, 100000, probabilities, &other));
  ck_assert (strstr (other->message, "fit") != NULL);
  bench_free (b);
}
END_TEST

START_TEST (a_stopped_trial_ends_and_remembers_nothing)
{
  Bench *b = bench_new (families[_i]);
  atomic_bool stop = true;
  g_auto (PhAnswer) answer = { 0 };
  float probability;

  b->context.stop = &stop;
  look (b, NULL);
  ck_assert (ph_trial_write (b->trial, &b->pass, &answer, NULL));
  ck_assert_int_eq (answer.stop, PH_STOP_CANCELLED);
  ck_assert (
      ph_trial_score (b->trial, &b->pass, ids_of (&b->answer), 1, &probability, NULL));
  b->context.stop = NULL;
  assert_plain (b);
  bench_free (b);
}
END_TEST

/* --- blind draws --- */

START_TEST (drawn_patches_are_different_and_depend_on_seed_and_draw)
{
  bool seen[40] = { false };
  g_autofree int *one = ph_intervention_draw (40, 40, 3, 0);
  g_autofree int *same = ph_intervention_draw (40, 40, 3, 0);
  g_autofree int *draw = ph_intervention_draw (40, 40, 3, 1);
  g_autofree int *seed = ph_intervention_draw (40, 40, 4, 0);

  for (int i = 0; i < 40; i++) {
    ck_assert (one[i] >= 0 && one[i] < 40 && !seen[one[i]]);
    seen[one[i]] = true;
  }
  ck_assert_mem_eq (one, same, 40 * sizeof *one);
  ck_assert_mem_ne (one, draw, 40 * sizeof *one);
  ck_assert_mem_ne (one, seed, 40 * sizeof *one);
}
END_TEST

START_TEST (the_words_of_an_answer_leave_out_what_ends_it)
{
  PhModelInfo info = { .stop_ids = { 2, 9 }, .n_stop_ids = 2 };
  const int32_t ids[] = { 4, 2, 5, 9, 2 };

  ck_assert_uint_eq (ph_trial_count_words (&info, ids, 5), 3);
  ck_assert_uint_eq (ph_trial_count_words (&info, ids, 3), 3);
  ck_assert_uint_eq (ph_trial_count_words (&info, ids + 3, 2), 2);
  ck_assert_double_eq_tol (ph_trial_mean_log ((const float[]){ 0.5f, 0.125f }, 2),
                           log (0.25), 1e-9);
  ck_assert_double_ge (ph_trial_mean_log ((const float[]){ 0 }, 1), -70);
}
END_TEST

int
main (void)
{
  Suite *suite = suite_create ("trial");
  TCase *tcase = tcase_create ("trial");
  SRunner *runner = srunner_create (suite);
  int n_failed;

  suite_add_tcase (suite, tcase);
  tcase_add_loop_test (tcase, with_nothing_taken_away_the_answer_is_the_same_to_the_byte,
                       0, N_FAMILIES);
  tcase_add_loop_test (tcase, a_known_answer_has_the_probabilities_it_was_written_with, 0,
                       N_FAMILIES);
  tcase_add_loop_test (tcase, covered_patches_change_and_no_other_pixel, 0,
                       PH_COVER_ZERO + 1);
  tcase_add_loop_test (tcase, the_model_reads_the_covered_picture_once_and_no_longer, 0,
                       N_FAMILIES);
  tcase_add_loop_test (tcase, a_covered_picture_is_not_remembered_for_a_question, 0,
                       N_FAMILIES);
  tcase_add_loop_test (tcase, of_queries_left_out_there_is_no_row, 0, N_WITH_QUERIES);
  tcase_add_loop_test (tcase, with_all_heads_silent_the_picture_does_not_matter, 0,
                       N_WITH_QUERIES);
  tcase_add_loop_test (tcase, each_head_of_each_layer_is_silenced_alone, 0,
                       N_WITH_QUERIES);
  tcase_add_test (tcase, a_silenced_head_is_that_of_its_layer_or_of_all);
  tcase_add_loop_test (tcase, what_the_model_does_not_have_is_not_taken_away, 0,
                       G_N_ELEMENTS (impossible));
  tcase_add_loop_test (tcase, an_answer_of_another_model_is_not_scored, 0, N_FAMILIES);
  tcase_add_loop_test (tcase, a_stopped_trial_ends_and_remembers_nothing, 0, N_FAMILIES);
  tcase_add_test (tcase, drawn_patches_are_different_and_depend_on_seed_and_draw);
  tcase_add_test (tcase, the_words_of_an_answer_leave_out_what_ends_it);

  srunner_run_all (runner, CK_NORMAL);
  n_failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  return n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

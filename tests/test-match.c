/* Retrieval: what a picture is compared with, and what of where the model looked spoke
 * for a match.  tests/reference/grad_cam.py left in tests/data/grad-cam what torch's
 * autograd makes of the two checkpoints that compare; their scores themselves are held
 * against transformers in test-checkpoints.c. */
#include "core/base/error.h"
#include "core/engine/runner.h"
#include "core/vision/decode.h"
#include "tests/compare.h"
#include "tests/files.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CHECKPOINTS TEST_DATA "/checkpoints"
#define GRAD_CAM TEST_DATA "/grad-cam"

static const char *const names[] = { "blip-itm", "blip2-itm" };

typedef struct {
  PhRunner runner;
  PhPicture *picture;
} Fixture;

static void
fixture_open (Fixture *self, const char *folder)
{
  g_autoptr (GError) error = NULL;

  ph_runner_init (&self->runner);
  ck_assert_msg (ph_runner_open_model (&self->runner, folder, &error), "%s",
                 error != NULL ? error->message : "");
  self->picture = ph_picture_load (CHECKPOINTS "/pictures/rgb.png", NULL, NULL);
  ck_assert_ptr_nonnull (self->picture);
}

static void
fixture_open_named (Fixture *self, const char *name)
{
  g_autofree char *folder = g_build_filename (CHECKPOINTS, name, NULL);

  fixture_open (self, folder);
}

static void
fixture_clear (Fixture *self)
{
  ph_picture_unref (self->picture);
  ph_runner_clear (&self->runner);
}

static void
match (Fixture *self, PhMatchAsked asked, PhMatch *result)
{
  PhPass pass = { .context = &self->runner.context };
  g_autoptr (GError) error = NULL;

  if (asked.picture == NULL)
    asked.picture = self->picture;
  ck_assert_msg (ph_model_match (self->runner.model, &pass, &asked, result, &error), "%s",
                 error != NULL ? error->message : "");
}

/* Why it is refused. */
static GError *
refuse (Fixture *self, PhMatchAsked asked)
{
  PhPass pass = { .context = &self->runner.context };
  g_auto (PhMatch) result = { 0 };
  GError *error = NULL;

  asked.picture = self->picture;
  ck_assert (!ph_model_match (self->runner.model, &pass, &asked, &result, &error));
  ck_assert_ptr_nonnull (error);
  ck_assert_ptr_null (strchr (error->message, '\n'));
  return error;
}

/* --- Grad-CAM --- */

static json_t *golden;

START_TEST (grad_cam_is_that_of_autograd)
{
  const json_t *entry = json_array_get (json_object_get (golden, "entries"), _i);
  json_int_t number = json_integer_value (json_object_get (entry, "layer"));
  g_autofree char *layer = g_strdup_printf ("%d", (int) number);
  g_autofree char *model =
      g_build_filename (CHECKPOINTS, golden_text (entry, "checkpoint"), NULL);
  g_autofree char *picture =
      g_build_filename (CHECKPOINTS "/pictures", golden_text (entry, "picture"), NULL);
  g_autofree char *path = g_build_filename (GRAD_CAM, golden_text (entry, "trace"), NULL);
  g_autoptr (PhSafetensors) want = ph_safetensors_open (path, NULL);
  g_autoptr (PhSafetensors) traced =
      trace_grad_cam (model, picture, golden_text (entry, "text"), layer);

  ck_assert_ptr_nonnull (want);
  ck_assert_uint_eq (assert_traced (traced, want, 1, path), 1);
}
END_TEST

START_TEST (a_snapshot_of_grad_cam_is_like_one_of_attention)
{
  Fixture f;
  g_auto (PhMatch) looked = { 0 }, cam = { 0 };
  PhMatchAsked asked = { .text = "two horses", .wants_snapshot = true };
  const PhSnapshotShape *shape, *other;
  bool of_text;

  fixture_open_named (&f, names[_i]);
  match (&f, asked, &looked);
  asked.wants_grad_cam = true;
  match (&f, asked, &cam);
  other = ph_snapshot_get_shape (looked.snapshot);
  shape = ph_snapshot_get_shape (cam.snapshot);
  of_text = ph_snapshot_get_label (looked.snapshot, 0) != NULL;

  ck_assert_int_eq (shape->n_layers, 1);
  ck_assert_int_eq (shape->layers[0], 0);
  ck_assert_int_eq (shape->n_heads, 1);
  ck_assert_int_eq (shape->n_rows, other->n_rows);
  ck_assert_int_eq (shape->n_columns, other->n_columns);
  ck_assert_int_eq (shape->n_queries, other->n_queries + of_text);
  ck_assert_str_eq (names[_i], of_text ? "blip-itm" : "blip2-itm");
  if (of_text) {
    ck_assert_str_eq (ph_snapshot_get_label (cam.snapshot, 0), "[CLS]");
    ck_assert_str_eq (ph_snapshot_get_label (cam.snapshot, 1), "(mean)");
    ck_assert_str_eq (ph_snapshot_get_label (cam.snapshot, 2),
                      ph_snapshot_get_label (looked.snapshot, 1));
  }
  fixture_clear (&f);
}
END_TEST

/* The way back leaves nothing behind: neither a tape nor other numbers. */
START_TEST (scores_do_not_depend_on_who_looks)
{
  Fixture f;
  g_auto (PhMatch) before = { 0 }, with = { 0 }, after = { 0 };
  PhMatchAsked asked = { .text = "two horses" };

  fixture_open_named (&f, names[_i]);
  match (&f, asked, &before);
  match (&f,
         (PhMatchAsked){
             .text = "two horses", .wants_snapshot = true, .wants_grad_cam = true },
         &with);
  ck_assert_ptr_null (f.runner.context.tape);
  match (&f, asked, &after);
  ck_assert_float_eq (before.itc, with.itc);
  ck_assert_float_eq (before.itm[1], with.itm[1]);
  ck_assert_float_eq (before.itc, after.itc);
  ck_assert_float_eq (before.itm[1], after.itm[1]);
  fixture_clear (&f);
}
END_TEST

/* --- other storage --- */

static void
copy_files (const char *from, const char *to, const char *but)
{
  g_autoptr (GDir) folder = g_dir_open (from, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (folder)) != NULL) {
    g_autofree char *source = g_build_filename (from, name, NULL);
    g_autofree char *target = g_build_filename (to, name, NULL);
    g_autofree char *bytes = NULL;
    size_t n_bytes;

    if (g_str_equal (name, but) || g_file_test (source, G_FILE_TEST_IS_DIR))
      continue;
    ck_assert (g_file_get_contents (source, &bytes, &n_bytes, NULL));
    ck_assert (write_anew (target, bytes, n_bytes));
  }
}

/* The numbers of a f32 or bf16 tensor, owned. */
static float *
widened (const PhStoredTensor *tensor)
{
  size_t n = tensor->n_bytes / (g_str_equal (tensor->type, "F32") ? 4 : 2);
  uint32_t *bits = g_new (uint32_t, n);

  for (size_t i = 0; i < n; i++) {
    uint16_t upper;

    if (n * 4 == tensor->n_bytes) {
      memcpy (&bits[i], (const char *) tensor->data + 4 * i, 4);
    } else {
      memcpy (&upper, (const char *) tensor->data + 2 * i, 2);
      bits[i] = (uint32_t) upper << 16;
    }
  }
  return (float *) bits;
}

/* The weights in @from, stored as @type in @to.  The first number of the tensor called
 * @spoilt (or NULL) is none afterwards. */
static void
convert (const char *from, const char *to, PhOnDisk type, const char *spoilt)
{
  g_autofree char *source = g_build_filename (from, "model.safetensors", NULL);
  g_autofree char *target = g_build_filename (to, "model.safetensors", NULL);
  g_autoptr (PhSafetensors) file = ph_safetensors_open (source, NULL);
  g_autoptr (GArray) tensors = g_array_new (FALSE, FALSE, sizeof (PhTensorToWrite));

  copy_files (from, to, "model.safetensors");
  for (size_t i = 0; i < ph_safetensors_get_n_tensors (file); i++) {
    const PhStoredTensor *tensor = ph_safetensors_get (file, i);
    float *values = widened (tensor);
    PhTensorToWrite copy = {
      .name = tensor->name, .type = type, .n_dims = tensor->n_dims, .data = values
    };

    if (g_strcmp0 (tensor->name, spoilt) == 0)
      values[0] = NAN;
    memcpy (copy.dims, tensor->dims, sizeof copy.dims);
    g_array_append_val (tensors, copy);
  }
  ck_assert (ph_safetensors_write (target, (const PhTensorToWrite *) tensors->data,
                                   tensors->len, NULL));
  for (guint i = 0; i < tensors->len; i++)
    g_free ((void *) g_array_index (tensors, PhTensorToWrite, i).data);
}

static char *
new_folder (void)
{
  char *folder = g_dir_make_tmp ("pinhole-match-XXXXXX", NULL);

  ck_assert_ptr_nonnull (folder);
  return folder;
}

static void
remove_folder (const char *path)
{
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (folder)) != NULL) {
    g_autofree char *file = g_build_filename (path, name, NULL);

    g_unlink (file);
  }
  g_rmdir (path);
}

/* Half the bytes, and nothing else: a frozen weight hands the gradient on. */
START_TEST (half_precision_gives_the_same_as_its_numbers_widened)
{
  g_autofree char *original = g_build_filename (CHECKPOINTS, names[_i], NULL);
  g_autofree char *narrow = new_folder (), *wide = new_folder ();
  PhMatchAsked asked = { .text = "two horses",
                         .wants_snapshot = true,
                         .wants_grad_cam = true };
  g_auto (PhMatch) one = { 0 }, other = { 0 };
  Fixture f, g;

  convert (original, narrow, PH_ON_DISK_BF16, NULL);
  convert (narrow, wide, PH_ON_DISK_F32, NULL);
  fixture_open (&f, narrow);
  fixture_open (&g, wide);
  match (&f, asked, &one);
  match (&g, asked, &other);
  ck_assert_float_eq_tol (one.itc, other.itc, 1e-5f);
  ck_assert_float_eq_tol (one.itm[1], other.itm[1], 1e-5f);
  for (int q = 0; q < ph_snapshot_get_shape (one.snapshot)->n_queries; q++) {
    float x[64], y[64];

    ph_snapshot_map (one.snapshot, 0, 0, q, x);
    ph_snapshot_map (other.snapshot, 0, 0, q, y);
    for (int i = 0; i < ph_snapshot_get_shape (one.snapshot)->n_rows; i++)
      ck_assert_float_eq_tol (x[i], y[i], 1.0f / 255);
  }
  fixture_clear (&f);
  fixture_clear (&g);
  remove_folder (narrow);
  remove_folder (wide);
}
END_TEST

/* --- several texts, several pictures --- */

START_TEST (a_text_is_compared_as_if_it_were_the_only_one)
{
  Fixture f, alone;
  g_autoptr (PhPicture) second =
      ph_picture_load (CHECKPOINTS "/pictures/turned.jpg", NULL, NULL);
  static const char *const texts[] = { "two horses run", "?", "Her naïve smile" };

  fixture_open_named (&f, names[_i]);
  for (size_t i = 0; i < 2 * G_N_ELEMENTS (texts); i++) {
    g_auto (PhMatch) among = { 0 }, single = { 0 };
    PhMatchAsked asked = { .picture = i % 2 == 0 ? second : NULL, .text = texts[i / 2] };

    fixture_open_named (&alone, names[_i]);
    match (&f, asked, &among);
    match (&alone, asked, &single);
    ck_assert_float_eq (among.itc, single.itc);
    ck_assert_float_eq (among.itm[0], single.itm[0]);
    ck_assert_float_eq (among.itm[1], single.itm[1]);
    fixture_clear (&alone);
  }
  fixture_clear (&f);
}
END_TEST

START_TEST (a_picture_is_read_once_for_all_texts)
{
  Fixture f;
  g_auto (PhMatch) first = { 0 }, second = { 0 };

  fixture_open_named (&f, names[_i]);
  match (&f, (PhMatchAsked){ .text = "two horses" }, &first);
  match (&f, (PhMatchAsked){ .text = "a boat" }, &second);
  ck_assert_double_gt (first.timings.vision, 0);
  ck_assert_double_eq (second.timings.picture + second.timings.vision, 0);
  ck_assert_double_eq (second.timings.queries, 0);
  fixture_clear (&f);
}
END_TEST

START_TEST (a_stop_leaves_nothing_that_is_taken_for_a_score)
{
  Fixture f, fresh;
  atomic_bool stop = true;
  g_auto (PhMatch) stopped = { 0 }, after = { 0 }, want = { 0 };
  PhMatchAsked asked = { .text = "two horses",
                         .wants_snapshot = true,
                         .wants_grad_cam = true };

  fixture_open_named (&f, names[_i]);
  fixture_open_named (&fresh, names[_i]);
  f.runner.context.stop = &stop;
  match (&f, asked, &stopped);
  ck_assert (stopped.stopped);
  ck_assert_ptr_null (stopped.snapshot);
  ck_assert_ptr_null (f.runner.context.tape);

  atomic_store (&stop, false);
  match (&f, asked, &after);
  match (&fresh, asked, &want);
  ck_assert (!after.stopped);
  ck_assert_float_eq (after.itc, want.itc);
  ck_assert_float_eq (after.itm[1], want.itm[1]);
  fixture_clear (&f);
  fixture_clear (&fresh);
}
END_TEST

/* --- the placeholder of newer folders --- */

/* blip2-itm as newer folders have it: a config with the placeholder's id, and a tokenizer
 * that knows it, though the table of words ends before. */
static char *
new_generation (void)
{
  g_autofree char *original = g_build_filename (CHECKPOINTS, "blip2-itm", NULL);
  char *folder = new_folder ();
  g_autofree char *config_path = g_build_filename (folder, "config.json", NULL);
  g_autofree char *tokenizer_path = g_build_filename (folder, "tokenizer.json", NULL);
  g_autoptr (PhJson) config = NULL, tokenizer = NULL;

  copy_files (original, folder, "");
  config = ph_json_load (config_path, NULL);
  tokenizer = ph_json_load (tokenizer_path, NULL);
  json_object_set_new (config, "image_token_index", json_integer (309));
  json_array_append_new (json_object_get (tokenizer, "added_tokens"),
                         json_pack ("{s:i, s:s, s:b, s:b, s:b, s:b, s:b}", "id", 309,
                                    "content", "<image>", "single_word", 0, "lstrip", 0,
                                    "rstrip", 0, "normalized", 0, "special", 1));
  ck_assert_int_eq (json_dump_file (config, config_path, 0), 0);
  ck_assert_int_eq (json_dump_file (tokenizer, tokenizer_path, 0), 0);
  return folder;
}

START_TEST (a_placeholder_changes_nothing_and_is_no_word)
{
  g_autofree char *folder = new_generation ();
  g_auto (PhMatch) with = { 0 }, without = { 0 };
  g_autoptr (GError) error = NULL;
  Fixture f, old;

  fixture_open (&f, folder);
  fixture_open_named (&old, "blip2-itm");
  ck_assert_int_eq (ph_model_get_info (f.runner.model)->image_token, 309);
  match (&f, (PhMatchAsked){ .text = "two horses" }, &with);
  match (&old, (PhMatchAsked){ .text = "two horses" }, &without);
  ck_assert_float_eq (with.itc, without.itc);
  ck_assert_float_eq (with.itm[1], without.itm[1]);
  error = refuse (&f, (PhMatchAsked){ .text = "two <image> horses" });
  ck_assert_ptr_nonnull (strstr (error->message, "<image>"));
  fixture_clear (&f);
  fixture_clear (&old);
  remove_folder (folder);
}
END_TEST

/* --- what is refused --- */

static const struct {
  const char *text;
  int layer;
  const char *complaint;
} refused[] = {
  { "", 0, "the text is empty" },
  { " \n\t", 0, "the text is empty" },
  { "two \xff horses", 0, "not UTF-8 at byte 4" },
  { NULL, 0, "the text has" },
  { "a", 64, "layer 64: those that look at the picture are 0, " },
  { "a", 3, "layer 3: those that look at the picture are 0, " },
};

START_TEST (texts_that_cannot_be_compared_are_refused_in_a_line)
{
  int model = _i % (int) G_N_ELEMENTS (names), row = _i / (int) G_N_ELEMENTS (names);
  g_autoptr (GString) longest = g_string_new (NULL);
  const char *text = refused[row].text;
  g_autoptr (GError) error = NULL;
  Fixture f;

  for (int i = 0; text == NULL && i < 500; i++)
    g_string_append (longest, "horses ");
  fixture_open_named (&f, names[model]);
  error = refuse (&f, (PhMatchAsked){ .text = text != NULL ? text : longest->str,
                                      .wants_grad_cam = true,
                                      .grad_cam_layer = refused[row].layer });
  ck_assert_msg (strstr (error->message, refused[row].complaint) != NULL, "%s",
                 error->message);
  fixture_clear (&f);
}
END_TEST

START_TEST (scores_that_are_no_numbers_are_told)
{
  g_autofree char *original = g_build_filename (CHECKPOINTS, names[_i], NULL);
  g_autofree char *folder = new_folder ();
  g_autoptr (GError) error = NULL;
  Fixture f;

  convert (original, folder, PH_ON_DISK_F32, "itm_head.bias");
  fixture_open (&f, folder);
  error = refuse (&f, (PhMatchAsked){ .text = "a" });
  ck_assert (g_error_matches (error, PH_ERROR, PH_ERROR_FORMAT));
  fixture_clear (&f);
  remove_folder (folder);
}
END_TEST

int
main (void)
{
  Suite *suite = suite_create ("match");
  TCase *all = tcase_create ("all");
  SRunner *runner = srunner_create (suite);
  int n_models = (int) G_N_ELEMENTS (names), n_failed;

  golden = ph_json_load (GRAD_CAM "/golden.json", NULL);
  g_assert (golden != NULL);
  tcase_set_timeout (all, 0);
  tcase_add_loop_test (all, grad_cam_is_that_of_autograd, 0,
                       (int) json_array_size (json_object_get (golden, "entries")));
  tcase_add_loop_test (all, a_snapshot_of_grad_cam_is_like_one_of_attention, 0, n_models);
  tcase_add_loop_test (all, scores_do_not_depend_on_who_looks, 0, n_models);
  tcase_add_loop_test (all, half_precision_gives_the_same_as_its_numbers_widened, 0,
                       n_models);
  tcase_add_loop_test (all, a_text_is_compared_as_if_it_were_the_only_one, 0, n_models);
  tcase_add_loop_test (all, a_picture_is_read_once_for_all_texts, 0, n_models);
  tcase_add_loop_test (all, a_stop_leaves_nothing_that_is_taken_for_a_score, 0, n_models);
  tcase_add_test (all, a_placeholder_changes_nothing_and_is_no_word);
  tcase_add_loop_test (all, texts_that_cannot_be_compared_are_refused_in_a_line, 0,
                       n_models * (int) G_N_ELEMENTS (refused));
  tcase_add_loop_test (all, scores_that_are_no_numbers_are_told, 0, n_models);
  suite_add_tcase (suite, all);

  srunner_run_all (runner, CK_NORMAL);
  n_failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  json_decref (golden);
  return n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

#include "core/base/error.h"
#include "core/formats/json.h"
#include "core/vision/preprocess.h"

#include <check.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#define GOLDEN TEST_DATA "/preprocess/golden.json"

static char *folder;
static char *path;

/* The pictures of tests/reference/preprocess.py. */
static uint8_t
sample (const char *pattern, uint32_t x, uint32_t y, uint32_t c)
{
  if (strcmp (pattern, "noise") == 0)
    return (uint8_t) ((x * 73856093u ^ y * 19349663u ^ c * 83492791u) >> 7);
  if (strcmp (pattern, "edges") == 0)
    return (x / 3 + y / 5 + c) % 2 * 255;
  return (uint8_t) (x * 3 + y * 5 + c * 40);
}

static PhPicture *
draw (const char *pattern, int width, int height)
{
  size_t n_bytes = (size_t) width * (size_t) height * 3;
  uint8_t *rgb = g_malloc (n_bytes), *next = rgb;

  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      for (int c = 0; c < 3; c++)
        *next++ = sample (pattern, (uint32_t) x, (uint32_t) y, (uint32_t) c);
  return ph_picture_new_take (width, height, g_bytes_new_take (rgb, n_bytes));
}

static int
integer_at (const json_t *list, size_t index)
{
  return (int) json_integer_value (json_array_get (list, index));
}

static PhPicture *
draw_case (const json_t *one)
{
  const json_t *from = json_object_get (one, "from");

  return draw (json_string_value (json_object_get (one, "pattern")), integer_at (from, 0),
               integer_at (from, 1));
}

START_TEST (resizing_gives_the_bytes_that_pillow_gives)
{
  g_autoptr (PhJson) golden = ph_json_load (GOLDEN, NULL);
  const json_t *cases = json_object_get (golden, "resizes");

  ck_assert_uint_ge (json_array_size (cases), 50);
  for (size_t i = 0; i < json_array_size (cases); i++) {
    const json_t *one = json_array_get (cases, i), *to = json_object_get (one, "to");
    g_autoptr (PhPicture) picture = draw_case (one);
    g_autoptr (PhPicture) resized =
        ph_resize (picture, integer_at (to, 0), integer_at (to, 1));
    g_autofree char *hash = ph_picture_dup_hash (resized);

    ck_assert_msg (strcmp (hash, json_string_value (json_object_get (one, "sha256"))) ==
                       0,
                   "case %zu: %d by %d to %d by %d", i, picture->width, picture->height,
                   resized->width, resized->height);
  }
}
END_TEST

static void
load_case (const json_t *one, PhPreprocess *preprocess)
{
  g_autoptr (GError) error = NULL;

  ck_assert (json_dump_file (one, path, 0) == 0);
  ck_assert_msg (ph_preprocess_load (preprocess, folder, &error), "%s",
                 error != NULL ? error->message : "");
}

START_TEST (pixel_values_are_the_floats_that_transformers_gives)
{
  g_autoptr (PhJson) golden = ph_json_load (GOLDEN, NULL);
  const json_t *cases = json_object_get (golden, "pixels");

  for (size_t i = 0; i < json_array_size (cases); i++) {
    const json_t *one = json_array_get (cases, i),
                 *first = json_object_get (one, "first");
    g_autoptr (PhPicture) picture = draw_case (one);
    PhPreprocess preprocess;
    g_autofree float *pixels = NULL;
    g_autofree char *hash = NULL;
    size_t n;

    load_case (one, &preprocess);
    n = 3 * (size_t) preprocess.side * (size_t) preprocess.side;
    pixels = g_new (float, n);
    ph_preprocess (&preprocess, picture, pixels);
    hash = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) pixels,
                                        n * sizeof *pixels);
    ck_assert_float_eq (pixels[0], (float) json_number_value (json_array_get (first, 0)));
    ck_assert_msg (strcmp (hash, json_string_value (json_object_get (one, "sha256"))) ==
                       0,
                   "case %zu is off", i);
  }
}
END_TEST

START_TEST (forty_megapixels_take_seconds_at_most)
{
  g_autoptr (PhPicture) picture = draw ("edges", 8000, 5000);
  gint64 begin = g_get_monotonic_time ();
  g_autoptr (PhPicture) small = ph_resize (picture, 224, 224);

  ck_assert_int_eq (small->width, 224);
  ck_assert_int_lt (g_get_monotonic_time () - begin, 20 * G_USEC_PER_SEC);
}
END_TEST

static const struct {
  const char *json;
  const char *complaint;
} broken[] = {
  { "{}", "size is missing" },
  { "{\"size\":0}", "size is 0, not 1 to 2048" },
  { "{\"size\":1000000}", "size is 1000000, not 1 to 2048" },
  { "{\"size\":\"64\"}", "size is \"64\", not a whole number" },
  { "{\"size\":{}}", "size.height is missing" },
  { "{\"size\":{\"height\":64}}", "size.width is missing" },
  { "{\"size\":{\"shortest_edge\":64}}", "size.height is missing" },
  { "{\"size\":{\"height\":64,\"width\":32}}", "size is 32 by 64, not a square" },
  { "{\"size\":64,\"resample\":2}", "resample is 2 (bilinear), not 3 (bicubic)" },
  { "{\"size\":64,\"resample\":6}", "resample is 6, not 0 to 5" },
  { "{\"size\":64,\"resample\":\"bicubic\"}", "resample is \"bicubic\"" },
  { "{\"size\":64,\"rescale_factor\":0}", "rescale_factor is 0" },
  { "{\"size\":64,\"rescale_factor\":\"NaN\"}",
    "rescale_factor is \"NaN\", not a number" },
  { "{\"size\":64,\"do_resize\":false}", "do_resize" },
  { "{\"size\":64,\"do_rescale\":1}", "do_rescale is 1, not true or false" },
  { "{\"size\":64,\"image_mean\":[0,0]}", "image_mean is not a list of 3 numbers" },
  { "{\"size\":64,\"image_mean\":0.5}", "image_mean is not a list of 3 numbers" },
  { "{\"size\":64,\"image_mean\":[0,\"0\",0]}", "image_mean[1] is not a number" },
  { "{\"size\":64,\"image_std\":[1,1,0]}",
    "image_std[2] is not a number from 1e-06 to 10" },
  { "{\"size\":64,\"image_std\":[1,1,-1]}", "image_std[2] is not a number" },
};

START_TEST (broken_settings_are_refused_with_a_reason)
{
  g_autoptr (GError) error = NULL;
  PhPreprocess preprocess;

  ck_assert (g_file_set_contents (path, broken[_i].json, -1, NULL));
  ck_assert (!ph_preprocess_load (&preprocess, folder, &error));
  ck_assert_msg (g_str_has_prefix (error->message, path), "%s", error->message);
  ck_assert_msg (strstr (error->message, broken[_i].complaint) != NULL, "%s",
                 error->message);
}
END_TEST

/* As saved since transformers 4.27, and null where a member means its default. */
START_TEST (files_of_today_are_read_to_the_last_member)
{
  static const char json[] =
      "{\"do_convert_rgb\":true,\"do_normalize\":true,\"do_rescale\":true,"
      "\"do_resize\":true,\"image_mean\":[0.5,0.25,0.125],\"image_std\":[1,2,4],"
      "\"image_processor_type\":\"BlipImageProcessor\",\"processor_class\":"
      "\"Blip2Processor\",\"resample\":null,\"rescale_factor\":0.00392156862745098,"
      "\"size\":{\"height\":364,\"width\":364}}";
  PhPreprocess preprocess;

  ck_assert (g_file_set_contents (path, json, -1, NULL));
  ck_assert (ph_preprocess_load (&preprocess, folder, NULL));
  ck_assert_int_eq (preprocess.side, 364);
  ck_assert_double_eq (preprocess.rescale, 0.00392156862745098);
  ck_assert_float_eq (preprocess.mean[2], 0.125f);
  ck_assert_float_eq (preprocess.std[1], 2);
}
END_TEST

START_TEST (old_files_give_the_size_alone)
{
  PhPreprocess preprocess;

  ck_assert (g_file_set_contents (path, "{\"size\":384}", -1, NULL));
  ck_assert (ph_preprocess_load (&preprocess, folder, NULL));
  ck_assert_int_eq (preprocess.side, 384);
  ck_assert_double_eq (preprocess.rescale, 1 / 255.0);
  ck_assert_float_eq (preprocess.mean[0], 0.48145466f);
  ck_assert_float_eq (preprocess.std[2], 0.27577711f);
}
END_TEST

int
main (void)
{
  Suite *suite = suite_create ("preprocess");
  TCase *all = tcase_create ("all");
  SRunner *runner = srunner_create (suite);
  int n_failed;

  folder = g_dir_make_tmp ("pinhole-XXXXXX", NULL);
  path = g_build_filename (folder, "preprocessor_config.json", NULL);
  tcase_add_test (all, resizing_gives_the_bytes_that_pillow_gives);
  tcase_add_test (all, pixel_values_are_the_floats_that_transformers_gives);
  tcase_add_test (all, forty_megapixels_take_seconds_at_most);
  tcase_add_loop_test (all, broken_settings_are_refused_with_a_reason, 0,
                       G_N_ELEMENTS (broken));
  tcase_add_test (all, files_of_today_are_read_to_the_last_member);
  tcase_add_test (all, old_files_give_the_size_alone);
  suite_add_tcase (suite, all);

  srunner_run_all (runner, CK_NORMAL);
  n_failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  g_unlink (path);
  g_rmdir (folder);
  g_free (path);
  g_free (folder);
  return n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

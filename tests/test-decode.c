#include "core/base/error.h"
#include "core/formats/json.h"
#include "core/vision/decode.h"
#include "core/vision/png.h"

#include <check.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define PICTURES TEST_DATA "/pictures/"
#define JPEG_TOLERANCE 2 /* grey levels: libraries may round otherwise */

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

static char *folder;

static char *
in_folder (const char *name)
{
  return g_build_filename (folder, name, NULL);
}

/* Removed first: GLib syncs a file that it replaces, which thousands of times is long. */
static bool
write_anew (const char *path, const char *bytes, size_t n_bytes)
{
  g_unlink (path);
  return g_file_set_contents (path, bytes, (gssize) n_bytes, NULL);
}

/* One line that begins with the path and says something. */
static void
check_complaint (const GError *error, const char *path)
{
  ck_assert_ptr_nonnull (error);
  ck_assert_msg (g_str_has_prefix (error->message, path), "%s", error->message);
  ck_assert_uint_gt (strlen (error->message), strlen (path) + 5);
  ck_assert_ptr_null (strchr (error->message, '\n'));
}

static void
check_refused (const char *path, const char *complaint)
{
  g_autoptr (GError) error = NULL;

  ck_assert_ptr_null (ph_picture_load (path, NULL, &error));
  check_complaint (error, path);
  ck_assert_msg (strstr (error->message, complaint) != NULL, "%s", error->message);
}

/* --- what Pillow says --- */

static int
largest_difference (const uint8_t *a, const uint8_t *b, size_t n)
{
  int largest = 0;

  for (size_t i = 0; i < n; i++)
    largest = MAX (largest, abs (a[i] - b[i]));
  return largest;
}

static void
check_same (const char *name, const PhPicture *picture, const json_t *wanted)
{
  const char *text = json_string_value (json_object_get (wanted, "rgb"));
  bool is_jpeg = strstr (name, "jp") != NULL;
  size_t n_bytes;
  g_autofree guchar *rgb = g_base64_decode (text, &n_bytes);

  ck_assert_int_eq (picture->width,
                    json_integer_value (json_object_get (wanted, "width")));
  ck_assert_int_eq (picture->height,
                    json_integer_value (json_object_get (wanted, "height")));
  ck_assert_int_le (largest_difference (ph_picture_get_rgb (picture), rgb, n_bytes),
                    is_jpeg ? JPEG_TOLERANCE : 0);
}

START_TEST (pictures_are_those_that_pillow_sees_or_are_refused)
{
  g_autoptr (PhJson) expected = ph_json_load (PICTURES "expected.json", NULL);
  const char *name;
  json_t *wanted;

  json_object_foreach (expected, name, wanted)
  {
    g_autofree char *path = g_build_filename (PICTURES, name, NULL);
    g_autoptr (GError) error = NULL;
    g_autoptr (PhPicture) picture = ph_picture_load (path, NULL, &error);

    /* A system may lack the loader for WebP. */
    if (error != NULL && strstr (error->message, "no decoder") != NULL)
      continue;
    ck_assert_msg ((picture == NULL) == json_is_string (wanted), "%s: %s", name,
                   error != NULL ? error->message : "was not refused");
    if (picture == NULL)
      check_complaint (error, path);
    else
      check_same (name, picture, wanted);
  }
}
END_TEST

START_TEST (bytes_that_were_pasted_are_decoded_too)
{
  g_autofree char *bytes = NULL;
  size_t n_bytes;
  g_autoptr (GBytes) file = NULL;
  g_autoptr (PhPicture) pasted = NULL,
                        loaded = ph_picture_load (PICTURES "rgb.png", NULL, NULL);
  g_autoptr (GBytes) nothing = g_bytes_new (NULL, 0);
  g_autoptr (GError) error = NULL;

  ck_assert (g_file_get_contents (PICTURES "rgb.png", &bytes, &n_bytes, NULL));
  file = g_bytes_new (bytes, n_bytes);
  pasted = ph_picture_load_bytes (file, NULL, NULL);
  ck_assert (g_bytes_equal (pasted->rgb, loaded->rgb));
  ck_assert_ptr_null (ph_picture_load_bytes (nothing, NULL, &error));
  check_complaint (error, "pasted picture: ");
}
END_TEST

/* --- odd sizes --- */

static const struct {
  const char *name;
  int width, height;
} sizes[] = {
  { "one-pixel.png", 1, 1 },
  { "line.png", 20000, 3 },
  { "sixteen.png", 24, 16 },
  { "forty-megapixels.png", 8000, 5000 },
};

START_TEST (odd_sizes_are_answered)
{
  g_autofree char *path = g_build_filename (PICTURES, sizes[_i].name, NULL);
  g_autoptr (PhPicture) picture = ph_picture_load (path, NULL, NULL);

  ck_assert_ptr_nonnull (picture);
  ck_assert_int_eq (picture->width, sizes[_i].width);
  ck_assert_int_eq (picture->height, sizes[_i].height);
}
END_TEST

START_TEST (forty_megapixels_stay_under_512_mb)
{
  g_autoptr (PhPicture) picture =
      ph_picture_load (PICTURES "forty-megapixels.png", NULL, NULL);
  struct rusage ours, decoder;
  const uint8_t *rgb = ph_picture_get_rgb (picture);
  unsigned sum = 0;

  for (size_t i = 0; i < g_bytes_get_size (picture->rgb); i += 4096)
    sum += rgb[i];
  ck_assert_uint_eq (sum, 0);
  getrusage (RUSAGE_SELF, &ours);
  getrusage (RUSAGE_CHILDREN, &decoder);
  if (!SANITIZED)
    ck_assert_int_lt (ours.ru_maxrss + decoder.ru_maxrss, 512 * 1024);
}
END_TEST

START_TEST (a_bomb_costs_neither_time_nor_memory)
{
  gint64 begin = g_get_monotonic_time ();

  check_refused (PICTURES "bomb.png", "60000 by 60000 pixels");
  ck_assert_int_lt (g_get_monotonic_time () - begin, 20 * G_USEC_PER_SEC);
}
END_TEST

/* --- broken files --- */

static const char *const whole[] = { "rgb.jpg",      "progressive.jpg", "rgb.png",
                                     "animated.gif", "rgb.tiff",        "rgb.bmp",
                                     "rgb.webp" };

START_TEST (files_cut_at_twenty_places_are_refused)
{
  g_autofree char *from = g_build_filename (PICTURES, whole[_i], NULL);
  g_autofree char *path = in_folder (whole[_i]);
  g_autofree char *bytes = NULL;
  size_t n_bytes;

  ck_assert (g_file_get_contents (from, &bytes, &n_bytes, NULL));
  for (size_t place = 0; place < 20; place++) {
    g_autoptr (GError) error = NULL;

    /* A PNG ends in a checksum and a mark, which are not of the picture. */
    if (place >= 17 && g_str_has_suffix (path, ".png"))
      break;
    ck_assert (write_anew (path, bytes, n_bytes * place / 20));
    ck_assert_ptr_null (ph_picture_load (path, NULL, &error));
    check_complaint (error, path);
  }
}
END_TEST

/* Flips bytes all over; anything may come of it but a crash or a silence. */
START_TEST (files_with_flipped_bytes_are_answered_or_refused)
{
  g_autofree char *from = g_build_filename (PICTURES, whole[_i], NULL);
  g_autofree char *path = in_folder (whole[_i]);
  g_autofree char *bytes = NULL;
  size_t n_bytes;
  uint32_t state = 1;

  ck_assert (g_file_get_contents (from, &bytes, &n_bytes, NULL));
  for (int i = 0; i < 60; i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (PhPicture) picture = NULL;
    size_t at;

    state = state * 1664525 + 1013904223;
    at = (state >> 8) % n_bytes;
    bytes[at] ^= (char) (1 << (state >> 29));
    ck_assert (write_anew (path, bytes, n_bytes));
    picture = ph_picture_load (path, NULL, &error);
    if (picture == NULL)
      check_complaint (error, path);
    bytes[at] ^= (char) (1 << (state >> 29));
  }
}
END_TEST

START_TEST (what_is_no_file_is_refused_at_once)
{
  g_autofree char *fifo = in_folder ("fifo"), *dangling = in_folder ("dangling");
  g_autofree char *empty = in_folder ("empty"), *missing = in_folder ("missing");

  ck_assert (mkfifo (fifo, 0600) == 0 && symlink ("/nowhere", dangling) == 0);
  ck_assert (g_file_set_contents (empty, "", 0, NULL));
  check_refused (fifo, "not a regular file");
  check_refused (dangling, "No such file");
  check_refused (missing, "No such file");
  check_refused (empty, "is empty");
  check_refused (folder, "is a folder");
  check_refused ("/dev/zero", "not a regular file");
}
END_TEST

START_TEST (a_path_with_control_characters_is_shown_without)
{
  g_autofree char *path = in_folder ("a\x1b[2J\nb.png");
  g_autoptr (GError) error = NULL;

  ck_assert_ptr_null (ph_picture_load (path, NULL, &error));
  ck_assert_ptr_nonnull (strstr (error->message, "a\\x1b[2J\\x0ab.png: "));
}
END_TEST

/* --- decoders that misbehave --- */

static void
use_decoder (const char *script)
{
  g_autofree char *path = in_folder ("decoder");
  g_autofree char *text = g_strconcat ("#!/bin/sh\n", script, "\n", NULL);

  ck_assert (g_file_set_contents (path, text, -1, NULL) && g_chmod (path, 0700) == 0);
  g_setenv ("PINHOLE_DECODE", path, TRUE);
}

#define HEADER(width, height) "printf 'PHRGB\\000\\001\\000" width height
#define TWO "\\002\\000\\000\\000"

static const struct {
  const char *script;
  const char *complaint;
} liars[] = {
  { "kill -9 $$", "within the limits" },
  { "kill -SEGV $$", "within the limits" },
  { "exit 0", "cut short" },
  { "exit 3", "cannot be decoded (status 3)" },
  { "echo some noise >&2; echo 'a reason' >&2; exit 1", "rgb.png: a reason" },
  { "printf 'ab\\033[2Jc\\n' >&2; exit 1", "ab\\x1b[2Jc" },
  { "i=0; while [ $i -lt 9999 ]; do echo xxxxxxxxxxxxxxxxxx >&2; i=$((i+1)); done; exit "
    "1",
    "xxxx" },
  { "printf 'this is no picture at all'", "is not a picture" },
  { HEADER (TWO, TWO) "12345'", "has 21 bytes for 2 by 2 pixels" },
  { HEADER (TWO, TWO) "1234567890123'", "has 29 bytes for 2 by 2 pixels" },
  { HEADER ("\\000\\000\\000\\000", TWO) "'", "has 0 by 2 pixels" },
  { HEADER ("\\377\\377\\377\\377", "\\377\\377\\377\\377") "'",
    "has 4294967295 by 4294967295 pixels" },
  { "exec 2>&-; exec /bin/sleep 100", "within the limits" },
};

START_TEST (a_decoder_that_lies_or_dies_is_an_error_like_any_other)
{
  gint64 begin = g_get_monotonic_time ();

  use_decoder (liars[_i].script);
  check_refused (PICTURES "rgb.png", liars[_i].complaint);
  ck_assert_int_lt (g_get_monotonic_time () - begin, 20 * G_USEC_PER_SEC);
  g_setenv ("PINHOLE_DECODE", DECODER, TRUE);
}
END_TEST

START_TEST (a_decoder_that_is_not_there_is_named)
{
  g_setenv ("PINHOLE_DECODE", "/nowhere/decode", TRUE);
  check_refused (PICTURES "rgb.png", "/nowhere/decode cannot be started");
  g_setenv ("PINHOLE_DECODE", DECODER, TRUE);
}
END_TEST

static gpointer
cancel_cb (gpointer data)
{
  g_usleep (50000);
  g_cancellable_cancel (data);
  return NULL;
}

START_TEST (a_decoder_that_hangs_is_left_at_once)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  gint64 begin = g_get_monotonic_time ();
  GThread *thread;

  use_decoder ("exec /bin/sleep 100");
  thread = g_thread_new ("cancel", cancel_cb, cancellable);
  ck_assert_ptr_null (ph_picture_load (PICTURES "rgb.png", cancellable, &error));
  ck_assert (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED));
  ck_assert_int_lt (g_get_monotonic_time () - begin, 20 * G_USEC_PER_SEC);
  g_thread_join (thread);
  g_setenv ("PINHOLE_DECODE", DECODER, TRUE);
}
END_TEST

/* --- many at once --- */

static int
count_open_files (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  int n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static gpointer
load_many_cb (gpointer data)
{
  for (int i = 0; i < 10; i++) {
    g_autoptr (PhPicture) picture = ph_picture_load (PICTURES "rgb.png", NULL, NULL);
    g_autoptr (PhPicture) refused = ph_picture_load (PICTURES "text.png", NULL, NULL);

    if (picture == NULL || picture->width != 24 || refused != NULL)
      return data;
  }
  return NULL;
}

START_TEST (any_thread_may_decode_and_no_file_stays_open)
{
  GThread *threads[4];
  int n_before = count_open_files ();

  for (size_t i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("load", load_many_cb, threads);
  for (size_t i = 0; i < G_N_ELEMENTS (threads); i++)
    ck_assert_ptr_null (g_thread_join (threads[i]));
  ck_assert_int_eq (count_open_files (), n_before);
}
END_TEST

/* --- writing --- */

START_TEST (a_saved_picture_is_read_again)
{
  g_autofree char *path = in_folder ("saved.png");
  g_autoptr (PhPicture) picture = ph_picture_load (PICTURES "rgb.bmp", NULL, NULL);
  g_autoptr (PhPicture) again = NULL;
  g_autoptr (GError) error = NULL;

  ck_assert (ph_picture_save_png (picture, path, NULL));
  again = ph_picture_load (path, NULL, NULL);
  ck_assert (again->width == picture->width && g_bytes_equal (again->rgb, picture->rgb));
  ck_assert (!ph_picture_save_png (picture, "/nowhere/x.png", &error));
  check_complaint (error, "/nowhere/x.png");
}
END_TEST

static void
remove_folder (void)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);

  for (const char *name; (name = g_dir_read_name (dir)) != NULL;) {
    g_autofree char *path = in_folder (name);

    g_unlink (path);
  }
  g_rmdir (folder);
  g_free (folder);
}

int
main (void)
{
  Suite *suite = suite_create ("decode");
  TCase *all = tcase_create ("all");
  SRunner *runner = srunner_create (suite);
  int n_failed;

  folder = g_dir_make_tmp ("pinhole-XXXXXX", NULL);
  g_setenv ("PINHOLE_DECODE", DECODER, TRUE);
  tcase_add_test (all, pictures_are_those_that_pillow_sees_or_are_refused);
  tcase_add_test (all, bytes_that_were_pasted_are_decoded_too);
  tcase_add_loop_test (all, odd_sizes_are_answered, 0, G_N_ELEMENTS (sizes));
  tcase_add_test (all, forty_megapixels_stay_under_512_mb);
  tcase_add_test (all, a_bomb_costs_neither_time_nor_memory);
  tcase_add_loop_test (all, files_cut_at_twenty_places_are_refused, 0,
                       G_N_ELEMENTS (whole));
  tcase_add_loop_test (all, files_with_flipped_bytes_are_answered_or_refused, 0,
                       G_N_ELEMENTS (whole));
  tcase_add_test (all, what_is_no_file_is_refused_at_once);
  tcase_add_test (all, a_path_with_control_characters_is_shown_without);
  tcase_add_loop_test (all, a_decoder_that_lies_or_dies_is_an_error_like_any_other, 0,
                       G_N_ELEMENTS (liars));
  tcase_add_test (all, a_decoder_that_is_not_there_is_named);
  tcase_add_test (all, a_decoder_that_hangs_is_left_at_once);
  tcase_add_test (all, any_thread_may_decode_and_no_file_stays_open);
  tcase_add_test (all, a_saved_picture_is_read_again);
  suite_add_tcase (suite, all);

  srunner_run_all (runner, CK_NORMAL);
  n_failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  remove_folder ();
  return n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

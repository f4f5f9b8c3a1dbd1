#include "core/base/error.h"
#include "core/formats/safetensors.h"
#include "tests/files.h"

#include <check.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *folder;

static char *
in_folder (const char *name)
{
  return g_build_filename (folder, name, NULL);
}

static char *
write_bytes (const void *bytes, size_t n_bytes)
{
  char *path = in_folder ("file.safetensors");

  ck_assert (write_anew (path, bytes, n_bytes));
  return path;
}

/* A file of @header with its true length in front and @n_arrays bytes behind. */
static GString *
make_file (const char *header, size_t n_header, size_t n_arrays)
{
  GString *file = g_string_new (NULL);
  uint64_t length = n_header;

  g_string_append_len (file, (const char *) &length, 8);
  g_string_append_len (file, header, (gssize) n_header);
  for (size_t i = 0; i < n_arrays; i++)
    g_string_append_c (file, (char) i);
  return file;
}

static PhSafetensors *
open_file (const GString *file, GError **error)
{
  g_autofree char *path = write_bytes (file->str, file->len);

  return ph_safetensors_open (path, error);
}

static void
check_refused (const GString *file, const char *complaint)
{
  g_autofree char *path = in_folder ("file.safetensors");
  g_autoptr (GError) error = NULL;

  ck_assert_ptr_null (open_file (file, &error));
  ck_assert (error->domain == PH_ERROR);
  ck_assert_msg (g_str_has_prefix (error->message, path), "%s", error->message);
  ck_assert_ptr_null (strchr (error->message, '\n'));
  ck_assert_msg (strstr (error->message, complaint) != NULL, "%s (not %s)",
                 error->message, complaint);
}

/* --- the length in front --- */

static const struct {
  uint64_t length;
  const char *complaint;
} lengths[] = {
  { 0, "does not begin a JSON object" },
  { 1, "does not begin a JSON object" },
  { 100 - 7, "past the end" },
  { 100, "past the end" },
  { 100000001, "past the end" },
  { (uint64_t) 1 << 31, "past the end" },
  { ((uint64_t) 1 << 32) + 8, "past the end" },
  { (uint64_t) 1 << 63, "past the end" },
  { UINT64_MAX, "past the end" },
  { UINT64_MAX - 7, "past the end" },
};

START_TEST (a_hostile_length_is_refused)
{
  g_autoptr (GString) file = g_string_new (NULL);

  g_string_append_len (file, (const char *) &lengths[_i].length, 8);
  g_string_append (file, "{}");
  while (file->len < 100)
    g_string_append_c (file, ' ');
  check_refused (file, lengths[_i].complaint);
}
END_TEST

START_TEST (a_header_may_be_16_mib_and_no_more)
{
  g_autoptr (GString) spaces = g_string_new ("{}");
  g_autoptr (GString) largest = NULL, larger = NULL;
  g_autoptr (PhSafetensors) opened = NULL;

  while (spaces->len <= PH_SAFETENSORS_MAX_HEADER)
    g_string_append_c (spaces, ' ');
  largest = make_file (spaces->str, PH_SAFETENSORS_MAX_HEADER, 0);
  larger = make_file (spaces->str, PH_SAFETENSORS_MAX_HEADER + 1, 0);

  opened = open_file (largest, NULL);
  ck_assert_ptr_nonnull (opened);
  check_refused (larger, "not up to");
}
END_TEST

/* --- headers --- */

#define T(dtype, shape, begin, end)                                                      \
  "{\"dtype\":" dtype ",\"shape\":" shape ",\"data_offsets\":[" begin "," end "]}"
#define A(dtype, shape, begin, end) "{\"a\":" T (dtype, shape, begin, end) "}"
#define AB(a, b) "{\"a\":" a ",\"b\":" b "}"

typedef struct {
  const char *header;
  size_t n_arrays;
  const char *complaint;
} Case;

static const Case refused[] = {
  { " {}", 0, "does not begin a JSON object" },
  { "[]", 0, "does not begin a JSON object" },
  { "\xef\xbb\xbf{}", 0, "does not begin a JSON object" },
  { "{\"\xff\":1}", 0, "decode byte" },
  { "{} x", 0, "header: line 1" },
  { AB (T ("\"U8\"", "[1]", "0", "1"), "1"), 1, "tensor \"b\": is not an object" },
  { "{\"a\":{},\"a\":{}}", 0, "duplicate" },
  { "{\"a\":{\"dtype\":\"U8\",\"dtype\":\"I8\"}}", 0, "duplicate" },
  { "{\"__metadata__\":[]}", 0, "__metadata__ is not an object" },
  { "{\"__metadata__\":{\"x\":1}}", 0, "__metadata__.x is not a string" },
  { "{\"__metadata__\":{\"x\":{}}}", 0, "__metadata__.x is not a string" },
  { "{\"a\":{\"shape\":[],\"data_offsets\":[0,0]}}", 0, "dtype is missing" },
  { A ("\"F31\"", "[1]", "0", "4"), 4, "tensor \"a\": dtype is \"F31\"" },
  { A ("32", "[1]", "0", "4"), 4, "dtype is 32" },
  { "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", 4, "shape is missing" },
  { A ("\"F32\"", "1", "0", "4"), 4, "shape is 1, not an array" },
  { A ("\"F32\"", "[1.0]", "0", "4"), 4, "shape[0] is 1" },
  { A ("\"F32\"", "[1,-1]", "0", "4"), 4, "shape[1] is -1" },
  { A ("\"F32\"", "[\"1\"]", "0", "4"), 4, "shape[0] is \"1\"" },
  { A ("\"F32\"", "[18446744073709551615]", "0", "4"), 4,
    "is 1.84467e+19, not a whole number from 0 on" },
  { A ("\"U8\"", "[4194305,4194305,211106198978564]", "0", "4"), 4,
    "larger than any memory" },
  { A ("\"F32\"", "[4294967296,4294967296]", "0", "0"), 0, "larger than any memory" },
  { A ("\"F32\"", "[9223372036854775807,2]", "0", "0"), 0, "larger than any memory" },
  { A ("\"F64\"", "[2305843009213693952]", "0", "0"), 0, "larger than any memory" },
  { A ("\"U8\"", "[1,1,1,1,1,1,1,1,1]", "0", "1"), 1, "9 axes, not up to 8" },
  { "{\"a\":{\"dtype\":\"U8\",\"shape\":[1]}}", 1, "data_offsets is missing" },
  { "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0]}}", 1,
    "data_offsets has 1" },
  { "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1,2]}}", 1,
    "data_offsets has 3" },
  { A ("\"U8\"", "[1]", "-1", "0"), 1, "data_offsets[0] is -1" },
  { A ("\"U8\"", "[1]", "2", "1"), 4, "before they begin" },
  { A ("\"U8\"", "[5]", "0", "5"), 4, "past the end" },
  { A ("\"U8\"", "[1]", "9223372036854775806", "9223372036854775807"), 4,
    "past the end" },
  { A ("\"U8\"", "[3]", "1", "4"), 4, "behind a hole" },
  { AB (T ("\"U8\"", "[1]", "0", "1"), T ("\"U8\"", "[1]", "2", "3")), 3,
    "behind a hole" },
  { AB (T ("\"U8\"", "[2]", "0", "2"), T ("\"U8\"", "[2]", "1", "3")), 3,
    "inside of another" },
  { AB (T ("\"U8\"", "[2]", "0", "2"), T ("\"U8\"", "[2]", "0", "2")), 2,
    "inside of another" },
  { AB (T ("\"U8\"", "[2]", "0", "2"), T ("\"U8\"", "[0]", "1", "1")), 2,
    "inside of another" },
  { A ("\"U8\"", "[4]", "0", "4"), 5, "1 bytes at the end" },
  { "{}", 1, "1 bytes at the end" },
  { A ("\"F32\"", "[2]", "0", "4"), 4, "span 4 bytes, but shape and dtype need 8" },
  { A ("\"F32\"", "[1]", "0", "3"), 3, "span 3 bytes" },
  { A ("\"F4\"", "[3]", "0", "2"), 2, "inside a byte" },
};

START_TEST (broken_headers_are_refused_with_a_reason)
{
  const Case *one = &refused[_i];
  g_autoptr (GString) file = make_file (one->header, strlen (one->header), one->n_arrays);

  check_refused (file, one->complaint);
}
END_TEST

static const Case accepted[] = {
  { "{}", 0, NULL },
  { "{}   ", 0, NULL },
  { "{\"__metadata__\":{\"x\":\"y\"}}", 0, NULL },
  { A ("\"F32\"", "[]", "0", "4"), 4, NULL },
  { A ("\"F32\"", "[0]", "0", "0"), 0, NULL },
  { AB (T ("\"F32\"", "[0,3]", "0", "0"), T ("\"U8\"", "[1]", "0", "1")), 1, NULL },
  { AB (T ("\"U8\"", "[1]", "1", "2"), T ("\"U8\"", "[1]", "0", "1")), 2, NULL },
  { A ("\"BF16\"", "[1,1,1,1,1,1,1,2]", "0", "4"), 4, NULL },
  { A ("\"F4\"", "[3,2]", "0", "3"), 3, NULL },
};

START_TEST (odd_but_legal_headers_are_read)
{
  const Case *one = &accepted[_i];
  g_autoptr (GString) file = make_file (one->header, strlen (one->header), one->n_arrays);
  g_autoptr (GError) error = NULL;
  g_autoptr (PhSafetensors) opened = open_file (file, &error);

  ck_assert_msg (opened != NULL, "%s", error != NULL ? error->message : "");
}
END_TEST

START_TEST (a_nul_in_the_header_is_refused)
{
  g_autoptr (GString) file = make_file ("{\"\0\":1}", 7, 0);

  check_refused (file, "header");
}
END_TEST

START_TEST (a_file_cut_at_any_byte_is_refused)
{
  const char *header = AB (T ("\"F32\"", "[2]", "0", "8"), T ("\"U8\"", "[1]", "8", "9"));
  g_autoptr (GString) file = make_file (header, strlen (header), 9);

  for (size_t n = 0; n < file->len; n++) {
    g_autofree char *path = write_bytes (file->str, n);
    g_autoptr (GError) error = NULL;

    ck_assert_ptr_null (ph_safetensors_open (path, &error));
    ck_assert (error->domain == PH_ERROR);
  }
}
END_TEST

/* Whatever is accepted after a flip must still lie inside of the file: every byte of
 * every tensor is read. */
START_TEST (flipped_bytes_are_refused_or_harmless)
{
  const char *header =
      AB (T ("\"F32\"", "[2,1]", "0", "8"), T ("\"U8\"", "[1]", "8", "9"));
  g_autoptr (GString) file = make_file (header, strlen (header), 9);
  uint32_t state = 1;

  for (int i = 0; i < 3000; i++) {
    g_autoptr (GString) flipped = g_string_new_len (file->str, (gssize) file->len);
    g_autoptr (GError) error = NULL;
    g_autoptr (PhSafetensors) opened = NULL;
    unsigned sum = 0;

    for (int flips = i % 3; flips >= 0; flips--) {
      state = state * 1664525 + 1013904223;
      flipped->str[(state >> 8) % file->len] ^= (char) (1 << (state >> 29));
    }
    opened = open_file (flipped, &error);
    ck_assert ((opened == NULL) == (error != NULL));
    for (size_t t = 0; opened != NULL && t < ph_safetensors_get_n_tensors (opened); t++)
      for (size_t b = 0; b < ph_safetensors_get (opened, t)->n_bytes; b++)
        sum += ph_safetensors_get (opened, t)->data[b];
    ck_assert_uint_le (sum, 9 * 255);
  }
}
END_TEST

START_TEST (a_name_may_be_512_bytes_and_no_more)
{
  g_autofree char *name = g_strnfill (PH_STORED_MAX_NAME + 1, 'n');
  g_autofree char *long_header =
      g_strdup_printf ("{\"%s\":%s}", name, T ("\"U8\"", "[0]", "0", "0"));
  g_autofree char *header =
      g_strdup_printf ("{\"%s\":%s}", name + 1, T ("\"U8\"", "[0]", "0", "0"));
  g_autoptr (GString) too_long = make_file (long_header, strlen (long_header), 0);
  g_autoptr (GString) longest = make_file (header, strlen (header), 0);
  g_autoptr (PhSafetensors) opened = open_file (longest, NULL);

  ck_assert_ptr_nonnull (ph_safetensors_find (opened, name + 1));
  check_refused (too_long, "513 bytes long, not up to 512");
}
END_TEST

/* @n tensors of nothing. */
static GString *
make_many (size_t n)
{
  g_autoptr (GString) header = g_string_new ("{");

  for (size_t i = 0; i < n; i++)
    g_string_append_printf (header, "%s\"%zu\":%s", i > 0 ? "," : "", i,
                            T ("\"U8\"", "[0]", "0", "0"));
  g_string_append_c (header, '}');
  return make_file (header->str, header->len, 0);
}

START_TEST (tensors_may_be_65536_and_no_more)
{
  g_autoptr (GString) most = make_many (PH_STORED_MAX_TENSORS);
  g_autoptr (GString) more = make_many (PH_STORED_MAX_TENSORS + 1);
  g_autoptr (PhSafetensors) opened = open_file (most, NULL);

  ck_assert_uint_eq (ph_safetensors_get_n_tensors (opened), PH_STORED_MAX_TENSORS);
  ck_assert_ptr_nonnull (ph_safetensors_find (opened, "40000"));
  check_refused (more, "65537 tensors, not up to 65536");
}
END_TEST

/* --- files that are none --- */

START_TEST (what_is_no_regular_file_is_refused_at_once)
{
  g_autofree char *fifo = in_folder ("fifo");
  g_autofree char *dangling = in_folder ("dangling");
  const char *paths[] = { folder, fifo, dangling, "/dev/zero", "/nowhere/at/all" };

  ck_assert (mkfifo (fifo, 0600) == 0 && symlink ("/nowhere", dangling) == 0);
  for (size_t i = 0; i < G_N_ELEMENTS (paths); i++) {
    g_autoptr (GError) error = NULL;

    ck_assert_ptr_null (ph_safetensors_open (paths[i], &error));
    ck_assert_msg (g_str_has_prefix (error->message, paths[i]), "%s", error->message);
  }
  g_unlink (fifo);
  g_unlink (dangling);
}
END_TEST

START_TEST (a_map_knows_when_its_file_was_cut_and_when_it_was_replaced)
{
  g_autofree char *path = write_bytes ("0123456789", 10);
  g_autofree char *other = in_folder ("other");
  g_autoptr (PhMap) map = ph_map_open (path, NULL);
  g_autoptr (GError) error = NULL;

  ck_assert (g_file_set_contents (other, "new", 3, NULL) && g_rename (other, path) == 0);
  ck_assert (ph_map_is_unchanged (map, NULL));
  ck_assert_mem_eq (ph_map_get_bytes (map), "0123456789", 10);

  ph_map_free (g_steal_pointer (&map));
  map = ph_map_open (path, NULL);
  ck_assert (truncate (path, 1) == 0);
  ck_assert (!ph_map_is_unchanged (map, &error));
  ck_assert (g_error_matches (error, PH_ERROR, PH_ERROR_CHANGED));
}
END_TEST

/* --- writing --- */

START_TEST (what_is_written_is_read_again)
{
  const float floats[] = { 1.5f, -2, 65504, 1e-7f, INFINITY, 0 };
  const int32_t ints[] = { -1, 2, 3 };
  const int64_t longs[] = { -5 };
  const PhTensorToWrite tensors[] = {
    { "half", PH_ON_DISK_F16, 2, { 2, 3 }, floats },
    { "float", PH_ON_DISK_F32, 1, { 6 }, floats },
    { "brain", PH_ON_DISK_BF16, 1, { 3 }, floats },
    { "int", PH_ON_DISK_I32, 1, { 3 }, ints },
    { "long", PH_ON_DISK_I64, 0, { 0 }, longs },
  };
  const char *names[] = { "brain", "float", "half", "int", "long" };
  g_autofree char *path = in_folder ("written.safetensors");
  g_autoptr (GError) error = NULL;
  g_autoptr (PhSafetensors) file = NULL;

  ck_assert (ph_safetensors_write (path, tensors, G_N_ELEMENTS (tensors), &error));
  file = ph_safetensors_open (path, &error);
  ck_assert_msg (file != NULL, "%s", error != NULL ? error->message : "");
  ck_assert_uint_eq (ph_safetensors_get_n_tensors (file), 5);
  for (size_t i = 0; i < 5; i++)
    ck_assert_str_eq (ph_safetensors_get (file, i)->name, names[i]);

  ck_assert_mem_eq (ph_safetensors_find (file, "float")->data, floats, sizeof floats);
  ck_assert_mem_eq (ph_safetensors_find (file, "int")->data, ints, sizeof ints);
  ck_assert_mem_eq (ph_safetensors_find (file, "long")->data, longs, sizeof longs);
  ck_assert_uint_eq (*(const uint16_t *) ph_safetensors_find (file, "half")->data,
                     0x3e00);
  ck_assert_uint_eq ((uintptr_t) ph_safetensors_find (file, "float")->data % 4, 0);
  ck_assert_int_eq (ph_safetensors_find (file, "half")->n_dims, 2);
  ck_assert_str_eq (ph_safetensors_find (file, "brain")->type, "BF16");
}
END_TEST

START_TEST (a_failed_write_leaves_the_old_file)
{
  const float value = 1;
  const PhTensorToWrite tensor = { "a", PH_ON_DISK_F32, 1, { 1 }, &value };
  g_autofree char *path = g_build_filename (folder, "missing", "x.safetensors", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = NULL;

  ck_assert (!ph_safetensors_write (path, &tensor, 1, &error));
  ck_assert (g_str_has_prefix (error->message, path));
  g_clear_error (&error);
  ck_assert (!ph_safetensors_write (folder, &tensor, 1, &error));

  dir = g_dir_open (folder, 0, NULL);
  for (const char *name; (name = g_dir_read_name (dir)) != NULL;)
    ck_assert_msg (!g_str_has_suffix (name, ".new"), "%s is left", name);
}
END_TEST

/* --- half precision, against a search for the nearest --- */

static double
value_of_f16 (uint16_t bits)
{
  int exponent = bits >> 10 & 31, mantissa = bits & 1023;
  double size =
      exponent == 0 ? ldexp (mantissa, -24) : ldexp (1024 + mantissa, exponent - 25);

  return bits & 0x8000 ? -size : size;
}

/* Of the finite numbers of that sign, the nearest; of two, the even one.  What is not
 * nearer to the largest than to the number after it is infinite. */
static uint16_t
nearest_f16 (float value)
{
  uint16_t sign = signbit (value) ? 0x8000 : 0;
  uint16_t low = 0, high = 0x7c00;
  double size = fabs ((double) value);

  while (high - low > 1) {
    uint16_t middle = (uint16_t) ((low + high) / 2);

    if (value_of_f16 (middle) <= size)
      low = middle;
    else
      high = middle;
  }
  if (size - value_of_f16 (low) > value_of_f16 (high) - size ||
      (size - value_of_f16 (low) == value_of_f16 (high) - size && low % 2 == 1))
    low = high;
  return sign | low;
}

START_TEST (half_precision_is_the_nearest_with_ties_to_even)
{
  uint32_t state = 1;

  for (uint32_t bits = 0; bits < 0x7c00; bits++) {
    float value = (float) value_of_f16 ((uint16_t) bits);
    float tie =
        (float) ((value_of_f16 ((uint16_t) bits) + value_of_f16 ((uint16_t) (bits + 1))) /
                 2);
    const float around[] = { value, -value, tie, nextafterf (tie, 0),
                             nextafterf (tie, INFINITY) };

    for (size_t i = 0; i < G_N_ELEMENTS (around); i++)
      ck_assert_uint_eq (ph_f16_from_f32 (around[i]), nearest_f16 (around[i]));
  }
  for (int i = 0; i < 200000; i++) {
    float value;

    state = state * 1664525 + 1013904223;
    memcpy (&value, &state, sizeof value);
    if (!isnan (value))
      ck_assert_uint_eq (ph_f16_from_f32 (value), nearest_f16 (value));
  }
  ck_assert_uint_eq (ph_f16_from_f32 (NAN) & 0x7e00, 0x7e00);
  ck_assert_uint_eq (ph_f16_from_f32 (-INFINITY), 0xfc00);
}
END_TEST

START_TEST (bfloat_is_the_upper_half_rounded)
{
  ck_assert_uint_eq (ph_bf16_from_f32 (1.0f), 0x3f80);
  ck_assert_uint_eq (ph_bf16_from_f32 (1.00390625f), 0x3f80);
  ck_assert_uint_eq (ph_bf16_from_f32 (1.01171875f), 0x3f82);
  ck_assert_uint_eq (ph_bf16_from_f32 (-3.4e38f), 0xff80);
  ck_assert_uint_eq (ph_bf16_from_f32 (NAN) & 0x7fc0, 0x7fc0);
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
  Suite *suite = suite_create ("safetensors");
  TCase *all = tcase_create ("all");
  SRunner *runner = srunner_create (suite);
  int n_failed;

  folder = g_dir_make_tmp ("pinhole-XXXXXX", NULL);
  tcase_add_loop_test (all, a_hostile_length_is_refused, 0, G_N_ELEMENTS (lengths));
  tcase_add_test (all, a_header_may_be_16_mib_and_no_more);
  tcase_add_loop_test (all, broken_headers_are_refused_with_a_reason, 0,
                       G_N_ELEMENTS (refused));
  tcase_add_loop_test (all, odd_but_legal_headers_are_read, 0, G_N_ELEMENTS (accepted));
  tcase_add_test (all, a_nul_in_the_header_is_refused);
  tcase_add_test (all, a_file_cut_at_any_byte_is_refused);
  tcase_add_test (all, flipped_bytes_are_refused_or_harmless);
  tcase_add_test (all, a_name_may_be_512_bytes_and_no_more);
  tcase_add_test (all, tensors_may_be_65536_and_no_more);
  tcase_add_test (all, what_is_no_regular_file_is_refused_at_once);
  tcase_add_test (all, a_map_knows_when_its_file_was_cut_and_when_it_was_replaced);
  tcase_add_test (all, what_is_written_is_read_again);
  tcase_add_test (all, a_failed_write_leaves_the_old_file);
  tcase_add_test (all, half_precision_is_the_nearest_with_ties_to_even);
  tcase_add_test (all, bfloat_is_the_upper_half_rounded);
  suite_add_tcase (suite, all);

  srunner_run_all (runner, CK_NORMAL);
  n_failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  remove_folder ();
  return n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

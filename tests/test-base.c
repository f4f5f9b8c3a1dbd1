#include "core/base/checked.h"
#include "core/base/error.h"
#include "core/base/picture.h"
#include "core/base/snapshot.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

START_TEST (products_that_wrap_are_refused)
{
  const uint64_t wraps[] = { 4194305, 4194305, 211106198978564 };
  const uint64_t fits[] = { 3, 5, 7 };
  uint64_t product = 1;

  ck_assert (!ph_product_ok (wraps, 3, &product));
  ck_assert_uint_eq (product, 1);
  ck_assert (ph_product_ok (fits, 3, &product));
  ck_assert_uint_eq (product, 105);
  ck_assert (!ph_add_ok (UINT64_MAX, 1, &product));
}
END_TEST

START_TEST (control_characters_never_reach_a_message)
{
  g_autofree char *text = ph_printable ("a\x1b]52;\xff\nb\xc2\x9b é");

  ck_assert_str_eq (text, "a\\x1b]52;\\xff\\x0ab\\xc2\\x9b é");
}
END_TEST

static const PhSnapshotShape shape = { 2, 3, 4, 2, 5, { 0, 2 } };

#define N_KEYS 11
#define N_ROWS (2 * 3 * 4)

static PhSnapshot *
make_snapshot (float *cross)
{
  for (int r = 0; r < N_ROWS; r++) {
    float total = 0;

    for (int k = 0; k < N_KEYS; k++)
      total += cross[r * N_KEYS + k] = (float) ((r * 7 + k * 13) % 17 + 1);
    for (int k = 0; k < N_KEYS; k++)
      cross[r * N_KEYS + k] /= total;
  }
  return ph_snapshot_new (&shape, cross);
}

START_TEST (a_snapshot_gives_back_its_rows)
{
  float cross[N_ROWS * N_KEYS];
  g_autoptr (PhSnapshot) snapshot = make_snapshot (cross);
  float patches[N_KEYS - 1];
  const float *row = cross + (((1 * 3) + 2) * 4 + 3) * N_KEYS;
  float class_share = ph_snapshot_map (snapshot, 1, 2, 3, patches);

  ck_assert_float_eq_tol (class_share, row[0], 1e-3);
  for (int k = 1; k < N_KEYS; k++)
    ck_assert_float_eq_tol (patches[k - 1], row[k], 1e-3);
}
END_TEST

/* As damaged weights would make it. */
START_TEST (what_is_no_number_is_not_in_a_snapshot)
{
  static const float strange[] = { NAN, INFINITY, -INFINITY, -1, 1e-40f };
  float cross[N_ROWS * N_KEYS], patches[N_KEYS - 1];
  g_autoptr (PhSnapshot) snapshot = NULL;

  for (int i = 0; i < N_ROWS * N_KEYS; i++)
    cross[i] = i % N_KEYS == 4 ? 0.5f : strange[i % 5];
  snapshot = ph_snapshot_new (&shape, cross);
  ck_assert_float_eq (ph_snapshot_map (snapshot, 1, 2, 3, patches), 0);
  for (int k = 0; k < N_KEYS - 1; k++)
    ck_assert_float_eq (patches[k], k == 3 ? 1 : 0);
}
END_TEST

START_TEST (a_mean_is_the_mean_of_its_rows)
{
  float cross[N_ROWS * N_KEYS];
  g_autoptr (PhSnapshot) snapshot = make_snapshot (cross);
  float patches[N_KEYS - 1], mean = 0;

  ph_snapshot_map (snapshot, PH_SNAPSHOT_MEAN, 1, PH_SNAPSHOT_MEAN, patches);
  for (int l = 0; l < 2; l++)
    for (int q = 0; q < 4; q++)
      mean += cross[((l * 3 + 1) * 4 + q) * N_KEYS + 6] / 8;
  ck_assert_float_eq_tol (patches[5], mean, 1e-3);
}
END_TEST

/* One of queries, and one of text. */
static PhSnapshot *
make_kind (int kind, float *cross)
{
  static const char *const labels[] = { "a", "##clock", "", "時計" };
  PhSnapshot *of_queries = make_snapshot (cross);

  if (kind == 0)
    return of_queries;
  ph_snapshot_unref (of_queries);
  return ph_snapshot_new_of_text (&shape, cross, labels);
}

START_TEST (a_snapshot_survives_its_bytes)
{
  float cross[N_ROWS * N_KEYS];
  g_autoptr (PhSnapshot) snapshot = make_kind (_i, cross);
  g_autoptr (GBytes) bytes = ph_snapshot_to_bytes (snapshot);
  g_autoptr (PhSnapshot) again = ph_snapshot_from_bytes (bytes, NULL);
  g_autoptr (GBytes) same = NULL;

  ck_assert_ptr_nonnull (again);
  same = ph_snapshot_to_bytes (again);
  ck_assert (g_bytes_equal (bytes, same));
  ck_assert_pstr_eq (ph_snapshot_get_label (again, 1), _i == 0 ? NULL : "##clock");
  ck_assert_pstr_eq (ph_snapshot_get_label (again, 3), _i == 0 ? NULL : "時計");
}
END_TEST

START_TEST (broken_snapshots_are_refused_at_every_length)
{
  float cross[N_ROWS * N_KEYS];
  g_autoptr (PhSnapshot) snapshot = make_kind (_i, cross);
  g_autoptr (GBytes) bytes = ph_snapshot_to_bytes (snapshot);

  for (size_t n = 0; n < g_bytes_get_size (bytes); n++) {
    g_autoptr (GBytes) cut = g_bytes_new_from_bytes (bytes, 0, n);
    g_autoptr (GError) error = NULL;

    ck_assert_ptr_null (ph_snapshot_from_bytes (cut, &error));
    ck_assert (error != NULL && error->domain == PH_ERROR);
  }
}
END_TEST

static const struct {
  const char *labels; /* the bytes behind the rows */
  size_t n_bytes;
} bad_labels[] = {
  { "", 0 },                /* none */
  { "a\0b\0c\0", 6 },       /* one too few */
  { "a\0b\0c\0d", 7 },      /* no end */
  { "a\0b\0c\0d\0\0", 9 },  /* one too many */
  { "a\0b\0c\0\xff\0", 8 }, /* no UTF-8 */
};

START_TEST (labels_that_are_not_ones_are_refused)
{
  float cross[N_ROWS * N_KEYS];
  g_autoptr (PhSnapshot) snapshot = make_snapshot (cross);
  g_autoptr (GBytes) plain = ph_snapshot_to_bytes (snapshot);
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autoptr (GBytes) whole = NULL;
  g_autoptr (GError) error = NULL;

  g_byte_array_append (bytes, g_bytes_get_data (plain, NULL),
                       (guint) g_bytes_get_size (plain));
  bytes->data[4] = 2;
  g_byte_array_append (bytes, (const guint8 *) bad_labels[_i].labels,
                       (guint) bad_labels[_i].n_bytes);
  whole = g_bytes_new (bytes->data, bytes->len);
  ck_assert_ptr_null (ph_snapshot_from_bytes (whole, &error));
  ck_assert (g_error_matches (error, PH_ERROR, PH_ERROR_FORMAT));
}
END_TEST

START_TEST (a_picture_hash_knows_its_shape)
{
  g_autoptr (PhPicture) wide = ph_picture_new_take (2, 1, g_bytes_new ("abcdef", 6));
  g_autoptr (PhPicture) tall = ph_picture_new_take (1, 2, g_bytes_new ("abcdef", 6));
  g_autofree char *a = ph_picture_dup_hash (wide);
  g_autofree char *b = ph_picture_dup_hash (tall);

  ck_assert_uint_eq (strlen (a), 64);
  ck_assert_str_ne (a, b);
}
END_TEST

int
main (void)
{
  Suite *suite = suite_create ("base");
  TCase *all = tcase_create ("all");
  SRunner *runner = srunner_create (suite);
  int n_failed;

  tcase_add_test (all, products_that_wrap_are_refused);
  tcase_add_test (all, control_characters_never_reach_a_message);
  tcase_add_test (all, a_snapshot_gives_back_its_rows);
  tcase_add_test (all, what_is_no_number_is_not_in_a_snapshot);
  tcase_add_test (all, a_mean_is_the_mean_of_its_rows);
  tcase_add_loop_test (all, a_snapshot_survives_its_bytes, 0, 2);
  tcase_add_loop_test (all, broken_snapshots_are_refused_at_every_length, 0, 2);
  tcase_add_loop_test (all, labels_that_are_not_ones_are_refused, 0,
                       G_N_ELEMENTS (bad_labels));
  tcase_add_test (all, a_picture_hash_knows_its_shape);
  suite_add_tcase (suite, all);

  srunner_run_all (runner, CK_NORMAL);
  n_failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  return n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

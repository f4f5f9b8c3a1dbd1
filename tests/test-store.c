#include "core/base/error.h"
#include "core/formats/store.h"

#include <check.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
  PhTensor weight, bias, extra;
} Layer;

enum { WIDTH, HEIGHT };
static const PhWeight layer[] = {
  { "weight", offsetof (Layer, weight), 2, { HEIGHT, WIDTH } },
  { "bias", offsetof (Layer, bias), 1, { HEIGHT } },
  { "extra", offsetof (Layer, extra), 1, { WIDTH }, .optional = true },
};
static const size_t sizes[] = { [WIDTH] = 3, [HEIGHT] = 2 };
static const float values[] = { 1, 2, 3, 4, 5, 6 };

static char *folder;
static char *path;

static PhStore *
store_of (const PhTensorToWrite *tensors, size_t n_tensors)
{
  ck_assert (ph_safetensors_write (path, tensors, n_tensors, NULL));
  return ph_store_open (folder, NULL);
}

static bool
bind_layer (PhStore *store, Layer *fields, GError **error)
{
  return ph_weights_bind (ph_store_get_binder (store), "part.", layer,
                          G_N_ELEMENTS (layer), fields, sizes, error);
}

START_TEST (a_table_is_filled_from_a_file)
{
  const PhTensorToWrite tensors[] = {
    { "part.weight", PH_ON_DISK_F16, 2, { 2, 3 }, values },
    { "part.bias", PH_ON_DISK_F32, 1, { 2 }, values },
  };
  g_autoptr (PhStore) store = store_of (tensors, 2);
  Layer fields;

  ck_assert (bind_layer (store, &fields, NULL));
  ck_assert (ph_store_check_all_used (store, NULL));
  ck_assert_int_eq (fields.weight.type, PH_F16);
  ck_assert_int_eq (fields.bias.type, PH_F32);
  ck_assert_int_eq (fields.bias.slot, PH_NO_SLOT);
  ck_assert_float_eq (fields.bias.data[1], 2);
  ck_assert_ptr_null (fields.extra.stored);
  ck_assert_uint_eq (ph_store_get_n_bytes (store), 20);
  ck_assert_uint_eq (ph_store_get_n_parameters (store), 8);
  ck_assert_uint_eq (ph_store_find (store, "part.bias")->dims[0], 2);
  ck_assert_ptr_null (ph_store_find (store, "bias"));
}
END_TEST

static const struct {
  PhTensorToWrite tensor; /* beside a good bias */
  const char *complaint;
} misfits[] = {
  { { "part.wait", PH_ON_DISK_F32, 2, { 2, 3 }, values },
    "tensor \"part.weight\": is missing" },
  { { "part.weight", PH_ON_DISK_F32, 2, { 3, 2 }, values },
    "tensor \"part.weight\": shape is [3, 2], not [2, 3]" },
  { { "part.weight", PH_ON_DISK_F32, 3, { 2, 3, 1 }, values },
    "tensor \"part.weight\": shape is [2, 3, 1], not [2, 3]" },
  { { "part.weight", PH_ON_DISK_F32, 1, { 6 }, values },
    "tensor \"part.weight\": shape is [6], not [2, 3]" },
  { { "part.weight", PH_ON_DISK_F32, 5, { 1, 1, 1, 2, 3 }, values },
    "shape is [1, 1, 1, 2, 3], not [2, 3]" },
  { { "part.weight", PH_ON_DISK_I32, 2, { 2, 3 }, values },
    "dtype is I32, not F32, F16 or BF16" },
};

START_TEST (a_misfit_is_named_with_both_shapes)
{
  const PhTensorToWrite tensors[] = { misfits[_i].tensor,
                                      { "part.bias", PH_ON_DISK_F32, 1, { 2 }, values } };
  g_autoptr (PhStore) store = store_of (tensors, 2);
  g_autoptr (GError) error = NULL;
  Layer fields;

  ck_assert (!bind_layer (store, &fields, &error));
  ck_assert_msg (g_str_has_prefix (error->message, folder), "%s", error->message);
  ck_assert_msg (strstr (error->message, misfits[_i].complaint) != NULL, "%s",
                 error->message);
}
END_TEST

START_TEST (tensors_without_a_place_are_named_but_not_known_buffers)
{
  const PhTensorToWrite tensors[] = {
    { "part.weight", PH_ON_DISK_F32, 2, { 2, 3 }, values },
    { "part.bias", PH_ON_DISK_F32, 1, { 2 }, values },
    { "embeddings.position_ids", PH_ON_DISK_F32, 1, { 1 }, values },
    { "rotary.inv_freq", PH_ON_DISK_F32, 1, { 1 }, values },
    { "left\nover", PH_ON_DISK_F32, 1, { 1 }, values },
  };
  g_autoptr (PhStore) clean = store_of (tensors, 4);
  g_autoptr (PhStore) store = store_of (tensors, 5);
  g_autoptr (GError) error = NULL;
  Layer fields;

  ck_assert (bind_layer (clean, &fields, NULL) && ph_store_check_all_used (clean, NULL));
  ck_assert (bind_layer (store, &fields, NULL) &&
             !ph_store_check_all_used (store, &error));
  ck_assert_msg (strstr (error->message,
                         "1 tensors that this model has no place for: \"left\\x0aover\""),
                 "%s", error->message);
}
END_TEST

/* One byte too many in the header moves every array to an odd address, as files of the
 * format's first months have them. */
START_TEST (tensors_at_odd_addresses_are_copied)
{
  const PhTensorToWrite tensors[] = {
    { "part.weight", PH_ON_DISK_F16, 2, { 2, 3 }, values },
    { "part.bias", PH_ON_DISK_F32, 1, { 2 }, values },
  };
  g_autoptr (PhStore) store = store_of (tensors, 2);
  g_autoptr (GString) file = g_string_new (NULL);
  g_autofree char *bytes = NULL;
  size_t n_bytes;
  uint64_t length;
  Layer fields;

  ck_assert (g_file_get_contents (path, &bytes, &n_bytes, NULL));
  memcpy (&length, bytes, 8);
  length++;
  g_string_append_len (file, (const char *) &length, 8);
  g_string_append_len (file, bytes + 8, (gssize) length - 1);
  g_string_append_c (file, ' ');
  g_string_append_len (file, bytes + 8 + length - 1, (gssize) (n_bytes - 8 - length + 1));
  ck_assert (g_file_set_contents (path, file->str, (gssize) file->len, NULL));

  ph_store_free (g_steal_pointer (&store));
  store = ph_store_open (folder, NULL);
  ck_assert (bind_layer (store, &fields, NULL));
  ck_assert_uint_eq ((uintptr_t) fields.bias.data % 4, 0);
  ck_assert_float_eq (fields.bias.data[1], 2);
  ck_assert_uint_eq (((const uint16_t *) fields.weight.stored)[0], 0x3c00);
}
END_TEST

START_TEST (a_folder_without_weights_is_refused_by_the_name_of_the_file)
{
  g_autoptr (GError) error = NULL;

  ck_assert_ptr_null (ph_store_open ("/nowhere", &error));
  ck_assert_msg (g_str_has_prefix (error->message, "/nowhere/model.safetensors: "), "%s",
                 error->message);
}
END_TEST

START_TEST (a_store_knows_that_its_file_changed)
{
  const PhTensorToWrite tensor = { "a", PH_ON_DISK_F32, 1, { 6 }, values };
  g_autoptr (PhStore) store = store_of (&tensor, 1);
  g_autoptr (GError) error = NULL;

  ck_assert (ph_store_is_unchanged (store, NULL));
  ck_assert (truncate (path, 10) == 0);
  ck_assert (!ph_store_is_unchanged (store, &error));
  ck_assert_msg (g_str_has_prefix (error->message, path), "%s", error->message);
}
END_TEST

int
main (void)
{
  Suite *suite = suite_create ("store");
  TCase *all = tcase_create ("all");
  SRunner *runner = srunner_create (suite);
  int n_failed;

  folder = g_dir_make_tmp ("pinhole-XXXXXX", NULL);
  path = g_build_filename (folder, "model.safetensors", NULL);
  tcase_add_test (all, a_table_is_filled_from_a_file);
  tcase_add_loop_test (all, a_misfit_is_named_with_both_shapes, 0,
                       G_N_ELEMENTS (misfits));
  tcase_add_test (all, tensors_without_a_place_are_named_but_not_known_buffers);
  tcase_add_test (all, tensors_at_odd_addresses_are_copied);
  tcase_add_test (all, a_folder_without_weights_is_refused_by_the_name_of_the_file);
  tcase_add_test (all, a_store_knows_that_its_file_changed);
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

#include "core/base/error.h"
#include "core/formats/safetensors.h"
#include "core/formats/store.h"
#include "tests/files.h"

#include <check.h>
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

/* --- which files --- */

static char *
in_folder (const char *name)
{
  return g_build_filename (folder, name, NULL);
}

static void
put_file (const char *name, const char *bytes)
{
  g_autofree char *file = in_folder (name);

  ck_assert (write_anew (file, bytes, strlen (bytes)));
}

/* A safetensors file of the tensors @names, each with @value in it. */
static void
put_tensors (const char *file, const char *const *names, float value)
{
  g_autofree char *where = in_folder (file);
  PhTensorToWrite tensors[4];
  size_t n = 0;

  for (; names[n] != NULL; n++)
    tensors[n] = (PhTensorToWrite){ names[n], PH_ON_DISK_F32, 1, { 1 }, &value };
  ck_assert (ph_safetensors_write (where, tensors, n, NULL));
}

static void
put_torch (const char *name)
{
  g_autofree char *data = g_build_filename (TEST_DATA, "torch", "mixed.bin", NULL);
  g_autofree char *bytes = NULL, *file = in_folder (name);
  size_t n_bytes;

  ck_assert (g_file_get_contents (data, &bytes, &n_bytes, NULL));
  ck_assert (write_anew (file, bytes, n_bytes));
}

static void
check_refused (const char *complaint)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PhStore) store = ph_store_open (folder, &error);

  ck_assert_ptr_null (store);
  ck_assert_msg (g_str_has_prefix (error->message, folder), "%s", error->message);
  ck_assert_ptr_null (strchr (error->message, '\n'));
  ck_assert_msg (strstr (error->message, complaint) != NULL, "%s (not %s)",
                 error->message, complaint);
}

static void
check_first_file (const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PhStore) store = ph_store_open (folder, &error);
  g_autofree char *wanted = in_folder (name);

  ck_assert_msg (store != NULL, "%s", error != NULL ? error->message : "");
  ck_assert_str_eq (ph_map_get_path (ph_store_get_file (store, 0)), wanted);
}

/* Each kind is put in beside those that come after it. */
START_TEST (of_several_kinds_the_one_is_read_that_transformers_reads)
{
  const char *const names[] = { "a", NULL };

  put_torch ("part.bin");
  put_file ("pytorch_model.bin.index.json",
            "{\"weight_map\": {\"part.bias\": \"part.bin\"}}");
  check_first_file ("part.bin");
  put_torch ("pytorch_model.bin");
  check_first_file ("pytorch_model.bin");
  put_tensors ("part.safetensors", names, 1);
  put_file ("model.safetensors.index.json",
            "{\"weight_map\": {\"a\": \"part.safetensors\"}}");
  check_first_file ("part.safetensors");
  put_tensors ("model.safetensors", names, 1);
  check_first_file ("model.safetensors");
}
END_TEST

#define PARTS(map) "{\"metadata\": {\"total_size\": 12}, \"weight_map\": {" map "}}"

/* "b" is 1 in the first part and 2 in the second; "d" is in no index. */
static void
put_parts (void)
{
  const char *const first[] = { "a", "b", NULL };
  const char *const second[] = { "b", "c", "d", NULL };

  put_tensors ("1.safetensors", first, 1);
  put_tensors ("2.safetensors", second, 2);
}

START_TEST (tensors_come_from_the_file_that_the_index_names)
{
  g_autoptr (PhStore) store = NULL;
  const PhMap *file;

  put_parts ();
  put_file ("model.safetensors.index.json",
            PARTS ("\"c\": \"2.safetensors\", \"a\": \"1.safetensors\", "
                   "\"b\": \"2.safetensors\""));
  store = ph_store_open (folder, NULL);
  ck_assert_ptr_nonnull (store);
  ck_assert_uint_eq (ph_store_get_n_files (store), 2);
  ck_assert_uint_eq (ph_store_get_n_tensors (store), 4);
  ck_assert_str_eq (ph_store_get (store, 1, &file)->name, "b");
  ck_assert (g_str_has_suffix (ph_map_get_path (file), "2.safetensors"));
  ck_assert_mem_eq (ph_store_find (store, "b")->data, &(float){ 2 }, 4);
  ck_assert_mem_eq (ph_store_find (store, "a")->data, &(float){ 1 }, 4);
}
END_TEST

static const struct {
  const char *index;
  const char *complaint;
} indices[] = {
  { "", "line 1" },
  { "[]", "is not a JSON object" },
  { "{}", "weight_map is missing" },
  { "{\"weight_map\": []}", "weight_map is an array, not an object" },
  { PARTS (""), "weight_map names 0 files, not 1 to 1024" },
  { PARTS ("\"a\": 1"), "weight_map.a is 1, not the name of a file beside it" },
  { PARTS ("\"a\": null"), "weight_map.a is null" },
  { PARTS ("\"a\": \"\""), "weight_map.a is \"\", not the name" },
  { PARTS ("\"a\": \".\""), "weight_map.a is \".\", not the name" },
  { PARTS ("\"a\": \"..\""), "weight_map.a is \"..\", not the name" },
  { PARTS ("\"a\": \"../1.safetensors\""), "not the name of a file beside it" },
  { PARTS ("\"a\": \"/etc/passwd\""), "not the name of a file beside it" },
  { PARTS ("\"a\": \"x\\\\y\""), "not the name of a file beside it" },
  { PARTS ("\"a\": \"a\\u0000b\""), "\\u0000" },
  { PARTS ("\"a\": \"1.safetensors\", \"a\": \"2.safetensors\""), "duplicate" },
  { PARTS ("\"a\": \"1.safetensors\", \"b\": \"model-00002-of-00003.safetensors\", "
           "\"c\": \"2.safetensors\""),
    "index.json: model-00002-of-00003.safetensors is missing; the index names 3 files" },
  { PARTS ("\"a\": \"2.safetensors\", \"b\": \"1.safetensors\""),
    "index.json: tensor \"a\" is not in 2.safetensors, where it is put" },
  { PARTS ("\"e\\n\": \"1.safetensors\""), "tensor \"e\\x0a\" is not in 1.safetensors" },
  { PARTS ("\"a\": \"1.safetensors\", \"c\": \"2.safetensors\""),
    "2.safetensors: tensor \"b\" is in another file too" },
  { PARTS ("\"a\": \"model.safetensors.index.json\""), "index.json: header" },
};

START_TEST (a_broken_index_is_refused_with_a_reason)
{
  put_parts ();
  put_file ("model.safetensors.index.json", indices[_i].index);
  check_refused (indices[_i].complaint);
}
END_TEST

START_TEST (an_index_may_name_1024_files_and_no_more)
{
  g_autoptr (GString) map = g_string_new ("{\"weight_map\": {");

  for (int i = 0; i <= 1024; i++)
    g_string_append_printf (map, "%s\"%d\": \"%d\"", i > 0 ? "," : "", i, i);
  g_string_append (map, "}}");
  put_file ("model.safetensors.index.json", map->str);
  check_refused ("weight_map names 1025 files, not 1 to 1024");
}
END_TEST

/* --- other people's weights --- */

#define POINTER                                                                          \
  "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 990345061\n"
#define PAGE "<!DOCTYPE html>\n<html><head><title>Not found</title></head></html>"

/* A folder with one file, or two. */
static const struct {
  const char *names[2];
  const char *content;
  const char *complaint;
} foreigners[] = {
  { { NULL }, "", "no weights: neither model.safetensors nor pytorch_model.bin" },
  { { "config.json" }, "{}", "no weights" },
  { { "model.safetensors" }, POINTER, "Git LFS pointer" },
  { { "model.safetensors.index.json" }, POINTER, "`git lfs pull` fetches" },
  { { "pytorch_model.bin" }, POINTER, "pytorch_model.bin: is a Git LFS pointer" },
  { { "pytorch_model.bin" }, PAGE, "is a web page" },
  { { "model.safetensors" }, "GGUF\3\0\0\0", "is a GGUF file" },
  { { "model.safetensors" }, "", "only 0 bytes long" },
  { { "pytorch_model.bin" }, "", "does not end as a zip file does" },
  { { "llava-q4.gguf" }, "GGUF", "but llava-q4.gguf: a GGUF file of llama.cpp" },
  { { "tf_model.h5", "flax_model.msgpack" }, "", "but tf_model.h5: TensorFlow weights" },
  { { "flax_model.msgpack" }, "", "but flax_model.msgpack: Flax weights" },
  { { "blip2_pretrained.pth" }, "", "blip2_pretrained.pth: a training checkpoint" },
  { { "adapter_model.safetensors" }, "", "an adapter (LoRA) without the model" },
  { { "model.fp16.safetensors" }, "", "model.fp16.safetensors: weights under another" },
  { { "model.safetensors.incomplete" }, "", "is not fetched to its end" },
  { { "a\x1b[.gguf" }, "", "but a\\x1b[.gguf: a GGUF" },
};

START_TEST (what_belongs_to_other_programs_is_told_as_such)
{
  for (int i = 0; i < 2 && foreigners[_i].names[i] != NULL; i++)
    put_file (foreigners[_i].names[i], foreigners[_i].content);
  check_refused (foreigners[_i].complaint);
}
END_TEST

START_TEST (a_part_that_is_being_fetched_is_named)
{
  put_parts ();
  put_file ("model.safetensors.index.json",
            PARTS ("\"a\": \"1.safetensors\", \"z\": \"3.safetensors\""));
  put_file ("3.safetensors.part", "");
  check_refused ("3.safetensors is missing; the index names 2 files, and "
                 "3.safetensors.part is not fetched to its end");
}
END_TEST

START_TEST (a_path_that_is_no_folder_is_refused)
{
  g_autoptr (GError) error = NULL;

  ck_assert_ptr_null (ph_store_open ("/nowhere", &error));
  ck_assert_str_eq (error->message, "/nowhere: is not a folder");
}
END_TEST

static const struct {
  const char *name;
  const char *complaint;
} quantised[] = {
  { "a.fc1.SCB", "holds int8 weights of bitsandbytes (\"a.fc1.SCB\"); the f32" },
  { "a.weight.quant_state.bitsandbytes__nf4", "4-bit weights of bitsandbytes" },
  { "a.fc1.qweight", "quantised weights of GPTQ or AWQ" },
  { "a.fc1.qzeros", "quantised weights of GPTQ or AWQ" },
};

START_TEST (quantised_weights_are_refused_by_the_method)
{
  const char *const names[] = { "a.fc1.weight", quantised[_i].name, NULL };

  put_tensors ("model.safetensors", names, 1);
  check_refused (quantised[_i].complaint);
}
END_TEST

/* --- torch's files through the store --- */

START_TEST (weights_of_torch_are_bound_where_they_lie)
{
  g_autoptr (PhStore) store = NULL;
  g_autoptr (GError) error = NULL;
  PhTensor tensor;
  PhBinder *binder;

  put_torch ("pytorch_model.bin");
  store = ph_store_open (folder, NULL);
  binder = ph_store_get_binder (store);
  ck_assert (
      binder->bind (binder, "part.weight", &tensor, 2, (size_t[]){ 2, 3 }, false, NULL));
  ck_assert_int_eq (tensor.type, PH_F16);
  ck_assert_ptr_eq (tensor.stored, ph_store_find (store, "part.weight")->data);

  ck_assert (!binder->bind (binder, "part.turned", &tensor, 2, (size_t[]){ 3, 2 }, false,
                            &error));
  ck_assert_msg (strstr (error->message, "is a view whose rows do not follow") != NULL,
                 "%s", error->message);
}
END_TEST

/* Two names of one bias count once; whole numbers and views count as no parameters. */
START_TEST (totals_count_what_goes_by_two_names_once)
{
  g_autoptr (PhStore) store = NULL;

  put_torch ("pytorch_model.bin");
  store = ph_store_open (folder, NULL);
  ck_assert_uint_eq (ph_store_get_n_bytes_of (store, "F16"), 12);
  ck_assert_uint_eq (ph_store_get_n_bytes_of (store, "F32"), 8 + 16);
  ck_assert_uint_eq (ph_store_get_n_bytes_of (store, "I64"), 32);
  ck_assert_uint_eq (ph_store_get_n_bytes (store), 12 + 24 + 6 + 32 + 4 + 8);
  ck_assert_uint_eq (ph_store_get_n_parameters (store), 6 + 2 + 3 + 4 + 6 + 0);
}
END_TEST

/* --- names --- */

/* Binding "lm_head" and "embed", which are aliases, in a file that has @stored. */
static const struct {
  const char *stored[3];
  bool both; /* are bound, and not "lm_head" alone */
} aliases[] = {
  { { "embed" }, true },
  { { "lm_head" }, true },
  { { "lm_head", "embed" }, true },
  { { "lm_head", "embed" }, false },
};

START_TEST (an_alias_finds_what_is_there_by_either_name)
{
  g_autoptr (PhStore) store = NULL;
  PhTensor tensor;
  PhBinder *binder;

  put_tensors ("model.safetensors", aliases[_i].stored, 1);
  store = ph_store_open (folder, NULL);
  binder = ph_store_get_binder (store);
  ph_store_alias (store, "lm_head", "embed");
  ck_assert (binder->bind (binder, "lm_head", &tensor, 1, (size_t[]){ 1 }, false, NULL));
  ck_assert_float_eq (tensor.data[0], 1);
  if (aliases[_i].both)
    ck_assert (binder->bind (binder, "embed", &tensor, 1, (size_t[]){ 1 }, false, NULL));
  ck_assert (ph_store_check_all_used (store, NULL));
}
END_TEST

START_TEST (an_alias_of_nothing_finds_nothing)
{
  const char *const names[] = { "a", NULL };
  g_autoptr (PhStore) store = NULL;

  put_tensors ("model.safetensors", names, 1);
  store = ph_store_open (folder, NULL);
  ph_store_alias (store, "b", "c");
  ck_assert_ptr_null (ph_store_find (store, "b"));
  ck_assert_ptr_null (ph_store_find (store, "c"));
}
END_TEST

START_TEST (endings_are_ignored_from_a_dot_on)
{
  const char *const names[] = { "encoder.embed_tokens.weight", "embed_tokens.weight",
                                "my_embed_tokens.weight", NULL };
  const char *const endings[] = { "embed_tokens.weight", NULL };
  g_autoptr (PhStore) store = NULL;
  g_autoptr (GError) error = NULL;

  put_tensors ("model.safetensors", names, 1);
  store = ph_store_open (folder, NULL);
  ph_store_ignore (store, endings);
  ck_assert (!ph_store_check_all_used (store, &error));
  ck_assert_msg (strstr (error->message, ": \"my_embed_tokens.weight\"") != NULL, "%s",
                 error->message);
}
END_TEST

/* --- reading ahead --- */

typedef struct {
  size_t n_calls, n_done, n_bytes;
  atomic_bool stop;
} Watch;

static void
progress_cb (size_t n_done, size_t n_bytes, gpointer data)
{
  Watch *watch = data;

  ck_assert_uint_gt (n_done, watch->n_done);
  watch->n_calls++;
  watch->n_done = n_done;
  watch->n_bytes = n_bytes;
  watch->stop = n_bytes > 1 << 20;
}

/* 20 MB of which nothing was written, as the disk sees it. */
static void
put_large (void)
{
  const size_t n = 20000000;
  g_autofree float *zeros = g_new0 (float, n / 4);
  const PhTensorToWrite tensor = { "a", PH_ON_DISK_F32, 1, { n / 4 }, zeros };

  ck_assert (ph_safetensors_write (path, &tensor, 1, NULL));
}

START_TEST (reading_ahead_tells_how_far_it_is)
{
  g_autoptr (PhStore) store = NULL;
  Watch watch = { 0 };

  put_parts ();
  put_file ("model.safetensors.index.json",
            PARTS ("\"a\": \"1.safetensors\", \"b\": \"2.safetensors\""));
  store = ph_store_open (folder, NULL);
  ck_assert (ph_store_prefetch (store, &watch.stop, progress_cb, &watch, NULL));
  ck_assert_uint_eq (watch.n_calls, 2);
  ck_assert_uint_eq (watch.n_done, watch.n_bytes);
  ck_assert (ph_store_prefetch (store, NULL, NULL, NULL, NULL));
}
END_TEST

START_TEST (reading_ahead_stops_when_asked)
{
  g_autoptr (PhStore) store = NULL;
  Watch watch = { 0 };

  put_large ();
  store = ph_store_open (folder, NULL);
  ck_assert (ph_store_prefetch (store, &watch.stop, progress_cb, &watch, NULL));
  ck_assert_uint_eq (watch.n_calls, 1);
  ck_assert_uint_lt (watch.n_done, watch.n_bytes);
}
END_TEST

/* By SIGBUS, if it were not asked for in a way that can fail. */
START_TEST (reading_ahead_survives_a_file_that_was_cut)
{
  g_autoptr (PhStore) store = NULL;
  g_autoptr (GError) error = NULL;

  put_large ();
  store = ph_store_open (folder, NULL);
  ck_assert (truncate (path, 100) == 0);
  ck_assert (!ph_store_prefetch (store, NULL, NULL, NULL, &error));
  ck_assert_msg (strstr (error->message, "changed on disk") != NULL, "%s",
                 error->message);
}
END_TEST

/* Every test begins with an empty folder. */
static void
empty_folder (void)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *file = in_folder (name);

    g_unlink (file);
  }
}

int
main (void)
{
  Suite *suite = suite_create ("store");
  TCase *all = tcase_create ("all");
  SRunner *runner = srunner_create (suite);
  int n_failed;

  folder = g_dir_make_tmp ("pinhole-XXXXXX", NULL);
  path = g_build_filename (folder, "model.safetensors", NULL);
  tcase_add_checked_fixture (all, empty_folder, empty_folder);
  tcase_add_test (all, a_table_is_filled_from_a_file);
  tcase_add_loop_test (all, a_misfit_is_named_with_both_shapes, 0,
                       G_N_ELEMENTS (misfits));
  tcase_add_test (all, tensors_without_a_place_are_named_but_not_known_buffers);
  tcase_add_test (all, tensors_at_odd_addresses_are_copied);
  tcase_add_test (all, a_store_knows_that_its_file_changed);
  tcase_add_test (all, of_several_kinds_the_one_is_read_that_transformers_reads);
  tcase_add_test (all, tensors_come_from_the_file_that_the_index_names);
  tcase_add_loop_test (all, a_broken_index_is_refused_with_a_reason, 0,
                       G_N_ELEMENTS (indices));
  tcase_add_test (all, an_index_may_name_1024_files_and_no_more);
  tcase_add_loop_test (all, what_belongs_to_other_programs_is_told_as_such, 0,
                       G_N_ELEMENTS (foreigners));
  tcase_add_test (all, a_part_that_is_being_fetched_is_named);
  tcase_add_test (all, a_path_that_is_no_folder_is_refused);
  tcase_add_loop_test (all, quantised_weights_are_refused_by_the_method, 0,
                       G_N_ELEMENTS (quantised));
  tcase_add_test (all, weights_of_torch_are_bound_where_they_lie);
  tcase_add_test (all, totals_count_what_goes_by_two_names_once);
  tcase_add_loop_test (all, an_alias_finds_what_is_there_by_either_name, 0,
                       G_N_ELEMENTS (aliases));
  tcase_add_test (all, an_alias_of_nothing_finds_nothing);
  tcase_add_test (all, endings_are_ignored_from_a_dot_on);
  tcase_add_test (all, reading_ahead_tells_how_far_it_is);
  tcase_add_test (all, reading_ahead_stops_when_asked);
  tcase_add_test (all, reading_ahead_survives_a_file_that_was_cut);
  suite_add_tcase (suite, all);

  srunner_run_all (runner, CK_NORMAL);
  n_failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  g_rmdir (folder);
  g_free (path);
  g_free (folder);
  return n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

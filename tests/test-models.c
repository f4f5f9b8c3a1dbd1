/* The equivalences that one definition of each layer must keep, on a small random model:
 * cached = uncached, batch = single, padded = unpadded, shared = repeated pictures, tape
 * on = tape off; and what a folder must have to be opened. */
#include "core/base/error.h"
#include "core/formats/json.h"
#include "core/models/blip2.h"
#include "core/models/model.h"
#include "core/tensor/ops.h"
#include "core/tensor/tape.h"
#include "core/train/fresh.h"
#include "core/train/parameters.h"

#include <check.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- a network without files --- */

typedef struct {
  PhBlip2 net;
  PhParameters *parameters;
  PhContext context;
  PhPass pass;
} Bench;

static json_t *
load_sizes (void)
{
  g_autofree char *path = g_strdup_printf ("%s/recipes/model.json", TEST_DATA);
  json_t *sizes = ph_json_load (path, NULL);

  ck_assert_ptr_nonnull (sizes);
  return sizes;
}

static Bench *
bench_new (void)
{
  Bench *b = g_new0 (Bench, 1);
  json_t *config = load_sizes ();
  PhRandom random;

  json_object_set_new (json_object_get (config, "qformer_config"), "vocab_size",
                       json_integer (50));
  json_object_set_new (json_object_get (config, "text_config"), "vocab_size",
                       json_integer (60));
  ck_assert (
      ph_blip2_init_from_config (&b->net, config, PH_QFORMER_INSTRUCTBLIP, NULL, NULL));
  json_decref (config);
  b->parameters = ph_parameters_new ();
  ck_assert (ph_blip2_bind (&b->net, ph_parameters_get_binder (b->parameters), NULL));
  ph_random_start (&random, 11, 0);
  ph_parameters_allocate (b->parameters, &random, 0.3f);
  b->context = (PhContext){ .arena = ph_arena_new () };
  b->pass = (PhPass){ .context = &b->context };
  return b;
}

static void
bench_free (Bench *b)
{
  ph_blip2_clear (&b->net);
  ph_parameters_free (b->parameters);
  ph_arena_free (b->context.arena);
  g_free (b);
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
assert_close (const float *a, const float *b, size_t n, float most)
{
  for (size_t i = 0; i < n; i++)
    ck_assert_msg (fabsf (a[i] - b[i]) <= most * (1 + fabsf (a[i])),
                   "value %zu: %g and %g", i, a[i], b[i]);
}

#define N_PIXELS (3 * 112 * 112)

static const int32_t words[] = {
  2, 11, 30, 7, 3, 2, 8, 41, 3, 0
}; /* two texts: 5 ids, 4 and padding */

/* --- vision and Q-Former --- */

START_TEST (a_batch_of_pictures_is_read_like_each_alone)
{
  Bench *b = bench_new ();
  g_autofree float *pixels = g_new (float, 2 * N_PIXELS);
  PhTensor *both, *one;
  size_t n;

  fill (pixels, 2 * N_PIXELS, 4);
  both = ph_vit_encode (&b->net.vit, &b->pass, pixels, 2);
  one = ph_vit_encode (&b->net.vit, &b->pass, pixels + N_PIXELS, 1);
  n = ph_n_elements (one);
  assert_close (both->data + n, one->data, n, 1e-5f);
  bench_free (b);
}
END_TEST

static PhTensor *
random_features (Bench *b, size_t n)
{
  PhTensor *x = ph_tensor_new (&b->context, PH_DIMS (n, 197, b->net.vit.config.width));

  fill (x->data, ph_n_elements (x), 6);
  return x;
}

/* Hides the last key of the second of two texts of 5 ids. */
static uint8_t *
padding_mask (size_t n_queries, uint8_t *mask)
{
  size_t n = n_queries + 5;

  memset (mask, 1, 2 * n * n);
  for (size_t row = 0; row < n; row++)
    mask[n * n + row * n + n - 1] = 0;
  return mask;
}

START_TEST (padded_texts_that_share_a_picture_are_read_like_each_alone)
{
  Bench *b = bench_new ();
  size_t n_queries = b->net.qformer.config.n_queries, width = b->net.qformer.config.width;
  PhTensor *features = random_features (b, 1);
  uint8_t mask[2 * 11 * 11];
  PhTensor *both =
      ph_qformer_encode (&b->net.qformer, &b->pass,
                         &(PhQformerInput){ .picture = features,
                                            .ids = words,
                                            .n_ids = 5,
                                            .n_rows = 2,
                                            .mask = padding_mask (n_queries, mask),
                                            .mask_rows = 2 });

  for (size_t i = 0; i < 2; i++) {
    PhTensor *one = ph_qformer_encode (&b->net.qformer, &b->pass,
                                       &(PhQformerInput){ .picture = features,
                                                          .ids = words + 5 * i,
                                                          .n_ids = i == 0 ? 5 : 4,
                                                          .n_rows = 1 });

    assert_close (both->data + i * 11 * width, one->data, ph_n_elements (one), 2e-5f);
  }
  bench_free (b);
}
END_TEST

START_TEST (text_alone_does_not_depend_on_a_picture)
{
  Bench *b = bench_new ();
  PhTensor *a =
      ph_qformer_encode (&b->net.qformer, &b->pass,
                         &(PhQformerInput){ .ids = words, .n_ids = 5, .n_rows = 1 });

  ck_assert_uint_eq (a->dims[1], 5);
  bench_free (b);
}
END_TEST

/* The mask of ITG: queries must not know the text, nor text what follows. */
START_TEST (causal_text_hides_from_queries_and_from_the_past)
{
  Bench *b = bench_new ();
  size_t n_queries = b->net.qformer.config.n_queries, n = n_queries + 5;
  size_t width = b->net.qformer.config.width;
  PhTensor *features = random_features (b, 1);
  int32_t other[5];
  uint8_t mask[11 * 11];
  PhQformerInput input = { .picture = features,
                           .ids = words,
                           .n_ids = 5,
                           .n_rows = 1,
                           .mask = mask,
                           .mask_rows = 1 };
  PhTensor *a, *z;

  for (size_t i = 0; i < n * n; i++)
    mask[i] = i % n < n_queries || (i / n >= n_queries && i % n <= i / n);
  memcpy (other, words, sizeof other);
  other[4] = 19;
  a = ph_qformer_encode (&b->net.qformer, &b->pass, &input);
  input.ids = other;
  z = ph_qformer_encode (&b->net.qformer, &b->pass, &input);
  assert_close (a->data, z->data, (n - 1) * width, 1e-6f);
  ck_assert (memcmp (a->data + (n - 1) * width, z->data + (n - 1) * width,
                     width * sizeof (float)) != 0);
  bench_free (b);
}
END_TEST

/* What a head gives goes through columns of its own in the projection behind it. */
START_TEST (a_silent_head_is_one_whose_columns_are_zero)
{
  Bench *b = bench_new ();
  PhQformer *qformer = &b->net.qformer;
  size_t n_layers = ph_qformer_count_looking (&qformer->config);
  size_t n_heads = qformer->config.n_heads, width = qformer->config.width;
  size_t layer = n_layers - 1, head = 1, size = width / n_heads;
  PhTensor *w = &qformer->layers[layer * qformer->config.cross_frequency].cross.out.w;
  g_autofree bool *silent = g_new0 (bool, n_layers *n_heads);
  PhQformerInput input = {
    .picture = random_features (b, 2), .ids = words, .n_ids = 5, .n_rows = 2
  };
  PhTensor *plain = ph_qformer_encode (qformer, &b->pass, &input), *silenced, *zeroed;

  silent[layer * n_heads + head] = true;
  input.silent = silent;
  silenced = ph_qformer_encode (qformer, &b->pass, &input);
  input.silent = NULL;
  for (size_t row = 0; row < width; row++)
    memset (w->data + row * width + head * size, 0, size * sizeof *w->data);
  zeroed = ph_qformer_encode (qformer, &b->pass, &input);
  assert_close (zeroed->data, silenced->data, ph_n_elements (plain), 1e-6f);
  ck_assert_float_gt (fabsf (plain->data[0] - silenced->data[0]), 1e-4f);
  bench_free (b);
}
END_TEST

START_TEST (a_tape_changes_nothing)
{
  Bench *b = bench_new ();
  PhQformerInput input = {
    .picture = random_features (b, 2), .ids = words, .n_ids = 5, .n_rows = 2
  };
  PhTensor *without = ph_blip2_project (&b->net, &b->pass, &input);
  PhTensor *with;

  b->context.gradients = g_new0 (float, ph_parameters_get_n_values (b->parameters));
  b->context.tape = ph_tape_new ();
  with = ph_blip2_project (&b->net, &b->pass, &input);
  ck_assert_mem_eq (without->data, with->data, ph_n_elements (with) * sizeof (float));
  ph_tape_free (b->context.tape);
  g_free (b->context.gradients);
  bench_free (b);
}
END_TEST

/* --- folders --- */

typedef struct {
  char *path;
  PhModel *model;
  PhContext context;
  PhPass pass;
} Folder;

static Folder *
folder_new (void)
{
  Folder *f = g_new0 (Folder, 1);
  g_autoptr (PhJson) sizes = load_sizes ();

  f->path = g_dir_make_tmp ("pinhole-models-XXXXXX", NULL);
  ck_assert (ph_fresh_model_write (f->path, sizes, 3, NULL));
  f->context = (PhContext){ .arena = ph_arena_new () };
  f->pass = (PhPass){ .context = &f->context };
  return f;
}

static void
folder_free (Folder *f)
{
  const char *argv[] = { "rm", "-r", f->path, NULL };

  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL,
                NULL, NULL);
  ph_model_free (f->model);
  ph_arena_free (f->context.arena);
  g_free (f->path);
  g_free (f);
}

static PhPicture *
picture_of_stripes (void)
{
  guint8 *rgb = g_malloc (40 * 30 * 3);

  for (int i = 0; i < 40 * 30 * 3; i++)
    rgb[i] = (guint8) (i * 37 % 251);
  return ph_picture_new_take (40, 30, g_bytes_new_take (rgb, 40 * 30 * 3));
}

static bool
ask (Folder *f, const PhQuestionAsked *asked, PhAnswer *answer, GError **error)
{
  return ph_model_ask (f->model, &f->pass, asked, answer, error);
}

START_TEST (the_same_question_gets_the_same_answer)
{
  Folder *f = folder_new ();
  g_autoptr (PhPicture) picture = picture_of_stripes ();
  g_auto (PhAnswer) first = { 0 }, again = { 0 };
  PhQuestionAsked asked = { .picture = picture,
                            .prompt = "What is red?",
                            .sampling = PH_SAMPLING_GREEDY,
                            .wants_snapshot = true };

  f->model = ph_model_open (f->path, NULL);
  ck_assert_ptr_nonnull (f->model);
  ck_assert (ask (f, &asked, &first, NULL));
  ck_assert (ask (f, &asked, &again, NULL));
  ck_assert_str_eq (first.text, again.text);
  ck_assert_uint_eq (first.ids->len, again.ids->len);
  ck_assert_uint_eq (first.ids->len, first.probabilities->len);
  ck_assert_int_eq (ph_snapshot_get_shape (first.snapshot)->n_layers, 2);
  ck_assert_uint_eq (ph_arena_mark (f->context.arena), 0);
  folder_free (f);
}
END_TEST

START_TEST (a_seed_repeats_a_sampled_answer_and_another_changes_it)
{
  Folder *f = folder_new ();
  g_autoptr (PhPicture) picture = picture_of_stripes ();
  g_auto (PhAnswer) first = { 0 }, again = { 0 }, other = { 0 };
  PhQuestionAsked asked = { .picture = picture,
                            .prompt = "What is red?",
                            .sampling = PH_SAMPLING_GREEDY };

  asked.sampling.sampled = true;
  asked.sampling.temperature = 2;
  asked.sampling.top_p = 0.95;
  asked.sampling.seed = 4;
  asked.sampling.max_new_tokens = 24;

  f->model = ph_model_open (f->path, NULL);
  ck_assert (ask (f, &asked, &first, NULL));
  ck_assert (ask (f, &asked, &again, NULL));
  asked.sampling.seed = 5;
  ck_assert (ask (f, &asked, &other, NULL));
  ck_assert_str_eq (first.text, again.text);
  ck_assert_str_ne (first.text, other.text);
  folder_free (f);
}
END_TEST

typedef struct {
  atomic_bool stop;
  int at; /* tokens after which it is raised */
} Stopper;

static void
stop_at_cb (void *data, const char *text, int n_tokens)
{
  Stopper *self = data;

  if (n_tokens >= self->at)
    atomic_store (&self->stop, true);
}

START_TEST (a_stopped_answer_keeps_its_text_and_the_next_is_right)
{
  Folder *f = folder_new ();
  g_autoptr (PhPicture) picture = picture_of_stripes ();
  g_auto (PhAnswer) whole = { 0 }, stopped = { 0 }, after = { 0 };
  Stopper stopper = { .at = 3 };
  PhQuestionAsked asked = { .picture = picture,
                            .prompt = "Describe the picture.",
                            .sampling = PH_SAMPLING_GREEDY };

  asked.sampling.sampled = true;
  asked.sampling.temperature = 3;
  asked.sampling.seed = 1;
  asked.sampling.max_new_tokens = 12;

  f->model = ph_model_open (f->path, NULL);
  ck_assert (ask (f, &asked, &whole, NULL));
  ck_assert_uint_gt (whole.ids->len, 4);

  f->context.stop = &stopper.stop;
  asked.text = stop_at_cb;
  asked.data = &stopper;
  ck_assert (ask (f, &asked, &stopped, NULL));
  ck_assert_int_eq (stopped.stop, PH_STOP_CANCELLED);
  ck_assert_uint_eq (stopped.ids->len, 3);
  ck_assert_mem_eq (stopped.ids->data, whole.ids->data, 3 * sizeof (int32_t));

  atomic_store (&stopper.stop, false);
  asked.text = NULL;
  ck_assert (ask (f, &asked, &after, NULL));
  ck_assert_str_eq (after.text, whole.text);
  folder_free (f);
}
END_TEST

START_TEST (a_run_stopped_before_it_began_gives_nothing_and_no_error)
{
  Folder *f = folder_new ();
  g_autoptr (PhPicture) picture = picture_of_stripes ();
  g_auto (PhAnswer) answer = { 0 };
  atomic_bool stop = true;
  PhQuestionAsked asked = { .picture = picture,
                            .prompt = "What is red?",
                            .sampling = PH_SAMPLING_GREEDY,
                            .wants_snapshot = true };

  f->model = ph_model_open (f->path, NULL);
  f->context.stop = &stop;
  ck_assert (ask (f, &asked, &answer, NULL));
  ck_assert_int_eq (answer.stop, PH_STOP_CANCELLED);
  ck_assert_str_eq (answer.text, "");
  ck_assert_ptr_null (answer.snapshot);
  folder_free (f);
}
END_TEST

START_TEST (questions_that_cannot_be_asked_are_refused_in_a_line)
{
  static char too_long[4000];
  const struct {
    const char *prompt, *complaint;
  } cases[] = {
    { "", "empty" }, { " \n", "empty" }, { too_long, "at most" }, { "a \xff b", "UTF-8" }
  };
  Folder *f = folder_new ();
  g_autoptr (PhPicture) picture = picture_of_stripes ();

  memset (too_long, 'x', sizeof too_long - 1);
  for (size_t i = 1; i < sizeof too_long - 1; i += 2)
    too_long[i] = ' ';
  f->model = ph_model_open (f->path, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    PhQuestionAsked asked = { .picture = picture,
                              .prompt = cases[i].prompt,
                              .sampling = PH_SAMPLING_GREEDY };
    g_auto (PhAnswer) answer = { 0 };
    g_autoptr (GError) error = NULL;

    ck_assert (!ask (f, &asked, &answer, &error));
    ck_assert_msg (strstr (error->message, cases[i].complaint) != NULL, "%s",
                   error->message);
    ck_assert_ptr_null (strchr (error->message, '\n'));
  }
  folder_free (f);
}
END_TEST

/* --- broken folders --- */

static const char *const needed[] = {
  "config.json",
  "model.safetensors",
  "tokenizer.json",
  "preprocessor_config.json",
  "qformer_tokenizer/tokenizer.json",
};

START_TEST (a_missing_file_is_named)
{
  Folder *f = folder_new ();
  g_autofree char *path = g_build_filename (f->path, needed[_i], NULL);
  g_autoptr (GError) error = NULL;

  ck_assert_int_eq (g_unlink (path), 0);
  f->model = ph_model_open (f->path, &error);
  ck_assert_ptr_null (f->model);
  ck_assert_msg (strstr (error->message, needed[_i]) != NULL, "%s", error->message);
  folder_free (f);
}
END_TEST

static const struct {
  const char *part, *name;
} config_fields[] = {
  { "vision_config", "hidden_size" },
  { "vision_config", "intermediate_size" },
  { "vision_config", "num_hidden_layers" },
  { "vision_config", "num_attention_heads" },
  { "vision_config", "image_size" },
  { "vision_config", "patch_size" },
  { "vision_config", "layer_norm_eps" },
  { "qformer_config", "hidden_size" },
  { "qformer_config", "intermediate_size" },
  { "qformer_config", "num_hidden_layers" },
  { "qformer_config", "num_attention_heads" },
  { "qformer_config", "cross_attention_frequency" },
  { "qformer_config", "vocab_size" },
  { "qformer_config", "max_position_embeddings" },
  { "text_config", "hidden_size" },
  { "text_config", "intermediate_size" },
  { "text_config", "num_hidden_layers" },
  { "text_config", "num_attention_heads" },
  { "text_config", "num_key_value_heads" },
  { "text_config", "vocab_size" },
  { "text_config", "max_position_embeddings" },
  { "text_config", "rms_norm_eps" },
  { "text_config", "model_type" },
  { NULL, "num_query_tokens" },
  { NULL, "model_type" },
};

static const char *const hostile_values[] = {
  "0",     "-1", "1.5",        "\"12\"",           "true",
  "[]",    "{}", "2147483648", "9007199254740993", "1000000000",
  "1e300",
};

/* Every field with every value: refused in one line, or, where the value happens to be a
 * legal one, opened. */
START_TEST (hostile_configs_are_refused_in_a_line)
{
  Folder *f = folder_new ();
  g_autofree char *path = g_build_filename (f->path, "config.json", NULL);
  g_autofree char *before = NULL;
  size_t n_refused = 0;

  ck_assert (g_file_get_contents (path, &before, NULL, NULL));
  for (size_t v = 0; v < G_N_ELEMENTS (hostile_values); v++) {
    g_autoptr (PhJson) config = json_loads (before, 0, NULL);
    json_t *part = config_fields[_i].part != NULL
                       ? json_object_get (config, config_fields[_i].part)
                       : config;
    g_autoptr (GError) error = NULL;
    g_autoptr (PhModel) model = NULL;

    json_object_set_new (part, config_fields[_i].name,
                         json_loads (hostile_values[v], JSON_DECODE_ANY, NULL));
    ck_assert_int_eq (json_dump_file (config, path, 0), 0);
    model = ph_model_open (f->path, &error);
    n_refused += model == NULL;
    if (model == NULL) {
      ck_assert_ptr_null (strchr (error->message, '\n'));
      ck_assert_msg (strstr (error->message, f->path) != NULL, "%s", error->message);
    }
  }
  ck_assert_uint_ge (n_refused, G_N_ELEMENTS (hostile_values) - 2);
  folder_free (f);
}
END_TEST

START_TEST (a_misshapen_tensor_is_named_with_both_shapes)
{
  Folder *f = folder_new ();
  g_autofree char *path = g_build_filename (f->path, "config.json", NULL);
  g_autoptr (PhJson) config = ph_json_load (path, NULL);
  g_autoptr (GError) error = NULL;

  json_object_set_new (json_object_get (config, "vision_config"), "intermediate_size",
                       json_integer (64));
  ck_assert_int_eq (json_dump_file (config, path, 0), 0);
  f->model = ph_model_open (f->path, &error);
  ck_assert_ptr_null (f->model);
  ck_assert_msg (strstr (error->message, "fc1") != NULL &&
                     strstr (error->message, "[48, 32]") != NULL &&
                     strstr (error->message, "[64, 32]") != NULL,
                 "%s", error->message);
  folder_free (f);
}
END_TEST

/* --- families --- */

static const struct {
  const char *config, *complaint;
} strangers[] = {
  { "{}", "no model_type" },
  { "{\"model_type\":\"gemma\"}", "Pinhole opens" },
  { "{\"model_type\":\"opt\"}", "a language model alone" },
  { "{\"model_type\":\"instructblipvideo\"}", "a model for videos" },
  { "{\"model_type\":\"blip-2\",\"architectures\":[\"Blip2Model\"]}",
    "of model_type \"blip-2\" Pinhole opens Blip2ForConditionalGeneration" },
  { "{\"model_type\":\"blip-2\",\"architectures\":[7]}", "architectures is not a name" },
  { "{\"model_type\":\"instructblip\",\"quantization_config\":{\"quant_method\":"
    "\"gptq\"}}",
    "quantised by gptq" },
  { "{\"model_type\":\"instructblip\",\"quantization_config\":{\"load_in_8bit\":"
    "true}}",
    "quantised by bitsandbytes" },
};

START_TEST (what_is_not_opened_is_told_by_what_it_is)
{
  Folder *f = folder_new ();
  g_autofree char *path = g_build_filename (f->path, "config.json", NULL);
  g_autoptr (GError) error = NULL;

  ck_assert (g_file_set_contents (path, strangers[_i].config, -1, NULL));
  f->model = ph_model_open (f->path, &error);
  ck_assert_ptr_null (f->model);
  ck_assert (g_error_matches (error, PH_ERROR, PH_ERROR_UNSUPPORTED));
  ck_assert (g_str_has_prefix (error->message, path));
  ck_assert_ptr_null (strchr (error->message, '\n'));
  ck_assert_msg (strstr (error->message, strangers[_i].complaint) != NULL, "%s",
                 error->message);
  folder_free (f);
}
END_TEST

/* Changes one member of a file of the folder, or of an object in it. */
static void
change (const Folder *f,
        const char *file,
        const char *part,
        const char *name,
        json_t *value)
{
  g_autofree char *path = g_build_filename (f->path, file, NULL);
  g_autoptr (PhJson) document = ph_json_load (path, NULL);
  json_t *object = part != NULL ? json_object_get (document, part) : document;

  if (value != NULL)
    json_object_set_new (object, name, value);
  else
    json_object_del (object, name);
  ck_assert_int_eq (json_dump_file (document, path, 0), 0);
}

static void
reopen (Folder *f)
{
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&f->model, ph_model_free);
  f->model = ph_model_open (f->path, &error);
  ck_assert_msg (f->model != NULL, "%s", error != NULL ? error->message : "");
}

START_TEST (the_weights_know_better_than_the_config)
{
  Folder *f = folder_new ();
  const PhModelInfo *info;

  change (f, "config.json", "vision_config", "image_size", json_integer (224));
  change (f, "config.json", "text_config", "vocab_size", json_integer (7));
  change (f, "config.json", "qformer_config", "vocab_size", json_integer (30522));
  change (f, "config.json", NULL, "num_query_tokens", NULL);
  reopen (f);
  info = ph_model_get_info (f->model);
  ck_assert_int_eq (info->trained_side, 112);
  ck_assert_int_eq (info->n_queries, 6);
  ck_assert_uint_eq (info->n_vocabulary,
                     ph_tokenizer_get_n_tokens (ph_model_get_tokenizer (f->model)));
  folder_free (f);
}
END_TEST

START_TEST (contradictions_about_the_queries_are_refused)
{
  static const char *const files[] = { "config.json", "processor_config.json" };
  Folder *f = folder_new ();
  g_autoptr (GError) error = NULL;

  change (f, files[_i], NULL, "num_query_tokens", json_integer (32));
  f->model = ph_model_open (f->path, &error);
  ck_assert_ptr_null (f->model);
  ck_assert_msg (strstr (error->message, files[_i]) != NULL &&
                     strstr (error->message, "num_query_tokens is 32") != NULL,
                 "%s", error->message);
  folder_free (f);
}
END_TEST

START_TEST (pictures_of_another_size_have_positions_between)
{
  Folder *f = folder_new ();
  g_autoptr (PhPicture) picture = picture_of_stripes ();
  g_auto (PhAnswer) answer = { 0 };
  PhQuestionAsked asked = { .picture = picture,
                            .prompt = "What is red?",
                            .sampling = PH_SAMPLING_GREEDY,
                            .wants_snapshot = true };

  change (f, "preprocessor_config.json", NULL, "size", json_integer (83));
  reopen (f);
  ck_assert_int_eq (ph_model_get_info (f->model)->image_side, 83);
  ck_assert_int_eq (ph_model_get_info (f->model)->trained_side, 112);
  ck_assert (ask (f, &asked, &answer, NULL));
  ck_assert_int_eq (ph_snapshot_get_shape (answer.snapshot)->n_columns, 10);
  folder_free (f);
}
END_TEST

/* The tokenizer's end token counts more than what config files say of it, as Vicuna's
 * need; without it generation_config.json counts, then text_config, then the class. */
START_TEST (answers_end_where_the_surest_file_says)
{
  static const char *const files[][3] = {
    { "tokenizer_config.json", NULL, "eos_token" },
    { "generation_config.json", NULL, "eos_token_id" },
    { "config.json", "text_config", "eos_token_id" },
  };
  static const int32_t ends[] = { 2, 4, 5, 2 };
  Folder *f = folder_new ();

  change (f, "generation_config.json", NULL, "eos_token_id", json_integer (4));
  change (f, "config.json", "text_config", "eos_token_id", json_integer (5));
  for (size_t i = 0; i < G_N_ELEMENTS (ends); i++) {
    reopen (f);
    ck_assert_uint_eq (ph_model_get_info (f->model)->n_stop_ids, 1);
    ck_assert_int_eq (ph_model_get_info (f->model)->stop_ids[0], ends[i]);
    if (i < G_N_ELEMENTS (files))
      change (f, files[i][0], files[i][1], files[i][2], NULL);
  }
  folder_free (f);
}
END_TEST

START_TEST (the_parts_make_up_the_whole)
{
  static const char *const names[] = { "vision transformer", "Q-Former", "projection",
                                       "language model" };
  static const size_t n_layers[] = { 4, 2, 0, 2 };
  Folder *f = folder_new ();
  const PhModelInfo *info;
  size_t n_parameters = 0, n_bytes = 0;

  reopen (f);
  info = ph_model_get_info (f->model);
  ck_assert_uint_eq (info->n_parts, G_N_ELEMENTS (names));
  for (size_t i = 0; i < info->n_parts; i++) {
    const PhModelPart *part = &info->parts[i];

    ck_assert_str_eq (part->name, names[i]);
    ck_assert_uint_eq (part->n_layers, n_layers[i]);
    n_parameters += part->n_parameters;
    n_bytes += part->n_bytes[PH_F32] + part->n_bytes[PH_F16] + part->n_bytes[PH_BF16];
  }
  ck_assert_uint_eq (n_parameters, info->n_parameters);
  ck_assert_uint_eq (n_bytes, info->n_weight_bytes);
  folder_free (f);
}
END_TEST

START_TEST (a_model_that_writes_does_not_compare)
{
  Folder *f = folder_new ();
  g_autoptr (PhPicture) picture = picture_of_stripes ();
  g_autoptr (GError) error = NULL;
  g_auto (PhMatch) match = { 0 };

  reopen (f);
  ck_assert (!ph_model_match (f->model, &f->pass,
                              &(PhMatchAsked){ .picture = picture, .text = "a star" },
                              &match, &error));
  ck_assert_msg (strstr (error->message, "use ask") != NULL, "%s", error->message);
  folder_free (f);
}
END_TEST

START_TEST (a_template_has_a_place_for_the_question)
{
  static const struct {
    const char *template, *whole;
  } cases[] = { { "Question: {} Answer:", "Question: why? Answer:" },
                { "{}", "why?" },
                { "Tell me: ", "Tell me: why?" },
                { "{} and {}", "why? and {}" } };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *whole = ph_template_fill (cases[i].template, "why?");

    ck_assert_str_eq (whole, cases[i].whole);
  }
}
END_TEST

int
main (void)
{
  Suite *suite = suite_create ("models");
  TCase *all = tcase_create ("all");
  SRunner *runner = srunner_create (suite);
  int n_failed;

  tcase_set_timeout (all, 0);
  tcase_add_test (all, a_batch_of_pictures_is_read_like_each_alone);
  tcase_add_test (all, padded_texts_that_share_a_picture_are_read_like_each_alone);
  tcase_add_test (all, text_alone_does_not_depend_on_a_picture);
  tcase_add_test (all, causal_text_hides_from_queries_and_from_the_past);
  tcase_add_test (all, a_silent_head_is_one_whose_columns_are_zero);
  tcase_add_test (all, a_tape_changes_nothing);
  tcase_add_test (all, the_same_question_gets_the_same_answer);
  tcase_add_test (all, a_seed_repeats_a_sampled_answer_and_another_changes_it);
  tcase_add_test (all, a_stopped_answer_keeps_its_text_and_the_next_is_right);
  tcase_add_test (all, a_run_stopped_before_it_began_gives_nothing_and_no_error);
  tcase_add_test (all, questions_that_cannot_be_asked_are_refused_in_a_line);
  tcase_add_loop_test (all, a_missing_file_is_named, 0, G_N_ELEMENTS (needed));
  tcase_add_loop_test (all, hostile_configs_are_refused_in_a_line, 0,
                       G_N_ELEMENTS (config_fields));
  tcase_add_test (all, a_misshapen_tensor_is_named_with_both_shapes);
  tcase_add_loop_test (all, what_is_not_opened_is_told_by_what_it_is, 0,
                       G_N_ELEMENTS (strangers));
  tcase_add_test (all, the_weights_know_better_than_the_config);
  tcase_add_loop_test (all, contradictions_about_the_queries_are_refused, 0, 2);
  tcase_add_test (all, pictures_of_another_size_have_positions_between);
  tcase_add_test (all, answers_end_where_the_surest_file_says);
  tcase_add_test (all, the_parts_make_up_the_whole);
  tcase_add_test (all, a_model_that_writes_does_not_compare);
  tcase_add_test (all, a_template_has_a_place_for_the_question);
  suite_add_tcase (suite, all);

  srunner_run_all (runner, CK_NORMAL);
  n_failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  return n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

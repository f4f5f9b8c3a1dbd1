/* BLIP's three families on small random folders, and their language model alone: one
 * token at a time equals all at once, a picture is not taken for another, what looked at
 * the picture is told with its labels, and what cannot be opened is refused in a line.
 * That the numbers are those of transformers is for test-checkpoints. */
#include "core/base/error.h"
#include "core/formats/json.h"
#include "core/formats/safetensors.h"
#include "core/models/blip-lm.h"
#include "core/models/blip.h"
#include "core/models/model.h"
#include "core/models/qformer.h"
#include "core/tensor/ops.h"
#include "core/tensor/random.h"
#include "core/text/wordpiece-files.h"

#include <check.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- sizes and weights --- */

#define SIDE 32
#define WIDTH 24
#define N_TOKENS 17 /* of a picture */
#define N_HEADS 4

static const PhVitConfig vision = { .width = WIDTH,
                                    .inner = 40,
                                    .n_layers = 2,
                                    .n_heads = 3,
                                    .side = SIDE,
                                    .patch = 8,
                                    .eps = 1e-5f };

static const PhBlipTextConfig text = { .width = WIDTH,
                                       .inner = 40,
                                       .n_layers = 3,
                                       .n_heads = N_HEADS,
                                       .seen_width = WIDTH,
                                       .n_vocabulary = 31,
                                       .n_positions = 40,
                                       .eps = 1e-12f };

/* Weights of chance, the same for the same name. */
typedef struct {
  PhBinder binder;
  const char *without; /* what ends so is not there, or NULL */
  GHashTable *by_name; /* name → PhTensor, with data; owned */
} Chance;

static void
fill (PhTensor *x, uint64_t seed, float spread)
{
  PhRandom random;

  ph_random_start (&random, seed, 0);
  for (size_t i = 0; i < ph_n_elements (x); i++)
    x->data[i] = spread * (float) ph_random_normal (&random);
}

static bool
bind_chance (PhBinder *binder,
             const char *name,
             PhTensor *tensor,
             int n_dims,
             const size_t *dims,
             bool optional,
             GError **error)
{
  Chance *self = (Chance *) binder;

  *tensor = (PhTensor){ .n_dims = n_dims, .slot = PH_NO_SLOT };
  if (optional && self->without != NULL && g_str_has_suffix (name, self->without))
    return true;
  memcpy (tensor->dims, dims, (size_t) n_dims * sizeof *dims);
  tensor->data = g_new (float, ph_n_elements (tensor));
  fill (tensor, g_str_hash (name), n_dims > 1 ? 0.3f : 1);
  g_hash_table_insert (self->by_name, g_strdup (name),
                       g_memdup2 (tensor, sizeof *tensor));
  return true;
}

static void
free_weights (gpointer data)
{
  g_free (((PhTensor *) data)->data);
  g_free (data);
}

static Chance
chance_new (const char *without)
{
  return (
      Chance){ { bind_chance },
               without,
               g_hash_table_new_full (g_str_hash, g_str_equal, g_free, free_weights) };
}

/* --- the language model --- */

typedef struct {
  PhLm *lm;
  Chance weights;
  PhContext context;
  PhPass pass;
  PhTensor *prompt;
} Bench;

#define START 30

static const int32_t prompt_ids[] = { START, 4, 9, 2 };
static const int32_t written[] = { 7, 0, 29, 7, 12, 5 };

#define N_PROMPT G_N_ELEMENTS (prompt_ids)
#define N_WRITTEN G_N_ELEMENTS (written)

/* PH_BLIP_CAPTION or PH_BLIP_ANSWER, looking at one picture. */
static Bench *
bench_new (int task, const char *without)
{
  Bench *b = g_new0 (Bench, 1);
  PhTensor *picture;

  b->weights = chance_new (without);
  b->lm = ph_blip_lm_new (&text, (PhBlipTask) task, START);
  ck_assert (b->lm->class->bind (b->lm, &b->weights.binder, "", NULL));
  b->context = (PhContext){ .arena = ph_arena_new () };
  b->pass = (PhPass){ .context = &b->context };
  picture = ph_tensor_new (&b->context, PH_DIMS (1, N_TOKENS, WIDTH));
  fill (picture, 5, 1);
  ph_blip_lm_show (b->lm, &b->context, picture);
  b->prompt = b->lm->class->embed (b->lm, &b->pass, prompt_ids, 1, N_PROMPT);
  return b;
}

static void
bench_free (Bench *b)
{
  ph_lm_free (b->lm);
  g_hash_table_unref (b->weights.by_name);
  ph_arena_free (b->context.arena);
  g_free (b);
}

static void
assert_close (const float *a, const float *b, size_t n)
{
  for (size_t i = 0; i < n; i++)
    ck_assert_msg (fabsf (a[i] - b[i]) <= 1e-4f * (1 + fabsf (a[i])),
                   "value %zu: %g and %g", i, a[i], b[i]);
}

START_TEST (one_token_at_a_time_equals_all_at_once)
{
  Bench *b = bench_new (_i, NULL);
  const PhLmClass *class = b->lm->class;
  PhLmState *state = class->state_new (b->lm, 1, 30);
  size_t n = b->lm->n_vocabulary;
  PhTensor *all;

  class->begin (b->lm, &b->pass, state, b->prompt);
  all = class->next (b->lm, &b->pass, state, written, N_WRITTEN);
  ck_assert_uint_eq (ph_n_elements (all), N_WRITTEN * n);
  class->begin (b->lm, &b->pass, state, b->prompt);
  for (size_t i = 0; i < N_WRITTEN; i++)
    assert_close (all->data + i * n,
                  class->next (b->lm, &b->pass, state, &written[i], 1)->data, n);
  class->state_free (state);
  bench_free (b);
}
END_TEST

START_TEST (a_prompt_of_a_caption_is_read_like_what_was_written)
{
  Bench *b = bench_new (PH_BLIP_CAPTION, NULL);
  const PhLmClass *class = b->lm->class;
  PhLmState *state = class->state_new (b->lm, 1, 30);
  PhTensor *whole = class->begin (b->lm, &b->pass, state, b->prompt), *behind;

  class->begin (b->lm, &b->pass, state, class->embed (b->lm, &b->pass, prompt_ids, 1, 1));
  behind = class->next (b->lm, &b->pass, state, prompt_ids + 1, N_PROMPT - 1);
  assert_close (whole->data, behind->data + (N_PROMPT - 2) * b->lm->n_vocabulary,
                b->lm->n_vocabulary);
  class->state_free (state);
  bench_free (b);
}
END_TEST

START_TEST (rows_side_by_side_are_scored_like_each_alone)
{
  Bench *b = bench_new (_i, NULL);
  const PhLmClass *class = b->lm->class;
  PhLmState *rows = class->state_new (b->lm, 3, 30),
            *alone = class->state_new (b->lm, 1, 30);
  size_t n = b->lm->n_vocabulary;
  PhTensor *scores;

  class->begin (b->lm, &b->pass, rows, b->prompt);
  class->state_select (rows, (size_t[]){ 0, 0, 0 }, 3);
  class->next (b->lm, &b->pass, rows, (int32_t[]){ 5, 6, 7 }, 1);
  class->state_select (rows, (size_t[]){ 2, 0 }, 2);
  scores = class->next (b->lm, &b->pass, rows, (int32_t[]){ 8, 9 }, 1);

  class->begin (b->lm, &b->pass, alone, b->prompt);
  class->next (b->lm, &b->pass, alone, (int32_t[]){ 5 }, 1);
  assert_close (scores->data + n,
                class->next (b->lm, &b->pass, alone, (int32_t[]){ 9 }, 1)->data, n);
  class->begin (b->lm, &b->pass, alone, b->prompt);
  class->next (b->lm, &b->pass, alone, (int32_t[]){ 7 }, 1);
  assert_close (scores->data,
                class->next (b->lm, &b->pass, alone, (int32_t[]){ 8 }, 1)->data, n);
  class->state_free (rows);
  class->state_free (alone);
  bench_free (b);
}
END_TEST

#define HEAD "text_decoder.cls.predictions."

/* Scores behind the prompt, with the weight called @to a copy of the one called @from. */
static float *
score_with_copy (const char *without, const char *from, const char *to)
{
  Bench *b = bench_new (PH_BLIP_CAPTION, without);
  const PhLmClass *class = b->lm->class;
  PhLmState *state = class->state_new (b->lm, 1, 30);
  const PhTensor *source = g_hash_table_lookup (b->weights.by_name, from);
  PhTensor *copy = g_hash_table_lookup (b->weights.by_name, to);
  float *scores;

  if (copy != NULL)
    memcpy (copy->data, source->data, ph_n_elements (source) * sizeof (float));
  scores = g_memdup2 (class->begin (b->lm, &b->pass, state, b->prompt)->data,
                      b->lm->n_vocabulary * sizeof *scores);
  class->state_free (state);
  bench_free (b);
  return scores;
}

static const struct {
  const char *missing, *stands_in;
} doubled[] = {
  { HEAD "decoder.weight", "text_decoder.bert.embeddings.word_embeddings.weight" },
  { HEAD "decoder.bias", HEAD "bias" },
};

START_TEST (what_files_may_leave_out_is_the_same_by_another_name)
{
  const char *missing = doubled[_i].missing, *stands_in = doubled[_i].stands_in;
  g_autofree float *without = score_with_copy (missing, stands_in, missing);
  g_autofree float *with = score_with_copy (NULL, stands_in, missing);
  g_autofree float *other = score_with_copy (NULL, missing, missing);

  ck_assert_mem_eq (without, with, text.n_vocabulary * sizeof (float));
  ck_assert_mem_ne (with, other, text.n_vocabulary * sizeof (float));
}
END_TEST

START_TEST (scores_without_a_bias_are_refused)
{
  Chance weights = chance_new ("bias");
  g_autoptr (PhLm) lm = ph_blip_lm_new (&text, PH_BLIP_CAPTION, START);
  g_autoptr (GError) error = NULL;

  ck_assert (!lm->class->bind (lm, &weights.binder, "", &error));
  ck_assert (strstr (error->message, HEAD "decoder.bias") != NULL);
  g_hash_table_unref (weights.by_name);
}
END_TEST

/* --- what is told of the cross-attention --- */

typedef struct {
  PhProbe probe;
  int n_seen;
  size_t n_rows;
  float *last; /* of the last layer: head by row by key; owned */
} Listener;

static void
listen (PhProbe *probe, PhProbePoint point, int layer, PhTensor *values)
{
  Listener *self = (Listener *) probe;

  ck_assert_int_eq (point, PH_PROBE_CROSS_ATTENTION);
  ck_assert_int_eq (layer, self->n_seen);
  ck_assert_uint_eq (values->dims[1], N_HEADS);
  ck_assert_uint_eq (values->dims[3], N_TOKENS);
  self->n_seen++;
  self->n_rows = values->dims[2];
  g_free (self->last);
  self->last = g_memdup2 (values->data, ph_n_elements (values) * sizeof (float));
}

#define LISTENER                                                                         \
  {                                                                                      \
    .probe = {.wanted = PH_WANTED (PH_PROBE_CROSS_ATTENTION), .see = listen }            \
  }

/* A row does not change with the words behind it, and nobody hears the writing. */
START_TEST (a_caption_is_told_once_and_whole)
{
  Bench *b = bench_new (PH_BLIP_CAPTION, NULL);
  const PhLmClass *class = b->lm->class;
  PhLmState *state = class->state_new (b->lm, 1, 30);
  Listener whole = LISTENER, part = LISTENER;

  b->pass.probe = &whole.probe;
  class->begin (b->lm, &b->pass, state, b->prompt);
  class->next (b->lm, &b->pass, state, written, 1);
  ck_assert_int_eq (whole.n_seen, 0);
  ph_blip_lm_recall (b->lm, &b->pass, written, N_WRITTEN);
  ck_assert_int_eq (whole.n_seen, (int) text.n_layers);
  ck_assert_uint_eq (whole.n_rows, N_WRITTEN);

  b->pass.probe = &part.probe;
  ph_blip_lm_recall (b->lm, &b->pass, written, 2);
  for (size_t head = 0; head < N_HEADS; head++)
    assert_close (whole.last + head * N_WRITTEN * N_TOKENS,
                  part.last + head * 2 * N_TOKENS, 2 * N_TOKENS);
  g_free (whole.last);
  g_free (part.last);
  class->state_free (state);
  bench_free (b);
}
END_TEST

START_TEST (a_question_is_told_when_it_is_read)
{
  Bench *b = bench_new (PH_BLIP_ANSWER, NULL);
  const PhLmClass *class = b->lm->class;
  PhLmState *state = class->state_new (b->lm, 1, 30);
  Listener listener = LISTENER;

  b->pass.probe = &listener.probe;
  class->begin (b->lm, &b->pass, state, b->prompt);
  class->next (b->lm, &b->pass, state, written, 1);
  ck_assert_int_eq (listener.n_seen, (int) text.n_layers);
  ck_assert_uint_eq (listener.n_rows, N_PROMPT);
  g_free (listener.last);
  class->state_free (state);
  bench_free (b);
}
END_TEST

/* --- folders --- */

typedef enum { CAPTION, ANSWER, RETRIEVAL, N_KINDS } Kind;

static const char *const architectures[N_KINDS] = {
  "BlipForConditionalGeneration",
  "BlipForQuestionAnswering",
  "BlipForImageTextRetrieval",
};

static const char *const specials[] = { "[PAD]", "[UNK]", "[CLS]", "[SEP]", NULL };
static const char *const words[] = { "a",   "picture", "of", "cat",  "dog",
                                     "red", "what",    "is", "this", NULL };

#define CLS 2
#define SEP 3

typedef struct {
  char *path;
  PhModel *model;
  PhContext context;
  PhPass pass;
} Folder;

static void
write_weights (const Folder *f, Kind kind, const PhBlipTextConfig *sizes)
{
  static const size_t match_dims[] = { 6, WIDTH }, judge_dims[] = { 2, WIDTH };
  g_autofree char *path = g_build_filename (f->path, "model.safetensors", NULL);
  g_autoptr (GArray) list = g_array_new (FALSE, FALSE, sizeof (PhTensorToWrite));
  Chance weights = chance_new (NULL);
  PhBinder *binder = &weights.binder;
  GHashTableIter each;
  gpointer name, weight;
  PhVit vit;

  ph_vit_init (&vit, &vision);
  ck_assert (ph_vit_bind (&vit, binder, "vision_model.", NULL));
  ph_vit_clear (&vit);
  if (kind == RETRIEVAL) {
    PhBlipText encoder;
    PhTensor x;

    ph_blip_text_init (&encoder, sizes);
    ck_assert (ph_blip_text_bind (&encoder, binder, "text_encoder.", NULL));
    ph_blip_text_clear (&encoder);
    bind_chance (binder, "vision_proj.weight", &x, 2, match_dims, false, NULL);
    bind_chance (binder, "vision_proj.bias", &x, 1, match_dims, false, NULL);
    bind_chance (binder, "text_proj.weight", &x, 2, match_dims, false, NULL);
    bind_chance (binder, "text_proj.bias", &x, 1, match_dims, false, NULL);
    bind_chance (binder, "itm_head.weight", &x, 2, judge_dims, false, NULL);
    bind_chance (binder, "itm_head.bias", &x, 1, judge_dims, false, NULL);
  } else {
    g_autoptr (PhLm) lm = ph_blip_lm_new (sizes, (PhBlipTask) kind, 0);

    ck_assert (lm->class->bind (lm, binder, "", NULL));
  }

  g_hash_table_iter_init (&each, weights.by_name);
  while (g_hash_table_iter_next (&each, &name, &weight)) {
    const PhTensor *x = weight;
    PhTensorToWrite tensor = {
      .name = name, .type = PH_ON_DISK_F32, .n_dims = x->n_dims, .data = x->data
    };

    memcpy (tensor.dims, x->dims, sizeof x->dims);
    g_array_append_val (list, tensor);
  }
  ck_assert (
      ph_safetensors_write (path, (const PhTensorToWrite *) list->data, list->len, NULL));
  g_hash_table_unref (weights.by_name);
}

static void
write_json (const Folder *f, const char *name, json_t *document)
{
  g_autofree char *path = g_build_filename (f->path, name, NULL);

  ck_assert_ptr_nonnull (document);
  ck_assert_int_eq (json_dump_file (document, path, 0), 0);
  json_decref (document);
}

static Folder *
folder_new (Kind kind)
{
  Folder *f = g_new0 (Folder, 1);
  g_auto (GStrv) tokens = ph_wordpiece_vocabulary (specials, words);
  PhBlipTextConfig sizes = text;
  const PhWordPieceFiles files = {
    .tokens = (const char *const *) tokens,
    .specials = specials,
    .roles = { .pad = "[PAD]", .unk = "[UNK]", .cls = "[CLS]", .sep = "[SEP]" },
    .before = "[CLS]",
    .after = "[SEP]",
    .padding_side = "right",
    .max_length = 40,
  };

  /* Two more than the tokenizer knows, as published: what begins a caption, and [ENC]. */
  sizes.n_vocabulary = g_strv_length (tokens) + 2;
  f->path = g_dir_make_tmp ("pinhole-blip-XXXXXX", NULL);
  f->context = (PhContext){ .arena = ph_arena_new () };
  f->pass = (PhPass){ .context = &f->context };
  ck_assert (ph_wordpiece_write (f->path, &files, NULL));
  write_weights (f, kind, &sizes);
  write_json (f, "preprocessor_config.json",
              json_pack ("{s:[f,f,f], s:[f,f,f], s:i}", "image_mean", 0.48, 0.46, 0.41,
                         "image_std", 0.27, 0.26, 0.28, "size", SIDE));
  write_json (f, "config.json",
              json_pack ("{s:s, s:[s], s:i, s:{s:i, s:i, s:i, s:i, s:i, s:i}, "
                         "s:{s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i}}",
                         "model_type", "blip", "architectures", architectures[kind],
                         "image_text_hidden_size", 6, "vision_config", "hidden_size",
                         WIDTH, "intermediate_size", 40, "num_hidden_layers", 2,
                         "num_attention_heads", 3, "image_size", SIDE, "patch_size", 8,
                         "text_config", "hidden_size", WIDTH, "intermediate_size", 40,
                         "num_hidden_layers", 3, "num_attention_heads", N_HEADS,
                         "vocab_size", 9, "max_position_embeddings", 40, "bos_token_id",
                         (int) sizes.n_vocabulary - 2, "sep_token_id", SEP,
                         "eos_token_id", 2));
  return f;
}

/* Changes one member of config.json, or of the object in it called @part. */
static void
change (const Folder *f, const char *part, const char *name, json_t *value)
{
  g_autofree char *path = g_build_filename (f->path, "config.json", NULL);
  json_t *config = ph_json_load (path, NULL);

  json_object_set_new (part != NULL ? json_object_get (config, part) : config, name,
                       value);
  write_json (f, "config.json", config);
}

static void
folder_open (Folder *f)
{
  g_autoptr (GError) error = NULL;

  f->model = ph_model_open (f->path, &error);
  ck_assert_msg (f->model != NULL, "%s", error != NULL ? error->message : "");
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
picture_of (int seed)
{
  guint8 *rgb = g_malloc (40 * 30 * 3);

  for (int i = 0; i < 40 * 30 * 3; i++)
    rgb[i] = (guint8) (i * seed % 251);
  return ph_picture_new_take (40, 30, g_bytes_new_take (rgb, 40 * 30 * 3));
}

static PhQuestionAsked
question_of (const PhPicture *picture, const char *prompt)
{
  PhQuestionAsked asked = { .picture = picture,
                            .prompt = prompt,
                            .sampling = PH_SAMPLING_GREEDY,
                            .wants_snapshot = true };

  asked.sampling.max_new_tokens = 6;
  return asked;
}

static void
ask (Folder *f, const PhQuestionAsked *asked, PhAnswer *answer)
{
  g_autoptr (GError) error = NULL;

  ck_assert_msg (ph_model_ask (f->model, &f->pass, asked, answer, &error), "%s",
                 error != NULL ? error->message : "");
}

static void
assert_same_ids (const GArray *a, const GArray *b)
{
  ck_assert_uint_eq (a->len, b->len);
  ck_assert_mem_eq (a->data, b->data, a->len * sizeof (int32_t));
}

/* --- asking --- */

static const char *const prompts[] = { NULL, "a picture of", "what is this?" };

static const struct {
  Kind kind;
  const char *prompt;
  int n_beams;
} asked_for[] = {
  { CAPTION, "", 1 },
  { CAPTION, "a picture of", 1 },
  { CAPTION, "a picture of", 3 },
  { ANSWER, "what is this?", 1 },
  { ANSWER, "what is this?", 3 },
};

/* The labels are what was asked; for a caption what came behind the start. */
START_TEST (what_looked_at_the_picture_has_its_labels)
{
  Folder *f = folder_new (asked_for[_i].kind);
  g_autoptr (PhPicture) picture = picture_of (37);
  PhQuestionAsked asked = question_of (picture, asked_for[_i].prompt);
  g_auto (PhAnswer) answer = { 0 };
  g_autoptr (GArray) ids = NULL;
  bool is_caption = asked_for[_i].kind == CAPTION;
  const PhSnapshotShape *shape;

  folder_open (f);
  asked.sampling.n_beams = asked_for[_i].n_beams;
  ask (f, &asked, &answer);
  ids = g_array_copy (answer.prompt_ids);
  if (is_caption) {
    g_array_remove_index (ids, 0);
    g_array_append_vals (ids, answer.ids->data, answer.ids->len);
  }
  ck_assert_ptr_nonnull (answer.snapshot);
  shape = ph_snapshot_get_shape (answer.snapshot);
  ck_assert_int_eq (shape->n_queries, (int) ids->len);
  ck_assert_int_eq (shape->n_layers, (int) text.n_layers);
  ck_assert_int_eq (shape->n_heads, N_HEADS);
  ck_assert_int_eq (shape->n_rows * shape->n_columns, N_TOKENS - 1);
  for (guint i = 0; i < ids->len; i++) {
    const char *token = ph_tokenizer_get_token (ph_model_get_tokenizer (f->model),
                                                g_array_index (ids, int32_t, i));

    if (token != NULL)
      ck_assert_str_eq (ph_snapshot_get_label (answer.snapshot, (int) i), token);
  }
  ck_assert_uint_eq (ph_arena_mark (f->context.arena), 0);
  folder_free (f);
}
END_TEST

START_TEST (a_caption_begins_behind_the_start_and_its_prompt)
{
  Folder *f = folder_new (CAPTION);
  g_autoptr (PhPicture) picture = picture_of (37);
  PhQuestionAsked bare = question_of (picture, ""), led = question_of (picture, "a dog");
  g_auto (PhAnswer) first = { 0 }, second = { 0 };
  int32_t start;

  folder_open (f);
  ask (f, &bare, &first);
  ask (f, &led, &second);
  start = (int32_t) ph_tokenizer_get_n_tokens (ph_model_get_tokenizer (f->model));
  ck_assert_uint_eq (first.prompt_ids->len, 1);
  ck_assert_int_eq (g_array_index (first.prompt_ids, int32_t, 0), start);
  ck_assert_uint_eq (second.prompt_ids->len, 3);
  ck_assert_int_eq (g_array_index (second.prompt_ids, int32_t, 0), start);
  ck_assert_int_eq (g_array_index (second.prompt_ids, int32_t, 1),
                    ph_tokenizer_find (ph_model_get_tokenizer (f->model), "a"));
  folder_free (f);
}
END_TEST

START_TEST (a_picture_is_not_taken_for_the_one_before)
{
  Folder *f = folder_new ((Kind) _i), *fresh = folder_new ((Kind) _i);
  g_autoptr (PhPicture) one = picture_of (37), two = picture_of (101);
  PhQuestionAsked of_one = question_of (one, prompts[1]),
                  of_two = question_of (two, prompts[1]);
  g_auto (PhAnswer) first = { 0 }, other = { 0 }, again = { 0 }, alone = { 0 };
  g_autoptr (GBytes) map = NULL, map_alone = NULL, map_first = NULL;

  folder_open (f);
  folder_open (fresh);
  ask (f, &of_one, &first);
  ask (f, &of_two, &other);
  ask (f, &of_one, &again);
  ask (fresh, &of_two, &alone);
  assert_same_ids (first.ids, again.ids);
  assert_same_ids (other.ids, alone.ids);
  map = ph_snapshot_to_bytes (other.snapshot);
  map_alone = ph_snapshot_to_bytes (alone.snapshot);
  map_first = ph_snapshot_to_bytes (first.snapshot);
  ck_assert (g_bytes_equal (map, map_alone));
  ck_assert (!g_bytes_equal (map, map_first));
  folder_free (f);
  folder_free (fresh);
}
END_TEST

typedef struct {
  atomic_bool stop;
  int at; /* tokens */
} Stopper;

static void
stop_at_cb (void *data, const char *written_so_far, int n_tokens)
{
  Stopper *self = data;

  if (n_tokens >= self->at)
    atomic_store (&self->stop, true);
}

/* A question was read before the stop and is told; a caption is not there yet. */
START_TEST (a_stopped_answer_leaves_the_next_one_right)
{
  Folder *f = folder_new ((Kind) _i);
  g_autoptr (PhPicture) picture = picture_of (37);
  PhQuestionAsked asked = question_of (picture, prompts[1]);
  g_auto (PhAnswer) whole = { 0 }, stopped = { 0 }, after = { 0 };
  Stopper stopper = { .at = 2 };

  asked.sampling.sampled = true;
  asked.sampling.temperature = 4;
  asked.sampling.seed = 3;
  asked.sampling.min_new_tokens = 5;
  folder_open (f);
  ask (f, &asked, &whole);
  ck_assert_uint_gt (whole.ids->len, 3);

  f->context.stop = &stopper.stop;
  asked.text = stop_at_cb;
  asked.data = &stopper;
  ask (f, &asked, &stopped);
  ck_assert_int_eq (stopped.stop, PH_STOP_CANCELLED);
  ck_assert_uint_eq (stopped.ids->len, 2);
  ck_assert ((stopped.snapshot != NULL) == (_i == ANSWER));

  atomic_store (&stopper.stop, false);
  asked.text = NULL;
  ask (f, &asked, &after);
  assert_same_ids (after.ids, whole.ids);
  folder_free (f);
}
END_TEST

/* A stop while the picture is read must not leave its keys behind. */
START_TEST (a_picture_that_was_not_read_whole_is_read_again)
{
  Folder *f = folder_new ((Kind) _i), *fresh = folder_new ((Kind) _i);
  g_autoptr (PhPicture) picture = picture_of (37);
  PhQuestionAsked asked = question_of (picture, prompts[1]);
  g_auto (PhAnswer) stopped = { 0 }, after = { 0 }, alone = { 0 };
  atomic_bool stop = true;

  folder_open (f);
  folder_open (fresh);
  f->context.stop = &stop;
  ask (f, &asked, &stopped);
  ck_assert_int_eq (stopped.stop, PH_STOP_CANCELLED);
  ck_assert_ptr_null (stopped.snapshot);
  atomic_store (&stop, false);
  ask (f, &asked, &after);
  ask (fresh, &asked, &alone);
  assert_same_ids (after.ids, alone.ids);
  folder_free (f);
  folder_free (fresh);
}
END_TEST

/* --- comparing --- */

static void
match (Folder *f, const PhPicture *picture, const char *what, PhMatch *result)
{
  PhMatchAsked asked = { .picture = picture, .text = what, .wants_snapshot = true };
  g_autoptr (GError) error = NULL;

  ck_assert_msg (ph_model_match (f->model, &f->pass, &asked, result, &error), "%s",
                 error != NULL ? error->message : "");
}

START_TEST (texts_are_compared_one_like_the_other)
{
  Folder *f = folder_new (RETRIEVAL), *fresh = folder_new (RETRIEVAL);
  g_autoptr (PhPicture) one = picture_of (37), two = picture_of (101);
  g_auto (PhMatch) first = { 0 }, second = { 0 }, alone = { 0 };

  folder_open (f);
  folder_open (fresh);
  match (f, one, "a red dog", &first);
  match (f, two, "what is this", &second);
  match (fresh, two, "what is this", &alone);
  ck_assert_float_eq (second.itc, alone.itc);
  ck_assert_float_eq (second.itm[1], alone.itm[1]);
  ck_assert_float_ne (first.itm[1], second.itm[1]);
  ck_assert (fabsf (first.itc) <= 1 && first.probability > 0 && first.probability < 1);
  ck_assert_double_eq_tol (first.probability,
                           exp (first.itm[1]) / (exp (first.itm[0]) + exp (first.itm[1])),
                           1e-6);
  ck_assert_int_eq (ph_snapshot_get_shape (first.snapshot)->n_queries, 5);
  ck_assert_str_eq (ph_snapshot_get_label (first.snapshot, 0), "[CLS]");
  ck_assert_str_eq (ph_snapshot_get_label (first.snapshot, 2), "red");
  folder_free (f);
  folder_free (fresh);
}
END_TEST

START_TEST (writers_and_comparers_say_which_they_are)
{
  Folder *writer = folder_new (CAPTION), *comparer = folder_new (RETRIEVAL);
  g_autoptr (PhPicture) picture = picture_of (37);
  PhQuestionAsked question = question_of (picture, "a");
  PhMatchAsked comparison = { .picture = picture, .text = "a" };
  g_auto (PhAnswer) answer = { 0 };
  g_auto (PhMatch) result = { 0 };
  g_autoptr (GError) first = NULL, second = NULL;

  folder_open (writer);
  folder_open (comparer);
  ck_assert (
      !ph_model_match (writer->model, &writer->pass, &comparison, &result, &first));
  ck_assert (g_error_matches (first, PH_ERROR, PH_ERROR_UNSUPPORTED));
  ck_assert (
      !ph_model_ask (comparer->model, &comparer->pass, &question, &answer, &second));
  ck_assert (g_error_matches (second, PH_ERROR, PH_ERROR_UNSUPPORTED));
  folder_free (writer);
  folder_free (comparer);
}
END_TEST

/* --- what is refused --- */

static const struct {
  Kind kind;
  const char *part, *name, *value, *complaint;
} refused[] = {
  { ANSWER, "text_config", "hidden_size", "32", "needs them equal" },
  { ANSWER, "text_config", "num_attention_heads", "5", "not a multiple of 5 heads" },
  { CAPTION, "text_config", "num_attention_heads", "0", "num_attention_heads is 0" },
  { CAPTION, "text_config", "hidden_act", "\"relu\"", "not \"gelu\"" },
  { CAPTION, "text_config", "bos_token_id", "4000", "bos_token_id is 4000" },
  { CAPTION, "text_config", "bos_token_id", "-1", "bos_token_id is -1" },
  { CAPTION, "text_config", "sep_token_id", "99999999999", "sep_token_id" },
  { CAPTION, "text_config", "num_hidden_layers", "4", "is missing" },
  { CAPTION, "text_config", "num_hidden_layers", "2", "no place for" },
  { CAPTION, "text_config", "max_position_embeddings", "41", "[41, 24]" },
  { RETRIEVAL, NULL, "image_text_hidden_size", "7", "[7, 24]" },
  { RETRIEVAL, NULL, "image_text_hidden_size", "0", "image_text_hidden_size is 0" },
  { RETRIEVAL, "vision_config", "hidden_size", "1e300", "hidden_size" },
  { RETRIEVAL, NULL, "architectures", "[\"BlipModel\"]", "architectures is BlipModel" },
  { CAPTION, NULL, "architectures", "[\"BlipForQuestionAnswering\"]", "is missing" },
};

START_TEST (configs_that_do_not_fit_are_refused_in_a_line)
{
  Folder *f = folder_new (refused[_i].kind);
  g_autoptr (GError) error = NULL;

  change (f, refused[_i].part, refused[_i].name,
          json_loads (refused[_i].value, JSON_DECODE_ANY, NULL));
  ck_assert_ptr_null (ph_model_open (f->path, &error));
  ck_assert_msg (strstr (error->message, refused[_i].complaint) != NULL, "%s",
                 error->message);
  ck_assert (strstr (error->message, f->path) != NULL);
  ck_assert_ptr_null (strchr (error->message, '\n'));
  folder_free (f);
}
END_TEST

START_TEST (texts_that_are_too_long_are_refused)
{
  Folder *f = folder_new ((Kind) _i);
  g_autoptr (PhPicture) picture = picture_of (37);
  GString *long_text = g_string_new (NULL);
  g_autofree char *many = NULL;
  g_autoptr (GError) error = NULL;

  for (int i = 0; i < 60; i++)
    g_string_append (long_text, "dog ");
  many = g_string_free (long_text, FALSE);
  folder_open (f);
  if (_i == RETRIEVAL) {
    g_auto (PhMatch) result = { 0 };

    ck_assert (!ph_model_match (f->model, &f->pass,
                                &(PhMatchAsked){ .picture = picture, .text = many },
                                &result, &error));
  } else {
    g_auto (PhAnswer) answer = { 0 };
    PhQuestionAsked asked = question_of (picture, many);

    ck_assert (!ph_model_ask (f->model, &f->pass, &asked, &answer, &error));
  }
  ck_assert_msg (strstr (error->message, "at most") != NULL, "%s", error->message);
  folder_free (f);
}
END_TEST

START_TEST (a_tokenizer_with_more_tokens_than_the_table_is_refused)
{
  Folder *f = folder_new (CAPTION);
  PhBlipTextConfig fewer = text;
  g_autoptr (GError) error = NULL;

  fewer.n_vocabulary = 8;
  write_weights (f, CAPTION, &fewer);
  change (f, "text_config", "bos_token_id", json_integer (7));
  ck_assert_ptr_null (ph_model_open (f->path, &error));
  ck_assert_msg (strstr (error->message, "the embedding table has 8 rows") != NULL, "%s",
                 error->message);
  folder_free (f);
}
END_TEST

START_TEST (what_a_config_leaves_out_has_its_default)
{
  Folder *f = folder_new (CAPTION);
  g_autoptr (PhStore) store = ph_store_open (f->path, NULL);
  g_autoptr (PhJson) empty = json_object ();
  PhBlipConfig config;

  ck_assert (ph_blip_config_read (&config, empty, store, "no table", NULL));
  ck_assert_uint_eq (config.text.n_heads, 8);
  ck_assert_uint_eq (config.text.n_vocabulary, 30524);
  ck_assert_uint_eq (config.text.seen_width, 768);
  ck_assert_float_eq (config.text.eps, 1e-12f);
  ck_assert_float_eq (config.vision.eps, 1e-5f);
  ck_assert_uint_eq (config.vision.patch, 16);
  ck_assert_uint_eq (config.match_width, 256);
  ck_assert_int_eq (config.start_id, 30522);
  ck_assert_int_eq (config.stop_id, 102);
  folder_free (f);
}
END_TEST

/* --- layouts of Q-Formers --- */

static const struct {
  PhQformerLayout layout;
  const char *norm, *words; /* NULL: there are none */
} layouts[] = {
  { PH_QFORMER_INSTRUCTBLIP, "qformer.embeddings.layernorm.weight",
    "qformer.embeddings.word_embeddings.weight" },
  { PH_QFORMER_BLIP2, "qformer.layernorm.weight", NULL },
  { PH_QFORMER_RETRIEVAL, "qformer.layernorm.weight",
    "embeddings.word_embeddings.weight" },
};

START_TEST (a_q_former_has_the_names_and_halves_of_its_layout)
{
  PhQformerConfig config = { .layout = layouts[_i].layout,
                             .width = WIDTH,
                             .inner = 40,
                             .n_layers = 2,
                             .n_heads = N_HEADS,
                             .cross_frequency = 2,
                             .picture_width = 10,
                             .n_queries = 3,
                             .n_vocabulary = 9,
                             .n_positions = 7,
                             .eps = 1e-12f };
  bool reads = layouts[_i].words != NULL;
  Chance weights = chance_new (NULL);
  GHashTable *names = weights.by_name;
  PhQformer qformer;

  ph_qformer_init (&qformer, &config);
  ck_assert (ph_qformer_bind (&qformer, &weights.binder, NULL));
  ck_assert (ph_qformer_reads_text (&config) == reads);
  /* 26 in each layer, 10 for looking in one; 10 more a layer and 2 tables for text. */
  ck_assert_uint_eq (g_hash_table_size (names), 1 + 2 + 2 * 16 + 10 + (reads ? 14 : 0));
  ck_assert (g_hash_table_contains (names, layouts[_i].norm));
  ck_assert (!reads || g_hash_table_contains (names, layouts[_i].words));
  ck_assert (g_hash_table_contains (
                 names, "qformer.encoder.layer.1.intermediate.dense.weight") == reads);
  ck_assert (g_hash_table_contains (
      names, "qformer.encoder.layer.1.intermediate_query.dense.weight"));
  ph_qformer_clear (&qformer);
  g_hash_table_unref (names);
}
END_TEST

int
main (void)
{
  Suite *suite = suite_create ("blip");
  TCase *lm = tcase_create ("language model");
  TCase *folders = tcase_create ("folders");
  SRunner *runner = srunner_create (suite);
  int n_failed;

  tcase_add_loop_test (lm, one_token_at_a_time_equals_all_at_once, 0, 2);
  tcase_add_test (lm, a_prompt_of_a_caption_is_read_like_what_was_written);
  tcase_add_loop_test (lm, rows_side_by_side_are_scored_like_each_alone, 0, 2);
  tcase_add_loop_test (lm, what_files_may_leave_out_is_the_same_by_another_name, 0,
                       G_N_ELEMENTS (doubled));
  tcase_add_test (lm, scores_without_a_bias_are_refused);
  tcase_add_test (lm, a_caption_is_told_once_and_whole);
  tcase_add_test (lm, a_question_is_told_when_it_is_read);
  tcase_add_loop_test (lm, a_q_former_has_the_names_and_halves_of_its_layout, 0,
                       G_N_ELEMENTS (layouts));

  tcase_add_loop_test (folders, what_looked_at_the_picture_has_its_labels, 0,
                       G_N_ELEMENTS (asked_for));
  tcase_add_test (folders, a_caption_begins_behind_the_start_and_its_prompt);
  tcase_add_loop_test (folders, a_picture_is_not_taken_for_the_one_before, 0, RETRIEVAL);
  tcase_add_loop_test (folders, a_stopped_answer_leaves_the_next_one_right, 0, RETRIEVAL);
  tcase_add_loop_test (folders, a_picture_that_was_not_read_whole_is_read_again, 0,
                       RETRIEVAL);
  tcase_add_test (folders, texts_are_compared_one_like_the_other);
  tcase_add_test (folders, writers_and_comparers_say_which_they_are);
  tcase_add_loop_test (folders, configs_that_do_not_fit_are_refused_in_a_line, 0,
                       G_N_ELEMENTS (refused));
  tcase_add_loop_test (folders, texts_that_are_too_long_are_refused, 0, N_KINDS);
  tcase_add_test (folders, a_tokenizer_with_more_tokens_than_the_table_is_refused);
  tcase_add_test (folders, what_a_config_leaves_out_has_its_default);
  suite_add_tcase (suite, lm);
  suite_add_tcase (suite, folders);

  srunner_run_all (runner, CK_ENV);
  n_failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#include "core/base/error.h"
#include "core/engine/engine.h"
#include "core/engine/json.h"
#include "core/engine/keep.h"
#include "core/formats/json.h"
#include "core/scenes/render.h"
#include "core/train/fresh.h"
#include "core/vision/png.h"
#include "core/vision/preprocess.h"

#include <check.h>
#include <glib/gstdio.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* The models have random weights: what they say means nothing and is always the same. */

#define SLOW 120 /* tokens: an answer that can be stopped in the middle */
#define N_MOMENTS 200

static char *folder; /* all that the tests write */
static char *model, *other_model, *picture_path;
static PhPicture *picture;
static char *whole_text; /* the greedy answer of SLOW tokens to QUESTION */
static gint64 whole_time;
#define QUESTION "What color is the star?"

/* --- asking --- */

static void
turn (void)
{
  g_main_context_iteration (NULL, TRUE);
}

static void
wait_until_over (PhReply *reply)
{
  while (!ph_reply_is_over (reply))
    turn ();
}

static void
run_for (gint64 microseconds)
{
  gint64 end = g_get_monotonic_time () + microseconds;

  while (g_get_monotonic_time () < end)
    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (50);
}

static void
wait_for_load (PhEngine *engine)
{
  while (ph_engine_get_state (engine) == PH_ENGINE_LOADING)
    turn ();
}

static PhEngine *
open_engine (void)
{
  PhEngine *engine = ph_engine_new ();

  ph_engine_load (engine, model);
  return engine;
}

static PhReply *
ask (PhEngine *engine, int n_tokens)
{
  PhRequest request = { .picture = picture,
                        .prompt = QUESTION,
                        .sampling = PH_SAMPLING_GREEDY };

  request.sampling.max_new_tokens = n_tokens;
  return ph_engine_ask (engine, &request);
}

/* The engine is gone, and with it its thread. */
static void
drop (PhEngine *engine)
{
  g_assert_finalize_object (engine);
}

/* --- answers --- */

START_TEST (an_answer_streams_and_ends)
{
  g_autoptr (PhEngine) engine = open_engine ();
  g_autoptr (PhReply) reply = ask (engine, 8);
  const PhAnswer *answer;

  ck_assert_int_eq (ph_reply_get_state (reply), PH_REPLY_QUEUED);
  ck_assert_str_eq (ph_reply_get_text (reply), "");
  ck_assert_ptr_null (ph_reply_get_answer (reply));
  wait_until_over (reply);

  ck_assert_int_eq (ph_reply_get_state (reply), PH_REPLY_DONE);
  ck_assert_int_eq (ph_reply_get_stage (reply), PH_STAGE_WRITING);
  ck_assert_ptr_eq (ph_reply_get_picture (reply), picture);
  answer = ph_reply_get_answer (reply);
  ck_assert_str_eq (ph_reply_get_text (reply), answer->text);
  ck_assert_int_eq (ph_reply_get_n_tokens (reply), (int) answer->ids->len);
  ck_assert_ptr_nonnull (answer->snapshot);
  ck_assert_str_eq (ph_engine_get_model_name (engine), "model");
}
END_TEST

static const struct {
  const char *template;
  PhSampling sampling;
} asked_so[] = {
  { NULL, PH_SAMPLING_GREEDY },
  { "Question: {} \"Answer\":",
    { .sampled = true,
      .temperature = 0.75,
      .top_k = 7,
      .top_p = 0.5,
      .seed = UINT64_MAX,
      .n_beams = 1,
      .length_penalty = 1,
      .repetition_penalty = 1.5,
      .min_new_tokens = 2,
      .max_new_tokens = 9 } },
  { NULL,
    { .temperature = 1,
      .top_p = 1,
      .n_beams = 5,
      .length_penalty = -1,
      .early_stopping = true,
      .repetition_penalty = 1,
      .max_new_tokens = 64 } },
};

START_TEST (settings_are_read_as_they_were_written)
{
  PhRequest request = { .template = asked_so[_i].template,
                        .sampling = asked_so[_i].sampling };
  g_autofree char *line = ph_request_dup_settings (&request);
  PhRequest again = { 0 };
  g_autofree char *template = ph_request_read_settings (&again.sampling, line);
  g_autofree char *line_again = NULL;

  again.template = template;
  line_again = ph_request_dup_settings (&again);
  ck_assert_str_eq (line, line_again);
  ck_assert (again.sampling.seed == request.sampling.seed);
  ck_assert_int_eq (again.sampling.sampled, request.sampling.sampled);
}
END_TEST

START_TEST (settings_that_are_none_are_those_of_greedy)
{
  static const char *const lines[] = { "", "[]", "{\"beams\": \"x\"}", "{}" };
  const PhSampling greedy = PH_SAMPLING_GREEDY;
  PhSampling sampling;

  ck_assert_ptr_null (ph_request_read_settings (&sampling, lines[_i]));
  ck_assert_int_eq (sampling.n_beams, greedy.n_beams);
  ck_assert_int_eq (sampling.max_new_tokens, greedy.max_new_tokens);
  ck_assert (!sampling.sampled && ph_sampling_check (&sampling, NULL));
}
END_TEST

/* A turn of @history that is over. */
static int64_t
keep_turn (PhHistory *history, PhReply *reply)
{
  PhHistoryQuestion question = { .chat = ph_history_begin_chat (history),
                                 .picture = picture,
                                 .model = "model",
                                 .prompt = QUESTION };
  int64_t turn = ph_history_begin_turn (history, &question);

  ph_reply_finish_turn (reply, history, turn);
  return turn;
}

START_TEST (a_turn_reopens_without_the_model)
{
  PhEngine *engine = open_engine ();
  PhReply *reply = ask (engine, 8);
  g_autofree char *path = g_build_filename (folder, "reopened.db", NULL);
  g_autoptr (PhHistory) history = ph_history_open (path);
  g_autoptr (GBytes) before = NULL, after = NULL;
  g_autoptr (PhRecord) record = NULL;
  g_autoptr (PhPicture) sight = NULL, square = NULL;
  int64_t turn;

  wait_until_over (reply);
  turn = keep_turn (history, reply);
  before = ph_record_to_bytes (ph_reply_get_answer (reply)->record);
  g_object_unref (reply);
  drop (engine);

  ck_assert (ph_history_flush (history, NULL));
  record = ph_history_load_record (history, turn, NULL);
  after = ph_record_to_bytes (record);
  ck_assert (g_bytes_equal (before, after));

  sight = ph_record_dup_sight (record, picture);
  square = ph_resize (picture, 112, 112);
  ck_assert_int_eq (sight->width, 112);
  ck_assert_int_eq (sight->height, 112);
  ck_assert (g_bytes_equal (sight->rgb, square->rgb));
}
END_TEST

START_TEST (a_record_without_a_side_draws_nothing)
{
  g_autoptr (PhRecord) record =
      ph_record_new (&(PhRecordParts){ .text = "", .first_row = -1 });

  ck_assert_ptr_null (ph_record_dup_sight (record, picture));
}
END_TEST

START_TEST (a_file_is_decoded_on_the_worker)
{
  g_autoptr (PhEngine) engine = open_engine ();
  PhRequest request = { .path = picture_path,
                        .prompt = QUESTION,
                        .sampling = PH_SAMPLING_GREEDY };
  g_autoptr (PhReply) reply = ph_engine_ask (engine, &request);

  wait_until_over (reply);
  ck_assert_int_eq (ph_reply_get_state (reply), PH_REPLY_DONE);
  ck_assert_int_eq (ph_reply_get_picture (reply)->width, picture->width);
}
END_TEST

typedef struct {
  const char *path;
  bool has_picture;
  const char *prompt;
  int n_tokens;
  const char *complaint;
} Unanswerable;

static const Unanswerable unanswerable[] = {
  { "/nowhere/picture.png", false, QUESTION, 8, "/nowhere/picture.png" },
  { "/", false, QUESTION, 8, "/" },
  { NULL, false, QUESTION, 8, "no picture" },
  { NULL, true, "", 8, "empty" },
  { NULL, true, " \n", 8, "empty" },
  { NULL, true, "What \xff color?", 8, "UTF-8" },
  { NULL, true, QUESTION, 0, "0 new tokens" },
};

START_TEST (what_cannot_be_answered_fails_with_a_reason)
{
  const Unanswerable *asked = &unanswerable[_i];
  g_autoptr (PhEngine) engine = open_engine ();
  PhRequest request = { .path = asked->path,
                        .picture = asked->has_picture ? picture : NULL,
                        .prompt = asked->prompt,
                        .sampling = PH_SAMPLING_GREEDY };
  g_autoptr (PhReply) reply = NULL;
  const GError *error;

  request.sampling.max_new_tokens = asked->n_tokens;
  reply = ph_engine_ask (engine, &request);
  wait_until_over (reply);

  error = ph_reply_get_error (reply);
  ck_assert_int_eq (ph_reply_get_state (reply), PH_REPLY_FAILED);
  ck_assert_ptr_null (ph_reply_get_answer (reply));
  ck_assert_msg (strstr (error->message, asked->complaint) != NULL, "%s", error->message);
}
END_TEST

START_TEST (an_instruction_beyond_the_context_is_refused)
{
  g_autoptr (PhEngine) engine = open_engine ();
  g_autoptr (GString) prompt = g_string_new (NULL);
  PhRequest request = { .picture = picture, .sampling = PH_SAMPLING_GREEDY };
  g_autoptr (PhReply) reply = NULL;

  for (int i = 0; i < 5000; i++)
    g_string_append (prompt, "star ");
  request.prompt = prompt->str;
  reply = ph_engine_ask (engine, &request);
  wait_until_over (reply);
  ck_assert_int_eq (ph_reply_get_state (reply), PH_REPLY_FAILED);
  ck_assert_ptr_nonnull (strstr (ph_reply_get_error (reply)->message, "tokens"));
}
END_TEST

static void
count_cb (PhReply *reply, GParamSpec *pspec, gpointer data)
{
  (*(int *) data)++;
}

START_TEST (a_turn_of_the_main_loop_sees_one_change)
{
  g_autoptr (PhEngine) engine = open_engine ();
  g_autoptr (PhReply) reply = ask (engine, SLOW);
  int n = 0, n_changes = 0;

  g_signal_connect (reply, "notify::text", G_CALLBACK (count_cb), &n);
  while (!ph_reply_is_over (reply)) {
    n = 0;
    turn ();
    ck_assert_int_le (n, 1);
    n_changes += n;
    g_usleep (1000); /* tokens come faster than turns */
  }
  ck_assert_int_gt (n_changes, 1);
}
END_TEST

static void
ended_cb (PhReply *reply, GParamSpec *pspec, gpointer data)
{
  if (ph_reply_is_over (reply))
    g_ptr_array_add (data, reply);
}

START_TEST (replies_come_in_the_order_of_asking)
{
  g_autoptr (PhEngine) engine = open_engine ();
  g_autoptr (GPtrArray) ended = g_ptr_array_new ();
  PhReply *replies[6];

  for (size_t i = 0; i < G_N_ELEMENTS (replies); i++) {
    replies[i] = ask (engine, i % 2 == 0 ? 20 : 1);
    g_signal_connect (replies[i], "notify::state", G_CALLBACK (ended_cb), ended);
  }
  while (ended->len < G_N_ELEMENTS (replies))
    turn ();
  for (size_t i = 0; i < G_N_ELEMENTS (replies); i++) {
    ck_assert_ptr_eq (g_ptr_array_index (ended, i), replies[i]);
    g_object_unref (replies[i]);
  }
}
END_TEST

/* --- stopping --- */

static int
by_time (gconstpointer a, gconstpointer b)
{
  gint64 x = *(const gint64 *) a, y = *(const gint64 *) b;

  return x < y ? -1 : x > y;
}

static void
print_times (gint64 *times, int n)
{
  qsort (times, (size_t) n, sizeof *times, by_time);
  printf ("stop to over, %d times: median %.2f ms, 99 %% %.2f ms, longest %.2f ms\n", n,
          (double) times[n / 2] / 1e3, (double) times[n * 99 / 100] / 1e3,
          (double) times[n - 1] / 1e3);
}

START_TEST (stopping_at_any_moment_keeps_what_was_written)
{
  g_autoptr (PhEngine) engine = open_engine ();
  gint64 times[N_MOMENTS];
  int n_stopped = 0, n_partial = 0;

  wait_for_load (engine);
  for (int i = 0; i < N_MOMENTS; i++) {
    g_autoptr (PhReply) reply = ask (engine, SLOW);
    const PhAnswer *answer;
    gint64 start;

    run_for (g_random_int_range (0, (gint32) whole_time));
    start = g_get_monotonic_time ();
    ph_reply_cancel (reply);
    wait_until_over (reply);
    times[i] = g_get_monotonic_time () - start;

    answer = ph_reply_get_answer (reply);
    ck_assert (g_str_has_prefix (whole_text, answer->text));
    ck_assert_str_eq (ph_reply_get_text (reply), answer->text);
    ck_assert ((ph_reply_get_state (reply) == PH_REPLY_CANCELLED) ==
               (answer->stop == PH_STOP_CANCELLED));
    n_stopped += answer->stop == PH_STOP_CANCELLED;
    n_partial += answer->stop == PH_STOP_CANCELLED && *answer->text != '\0';
  }
  print_times (times, N_MOMENTS);
  printf ("stopped %d, in the middle of the text %d\n", n_stopped, n_partial);
  ck_assert_int_gt (n_stopped, N_MOMENTS / 4);
  ck_assert_int_gt (n_partial, 0);
}
END_TEST

START_TEST (a_reply_that_waits_is_over_at_once)
{
  g_autoptr (PhEngine) engine = open_engine ();
  g_autoptr (PhReply) first = ask (engine, SLOW);
  g_autoptr (PhReply) second = ask (engine, SLOW);

  ph_reply_cancel (second);
  wait_until_over (second);
  ck_assert (!ph_reply_is_over (first));
  ck_assert_int_eq (ph_reply_get_state (second), PH_REPLY_CANCELLED);
  ck_assert_str_eq (ph_reply_get_text (second), "");
  ck_assert_uint_eq (ph_reply_get_answer (second)->ids->len, 0);
  wait_until_over (first);
  ck_assert_int_eq (ph_reply_get_state (first), PH_REPLY_DONE);
}
END_TEST

START_TEST (stopping_twice_or_late_changes_nothing)
{
  g_autoptr (PhEngine) engine = open_engine ();
  g_autoptr (PhReply) reply = ask (engine, 4);

  wait_until_over (reply);
  ph_reply_cancel (reply);
  ph_reply_cancel (reply);
  run_for (2000);
  ck_assert_int_eq (ph_reply_get_state (reply), PH_REPLY_DONE);
}
END_TEST

static void *
cancel_main (void *data)
{
  ph_reply_cancel (data);
  return NULL;
}

START_TEST (any_thread_may_stop_a_reply)
{
  g_autoptr (PhEngine) engine = open_engine ();

  for (int i = 0; i < 20; i++) {
    g_autoptr (PhReply) reply = ask (engine, SLOW);
    pthread_t thread;

    run_for (g_random_int_range (0, 2000));
    ck_assert_int_eq (pthread_create (&thread, NULL, cancel_main, reply), 0);
    wait_until_over (reply);
    pthread_join (thread, NULL);
  }
}
END_TEST

/* --- going away --- */

START_TEST (dropping_the_engine_ends_every_reply)
{
  for (int i = 0; i < 30; i++) {
    PhEngine *engine = open_engine ();
    PhReply *replies[3];

    for (size_t r = 0; r < G_N_ELEMENTS (replies); r++)
      replies[r] = ask (engine, SLOW);
    run_for (g_random_int_range (0, (gint32) whole_time));
    drop (engine);
    for (size_t r = 0; r < G_N_ELEMENTS (replies); r++) {
      wait_until_over (replies[r]);
      ck_assert_int_ne (ph_reply_get_state (replies[r]), PH_REPLY_FAILED);
      g_assert_finalize_object (replies[r]);
    }
  }
}
END_TEST

START_TEST (a_reply_nobody_keeps_is_answered_all_the_same)
{
  g_autoptr (PhEngine) engine = open_engine ();
  g_autoptr (PhReply) kept = NULL;

  for (int i = 0; i < 5; i++)
    g_object_unref (ask (engine, 3));
  kept = ask (engine, 3);
  wait_until_over (kept);
  ck_assert_int_eq (ph_reply_get_state (kept), PH_REPLY_DONE);
}
END_TEST

static void
drop_engine_cb (PhEngine *engine, GParamSpec *pspec, gpointer data)
{
  PhEngine **owned = data;

  g_clear_object (owned);
}

START_TEST (who_hears_of_a_change_may_drop_the_engine)
{
  PhEngine *owned = open_engine ();
  PhEngine *watched = owned;

  g_object_add_weak_pointer (G_OBJECT (watched), (gpointer *) &watched);
  g_signal_connect (owned, "notify::model-name", G_CALLBACK (drop_engine_cb), &owned);
  ph_engine_load (owned, other_model);
  ph_engine_open_picture (owned, picture_path, NULL, NULL);
  while (watched != NULL)
    turn ();
}
END_TEST

/* --- models --- */

START_TEST (without_a_model_a_question_fails)
{
  g_autoptr (PhEngine) engine = ph_engine_new ();
  g_autoptr (PhReply) reply = ask (engine, 4);

  wait_until_over (reply);
  ck_assert_int_eq (ph_reply_get_state (reply), PH_REPLY_FAILED);
  ck_assert_str_eq (ph_reply_get_error (reply)->message, "no model is open");
  ck_assert_int_eq (ph_engine_get_state (engine), PH_ENGINE_EMPTY);
}
END_TEST

START_TEST (a_load_that_fails_keeps_the_model)
{
  g_autoptr (PhEngine) engine = open_engine ();
  g_autoptr (PhReply) reply = NULL;

  wait_for_load (engine);
  ck_assert_int_eq (ph_engine_get_state (engine), PH_ENGINE_READY);
  ph_engine_load (engine, "/nowhere/model");
  ck_assert_int_eq (ph_engine_get_state (engine), PH_ENGINE_LOADING);
  wait_for_load (engine);

  ck_assert_int_eq (ph_engine_get_state (engine), PH_ENGINE_FAILED);
  ck_assert_ptr_nonnull (strstr (ph_engine_get_problem (engine), "/nowhere/model"));
  ck_assert_str_eq (ph_engine_get_model_name (engine), "model");
  reply = ask (engine, 4);
  wait_until_over (reply);
  ck_assert_int_eq (ph_reply_get_state (reply), PH_REPLY_DONE);
}
END_TEST

START_TEST (of_two_loads_the_last_one_counts)
{
  g_autoptr (PhEngine) engine = open_engine ();

  ph_engine_load (engine, other_model);
  wait_for_load (engine);
  ck_assert_int_eq (ph_engine_get_state (engine), PH_ENGINE_READY);
  ck_assert_str_eq (ph_engine_get_model_name (engine), "other");
}
END_TEST

START_TEST (a_question_is_for_the_model_that_was_asked_for_before)
{
  g_autoptr (PhEngine) engine = open_engine ();
  g_autoptr (PhReply) first = ask (engine, SLOW);
  g_autoptr (PhReply) second = NULL;

  ph_engine_load (engine, other_model);
  second = ask (engine, SLOW);
  wait_until_over (second);
  ck_assert_str_eq (ph_reply_get_text (first), whole_text);
  ck_assert_str_ne (ph_reply_get_text (second), whole_text);
}
END_TEST

/* --- pictures --- */

typedef struct {
  int n;
  int width;
  char *complaint;
} Arrival;

static void
arrived_cb (PhPicture *arrived, const GError *error, gpointer data)
{
  Arrival *self = data;

  ck_assert ((arrived == NULL) == (error != NULL));
  self->n++;
  self->width = arrived != NULL ? arrived->width : 0;
  g_free (self->complaint);
  self->complaint = error != NULL ? g_strdup (error->message) : NULL;
}

START_TEST (pictures_arrive_from_files_and_from_bytes)
{
  g_autoptr (PhEngine) engine = ph_engine_new ();
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GBytes) noise = g_bytes_new_static ("no picture", 10);
  Arrival arrival = { 0 };
  char *contents;
  gsize n_bytes;

  ck_assert (g_file_get_contents (picture_path, &contents, &n_bytes, NULL));
  bytes = g_bytes_new_take (contents, n_bytes);
  ph_engine_open_picture (engine, picture_path, arrived_cb, &arrival);
  while (arrival.n < 1)
    turn ();
  ck_assert_int_eq (arrival.width, picture->width);

  ph_engine_open_picture_bytes (engine, bytes, arrived_cb, &arrival);
  while (arrival.n < 2)
    turn ();
  ck_assert_int_eq (arrival.width, picture->width);

  ph_engine_open_picture_bytes (engine, noise, arrived_cb, &arrival);
  while (arrival.n < 3)
    turn ();
  ck_assert_ptr_nonnull (arrival.complaint);
  g_free (arrival.complaint);
}
END_TEST

START_TEST (no_picture_arrives_after_the_engine_is_gone)
{
  for (int i = 0; i < 10; i++) {
    PhEngine *engine = ph_engine_new ();
    Arrival arrival = { 0 };
    int n;

    for (int k = 0; k < 4; k++)
      ph_engine_open_picture (engine, picture_path, arrived_cb, &arrival);
    run_for (g_random_int_range (0, 8000));
    n = arrival.n;
    drop (engine);
    run_for (2000);
    ck_assert_int_eq (arrival.n, n);
  }
}
END_TEST

/* --- what the tests stand on --- */

static char *
write_model (const json_t *sizes, const char *name, uint64_t seed)
{
  char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;

  if (!ph_fresh_model_write (path, sizes, seed, &error))
    g_error ("%s", error->message);
  return path;
}

/* What the model says when nobody stops it, and how long that takes. */
static void
hear_it_out (void)
{
  g_autoptr (PhEngine) engine = open_engine ();
  g_autoptr (PhReply) reply = NULL;
  gint64 start;

  wait_for_load (engine);
  start = g_get_monotonic_time ();
  reply = ask (engine, SLOW);
  wait_until_over (reply);
  whole_time = g_get_monotonic_time () - start;
  whole_text = g_strdup (ph_reply_get_text (reply));
}

static void
prepare (void)
{
  g_autoptr (PhJson) sizes = ph_json_load (TEST_DATA "/recipes/model.json", NULL);
  PhScene scene;

  g_setenv ("PINHOLE_DECODE", DECODER, FALSE);
  folder = g_dir_make_tmp ("pinhole-XXXXXX", NULL);
  model = write_model (sizes, "model", 1);
  other_model = write_model (sizes, "other", 2);
  picture_path = g_build_filename (folder, "scene.png", NULL);
  ph_scene_draw (&scene, NULL, 7);
  picture = ph_scene_render (&scene, 224);
  ck_assert (ph_picture_save_png (picture, picture_path, NULL));
  hear_it_out ();
}

static void
clean_up (void)
{
  g_autofree char *command = g_strdup_printf ("rm -r '%s'", folder);

  ck_assert_int_eq (system (command), 0);
  g_clear_pointer (&picture, ph_picture_unref);
  g_clear_pointer (&whole_text, g_free);
  g_clear_pointer (&picture_path, g_free);
  g_clear_pointer (&model, g_free);
  g_clear_pointer (&other_model, g_free);
  g_clear_pointer (&folder, g_free);
}

static TCase *
add_case (Suite *suite, const char *name)
{
  TCase *tcase = tcase_create (name);

  tcase_add_unchecked_fixture (tcase, prepare, clean_up);
  suite_add_tcase (suite, tcase);
  return tcase;
}

int
main (void)
{
  Suite *suite = suite_create ("engine");
  TCase *answers = add_case (suite, "answers");
  TCase *stopping = add_case (suite, "stopping");
  TCase *leaving = add_case (suite, "leaving");
  TCase *models = add_case (suite, "models");
  TCase *pictures = add_case (suite, "pictures");
  SRunner *runner = srunner_create (suite);
  int n_failed;

  tcase_add_test (answers, an_answer_streams_and_ends);
  tcase_add_test (answers, a_turn_reopens_without_the_model);
  tcase_add_loop_test (answers, settings_are_read_as_they_were_written, 0,
                       G_N_ELEMENTS (asked_so));
  tcase_add_loop_test (answers, settings_that_are_none_are_those_of_greedy, 0, 4);
  tcase_add_test (answers, a_record_without_a_side_draws_nothing);
  tcase_add_test (answers, a_file_is_decoded_on_the_worker);
  tcase_add_loop_test (answers, what_cannot_be_answered_fails_with_a_reason, 0,
                       G_N_ELEMENTS (unanswerable));
  tcase_add_test (answers, an_instruction_beyond_the_context_is_refused);
  tcase_add_test (answers, a_turn_of_the_main_loop_sees_one_change);
  tcase_add_test (answers, replies_come_in_the_order_of_asking);

  tcase_add_test (stopping, stopping_at_any_moment_keeps_what_was_written);
  tcase_add_test (stopping, a_reply_that_waits_is_over_at_once);
  tcase_add_test (stopping, stopping_twice_or_late_changes_nothing);
  tcase_add_test (stopping, any_thread_may_stop_a_reply);

  tcase_add_test (leaving, dropping_the_engine_ends_every_reply);
  tcase_add_test (leaving, a_reply_nobody_keeps_is_answered_all_the_same);
  tcase_add_test (leaving, who_hears_of_a_change_may_drop_the_engine);

  tcase_add_test (models, without_a_model_a_question_fails);
  tcase_add_test (models, a_load_that_fails_keeps_the_model);
  tcase_add_test (models, of_two_loads_the_last_one_counts);
  tcase_add_test (models, a_question_is_for_the_model_that_was_asked_for_before);

  tcase_add_test (pictures, pictures_arrive_from_files_and_from_bytes);
  tcase_add_test (pictures, no_picture_arrives_after_the_engine_is_gone);

  srunner_run_all (runner, CK_NORMAL);
  n_failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  return n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

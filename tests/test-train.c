/* Training as a whole: the same bytes whether or not it was interrupted, and however
 * many threads it had.  tests/data/recipes has a recipe for every objective, on a model
 * small enough for a test. */
#include "core/train/evaluate.h"
#include "core/train/fresh.h"
#include "core/train/trainer.h"

#include <check.h>
#include <glib/gstdio.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const objectives[] = { "vision", "language", "queries", "instruct" };

static char *
make_folder (void)
{
  return g_dir_make_tmp ("pinhole-train-XXXXXX", NULL);
}

static void
remove_folder (char *folder)
{
  const char *argv[] = { "rm", "-r", folder, NULL };

  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL,
                NULL, NULL);
  g_free (folder);
}

static char *
recipe_path (const char *objective)
{
  return g_strdup_printf ("%s/recipes/%s.json", TEST_DATA, objective);
}

typedef struct {
  size_t stop_at;
  atomic_bool stop;
} Stopping;

static void
stop_cb (const PhProgress *progress, void *data)
{
  Stopping *self = data;

  ck_assert (isfinite (progress->loss));
  if (progress->step >= self->stop_at)
    atomic_store (&self->stop, true);
}

/* Runs @objective in @folder, stopping once soon after step @stop_at, then to the end. */
static void
train (const char *objective, const char *folder, int n_threads, size_t stop_at)
{
  g_autofree char *path = recipe_path (objective);
  Stopping stopping = { .stop_at = stop_at > 0 ? stop_at : SIZE_MAX };
  bool done = false;

  while (!done) {
    g_autoptr (GError) error = NULL;
    g_autoptr (PhTrainer) trainer = ph_trainer_open (path, folder, n_threads, &error);

    ck_assert_msg (trainer != NULL, "%s", error != NULL ? error->message : "");
    done = ph_trainer_run (trainer, &stopping.stop, stop_cb, &stopping, &error);
    if (!done)
      ck_assert_msg (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED), "%s",
                     error->message);
    stopping.stop_at = SIZE_MAX;
    atomic_store (&stopping.stop, false);
  }
}

static void
assert_same_file (const char *a, const char *b, const char *name)
{
  g_autofree char *path_a = g_build_filename (a, name, NULL);
  g_autofree char *path_b = g_build_filename (b, name, NULL);
  g_autofree char *bytes_a = NULL, *bytes_b = NULL;
  gsize n_a, n_b;

  ck_assert (g_file_get_contents (path_a, &bytes_a, &n_a, NULL));
  ck_assert (g_file_get_contents (path_b, &bytes_b, &n_b, NULL));
  ck_assert_msg (n_a == n_b && memcmp (bytes_a, bytes_b, n_a) == 0, "%s differs", name);
}

static void
assert_same_run (const char *a, const char *b)
{
  assert_same_file (a, b, "model.safetensors");
  assert_same_file (a, b, "log.csv");
  assert_same_file (a, b, "held-out.csv");
}

START_TEST (a_resumed_run_ends_in_the_same_bytes)
{
  char *whole = make_folder (), *resumed = make_folder ();

  train (objectives[_i], whole, 1, 0);
  train (objectives[_i], resumed, 2, 20);
  assert_same_run (whole, resumed);
  remove_folder (whole);
  remove_folder (resumed);
}
END_TEST

/* Killed without a warning after a while that grows, until one run comes through. */
START_TEST (a_killed_run_goes_on_from_its_checkpoint)
{
  char *whole = make_folder (), *killed = make_folder ();
  int n_kills = 0, status = -1;

  train ("language", whole, 1, 0);
  for (guint wait = 20; status != 0; wait += 35) {
    pid_t child = fork ();

    if (child == 0) {
      train ("language", killed, 1, 0);
      _exit (0);
    }
    g_usleep (wait * 1000);
    n_kills += kill (child, SIGKILL) == 0;
    waitpid (child, &status, 0);
  }
  ck_assert_int_gt (n_kills, 2);
  assert_same_run (whole, killed);
  remove_folder (whole);
  remove_folder (killed);
}
END_TEST

/* Means of a column of log.csv over its first and its last row. */
static double
loss_at (const char *folder, bool last)
{
  g_autofree char *path = g_build_filename (folder, "log.csv", NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  guint line;

  ck_assert (g_file_get_contents (path, &text, NULL, NULL));
  lines = g_strsplit (g_strstrip (text), "\n", -1);
  line = last ? g_strv_length (lines) - 1 : 1;
  return g_ascii_strtod (strchr (strchr (lines[line], ',') + 1, ',') + 1, NULL);
}

START_TEST (the_loss_falls)
{
  char *folder = make_folder ();

  train (objectives[_i], folder, 2, 0);
  ck_assert_double_lt (loss_at (folder, true), loss_at (folder, false));
  remove_folder (folder);
}
END_TEST

START_TEST (broken_recipes_are_refused_with_a_reason)
{
  static const struct {
    const char *recipe, *complaint;
  } broken[] = {
    { "{}", "objective" },
    { "{\"objective\": \"vision\", \"model\": \"model.json\", \"seed\": 1, \"steps\": 0, "
      "\"pictures\": 1, \"rate\": 1}",
      "steps is 0" },
    { "{\"objective\": \"vision\", \"model\": \"model.json\", \"seed\": 1, \"steps\": "
      "30, \"pictures\": 1, \"rate\": 1}",
      "multiple of 20" },
    { "{\"objective\": \"dance\", \"model\": \"model.json\", \"seed\": 1, \"steps\": 20, "
      "\"pictures\": 1, \"rate\": 1}",
      "\"dance\"" },
    { "{\"objective\": \"vision\", \"model\": \"none.json\", \"seed\": 1, \"steps\": 20, "
      "\"pictures\": 1, \"rate\": 1}",
      "none.json" },
    { "{\"objective\": \"language\", \"model\": \"model.json\", \"seed\": 1, \"steps\": "
      "20, \"pictures\": 1, \"rate\": 1, \"options\": {\"families\": {\"smell\": 1}}}",
      "family" },
    { "{\"objective\": \"vision\", \"model\": \"model.json\", \"seed\": 1, \"steps\": "
      "20, \"pictures\": 1, \"rate\": 1, \"start\": [{\"from\": \"nowhere\", \"part\": "
      "\"\"}]}",
      "nowhere" },
  };
  char *folder = make_folder ();
  g_autofree char *recipe = g_build_filename (folder, "recipe.json", NULL);
  g_autofree char *model = g_build_filename (folder, "model.json", NULL);
  g_autofree char *run = g_build_filename (folder, "run", NULL);
  g_autofree char *source = g_strdup_printf ("%s/recipes/model.json", TEST_DATA);
  g_autofree char *sizes = NULL;
  gsize n;

  ck_assert (g_file_get_contents (source, &sizes, &n, NULL));
  ck_assert (g_file_set_contents (model, sizes, (gssize) n, NULL));
  for (size_t i = 0; i < G_N_ELEMENTS (broken); i++) {
    g_autoptr (GError) error = NULL;

    ck_assert (g_file_set_contents (recipe, broken[i].recipe, -1, NULL));
    ck_assert_ptr_null (ph_trainer_open (recipe, run, 1, &error));
    ck_assert_msg (strstr (error->message, broken[i].complaint) != NULL, "%s",
                   error->message);
    ck_assert_ptr_null (strchr (error->message, '\n'));
  }
  remove_folder (folder);
}
END_TEST

/* --- evaluation --- */

START_TEST (a_description_is_true_only_if_every_word_is)
{
  static const struct {
    const char *text;
    bool is_true, complete;
  } cases[] = {
    { "a red star, a blue fish and a red star", true, true },
    { "a red star and a blue fish", true, false },
    { "a large red star at the top left", true, false },
    { "a small red star at the top left", false, false },
    { "a red star, a red star and a red star", false, false },
    { "a green fish", false, false },
    { "", false, false },
    { "a large red star at the top left, a small blue fish at the center and a medium "
      "red star at the bottom right",
      true, true },
  };
  PhScene scene = { .n_things = 3 };

  scene.things[0] = (PhThing){ .kind = PH_KIND_STAR,
                               .color = PH_COLOR_RED,
                               .size = PH_SIZE_LARGE,
                               .x = 20,
                               .y = 20,
                               .digit = -1 };
  scene.things[1] = (PhThing){ .kind = PH_KIND_FISH,
                               .color = PH_COLOR_BLUE,
                               .size = PH_SIZE_SMALL,
                               .x = 56,
                               .y = 56,
                               .digit = -1 };
  scene.things[2] = (PhThing){ .kind = PH_KIND_STAR,
                               .color = PH_COLOR_RED,
                               .size = PH_SIZE_MEDIUM,
                               .x = 95,
                               .y = 95,
                               .digit = -1 };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    bool complete = false;
    bool is_true = ph_description_is_true (cases[i].text, &scene, &complete);

    ck_assert_msg (is_true == cases[i].is_true, "%s", cases[i].text);
    ck_assert_msg (!is_true || complete == cases[i].complete, "%s", cases[i].text);
  }
}
END_TEST

START_TEST (an_untrained_model_scores_no_better_than_the_majority)
{
  char *folder = make_folder ();
  g_autofree char *path = g_strdup_printf ("%s/recipes/model.json", TEST_DATA);
  g_autoptr (PhJson) sizes = ph_json_load (path, NULL);
  g_autoptr (PhModel) model = NULL;
  g_auto (PhEvaluation) evaluation = { 0 };
  PhEvaluationOptions options = PH_EVALUATION_STANDARD;
  PhContext context = { .arena = ph_arena_new () };
  PhPass pass = { .context = &context };
  size_t n_right = 0, n_majority = 0;

  ck_assert (ph_fresh_model_write (folder, sizes, 3, NULL));
  model = ph_model_open (folder, NULL);
  ck_assert_ptr_nonnull (model);
  options.n_questions = 300;
  options.n_each = 5;
  ck_assert (ph_evaluate (model, &pass, &options, NULL, NULL, &evaluation, NULL));
  ck_assert_uint_ge (evaluation.n_questions, 300);
  for (guint i = 0; i < evaluation.families->len; i++) {
    const PhFamilyScore *score = &g_array_index (evaluation.families, PhFamilyScore, i);

    ck_assert_uint_ge (score->n, 5);
    ck_assert_uint_le (score->n_right, score->n);
    n_right += score->n_right;
    n_majority += score->n_majority;
  }
  ck_assert_uint_lt (n_right, n_majority);
  ph_arena_free (context.arena);
  remove_folder (folder);
}
END_TEST

int
main (void)
{
  Suite *suite = suite_create ("train");
  TCase *all = tcase_create ("all");
  SRunner *runner = srunner_create (suite);
  int n_failed;

  tcase_set_timeout (all, 0);
  tcase_add_loop_test (all, a_resumed_run_ends_in_the_same_bytes, 0,
                       G_N_ELEMENTS (objectives));
  tcase_add_test (all, a_killed_run_goes_on_from_its_checkpoint);
  tcase_add_loop_test (all, the_loss_falls, 0, G_N_ELEMENTS (objectives));
  tcase_add_test (all, broken_recipes_are_refused_with_a_reason);
  tcase_add_test (all, a_description_is_true_only_if_every_word_is);
  tcase_add_test (all, an_untrained_model_scores_no_better_than_the_majority);
  suite_add_tcase (suite, all);

  srunner_run_all (runner, CK_NORMAL);
  n_failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  return n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

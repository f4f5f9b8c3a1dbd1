/* What a model is and needs, and whether it fits, before it is read. */

#include "core/base/error.h"
#include "core/base/memory.h"
#include "core/engine/catalogue.h"
#include "core/engine/engine.h"
#include "core/engine/preflight.h"
#include "core/engine/runner.h"
#include "core/scenes/render.h"
#include "tests/files.h"

#include <check.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECKPOINTS TEST_DATA "/checkpoints/"
#define SCENES PROJECT_ROOT "/resources/models/scenes"

#define NONE PH_MEMORY_UNLIMITED
#define MB ((uint64_t) 1000000)

/* --- a machine made of files --- */

static char *root; /* what takes the place of "/" */

static void
put (const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (root, name, NULL);
  g_autofree char *folder = g_path_get_dirname (path);

  g_mkdir_with_parents (folder, 0700);
  ck_assert (g_file_set_contents (path, text, -1, NULL));
}

static void
make_root (void)
{
  root = g_dir_make_tmp ("pinhole-inspect-XXXXXX", NULL);
}

static void
drop_root (void)
{
  g_unsetenv ("PINHOLE_SYSTEM_ROOT");
  remove_tree (root);
  g_clear_pointer (&root, g_free);
}

/* What the kernel says to a machine with @n_bytes left. */
static void
leave (uint64_t n_bytes)
{
  g_autofree char *text = g_strdup_printf (
      "MemTotal: 99 kB\nMemAvailable:   %" G_GUINT64_FORMAT " kB\n", n_bytes / 1024);

  put ("proc/meminfo", text);
  g_setenv ("PINHOLE_SYSTEM_ROOT", root, TRUE);
}

typedef struct {
  const char *files[12]; /* names and contents by turns; NULL at the end */
  PhMemory memory;
} Machine;

#define V2 "sys/fs/cgroup/"
#define V1 "sys/fs/cgroup/memory/"

static const Machine machines[] = {
  { { NULL }, { NONE, NONE, NONE } },
  { { "proc/meminfo", "MemTotal: 9 kB\nMemAvailable: 3 kB\n" }, { 3072, NONE, NONE } },
  { { "proc/meminfo", "MemAvailable: lots\n" }, { NONE, NONE, NONE } },
  { { "proc/meminfo", "MemAvailable: 99999999999999999999999 kB\n" },
    { NONE, NONE, NONE } },
  { { "proc/meminfo", "MemAvailable: 18446744073709551615 kB\n" }, { NONE, NONE, NONE } },
  /* Pages of files count as free. */
  { { "proc/self/cgroup", "0::/a\n", V2 "a/memory.max", "1000\n", V2 "a/memory.current",
      "700\n", V2 "a/memory.stat", "anon 9\ninactive_file 200\nactive_file 100\n" },
    { NONE, 600, NONE } },
  { { "proc/self/cgroup", "0::/a\n", V2 "a/memory.max", "max\n", V2 "a/memory.high",
      "500\n", V2 "a/memory.current", "100\n" },
    { NONE, 400, NONE } },
  /* A group above it is tighter. */
  { { "proc/self/cgroup", "0::/a/b\n", V2 "a/b/memory.max", "max\n", V2 "a/memory.max",
      "300\n", V2 "a/memory.current", "100\n" },
    { NONE, 200, NONE } },
  { { "proc/self/cgroup", "0::/a\n", V2 "a/memory.max", "100\n", V2 "a/memory.current",
      "900\n" },
    { NONE, 0, NONE } },
  /* More pages of files than are in use, as counters that lag may say. */
  { { "proc/self/cgroup", "0::/a\n", V2 "a/memory.max", "100\n", V2 "a/memory.current",
      "40\n", V2 "a/memory.stat", "inactive_file 60\n" },
    { NONE, 100, NONE } },
  { { "proc/self/cgroup", "4:cpu,memory:/a\n0::/\n", V1 "a/memory.limit_in_bytes",
      "1000\n", V1 "a/memory.usage_in_bytes", "500\n", V1 "a/memory.stat",
      "inactive_file 1\ntotal_inactive_file 100\ntotal_active_file 50\n" },
    { NONE, 650, NONE } },
  { { "proc/self/cgroup", "4:memory:/a\n", V1 "a/memory.limit_in_bytes",
      "9223372036854771712\n", V1 "a/memory.usage_in_bytes", "500\n" },
    { NONE, NONE, NONE } },
  /* In a container the path is that of the machine outside. */
  { { "proc/self/cgroup", "4:memory:/docker/x\n", V1 "memory.limit_in_bytes", "800\n",
      V1 "memory.usage_in_bytes", "300\n" },
    { NONE, 500, NONE } },
  { { "proc/self/cgroup", "::\n4:memory\n\n0:\n7:cpuset:/\n" }, { NONE, NONE, NONE } },
  { { "proc/self/limits",
      "Limit   Soft\nMax data size   unlimited\nMax address space   5000  9 bytes\n",
      "proc/self/status", "VmSize:\t 2 kB\nVmData:\t 1 kB\n" },
    { NONE, NONE, 5000 - 2048 } },
  { { "proc/self/limits", "Max data size 4000\nMax address space 5000\n",
      "proc/self/status", "VmSize: 2 kB\nVmData: 1 kB\n" },
    { NONE, NONE, 5000 - 2048 } },
};

START_TEST (what_is_left_is_read_from_every_limit)
{
  const Machine *machine = &machines[_i];
  PhMemory memory;

  for (size_t i = 0; machine->files[i] != NULL; i += 2)
    put (machine->files[i], machine->files[i + 1]);
  memory = ph_memory_look (root);
  ck_assert_uint_eq (memory.machine, machine->memory.machine);
  ck_assert_uint_eq (memory.group, machine->memory.group);
  ck_assert_uint_eq (memory.process, machine->memory.process);
}
END_TEST

static const struct {
  uint64_t n;
  const char *text;
} amounts[] = {
  { 0, "0 kB" },           { 12345, "12 kB" },       { 999499, "999 kB" },
  { 999500, "1.0 MB" },    { 6282448, "6.3 MB" },    { 9949999, "9.9 MB" },
  { 9950000, "10 MB" },    { 811900000, "812 MB" },  { 999499999, "999 MB" },
  { 999500000, "1.0 GB" }, { 7489684032, "7.5 GB" },
};

START_TEST (bytes_are_called_by_powers_of_ten)
{
  g_autofree char *text = ph_bytes_text (amounts[_i].n);

  ck_assert_str_eq (text, amounts[_i].text);
}
END_TEST

/* --- facts --- */

typedef struct {
  const char *name, *family, *language_model;
  const char *parts[PH_MODEL_MAX_PARTS];
  bool answers, compares;
} Known;

static const Known known[] = {
  { "blip2-opt",
    "BLIP-2",
    "opt",
    { "vision transformer", "Q-Former", "projection", "language model" },
    true,
    false },
  { "instructblip-vicuna",
    "InstructBLIP",
    "llama",
    { "vision transformer", "Q-Former", "projection", "language model" },
    true,
    false },
  { "blip2-itm",
    "BLIP-2 retrieval",
    NULL,
    { "vision transformer", "Q-Former", "heads" },
    false,
    true },
  { "blip-vqa",
    "BLIP answers",
    "blip",
    { "vision transformer", "text encoder", "text decoder" },
    true,
    false },
};

START_TEST (a_model_is_known_by_its_parts)
{
  const Known *wanted = &known[_i];
  g_autofree char *folder = g_strconcat (CHECKPOINTS, wanted->name, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (PhModelFacts) model = ph_model_facts_read (folder, &error);
  size_t n_parameters = 0;

  ck_assert_msg (model != NULL, "%s", error != NULL ? error->message : "");
  ck_assert_str_eq (model->info.family, wanted->family);
  ck_assert_pstr_eq (model->info.language_model, wanted->language_model);
  ck_assert (model->answers == wanted->answers && model->compares == wanted->compares);
  for (size_t i = 0; i < model->info.n_parts; i++) {
    ck_assert_pstr_eq (model->info.parts[i].name, wanted->parts[i]);
    n_parameters += model->info.parts[i].n_parameters;
  }
  ck_assert_uint_ge (n_parameters, model->info.n_parameters);
  ck_assert_uint_gt (model->files->len, 0);
}
END_TEST

/* Bytes of this process that are no pages of files. */
static uint64_t
count_own (void)
{
  g_autofree char *text = NULL;
  const char *line;

  ck_assert (g_file_get_contents ("/proc/self/status", &text, NULL, NULL));
  line = strstr (text, "RssAnon:");
  ck_assert_ptr_nonnull (line);
  return 1024 * g_ascii_strtoull (line + strlen ("RssAnon:"), NULL, 10);
}

static void
text_cb (void *data, const char *text, int n_tokens)
{
  uint64_t *most = data;

  *most = MAX (*most, count_own ());
}

static PhPicture *
draw (void)
{
  PhScene scene;

  ph_scene_draw (&scene, NULL, 7);
  return ph_scene_render (&scene, 224);
}

/* Memory of sanitizers is not the model's. */
START_TEST (the_estimate_is_what_a_question_takes)
{
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  uint64_t before = count_own (), most = 0;
  g_auto (PhRunner) runner = { 0 };
  g_auto (PhAnswer) answer = { 0 };
  g_autoptr (PhModelFacts) model = NULL;
  g_autoptr (PhPicture) picture = draw ();
  PhQuestionAsked asked = { .picture = picture,
                            .prompt = "Describe the picture.",
                            .sampling = PH_SAMPLING_GREEDY,
                            .text = text_cb,
                            .data = &most };
  PhPass pass = { .context = &runner.context };

  ph_runner_init (&runner);
  ck_assert (ph_runner_open_model (&runner, SCENES, NULL));
  model = ph_model_facts_new (runner.model);
  ck_assert (ph_model_ask (runner.model, &pass, &asked, &answer, NULL));
  printf ("estimated %.1f MB, taken %.1f MB\n", (double) model->need.hard / 1e6,
          (double) (most - before) / 1e6);
  ck_assert_uint_le (most - before, model->need.hard / 10 * 11);
  ck_assert_uint_le (model->need.hard, 3 * (most - before));
#endif
}
END_TEST

/* --- before a load --- */

typedef struct {
  PhMemory memory;
  const char *complaint; /* NULL: it fits */
} Judged;

static const Judged judged[] = {
  { { NONE, NONE, NONE }, NULL },
  { { MB, NONE, NONE }, "needs 5.9 MB of memory and 1.0 MB are free: close other" },
  { { 99 * MB, 2 * MB, NONE }, "2.0 MB are free in its control group: raise" },
  { { 99 * MB, 99 * MB, 3 * MB }, "3.0 MB are free to this process: raise ulimit" },
  { { 6 * MB, NONE, NONE }, "6.0 MB are free" }, /* more than nine tenths */
  { { 7 * MB, NONE, NONE }, NULL },
};

START_TEST (what_does_not_fit_is_refused_with_both_numbers)
{
  g_autoptr (PhModelFacts) model = ph_model_facts_read (SCENES, NULL);
  g_autoptr (GError) error = NULL;
  const char *complaint = judged[_i].complaint;

  /* The threads of this machine are part of the need. */
  model->need.hard = 5900000;
  ck_assert (ph_preflight_check (model, &judged[_i].memory, &error) ==
             (complaint == NULL));
  if (complaint == NULL)
    return;
  ck_assert (g_error_matches (error, PH_ERROR, PH_ERROR_MEMORY));
  ck_assert_msg (strstr (error->message, complaint) != NULL, "%s", error->message);
}
END_TEST

static void
wait_until_over (PhLoad *load)
{
  while (!ph_load_is_over (load))
    g_main_context_iteration (NULL, TRUE);
}

static PhLoad *
load (PhEngine *engine, const char *folder, PhLoadHow how)
{
  PhLoad *self = ph_engine_begin_load (engine, folder, how);

  wait_until_over (self);
  return self;
}

START_TEST (a_load_tells_how_much_was_read)
{
  g_autoptr (PhEngine) engine = ph_engine_new ();
  g_autoptr (PhLoad) done = load (engine, SCENES, PH_LOAD_UNLESS_SLOW);

  ck_assert_int_eq (ph_load_get_state (done), PH_LOAD_DONE);
  ck_assert_uint_gt (ph_load_get_n_bytes (done), 6 * MB);
  ck_assert_uint_eq (ph_load_get_n_done (done), ph_load_get_n_bytes (done));
  ck_assert_ptr_null (ph_load_get_warning (done));
  ck_assert_str_eq (ph_engine_get_model (engine)->info.family, "InstructBLIP");
}
END_TEST

START_TEST (a_model_that_is_refused_leaves_the_one_before)
{
  g_autoptr (PhEngine) engine = ph_engine_new ();
  g_autoptr (PhLoad) first = load (engine, CHECKPOINTS "blip2-opt", PH_LOAD_UNLESS_SLOW);
  g_autoptr (PhLoad) second = NULL;

  leave (1 * MB);
  second = load (engine, SCENES, PH_LOAD_EVEN_IF_SLOW);
  ck_assert_int_eq (ph_load_get_state (second), PH_LOAD_FAILED);
  ck_assert_ptr_nonnull (strstr (ph_load_get_error (second)->message, "are free"));
  ck_assert_str_eq (ph_engine_get_problem (engine), ph_load_get_error (second)->message);
  ck_assert_str_eq (ph_engine_get_model_name (engine), "blip2-opt");
}
END_TEST

START_TEST (a_model_that_would_be_slow_is_asked_about)
{
  g_autoptr (PhEngine) engine = ph_engine_new ();
  g_autoptr (PhModelFacts) model = ph_model_facts_read (SCENES, NULL);
  g_autoptr (PhLoad) asked = NULL, taken = NULL;

  leave (model->need.hard + model->need.soft / 2 + MB);
  asked = load (engine, SCENES, PH_LOAD_UNLESS_SLOW);
  ck_assert_int_eq (ph_load_get_state (asked), PH_LOAD_SLOW);
  ck_assert_ptr_nonnull (strstr (ph_load_get_warning (asked), "to be fast; "));
  ck_assert_ptr_null (ph_engine_get_model (engine));

  taken = load (engine, SCENES, PH_LOAD_EVEN_IF_SLOW);
  ck_assert_int_eq (ph_load_get_state (taken), PH_LOAD_DONE);
  ck_assert_uint_eq (ph_load_get_n_done (taken), 0);
  ck_assert_str_eq (ph_load_get_warning (taken), ph_load_get_warning (asked));
}
END_TEST

START_TEST (a_load_that_is_stopped_leaves_the_one_before)
{
  g_autoptr (PhEngine) engine = ph_engine_new ();
  bool is_stopped = false;

  /* Where this thread is held up, so small a model is there before it is stopped. */
  for (int i = 0; i < 20 && !is_stopped; i++) {
    g_autoptr (PhLoad) first =
        load (engine, CHECKPOINTS "blip2-opt", PH_LOAD_UNLESS_SLOW);
    g_autoptr (PhLoad) second =
        ph_engine_begin_load (engine, SCENES, PH_LOAD_UNLESS_SLOW);
    gint64 began = g_get_monotonic_time ();

    ph_load_cancel (second);
    wait_until_over (second);
    printf ("stopped in %.1f ms\n", (double) (g_get_monotonic_time () - began) / 1e3);
    is_stopped = ph_load_get_state (second) == PH_LOAD_CANCELLED;
  }

  ck_assert (is_stopped);
  while (ph_engine_get_state (engine) == PH_ENGINE_LOADING)
    g_main_context_iteration (NULL, TRUE);
  ck_assert_str_eq (ph_engine_get_model_name (engine), "blip2-opt");
  ck_assert_ptr_null (ph_engine_get_problem (engine));
}
END_TEST

typedef struct {
  PhRunner *runner;
  atomic_bool stop;
  bool was_alone;
} Watched;

static bool
opened_cb (void *data, const PhModelFacts *model, const char *warning)
{
  return true;
}

static void
stop_cb (size_t n_done, size_t n_bytes, gpointer data)
{
  Watched *self = data;

  self->was_alone = self->runner->model == NULL;
  atomic_store (&self->stop, true);
}

START_TEST (two_that_do_not_fit_are_never_there_together)
{
  g_auto (PhRunner) runner = { 0 };
  g_autoptr (PhModelFacts) model = ph_model_facts_read (SCENES, NULL);
  g_autoptr (GError) error = NULL;
  Watched watched = { .runner = &runner };
  const PhOpening opening = { .folder = SCENES,
                              .stop = &watched.stop,
                              .opened = opened_cb,
                              .progress = stop_cb,
                              .data = &watched };

  ph_runner_init (&runner);
  ck_assert (ph_runner_open_model (&runner, CHECKPOINTS "blip2-opt", NULL));
  leave (model->need.hard + model->need.soft + 100000);
  ck_assert (!ph_runner_load_model (&runner, &opening, &error));
  ck_assert (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED));
  ck_assert (watched.was_alone);
  ck_assert_str_eq (ph_model_get_info (runner.model)->name, "blip2-opt");
}
END_TEST

START_TEST (a_model_can_be_closed)
{
  g_autoptr (PhEngine) engine = ph_engine_new ();
  g_autoptr (PhLoad) done = load (engine, CHECKPOINTS "blip2-opt", PH_LOAD_UNLESS_SLOW);

  ph_engine_unload (engine);
  while (ph_engine_get_state (engine) == PH_ENGINE_LOADING)
    g_main_context_iteration (NULL, TRUE);
  ck_assert_int_eq (ph_engine_get_state (engine), PH_ENGINE_EMPTY);
  ck_assert_ptr_null (ph_engine_get_model_name (engine));
}
END_TEST

START_TEST (a_load_ends_with_its_engine)
{
  PhEngine *engine = ph_engine_new ();
  g_autoptr (PhLoad) left = ph_engine_begin_load (engine, SCENES, PH_LOAD_UNLESS_SLOW);

  g_object_unref (engine);
  wait_until_over (left);
  ck_assert_int_eq (ph_load_get_state (left), PH_LOAD_CANCELLED);
}
END_TEST

/* --- the catalogue --- */

static void
catalogue_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GPtrArray **) data = ph_catalogue_read_finish (result, NULL);
}

START_TEST (the_catalogue_has_each_folder_once)
{
  g_autoptr (GPtrArray) entries = NULL;
  const PhCatalogueEntry *entry;

  g_setenv ("PINHOLE_MODEL", SCENES, TRUE);
  ph_catalogue_remember (SCENES);
  ph_catalogue_remember (CHECKPOINTS "blip2-opt");
  ph_catalogue_remember (CHECKPOINTS "blip2-itm");
  ph_catalogue_remember (CHECKPOINTS "blip2-opt");
  ph_catalogue_remember (CHECKPOINTS "gone");
  ph_catalogue_read_async (NULL, catalogue_cb, &entries);
  while (entries == NULL)
    g_main_context_iteration (NULL, TRUE);

  ck_assert_uint_eq (entries->len, 3);
  entry = entries->pdata[0];
  ck_assert_int_eq (entry->kind, PH_CATALOGUE_BUILTIN);
  entry = entries->pdata[1];
  ck_assert_int_eq (entry->kind, PH_CATALOGUE_RECENT);
  ck_assert_str_eq (entry->name, "blip2-opt");
  ck_assert_str_eq (entry->model->info.family, "BLIP-2");
  entry = entries->pdata[2];
  ck_assert_str_eq (entry->name, "blip2-itm");
}
END_TEST

static Suite *
make_suite (void)
{
  Suite *suite = suite_create ("inspect");
  TCase *all = tcase_create ("all");

  tcase_add_checked_fixture (all, make_root, drop_root);
  tcase_add_loop_test (all, what_is_left_is_read_from_every_limit, 0,
                       G_N_ELEMENTS (machines));
  tcase_add_loop_test (all, bytes_are_called_by_powers_of_ten, 0, G_N_ELEMENTS (amounts));
  tcase_add_test (all, the_estimate_is_what_a_question_takes);
  tcase_add_loop_test (all, a_model_is_known_by_its_parts, 0, G_N_ELEMENTS (known));
  tcase_add_loop_test (all, what_does_not_fit_is_refused_with_both_numbers, 0,
                       G_N_ELEMENTS (judged));
  tcase_add_test (all, a_load_tells_how_much_was_read);
  tcase_add_test (all, a_model_that_is_refused_leaves_the_one_before);
  tcase_add_test (all, a_model_that_would_be_slow_is_asked_about);
  tcase_add_test (all, a_load_that_is_stopped_leaves_the_one_before);
  tcase_add_test (all, two_that_do_not_fit_are_never_there_together);
  tcase_add_test (all, a_model_can_be_closed);
  tcase_add_test (all, a_load_ends_with_its_engine);
  tcase_add_test (all, the_catalogue_has_each_folder_once);
  suite_add_tcase (suite, all);
  return suite;
}

int
main (void)
{
  g_autofree char *data = g_dir_make_tmp ("pinhole-data-XXXXXX", NULL);
  SRunner *runner;
  int n_failed;

  g_setenv ("XDG_DATA_HOME", data, TRUE);
  runner = srunner_create (make_suite ());
  srunner_run_all (runner, CK_NORMAL);
  n_failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  remove_tree (data);
  return n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

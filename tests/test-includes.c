/* Folders are layers: reads every #include of the tree and refuses arrows that point up.
 *
 * The linker keeps the direction of calls; this keeps the direction of headers, which
 * no linker sees: a struct, a macro or an inline function of a layer above. */

#include <check.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define MAX_BELOW 12

/* A folder and the folders whose headers it may include besides its own, bottom first. */
typedef struct {
  const char *folder;
  const char *below[MAX_BELOW];
} Layer;

static const Layer layers[] = {
  { "core/tensor", { NULL } },
  { "core/base", { "core/tensor" } },
  { "core/scenes", { "core/tensor", "core/base" } },
  { "core/formats", { "core/tensor", "core/base" } },
  { "core/history", { "core/base", "core/formats" } },
  { "core/text", { "core/base", "core/formats" } },
  { "core/vision", { "core/tensor", "core/base", "core/formats" } },
  { "core/lm", { "core/tensor", "core/base", "core/formats", "core/text" } },
  { "core/models",
    { "core/tensor", "core/base", "core/formats", "core/text", "core/vision",
      "core/lm" } },
  { "core/train",
    { "core/tensor", "core/base", "core/scenes", "core/formats", "core/text",
      "core/vision", "core/lm", "core/models" } },
  { "core/engine",
    { "core/tensor", "core/base", "core/history", "core/formats", "core/text",
      "core/vision", "core/lm", "core/models" } },
  { "ui", { "core/base", "core/scenes", "core/history", "core/engine" } },
  { "app", { "core", "ui" } },
};

/* Libraries that a folder must do without, by how their headers begin. */
static const struct {
  const char *folder;
  const char *header;
} strangers[] = {
  { "core/tensor", "glib" }, { "core/tensor", "gio" }, { "core", "gtk" },
  { "core", "adwaita" },     { "core", "gdk" },        { "app/cli", "gtk" },
  { "app/cli", "adwaita" },  { "app/cli", "gdk" },
};

static bool
is_inside (const char *path, const char *folder)
{
  size_t length = strlen (folder);

  return strncmp (path, folder, length) == 0 && path[length] == '/';
}

static const Layer *
layer_of (const char *path)
{
  for (size_t i = 0; i < G_N_ELEMENTS (layers); i++)
    if (is_inside (path, layers[i].folder))
      return &layers[i];
  return NULL;
}

static bool
may_include_ours (const char *file, const char *header)
{
  const Layer *layer = layer_of (file);

  if (layer == NULL || is_inside (header, layer->folder))
    return layer != NULL;
  for (size_t i = 0; layer->below[i] != NULL; i++)
    if (is_inside (header, layer->below[i]))
      return true;
  return false;
}

static bool
may_include_library (const char *file, const char *header)
{
  for (size_t i = 0; i < G_N_ELEMENTS (strangers); i++)
    if (is_inside (file, strangers[i].folder) &&
        g_str_has_prefix (header, strangers[i].header))
      return false;
  return true;
}

/* Judges one line of @file; returns the header it must not include, or NULL. */
static char *
forbidden_header (const char *file, const char *line)
{
  g_autoptr (GRegex) include =
      g_regex_new ("^\\s*#\\s*include\\s*([<\"])([^>\"]+)", 0, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;
  g_autofree char *bracket = NULL, *header = NULL;
  bool allowed;

  if (!g_regex_match (include, line, 0, &match))
    return NULL;
  bracket = g_match_info_fetch (match, 1);
  header = g_match_info_fetch (match, 2);
  allowed = *bracket == '"' ? may_include_ours (file, header)
                            : may_include_library (file, header);
  return allowed ? NULL : g_steal_pointer (&header);
}

typedef struct {
  const char *root;
  GString *complaints;
  int n_files;
} Walk;

static void
read_file (Walk *walk, const char *file)
{
  g_autofree char *path = g_build_filename (walk->root, file, NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  ck_assert_msg (g_file_get_contents (path, &text, NULL, NULL), "%s cannot be read",
                 path);
  lines = g_strsplit (text, "\n", -1);
  for (int i = 0; lines[i] != NULL; i++) {
    g_autofree char *header = forbidden_header (file, lines[i]);

    if (header != NULL)
      g_string_append_printf (walk->complaints, "\n%s:%d must not include %s", file,
                              i + 1, header);
  }
  walk->n_files++;
}

static void
read_folder (Walk *walk, const char *folder)
{
  g_autofree char *path = g_build_filename (walk->root, folder, NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *file = g_build_filename (folder, name, NULL);
    g_autofree char *full = g_build_filename (walk->root, file, NULL);

    if (g_file_test (full, G_FILE_TEST_IS_DIR))
      read_folder (walk, file);
    else if (g_str_has_suffix (name, ".c") || g_str_has_suffix (name, ".h"))
      read_file (walk, file);
  }
}

static Walk
walk_tree (const char *root)
{
  Walk walk = { root, g_string_new (NULL), 0 };

  read_folder (&walk, "core");
  read_folder (&walk, "ui");
  read_folder (&walk, "app");
  return walk;
}

START_TEST (no_include_of_the_tree_points_up)
{
  Walk walk = walk_tree (PROJECT_ROOT);
  g_autofree char *complaints = g_string_free (walk.complaints, FALSE);

  ck_assert_msg (*complaints == '\0', "%s", complaints);
  ck_assert_int_gt (walk.n_files, 30);
}
END_TEST

static const struct {
  const char *file, *line, *header;
} planted[] = {
  { "core/tensor/a.c", "#include \"core/base/error.h\"", "core/base/error.h" },
  { "core/tensor/kernels/a.c", "#include <glib.h>", "glib.h" },
  { "core/base/a.h", "  #  include \"core/lm/lm.h\"", "core/lm/lm.h" },
  { "core/scenes/a.c", "#include \"core/history/history.h\"", "core/history/history.h" },
  { "core/engine/a.c", "#include \"core/train/trainer.h\"", "core/train/trainer.h" },
  { "core/train/a.c", "#include \"core/engine/engine.h\"", "core/engine/engine.h" },
  { "core/vision/a.c", "#include <gdk-pixbuf/gdk-pixbuf.h>", "gdk-pixbuf/gdk-pixbuf.h" },
  { "core/lm/a.c", "#include \"ui/window.h\"", "ui/window.h" },
  { "core/lm/a.c", "#include \"sampling.h\"", "sampling.h" },
  { "ui/views/a.c", "#include \"core/tensor/tensor.h\"", "core/tensor/tensor.h" },
  { "ui/a.c", "#include \"core/models/model.h\"", "core/models/model.h" },
  { "app/cli/a.c", "#include <gtk/gtk.h>", "gtk/gtk.h" },
  { "core/unlisted/a.c", "#include \"core/base/error.h\"", "core/base/error.h" },
  { "core/tensor/a.c", "#include <cblas.h>", NULL },
  { "core/tensor/kernels/a.c", "#include \"core/tensor/tensor.h\"", NULL },
  { "core/lm/a.c", "#include \"core/text/tokenizer.h\"", NULL },
  { "core/lm/a.c", "/* #include \"core/engine/engine.h\" */", NULL },
  { "ui/views/a.c", "#include \"ui/window.h\"", NULL },
  { "app/main.c", "#include \"ui/window.h\"", NULL },
};

START_TEST (a_planted_include_is_found)
{
  g_autofree char *header = forbidden_header (planted[_i].file, planted[_i].line);

  ck_assert_pstr_eq (header, planted[_i].header);
}
END_TEST

START_TEST (a_planted_file_is_found)
{
  g_autofree char *root = g_dir_make_tmp ("includes-XXXXXX", NULL);
  g_autofree char *folder = g_build_filename (root, "core", "base", NULL);
  g_autofree char *file = g_build_filename (folder, "planted.h", NULL);
  g_autofree char *complaints = NULL;
  const char *const made[] = { "core/base/planted.h", "core/base", "core", "" };
  Walk walk;

  ck_assert_int_eq (g_mkdir_with_parents (folder, 0700), 0);
  ck_assert (
      g_file_set_contents (file, "#pragma once\n#include \"ui/window.h\"\n", -1, NULL));
  walk = walk_tree (root);
  complaints = g_string_free (walk.complaints, FALSE);
  ck_assert_str_eq (complaints, "\ncore/base/planted.h:2 must not include ui/window.h");
  ck_assert_int_eq (walk.n_files, 1);
  for (size_t i = 0; i < G_N_ELEMENTS (made); i++) {
    g_autofree char *path = g_build_filename (root, made[i], NULL);

    ck_assert_int_eq (g_remove (path), 0);
  }
}
END_TEST

int
main (void)
{
  Suite *suite = suite_create ("includes");
  TCase *tests = tcase_create ("layers");
  SRunner *runner;
  int n_failed;

  tcase_add_test (tests, no_include_of_the_tree_points_up);
  tcase_add_loop_test (tests, a_planted_include_is_found, 0, G_N_ELEMENTS (planted));
  tcase_add_test (tests, a_planted_file_is_found);
  suite_add_tcase (suite, tests);
  runner = srunner_create (suite);
  srunner_run_all (runner, CK_NORMAL);
  n_failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

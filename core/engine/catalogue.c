#include "core/base/error.h"
#include "core/engine/engine.h"

#include <gio/gio.h>
#include <string.h>

/* From the folder of the program: the build folder inside the source tree, a build folder
 * that models were copied to, an installation. */
static const char *const places[] = {
  "../../resources/models",
  "../resources/models",
  "../share/pinhole/models",
};

static char *
dup_program_folder (void)
{
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);

  return g_path_get_dirname (program != NULL ? program : ".");
}

static bool
is_model (const char *folder)
{
  g_autofree char *config = g_build_filename (folder, "config.json", NULL);

  return g_file_test (config, G_FILE_TEST_IS_REGULAR);
}

/* The first model by name in @folder. */
static char *
find_model_in (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  char *found = NULL;

  for (const char *name; dir != NULL && (name = g_dir_read_name (dir)) != NULL;) {
    g_autofree char *path = g_build_filename (folder, name, NULL);

    if (is_model (path) && (found == NULL || strcmp (path, found) < 0)) {
      g_free (found);
      found = g_steal_pointer (&path);
    }
  }
  return found;
}

char *
ph_engine_find_builtin_model (GError **error)
{
  const char *wanted = g_getenv ("PINHOLE_MODEL");
  g_autofree char *program_folder = dup_program_folder ();
  g_autoptr (GString) looked_at = g_string_new (NULL);

  if (wanted != NULL && *wanted != '\0')
    return g_strdup (wanted);

  for (size_t i = 0; i < G_N_ELEMENTS (places); i++) {
    g_autofree char *path = g_build_filename (program_folder, places[i], NULL);
    g_autofree char *folder = g_canonicalize_filename (path, NULL);
    char *model = find_model_in (folder);

    if (model != NULL)
      return model;
    g_string_append_printf (looked_at, "%s%s", i > 0 ? ", " : "", folder);
  }

  ph_fail (error, PH_ERROR_IO, "no built-in model in %s", looked_at->str);
  return NULL;
}

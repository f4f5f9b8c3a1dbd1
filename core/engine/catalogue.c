#include "core/engine/catalogue.h"

#include "core/base/error.h"

#include <string.h>

#define MOST_RECENT 8

/* --- folders --- */

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

static char *
dup_place (size_t i)
{
  g_autofree char *program_folder = dup_program_folder ();
  g_autofree char *path = g_build_filename (program_folder, places[i], NULL);

  return g_canonicalize_filename (path, NULL);
}

static bool
is_model (const char *folder)
{
  g_autofree char *config = g_build_filename (folder, "config.json", NULL);

  return g_file_test (config, G_FILE_TEST_IS_REGULAR);
}

static int
compare_paths (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* Paths of the models in @folder, by name. */
static GPtrArray *
list_models_in (const char *folder)
{
  GPtrArray *models = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);

  for (const char *name; dir != NULL && (name = g_dir_read_name (dir)) != NULL;) {
    g_autofree char *path = g_build_filename (folder, name, NULL);

    if (is_model (path))
      g_ptr_array_add (models, g_steal_pointer (&path));
  }
  g_ptr_array_sort (models, compare_paths);
  return models;
}

/* PINHOLE_MODEL, or the models in the first place that has any. */
static GPtrArray *
list_builtin (void)
{
  const char *wanted = g_getenv ("PINHOLE_MODEL");
  g_autoptr (GPtrArray) models = NULL;

  if (wanted != NULL && *wanted != '\0') {
    models = g_ptr_array_new_with_free_func (g_free);
    g_ptr_array_add (models, g_strdup (wanted));
  }
  for (size_t i = 0; i < G_N_ELEMENTS (places) && (models == NULL || models->len == 0);
       i++) {
    g_autofree char *folder = dup_place (i);

    g_clear_pointer (&models, g_ptr_array_unref);
    models = list_models_in (folder);
  }
  return g_steal_pointer (&models);
}

char *
ph_catalogue_find_builtin (GError **error)
{
  g_autoptr (GPtrArray) models = list_builtin ();
  g_autoptr (GString) looked_at = g_string_new (NULL);

  if (models->len > 0)
    return g_strdup (models->pdata[0]);

  for (size_t i = 0; i < G_N_ELEMENTS (places); i++) {
    g_autofree char *folder = dup_place (i);

    g_string_append_printf (looked_at, "%s%s", i > 0 ? ", " : "", folder);
  }
  ph_fail (error, PH_ERROR_IO, "no built-in model in %s", looked_at->str);
  return NULL;
}

static GPtrArray *
list_own (void)
{
  g_autofree char *folder =
      g_build_filename (g_get_user_data_dir (), "pinhole", "models", NULL);

  return list_models_in (folder);
}

/* --- those opened last: a file of paths, one a line, the last one first --- */

static char *
dup_recent_path (void)
{
  return g_build_filename (g_get_user_data_dir (), "pinhole", "recent-models", NULL);
}

static GPtrArray *
list_recent (void)
{
  GPtrArray *models = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *path = dup_recent_path ();
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  g_file_get_contents (path, &text, NULL, NULL);
  lines = g_strsplit (text != NULL ? text : "", "\n", MOST_RECENT + 1);
  for (size_t i = 0; i < MOST_RECENT && lines[i] != NULL; i++)
    if (g_path_is_absolute (lines[i]) && is_model (lines[i]))
      g_ptr_array_add (models, g_strdup (lines[i]));
  return models;
}

void
ph_catalogue_remember (const char *folder)
{
  g_autofree char *whole = g_canonicalize_filename (folder, NULL);
  g_autofree char *path = dup_recent_path ();
  g_autofree char *parent = g_path_get_dirname (path);
  g_autoptr (GPtrArray) before = list_recent ();
  g_autoptr (GString) text = g_string_new (whole);

  if (strchr (whole, '\n') != NULL)
    return;
  g_string_append_c (text, '\n');
  for (guint i = 0; i < before->len; i++)
    if (!g_str_equal (before->pdata[i], whole))
      g_string_append_printf (text, "%s\n", (const char *) before->pdata[i]);

  /* A list that is lost is made anew: it need not reach the disk before this returns. */
  g_mkdir_with_parents (parent, 0700);
  g_file_set_contents_full (path, text->str, (gssize) text->len, G_FILE_SET_CONTENTS_NONE,
                            0600, NULL);
}

/* --- the list --- */

static void
entry_free (gpointer data)
{
  PhCatalogueEntry *self = data;

  g_free (self->folder);
  g_free (self->name);
  g_free (self->problem);
  g_clear_pointer (&self->model, ph_model_facts_unref);
  g_free (self);
}

static bool
is_listed (const GPtrArray *entries, const char *folder)
{
  for (guint i = 0; i < entries->len; i++) {
    const PhCatalogueEntry *entry = entries->pdata[i];

    if (g_str_equal (entry->folder, folder))
      return true;
  }
  return false;
}

static void
add_entries (GPtrArray *entries, PhCatalogueKind kind, const GPtrArray *folders)
{
  for (guint i = 0; i < folders->len; i++) {
    g_autofree char *folder = g_canonicalize_filename (folders->pdata[i], NULL);
    PhCatalogueEntry *entry;

    if (is_listed (entries, folder))
      continue;
    entry = g_new0 (PhCatalogueEntry, 1);
    entry->kind = kind;
    entry->name = g_path_get_basename (folder);
    entry->folder = g_steal_pointer (&folder);
    g_ptr_array_add (entries, entry);
  }
}

GPtrArray *
ph_catalogue_list (void)
{
  static GPtrArray *(*const list_kinds[]) (void) = {
    [PH_CATALOGUE_BUILTIN] = list_builtin,
    [PH_CATALOGUE_OWN] = list_own,
    [PH_CATALOGUE_RECENT] = list_recent,
  };
  GPtrArray *entries = g_ptr_array_new_with_free_func (entry_free);

  for (size_t i = 0; i < G_N_ELEMENTS (list_kinds); i++) {
    g_autoptr (GPtrArray) folders = list_kinds[i]();

    add_entries (entries, (PhCatalogueKind) i, folders);
  }
  return entries;
}

static void
read_entry (PhCatalogueEntry *self)
{
  g_autoptr (GError) error = NULL;

  self->model = ph_model_facts_read (self->folder, &error);
  if (self->model == NULL)
    self->problem = g_strdup (error->message);
}

static void
read_cb (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_autoptr (GPtrArray) entries = ph_catalogue_list ();

  for (guint i = 0; i < entries->len && !g_cancellable_is_cancelled (cancellable); i++)
    read_entry (entries->pdata[i]);
  g_task_return_pointer (task, g_steal_pointer (&entries),
                         (GDestroyNotify) g_ptr_array_unref);
}

void
ph_catalogue_read_async (GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);

  g_task_run_in_thread (task, read_cb);
}

GPtrArray *
ph_catalogue_read_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Weights in several files, and the index that says which tensor lies in which.
 *
 * The index decides: a file may hold a second copy of a tensor that it puts elsewhere, as
 * some of the published ones do.  Tensors that it does not mention count as well. */
#include "core/base/error.h"
#include "core/formats/foreign.h"
#include "core/formats/json.h"
#include "core/formats/store-private.h"

#include <string.h>

#define MAX_FILES 1024
#define MAX_FILE_NAME 255

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* A name in the same folder and no path that leads elsewhere. */
static bool
check_file_name (const char *tensor, const json_t *value, GError **error)
{
  const char *name = json_string_value (value);
  g_autofree char *path = NULL, *found = NULL;

  if (name != NULL && *name != '\0' && strlen (name) <= MAX_FILE_NAME &&
      strpbrk (name, "/\\") == NULL && strcmp (name, ".") != 0 &&
      strcmp (name, "..") != 0)
    return true;

  path = ph_json_path ("weight_map", tensor);
  found = ph_json_describe (value);
  return ph_fail (error, PH_ERROR_FORMAT, "%s is %s, not the name of a file beside it",
                  path, found);
}

/* The files that @map names, in order, each once; borrowed from it. */
static GPtrArray *
list_files (json_t *map, GError **error)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new ();
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  const char *tensor;
  json_t *value;

  json_object_foreach (map, tensor, value)
  {
    char *name = (char *) json_string_value (value);

    if (!check_file_name (tensor, value, error))
      return NULL;
    if (g_hash_table_add (seen, name))
      g_ptr_array_add (files, name);
  }
  if (files->len == 0 || files->len > MAX_FILES) {
    ph_fail (error, PH_ERROR_RANGE, "weight_map names %u files, not 1 to %d", files->len,
             MAX_FILES);
    return NULL;
  }
  g_ptr_array_sort (files, compare_names);
  return g_steal_pointer (&files);
}

static bool
refuse_missing (const char *folder, const GPtrArray *files, guint missing, GError **error)
{
  g_autofree char *name = ph_printable (files->pdata[missing]);
  g_autofree char *download = ph_foreign_dup_download (folder);
  g_autofree char *shown = download != NULL ? ph_printable (download) : NULL;

  return ph_fail (error, PH_ERROR_FORMAT, "%s is missing; the index names %u files%s%s%s",
                  name, files->len, shown != NULL ? ", and " : "",
                  shown != NULL ? shown : "",
                  shown != NULL ? " is not fetched to its end" : "");
}

/* Asked before any is opened: a folder half downloaded is the usual case. */
static bool
check_all_there (const char *folder, const GPtrArray *files, GError **error)
{
  for (guint i = 0; i < files->len; i++) {
    g_autofree char *path = g_build_filename (folder, files->pdata[i], NULL);

    if (!g_file_test (path, G_FILE_TEST_EXISTS))
      return refuse_missing (folder, files, i, error);
  }
  return true;
}

static bool
check_all_found (const PhStore *self, json_t *map, GError **error)
{
  const char *tensor;
  json_t *value;

  json_object_foreach (map, tensor, value)
  {
    g_autofree char *name = NULL, *file = NULL;

    if (ph_store_find (self, tensor) != NULL)
      continue;
    name = ph_printable (tensor);
    file = ph_printable (json_string_value (value));
    return ph_fail (error, PH_ERROR_FORMAT, "tensor \"%s\" is not in %s, where it is put",
                    name, file);
  }
  return true;
}

/* Errors of the index itself still lack its path; those of its files have their own. */
static GPtrArray *
read_index (const PhStore *self, const json_t *index, json_t **map, GError **error)
{
  g_autoptr (GPtrArray) files = NULL;

  *map = ph_json_get_object (index, "", "weight_map", error);
  files = *map != NULL ? list_files (*map, error) : NULL;
  if (files == NULL || !check_all_there (self->folder, files, error))
    return NULL;
  return g_steal_pointer (&files);
}

bool
ph_store_add_indexed (PhStore *self,
                      PhStoreReader reader,
                      const char *name,
                      GError **error)
{
  g_autofree char *path = g_build_filename (self->folder, name, NULL);
  g_autoptr (PhJson) index = NULL;
  g_autoptr (GPtrArray) files = NULL;
  json_t *map = NULL;

  if (!ph_foreign_check_file (path, error))
    return false;
  index = ph_json_load (path, error);
  if (index == NULL)
    return false;
  files = read_index (self, index, &map, error);
  if (files == NULL)
    return ph_prefix_path (error, path);

  for (guint i = 0; i < files->len; i++)
    if (!ph_store_add_file (self, reader, files->pdata[i], map, error))
      return false;
  return check_all_found (self, map, error) || ph_prefix_path (error, path);
}

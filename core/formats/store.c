#include "core/base/error.h"
#include "core/formats/foreign.h"
#include "core/formats/store-private.h"

#include <string.h>

/* In the order in which transformers looks for them. */
static const struct {
  const char *file;
  PhStoreReader reader;
  bool is_index;
} kinds[] = {
  { "model.safetensors", ph_store_read_safetensors, false },
  { "model.safetensors.index.json", ph_store_read_safetensors, true },
  { "pytorch_model.bin", ph_store_read_torch, false },
  { "pytorch_model.bin.index.json", ph_store_read_torch, true },
};

/* --- opening --- */

static void
add_entry (PhStore *self, const PhMap *map, const PhStoredTensor *tensor)
{
  PhStoreEntry *entry = g_new0 (PhStoreEntry, 1);

  entry->tensor = tensor;
  entry->map = map;
  /* An empty array begins where the next one does, and shares nothing with it. */
  entry->shares =
      tensor->n_bytes > 0 && !g_hash_table_add (self->arrays, (gpointer) tensor->data);
  g_ptr_array_add (self->entries, entry);
  g_hash_table_insert (self->names, (gpointer) tensor->name, entry);
}

static bool
add_tensor (PhStore *self, const PhMap *map, const PhStoredTensor *tensor, GError **error)
{
  g_autofree char *name = NULL;

  if (!ph_foreign_check_tensor (tensor, error))
    return false;
  if (!g_hash_table_contains (self->names, tensor->name)) {
    add_entry (self, map, tensor);
    return true;
  }
  name = ph_printable (tensor->name);
  return ph_fail (error, PH_ERROR_FORMAT, "tensor \"%s\" is in another file too", name);
}

static bool
is_put_elsewhere (const json_t *map, const char *tensor, const char *file)
{
  const char *wanted = json_string_value (json_object_get (map, tensor));

  return wanted != NULL && strcmp (wanted, file) != 0;
}

bool
ph_store_add_file (PhStore *self,
                   PhStoreReader reader,
                   const char *name,
                   const json_t *map,
                   GError **error)
{
  g_autofree char *path = g_build_filename (self->folder, name, NULL);
  PhStoreFile file = { 0 };

  if (!ph_foreign_check_file (path, error) || !reader (path, &file, error))
    return false;

  g_array_append_val (self->files, file);
  for (size_t i = 0; i < file.n_tensors; i++)
    if (!is_put_elsewhere (map, file.tensors[i].name, name) &&
        !add_tensor (self, file.map, &file.tensors[i], error))
      return ph_prefix_path (error, path);
  return true;
}

static bool
add_files (PhStore *self, GError **error)
{
  for (size_t i = 0; i < G_N_ELEMENTS (kinds); i++) {
    g_autofree char *path = g_build_filename (self->folder, kinds[i].file, NULL);

    if (!g_file_test (path, G_FILE_TEST_EXISTS))
      continue;
    return kinds[i].is_index
               ? ph_store_add_indexed (self, kinds[i].reader, kinds[i].file, error)
               : ph_store_add_file (self, kinds[i].reader, kinds[i].file, NULL, error);
  }
  return ph_foreign_refuse_folder (self->folder, error);
}

static void
clear_file (gpointer data)
{
  PhStoreFile *file = data;

  file->free (file->reader);
}

static int
compare_entries (gconstpointer a, gconstpointer b)
{
  const PhStoreEntry *first = *(const PhStoreEntry *const *) a;
  const PhStoreEntry *second = *(const PhStoreEntry *const *) b;

  return strcmp (first->tensor->name, second->tensor->name);
}

PhStore *
ph_store_open (const char *folder, GError **error)
{
  g_autoptr (PhStore) self = g_new0 (PhStore, 1);

  self->binder.bind = ph_store_bind;
  self->folder = g_strdup (folder);
  self->files = g_array_new (FALSE, FALSE, sizeof (PhStoreFile));
  g_array_set_clear_func (self->files, clear_file);
  self->entries = g_ptr_array_new_with_free_func (g_free);
  self->names = g_hash_table_new (g_str_hash, g_str_equal);
  self->arrays = g_hash_table_new (NULL, NULL);
  self->aliases = g_string_chunk_new (256);
  self->copies = g_ptr_array_new_with_free_func (g_free);

  if (!add_files (self, error))
    return NULL;
  g_ptr_array_sort (self->entries, compare_entries);
  return g_steal_pointer (&self);
}

void
ph_store_free (PhStore *self)
{
  g_hash_table_destroy (self->names);
  g_hash_table_destroy (self->arrays);
  g_string_chunk_free (self->aliases);
  g_ptr_array_unref (self->entries);
  g_ptr_array_unref (self->copies);
  g_array_unref (self->files);
  g_free (self->folder);
  g_free (self);
}

/* --- what is there --- */

size_t
ph_store_get_n_files (const PhStore *self)
{
  return self->files->len;
}

const PhMap *
ph_store_get_file (const PhStore *self, size_t index)
{
  g_assert (index < self->files->len);
  return g_array_index (self->files, PhStoreFile, index).map;
}

size_t
ph_store_get_n_tensors (const PhStore *self)
{
  return self->entries->len;
}

static const PhStoreEntry *
get_entry (const PhStore *self, size_t index)
{
  g_assert (index < self->entries->len);
  return self->entries->pdata[index];
}

const PhStoredTensor *
ph_store_get (const PhStore *self, size_t index, const PhMap **file)
{
  const PhStoreEntry *entry = get_entry (self, index);

  if (file != NULL)
    *file = entry->map;
  return entry->tensor;
}

const PhStoredTensor *
ph_store_find (const PhStore *self, const char *name)
{
  const PhStoreEntry *entry = g_hash_table_lookup (self->names, name);

  return entry != NULL ? entry->tensor : NULL;
}

/* Of all types if @type is NULL. */
static size_t
sum_bytes (const PhStore *self, const char *type)
{
  size_t total = 0;

  for (size_t i = 0; i < self->entries->len; i++) {
    const PhStoreEntry *entry = get_entry (self, i);

    if (!entry->shares && (type == NULL || strcmp (entry->tensor->type, type) == 0))
      total += entry->tensor->n_bytes;
  }
  return total;
}

size_t
ph_store_get_n_bytes (const PhStore *self)
{
  return sum_bytes (self, NULL);
}

size_t
ph_store_get_n_bytes_of (const PhStore *self, const char *type)
{
  return sum_bytes (self, type);
}

/* Buffers are whole numbers, or are nothing that anybody asks for. */
static bool
was_learned (const PhStoreEntry *entry)
{
  PhType type;

  return !entry->shares && ph_store_parse_type (entry->tensor->type, &type) &&
         !ph_store_is_buffer (entry->tensor->name);
}

size_t
ph_store_get_n_parameters (const PhStore *self)
{
  size_t total = 0;

  for (size_t i = 0; i < self->entries->len; i++) {
    const PhStoredTensor *tensor = get_entry (self, i)->tensor;
    size_t n = 1;

    for (int d = 0; d < tensor->n_dims; d++)
      n *= tensor->dims[d];
    if (was_learned (get_entry (self, i)))
      total += n;
  }
  return total;
}

bool
ph_store_is_unchanged (const PhStore *self, GError **error)
{
  for (size_t i = 0; i < self->files->len; i++)
    if (!ph_map_is_unchanged (ph_store_get_file (self, i), error))
      return false;
  return true;
}

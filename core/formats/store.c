#include "core/formats/store-private.h"

#include "core/base/error.h"

#include <string.h>

static const PhStoreKind *const kinds[] = {
  &ph_store_safetensors,
};

/* Named in an error; more would not fit a line. */
#define MAX_NAMED 4

typedef struct {
  gpointer reader;
  GDestroyNotify free;
  const PhMap *map;
} File;

typedef struct {
  const PhStoredTensor *tensor;
  const PhMap *map;
  bool used;
} Entry;

struct _PhStore {
  PhBinder binder; /* first, so that a binder is its store */
  char *folder;
  GArray *files;       /* of File */
  GHashTable *entries; /* name → Entry */
  GPtrArray *copies;   /* of tensors that lay at odd addresses */
  size_t n_bytes;
};

/* --- opening --- */

void
ph_store_keep (PhStore *self, gpointer reader, GDestroyNotify free, const PhMap *map)
{
  File file = { reader, free, map };

  g_array_append_val (self->files, file);
}

bool
ph_store_add (PhStore *self,
              const PhMap *map,
              const PhStoredTensor *tensor,
              GError **error)
{
  Entry *entry;

  if (g_hash_table_contains (self->entries, tensor->name)) {
    g_autofree char *name = ph_printable (tensor->name);

    ph_fail (error, PH_ERROR_FORMAT, "tensor \"%s\" is in another file too", name);
    return ph_prefix_path (error, ph_map_get_path (map));
  }

  entry = g_new0 (Entry, 1);
  entry->tensor = tensor;
  entry->map = map;
  g_hash_table_insert (self->entries, (gpointer) tensor->name, entry);
  self->n_bytes += tensor->n_bytes;
  return true;
}

static void
clear_file (gpointer data)
{
  File *file = data;

  file->free (file->reader);
}

/* The first kind of the list whose file is there; without any, the first, so that the
 * error names a file that would be right. */
static const PhStoreKind *
find_kind (const char *folder)
{
  for (size_t i = 0; i < G_N_ELEMENTS (kinds); i++) {
    g_autofree char *path = g_build_filename (folder, kinds[i]->file, NULL);

    if (g_file_test (path, G_FILE_TEST_EXISTS))
      return kinds[i];
  }
  return kinds[0];
}

static bool bind_tensor (PhBinder *binder,
                         const char *name,
                         PhTensor *tensor,
                         int n_dims,
                         const size_t *dims,
                         bool optional,
                         GError **error);

PhStore *
ph_store_open (const char *folder, GError **error)
{
  g_autoptr (PhStore) self = g_new0 (PhStore, 1);
  const PhStoreKind *kind = find_kind (folder);
  g_autofree char *path = g_build_filename (folder, kind->file, NULL);

  self->binder.bind = bind_tensor;
  self->folder = g_strdup (folder);
  self->files = g_array_new (FALSE, FALSE, sizeof (File));
  g_array_set_clear_func (self->files, clear_file);
  self->entries = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  self->copies = g_ptr_array_new_with_free_func (g_free);

  return kind->open (self, path, error) ? g_steal_pointer (&self) : NULL;
}

void
ph_store_free (PhStore *self)
{
  g_hash_table_destroy (self->entries);
  g_ptr_array_unref (self->copies);
  g_array_unref (self->files);
  g_free (self->folder);
  g_free (self);
}

/* --- binding --- */

static bool
parse_type (const char *text, PhType *type)
{
  static const struct {
    const char *name;
    PhType type;
  } floats[] = { { "F32", PH_F32 }, { "F16", PH_F16 }, { "BF16", PH_BF16 } };

  for (size_t i = 0; i < G_N_ELEMENTS (floats); i++) {
    if (strcmp (text, floats[i].name) == 0) {
      *type = floats[i].type;
      return true;
    }
  }
  return false;
}

static bool
check_shape (const PhStoredTensor *stored, int n_dims, const size_t *dims, GError **error)
{
  g_autofree char *found = NULL, *wanted = NULL;

  if (stored->n_dims == n_dims &&
      memcmp (stored->dims, dims, (size_t) n_dims * sizeof *dims) == 0)
    return true;

  found = ph_shape_text (stored->n_dims, stored->dims);
  wanted = ph_shape_text (n_dims, dims);
  return ph_fail (error, PH_ERROR_FORMAT, "shape is %s, not %s", found, wanted);
}

/* The array where it lies, or a copy if its type may not be read from there. */
static bool
point_at (PhStore *self, const PhStoredTensor *stored, PhTensor *tensor, GError **error)
{
  void *copy;

  tensor->stored = stored->data;
  if ((uintptr_t) stored->data % ph_type_bytes (tensor->type) == 0)
    return true;

  copy = g_try_malloc (stored->n_bytes);
  if (copy == NULL && stored->n_bytes > 0)
    return ph_fail (error, PH_ERROR_MEMORY,
                    "no memory for %zu bytes that lie at an odd address",
                    stored->n_bytes);
  memcpy (copy, stored->data, stored->n_bytes);
  g_ptr_array_add (self->copies, copy);
  tensor->stored = copy;
  return true;
}

static bool
fill (PhStore *self,
      const PhStoredTensor *stored,
      PhTensor *tensor,
      int n_dims,
      const size_t *dims,
      GError **error)
{
  *tensor = (PhTensor){ .n_dims = n_dims, .slot = PH_NO_SLOT };
  if (!parse_type (stored->type, &tensor->type))
    return ph_fail (error, PH_ERROR_UNSUPPORTED, "dtype is %s, not F32, F16 or BF16",
                    stored->type);
  if (!check_shape (stored, n_dims, dims, error))
    return false;
  memcpy (tensor->dims, dims, (size_t) n_dims * sizeof *dims);
  return point_at (self, stored, tensor, error);
}

static bool
prefix_tensor (GError **error, const char *path, const char *name)
{
  g_autofree char *shown = ph_printable (name);

  g_prefix_error (error, "tensor \"%s\": ", shown);
  return ph_prefix_path (error, path);
}

static bool
bind_tensor (PhBinder *binder,
             const char *name,
             PhTensor *tensor,
             int n_dims,
             const size_t *dims,
             bool optional,
             GError **error)
{
  PhStore *self = (PhStore *) binder;
  Entry *entry = g_hash_table_lookup (self->entries, name);

  if (entry == NULL) {
    *tensor = (PhTensor){ .slot = PH_NO_SLOT };
    if (optional)
      return true;
    ph_fail (error, PH_ERROR_FORMAT, "is missing");
    return prefix_tensor (error, self->folder, name);
  }

  entry->used = true;
  return fill (self, entry->tensor, tensor, n_dims, dims, error) ||
         prefix_tensor (error, ph_map_get_path (entry->map), name);
}

PhBinder *
ph_store_get_binder (PhStore *self)
{
  return &self->binder;
}

const PhStoredTensor *
ph_store_find (const PhStore *self, const char *name)
{
  const Entry *entry = g_hash_table_lookup (self->entries, name);

  return entry != NULL ? entry->tensor : NULL;
}

/* --- what is left --- */

static bool
is_known_buffer (const char *name)
{
  return g_str_has_suffix (name, "position_ids") || g_str_has_suffix (name, "inv_freq");
}

static int
compare_names (const void *a, const void *b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* Names of the tensors nothing asked for, in order. */
static GPtrArray *
find_unused (const PhStore *self)
{
  GPtrArray *names = g_ptr_array_new ();
  GHashTableIter each;
  Entry *entry;

  g_hash_table_iter_init (&each, self->entries);
  while (g_hash_table_iter_next (&each, NULL, (gpointer *) &entry))
    if (!entry->used && !is_known_buffer (entry->tensor->name))
      g_ptr_array_add (names, (gpointer) entry->tensor->name);
  g_ptr_array_sort (names, compare_names);
  return names;
}

bool
ph_store_check_all_used (const PhStore *self, GError **error)
{
  g_autoptr (GPtrArray) names = find_unused (self);
  g_autoptr (GString) list = g_string_new (NULL);

  if (names->len == 0)
    return true;

  for (guint i = 0; i < MIN (names->len, MAX_NAMED); i++) {
    g_autofree char *name = ph_printable (names->pdata[i]);

    g_string_append_printf (list, "%s\"%s\"", i > 0 ? ", " : "", name);
  }
  ph_fail (error, PH_ERROR_FORMAT, "%u tensors that this model has no place for: %s%s",
           names->len, list->str, names->len > MAX_NAMED ? ", …" : "");
  return ph_prefix_path (error, self->folder);
}

size_t
ph_store_get_n_bytes (const PhStore *self)
{
  return self->n_bytes;
}

size_t
ph_store_get_n_parameters (const PhStore *self)
{
  GHashTableIter each;
  Entry *entry;
  size_t total = 0;

  g_hash_table_iter_init (&each, self->entries);
  while (g_hash_table_iter_next (&each, NULL, (gpointer *) &entry)) {
    size_t n = 1;

    for (int d = 0; d < entry->tensor->n_dims; d++)
      n *= entry->tensor->dims[d];
    total += n;
  }
  return total;
}

bool
ph_store_is_unchanged (const PhStore *self, GError **error)
{
  for (guint i = 0; i < self->files->len; i++)
    if (!ph_map_is_unchanged (g_array_index (self->files, File, i).map, error))
      return false;
  return true;
}

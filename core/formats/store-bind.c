/* Tensors found by name, and what is left over. */
#include "core/base/error.h"
#include "core/formats/store-private.h"

#include <string.h>

/* Named in an error; more would not fit a line. */
#define MAX_NAMED 4

/* What old files carry and nobody needs. */
static const char *const buffers[] = {
  "position_ids", "inv_freq", "temp", "EncDecAttention.relative_attention_bias.weight",
  NULL,
};

/* --- names --- */

static bool
ends_with (const char *name, const char *ending)
{
  size_t n_name = strlen (name), n_ending = strlen (ending);
  const char *tail = name + n_name - MIN (n_name, n_ending);

  return strcmp (tail, ending) == 0 && (tail == name || tail[-1] == '.');
}

static bool
ends_with_any (const char *name, const char *const *endings)
{
  for (size_t i = 0; endings[i] != NULL; i++)
    if (ends_with (name, endings[i]))
      return true;
  return false;
}

bool
ph_store_is_buffer (const char *name)
{
  return ends_with_any (name, buffers);
}

static void
add_name (PhStore *self, const char *name, PhStoreEntry *entry)
{
  g_hash_table_insert (self->names, g_string_chunk_insert (self->aliases, name), entry);
}

void
ph_store_alias (PhStore *self, const char *name, const char *other)
{
  PhStoreEntry *first = g_hash_table_lookup (self->names, name);
  PhStoreEntry *second = g_hash_table_lookup (self->names, other);

  if (first != NULL && second != NULL)
    second->used = true;
  else if (second != NULL)
    add_name (self, name, second);
  else if (first != NULL)
    add_name (self, other, first);
}

void
ph_store_ignore (PhStore *self, const char *const *endings)
{
  for (size_t i = 0; i < self->entries->len; i++) {
    PhStoreEntry *entry = self->entries->pdata[i];

    if (ends_with_any (entry->tensor->name, endings))
      entry->used = true;
  }
}

/* --- binding --- */

bool
ph_store_parse_type (const char *text, PhType *type)
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

  if (stored->data == NULL)
    return ph_fail (error, PH_ERROR_UNSUPPORTED,
                    "is a view whose rows do not follow one another; saving it with "
                    ".contiguous () makes it readable");
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
  if (!ph_store_parse_type (stored->type, &tensor->type))
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

bool
ph_store_bind (PhBinder *binder,
               const char *name,
               PhTensor *tensor,
               int n_dims,
               const size_t *dims,
               bool optional,
               GError **error)
{
  PhStore *self = (PhStore *) binder;
  PhStoreEntry *entry = g_hash_table_lookup (self->names, name);

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

/* --- what is left --- */

/* Tensors that nothing asked for, in the order of names. */
static GPtrArray *
find_unused (const PhStore *self)
{
  GPtrArray *names = g_ptr_array_new ();

  for (size_t i = 0; i < self->entries->len; i++) {
    const PhStoreEntry *entry = self->entries->pdata[i];

    if (!entry->used && !ph_store_is_buffer (entry->tensor->name))
      g_ptr_array_add (names, (gpointer) entry->tensor->name);
  }
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

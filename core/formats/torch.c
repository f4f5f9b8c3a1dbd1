#include "core/formats/torch.h"

#include "core/base/checked.h"
#include "core/base/error.h"
#include "core/formats/pickle.h"
#include "core/formats/zip.h"

#include <stdlib.h>
#include <string.h>

/* How every file from before torch 1.6 begins: its magic number, pickled. */
static const uint8_t before_1_6[] = { 0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c,
                                      0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19 };

#define ORDERED_DICT "collections.OrderedDict"
#define REBUILD_TENSOR "torch._utils._rebuild_tensor_v2"
#define REBUILD_PARAMETER "torch._utils._rebuild_parameter"

static const struct {
  const char *name; /* of the class in torch */
  const char *type; /* as PhStoredTensor has it */
  unsigned n_bytes;
} storages[] = {
  { "torch.DoubleStorage", "F64", 8 }, { "torch.FloatStorage", "F32", 4 },
  { "torch.HalfStorage", "F16", 2 },   { "torch.BFloat16Storage", "BF16", 2 },
  { "torch.LongStorage", "I64", 8 },   { "torch.IntStorage", "I32", 4 },
  { "torch.ShortStorage", "I16", 2 },  { "torch.CharStorage", "I8", 1 },
  { "torch.ByteStorage", "U8", 1 },    { "torch.BoolStorage", "BOOL", 1 },
};

struct _PhTorch {
  PhMap *map;
  GStringChunk *names;
  PhStoredTensor *tensors; /* by name */
  size_t n_tensors;
};

/* The file while it is read. */
typedef struct {
  PhTorch *torch;
  const PhZip *zip;
  const char *folder; /* in which all entries lie, without the slash */
} Reading;

/* --- the archive --- */

static const PhZipEntry *
find_entry (const Reading *reading, const char *name)
{
  g_autofree char *path = g_strdup_printf ("%s/%s", reading->folder, name);

  return ph_zip_find (reading->zip, path);
}

/* The entries lie in a folder that is called as the file once was. */
static char *
dup_folder (const PhZip *zip)
{
  const char *first = ph_zip_get_n_entries (zip) > 0 ? ph_zip_get (zip, 0)->name : "";
  const char *slash = strchr (first, '/');

  return g_strndup (first, slash != NULL ? (size_t) (slash - first) : strlen (first));
}

static bool
check_entries (const Reading *reading, GError **error)
{
  if (find_entry (reading, "data.pkl") == NULL)
    return ph_fail (error, PH_ERROR_FORMAT,
                    "is a zip file without data.pkl, not one that torch.save wrote");
  if (find_entry (reading, "constants.pkl") != NULL)
    return ph_fail (error, PH_ERROR_UNSUPPORTED,
                    "is a TorchScript program; torch.save of its state_dict() makes a "
                    "file that can be read");
  return true;
}

static bool
check_byte_order (const Reading *reading, GError **error)
{
  const PhZipEntry *entry = find_entry (reading, "byteorder");

  if (entry == NULL || (entry->n_bytes == 6 && memcmp (entry->data, "little", 6) == 0))
    return true;
  return ph_fail (error, PH_ERROR_UNSUPPORTED,
                  "was written on a big-endian machine; saving it again on a "
                  "little-endian one makes it readable");
}

/* --- the arguments of a call --- */

static bool
is_call (const PhPickled *value, const char *name)
{
  return value->kind == PH_PICKLED_CALL && strcmp (value->text, name) == 0;
}

static bool
refuse (const PhPickled *value, const char *what, const char *wanted, GError **error)
{
  g_autofree char *found = ph_pickled_describe (value);

  return ph_fail (error, PH_ERROR_FORMAT, "%s is %s, not %s", what, found, wanted);
}

static bool
read_size (const PhPickled *value, const char *what, uint64_t *size, GError **error)
{
  if (value->kind != PH_PICKLED_INT)
    return refuse (value, what, "an integer", error);
  if (value->number < 0)
    return ph_fail (error, PH_ERROR_RANGE, "%s is %" G_GINT64_FORMAT ", not from 0 on",
                    what, value->number);
  *size = (uint64_t) value->number;
  return true;
}

static bool
read_sizes (const PhPickled *tuple,
            const char *what,
            uint64_t sizes[PH_STORED_MAX_DIMS],
            size_t *n_sizes,
            GError **error)
{
  if (tuple->kind != PH_PICKLED_TUPLE)
    return refuse (tuple, what, "a tuple", error);
  *n_sizes = ph_pickled_get_n_items (tuple);
  if (*n_sizes > PH_STORED_MAX_DIMS)
    return ph_fail (error, PH_ERROR_UNSUPPORTED, "%s has %zu axes, not up to %d", what,
                    *n_sizes, PH_STORED_MAX_DIMS);

  for (size_t i = 0; i < *n_sizes; i++)
    if (!read_size (ph_pickled_get_item (tuple, i), what, &sizes[i], error))
      return false;
  return true;
}

/* --- storages --- */

typedef struct {
  const uint8_t *data;
  uint64_t n_elements;
  const char *type;
  unsigned element_bytes;
} Storage;

static bool
find_class (const char *name, Storage *storage)
{
  for (size_t i = 0; i < G_N_ELEMENTS (storages); i++) {
    if (strcmp (name, storages[i].name) == 0) {
      storage->type = storages[i].type;
      storage->element_bytes = storages[i].n_bytes;
      return true;
    }
  }
  return false;
}

/* All that the pickle of a dictionary of tensors may mention. */
static bool
knows_global (const char *name)
{
  Storage storage;

  return strcmp (name, ORDERED_DICT) == 0 || strcmp (name, REBUILD_TENSOR) == 0 ||
         strcmp (name, REBUILD_PARAMETER) == 0 || find_class (name, &storage);
}

static bool
read_class (const PhPickled *value, Storage *storage, GError **error)
{
  return (value->kind == PH_PICKLED_GLOBAL && find_class (value->text, storage)) ||
         refuse (value, "the storage's class", "a storage of numbers", error);
}

/* The entry data/@key, which must be as long as the pickle says. */
static bool
find_storage (const Reading *reading,
              const PhPickled *key,
              Storage *storage,
              GError **error)
{
  g_autofree char *shown = NULL, *name = NULL;
  const PhZipEntry *entry;
  uint64_t n_bytes;

  if (key->kind != PH_PICKLED_TEXT)
    return refuse (key, "the storage's key", "text", error);

  name = g_strdup_printf ("data/%s", key->text);
  shown = ph_printable (name);
  entry = find_entry (reading, name);
  if (entry == NULL)
    return ph_fail (error, PH_ERROR_FORMAT, "its storage %s is not in the file", shown);
  if (!ph_mul_ok (storage->n_elements, storage->element_bytes, &n_bytes) ||
      n_bytes != entry->n_bytes)
    return ph_fail (error, PH_ERROR_FORMAT,
                    "its storage %s has %zu bytes, not those of %" G_GUINT64_FORMAT
                    " numbers of type %s",
                    shown, entry->n_bytes, storage->n_elements, storage->type);
  storage->data = entry->data;
  return true;
}

/* ("storage", class, key, device, number of elements) */
static bool
read_storage (const Reading *reading,
              const PhPickled *value,
              Storage *storage,
              GError **error)
{
  const PhPickled *id = value->arguments;

  if (value->kind != PH_PICKLED_PERSISTENT)
    return refuse (value, "the storage", "one of this file", error);
  if (id->kind != PH_PICKLED_TUPLE || ph_pickled_get_n_items (id) != 5)
    return refuse (id, "the storage's name", "a tuple of 5", error);
  return read_class (ph_pickled_get_item (id, 1), storage, error) &&
         read_size (ph_pickled_get_item (id, 4), "the storage's size",
                    &storage->n_elements, error) &&
         find_storage (reading, ph_pickled_get_item (id, 2), storage, error);
}

/* --- tensors --- */

/* What of a storage a tensor is, in elements. */
typedef struct {
  uint64_t offset;
  uint64_t dims[PH_STORED_MAX_DIMS], strides[PH_STORED_MAX_DIMS];
  size_t n_dims;
  uint64_t n_elements;
} View;

static bool
read_view (const PhPickled *arguments, View *view, GError **error)
{
  size_t n_strides = 0;

  if (!read_size (ph_pickled_get_item (arguments, 1), "offset", &view->offset, error) ||
      !read_sizes (ph_pickled_get_item (arguments, 2), "shape", view->dims, &view->n_dims,
                   error) ||
      !read_sizes (ph_pickled_get_item (arguments, 3), "strides", view->strides,
                   &n_strides, error))
    return false;
  if (n_strides != view->n_dims)
    return ph_fail (error, PH_ERROR_FORMAT, "shape has %zu axes and strides %zu",
                    view->n_dims, n_strides);
  if (!ph_product_ok (view->dims, view->n_dims, &view->n_elements))
    return ph_fail (error, PH_ERROR_RANGE, "shape is larger than any memory");
  return true;
}

/* How many elements of the storage lie before the end of the view; false if no number
 * says it. */
static bool
find_end (const View *view, uint64_t *end)
{
  *end = view->offset;
  if (view->n_elements == 0)
    return true;

  for (size_t d = 0; d < view->n_dims; d++) {
    uint64_t reach;

    if (!ph_mul_ok (view->dims[d] - 1, view->strides[d], &reach) ||
        !ph_add_ok (*end, reach, end))
      return false;
  }
  return ph_add_ok (*end, 1, end);
}

/* The stride of an axis of one is never taken. */
static bool
is_contiguous (const View *view)
{
  uint64_t stride = 1;

  for (size_t d = view->n_dims; d-- > 0;) {
    if (view->dims[d] != 1 && view->strides[d] != stride)
      return view->n_elements == 0;
    stride *= view->dims[d];
  }
  return true;
}

static bool
place (const Storage *storage, const View *view, PhStoredTensor *tensor, GError **error)
{
  uint64_t end;

  if (!find_end (view, &end) || end > storage->n_elements)
    return ph_fail (error, PH_ERROR_FORMAT,
                    "offset %" G_GUINT64_FORMAT ", shape and strides reach past the "
                    "%" G_GUINT64_FORMAT " numbers of its storage",
                    view->offset, storage->n_elements);

  tensor->type = storage->type;
  tensor->n_dims = (int) view->n_dims;
  for (size_t d = 0; d < view->n_dims; d++)
    tensor->dims[d] = view->dims[d];
  if (!is_contiguous (view))
    return true;
  tensor->data = storage->data + view->offset * storage->element_bytes;
  tensor->n_bytes = view->n_elements * storage->element_bytes;
  return true;
}

/* _rebuild_parameter (tensor, …) is the tensor itself. */
static const PhPickled *
unwrap_parameter (const PhPickled *value)
{
  bool wrapped =
      is_call (value, REBUILD_PARAMETER) && ph_pickled_get_n_items (value->arguments) > 0;

  return wrapped ? ph_pickled_get_item (value->arguments, 0) : value;
}

/* _rebuild_tensor_v2 (storage, offset, shape, strides, wants gradient, hooks[, metadata])
 */
static bool
read_tensor (const Reading *reading,
             const PhPickled *value,
             PhStoredTensor *tensor,
             GError **error)
{
  const PhPickled *call = unwrap_parameter (value);
  Storage storage = { 0 };
  View view = { 0 };

  if (!is_call (call, REBUILD_TENSOR))
    return refuse (call, "the value", "a tensor", error);
  if (ph_pickled_get_n_items (call->arguments) < 6)
    return ph_fail (error, PH_ERROR_FORMAT, REBUILD_TENSOR " has %zu arguments, not 6",
                    ph_pickled_get_n_items (call->arguments));
  return read_storage (reading, ph_pickled_get_item (call->arguments, 0), &storage,
                       error) &&
         read_view (call->arguments, &view, error) &&
         place (&storage, &view, tensor, error);
}

/* --- all of them --- */

static bool
prefix_tensor (GError **error, const char *name)
{
  g_autofree char *shown = ph_printable (name);

  g_prefix_error (error, "tensor \"%s\": ", shown);
  return false;
}

static bool
add_tensor (Reading *reading,
            const PhPickled *key,
            const PhPickled *value,
            GError **error)
{
  PhTorch *torch = reading->torch;
  PhStoredTensor *tensor = &torch->tensors[torch->n_tensors];

  if (key->kind != PH_PICKLED_TEXT)
    return refuse (key, "a tensor's name", "text", error);
  if (strlen (key->text) > PH_STORED_MAX_NAME)
    return ph_fail (error, PH_ERROR_RANGE,
                    "a tensor's name is %zu bytes long, not up to %zu",
                    strlen (key->text), PH_STORED_MAX_NAME);
  if (!read_tensor (reading, value, tensor, error))
    return prefix_tensor (error, key->text);
  tensor->name = g_string_chunk_insert (torch->names, key->text);
  torch->n_tensors++;
  return true;
}

static int
by_name (const void *a, const void *b)
{
  const PhStoredTensor *first = a, *second = b;

  return strcmp (first->name, second->name);
}

static bool
check_names (const PhTorch *self, GError **error)
{
  for (size_t i = 1; i < self->n_tensors; i++) {
    if (by_name (&self->tensors[i - 1], &self->tensors[i]) == 0) {
      ph_fail (error, PH_ERROR_FORMAT, "is there twice");
      return prefix_tensor (error, self->tensors[i].name);
    }
  }
  return true;
}

static bool
read_tensors (Reading *reading, const PhPickled *root, GError **error)
{
  PhTorch *torch = reading->torch;
  size_t n_tensors = ph_pickled_get_n_items (root) / 2;

  if (root->kind != PH_PICKLED_DICT && !is_call (root, ORDERED_DICT))
    return refuse (root, "what it holds", "a dictionary of tensors", error);
  if (n_tensors > PH_STORED_MAX_TENSORS)
    return ph_fail (error, PH_ERROR_RANGE, "%zu tensors, not up to %zu", n_tensors,
                    PH_STORED_MAX_TENSORS);

  torch->tensors = g_new0 (PhStoredTensor, n_tensors + 1);
  for (size_t i = 0; i < n_tensors; i++)
    if (!add_tensor (reading, ph_pickled_get_item (root, 2 * i),
                     ph_pickled_get_item (root, 2 * i + 1), error))
      return false;
  qsort (torch->tensors, torch->n_tensors, sizeof *torch->tensors, by_name);
  return check_names (torch, error);
}

static bool
read_pickle (Reading *reading, GError **error)
{
  const PhZipEntry *entry = find_entry (reading, "data.pkl");
  g_autoptr (PhPickle) pickle =
      ph_pickle_read (entry->data, entry->n_bytes, knows_global, error);

  if (pickle != NULL && read_tensors (reading, ph_pickle_get_root (pickle), error))
    return true;
  g_prefix_error (error, "data.pkl: ");
  return false;
}

static bool
check_age (const PhMap *map, GError **error)
{
  if (ph_map_get_size (map) < sizeof before_1_6 ||
      memcmp (ph_map_get_bytes (map), before_1_6, sizeof before_1_6) != 0)
    return true;
  return ph_fail (error, PH_ERROR_UNSUPPORTED,
                  "is in the format from before torch 1.6; loading and saving it with a "
                  "newer torch makes it readable");
}

static bool
read_file (PhTorch *self, GError **error)
{
  g_autoptr (PhZip) zip = NULL;
  g_autofree char *folder = NULL;
  Reading reading = { 0 };

  if (!check_age (self->map, error))
    return false;
  zip = ph_zip_open (self->map, error);
  if (zip == NULL)
    return false;

  folder = dup_folder (zip);
  reading = (Reading){ self, zip, folder };
  return check_entries (&reading, error) && check_byte_order (&reading, error) &&
         read_pickle (&reading, error);
}

PhTorch *
ph_torch_open (const char *path, GError **error)
{
  g_autoptr (PhTorch) self = g_new0 (PhTorch, 1);

  self->names = g_string_chunk_new (4096);
  self->map = ph_map_open (path, error);
  if (self->map == NULL)
    return NULL;

  if (!read_file (self, error)) {
    ph_prefix_path (error, path);
    return NULL;
  }
  return g_steal_pointer (&self);
}

void
ph_torch_free (PhTorch *self)
{
  g_clear_pointer (&self->map, ph_map_free);
  g_string_chunk_free (self->names);
  g_free (self->tensors);
  g_free (self);
}

const PhStoredTensor *
ph_torch_get_tensors (const PhTorch *self, size_t *n_tensors)
{
  *n_tensors = self->n_tensors;
  return self->tensors;
}

const PhMap *
ph_torch_get_map (const PhTorch *self)
{
  return self->map;
}

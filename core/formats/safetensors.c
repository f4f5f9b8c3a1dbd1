#include "core/formats/safetensors.h"

#include "core/base/checked.h"
#include "core/base/error.h"
#include "core/formats/json.h"

#include <string.h>

#if G_BYTE_ORDER != G_LITTLE_ENDIAN
#error "Arrays are used as they lie in the file, which is little endian."
#endif

#define PREFIX_BYTES 8
#define METADATA "__metadata__"

/* A tensor is an object with a string and two arrays, and the dimensions: no header that
 * keeps the other limits holds more values. */
#define MAX_VALUES (PH_STORED_MAX_TENSORS * (6 + PH_STORED_MAX_DIMS))

static const struct {
  const char *name;
  unsigned bits;
} types[] = {
  { "BOOL", 8 },    { "U8", 8 },      { "I8", 8 },      { "F8_E5M2", 8 },
  { "F8_E4M3", 8 }, { "F8_E8M0", 8 }, { "F6_E2M3", 6 }, { "F6_E3M2", 6 },
  { "F4", 4 },      { "I16", 16 },    { "U16", 16 },    { "F16", 16 },
  { "BF16", 16 },   { "I32", 32 },    { "U32", 32 },    { "F32", 32 },
  { "C64", 64 },    { "F64", 64 },    { "I64", 64 },    { "U64", 64 },
};

struct _PhSafetensors {
  PhMap *map;
  GStringChunk *names;
  PhStoredTensor *tensors; /* by name */
  size_t n_tensors;
};

/* The header while it is checked: where it ends is where the arrays begin. */
typedef struct {
  const char *json;
  size_t n_json;
  const uint8_t *arrays;
  size_t n_arrays;
} Layout;

/* Finds the JSON header and checks that the file is long enough to hold it. */
static bool
find_header (const PhMap *map, Layout *layout, GError **error)
{
  const uint8_t *bytes = ph_map_get_bytes (map);
  size_t n_bytes = ph_map_get_size (map);
  uint64_t length;

  if (n_bytes < PREFIX_BYTES)
    return ph_fail (error, PH_ERROR_FORMAT, "only %zu bytes long, not a safetensors file",
                    n_bytes);
  memcpy (&length, bytes, PREFIX_BYTES);

  /* Subtract rather than add: a hostile length would wrap the sum. */
  if (length > n_bytes - PREFIX_BYTES)
    return ph_fail (error, PH_ERROR_FORMAT,
                    "header of %" G_GUINT64_FORMAT
                    " bytes runs past the end of the file (%zu bytes)",
                    length, n_bytes);
  if (length > PH_SAFETENSORS_MAX_HEADER)
    return ph_fail (error, PH_ERROR_RANGE,
                    "header of %" G_GUINT64_FORMAT " bytes, not up to %zu", length,
                    PH_SAFETENSORS_MAX_HEADER);
  if (length < 2 || bytes[PREFIX_BYTES] != '{')
    return ph_fail (error, PH_ERROR_FORMAT, "header does not begin a JSON object");

  layout->json = (const char *) bytes + PREFIX_BYTES;
  layout->n_json = (size_t) length;
  layout->arrays = bytes + PREFIX_BYTES + length;
  layout->n_arrays = n_bytes - PREFIX_BYTES - (size_t) length;
  return true;
}

/* --- one tensor --- */

static bool
read_type (const json_t *entry, PhStoredTensor *tensor, unsigned *bits, GError **error)
{
  const json_t *type = json_object_get (entry, "dtype");
  const char *name = json_string_value (type);
  g_autofree char *found = NULL;

  for (size_t i = 0; name != NULL && i < G_N_ELEMENTS (types); i++) {
    if (strcmp (name, types[i].name) == 0) {
      tensor->type = types[i].name;
      *bits = types[i].bits;
      return true;
    }
  }

  found = type != NULL ? ph_json_describe (type) : g_strdup ("missing");
  return ph_fail (error, PH_ERROR_FORMAT, "dtype is %s, not a known type", found);
}

/* A non-negative whole number from a list. */
static bool
read_count (const json_t *list,
            size_t index,
            const char *field,
            uint64_t *value,
            GError **error)
{
  const json_t *number = json_array_get (list, index);
  g_autofree char *found = NULL;

  if (json_is_integer (number) && json_integer_value (number) >= 0) {
    *value = (uint64_t) json_integer_value (number);
    return true;
  }

  found = ph_json_describe (number);
  return ph_fail (error, PH_ERROR_FORMAT, "%s[%zu] is %s, not a whole number from 0 on",
                  field, index, found);
}

static bool
read_shape (const json_t *entry, PhStoredTensor *tensor, GError **error)
{
  const json_t *shape = ph_json_get_array (entry, "", "shape", error);

  if (shape == NULL)
    return false;
  if (json_array_size (shape) > PH_STORED_MAX_DIMS)
    return ph_fail (error, PH_ERROR_UNSUPPORTED, "shape has %zu axes, not up to %d",
                    json_array_size (shape), PH_STORED_MAX_DIMS);

  tensor->n_dims = (int) json_array_size (shape);
  for (size_t d = 0; d < json_array_size (shape); d++) {
    uint64_t dim = 0;

    if (!read_count (shape, d, "shape", &dim, error))
      return false;
    tensor->dims[d] = dim;
  }
  return true;
}

/* Where the tensor lies, inside of the arrays. */
static bool
read_offsets (const json_t *entry,
              const Layout *layout,
              PhStoredTensor *tensor,
              GError **error)
{
  const json_t *offsets = ph_json_get_array (entry, "", "data_offsets", error);
  uint64_t begin = 0, end = 0;

  if (offsets == NULL)
    return false;
  if (json_array_size (offsets) != 2)
    return ph_fail (error, PH_ERROR_FORMAT, "data_offsets has %zu numbers, not 2",
                    json_array_size (offsets));
  if (!read_count (offsets, 0, "data_offsets", &begin, error) ||
      !read_count (offsets, 1, "data_offsets", &end, error))
    return false;
  if (begin > end)
    return ph_fail (error, PH_ERROR_FORMAT,
                    "data_offsets end at %" G_GUINT64_FORMAT
                    ", before they begin at %" G_GUINT64_FORMAT,
                    end, begin);
  if (end > layout->n_arrays)
    return ph_fail (error, PH_ERROR_FORMAT,
                    "data_offsets end at %" G_GUINT64_FORMAT
                    ", past the end of the file (%zu)",
                    end, layout->n_arrays);

  tensor->data = layout->arrays + begin;
  tensor->n_bytes = (size_t) (end - begin);
  return true;
}

static bool
check_size (const PhStoredTensor *tensor, unsigned bits, GError **error)
{
  uint64_t dims[PH_STORED_MAX_DIMS], n_elements, n_bits;

  for (int d = 0; d < tensor->n_dims; d++)
    dims[d] = tensor->dims[d];
  if (!ph_product_ok (dims, (size_t) tensor->n_dims, &n_elements) ||
      !ph_mul_ok (n_elements, bits, &n_bits))
    return ph_fail (error, PH_ERROR_RANGE, "shape is larger than any memory");
  if (n_bits % 8 != 0)
    return ph_fail (error, PH_ERROR_FORMAT, "shape of %s ends inside a byte",
                    tensor->type);
  if (n_bits / 8 != tensor->n_bytes)
    return ph_fail (
        error, PH_ERROR_FORMAT,
        "data_offsets span %zu bytes, but shape and dtype need %" G_GUINT64_FORMAT,
        tensor->n_bytes, n_bits / 8);
  return true;
}

static bool
read_tensor (const json_t *entry,
             const Layout *layout,
             PhStoredTensor *tensor,
             GError **error)
{
  unsigned bits = 0;

  if (!json_is_object (entry))
    return ph_fail (error, PH_ERROR_FORMAT, "is not an object");
  return read_type (entry, tensor, &bits, error) && read_shape (entry, tensor, error) &&
         read_offsets (entry, layout, tensor, error) && check_size (tensor, bits, error);
}

static bool
prefix_tensor (GError **error, const char *name)
{
  g_autofree char *shown = ph_printable (name);

  g_prefix_error (error, "tensor \"%s\": ", shown);
  return false;
}

/* --- all of them --- */

static bool
check_metadata (json_t *metadata, GError **error)
{
  const char *key;
  json_t *value;

  if (!json_is_object (metadata))
    return ph_fail (error, PH_ERROR_FORMAT, METADATA " is not an object");
  json_object_foreach (metadata, key, value)
  {
    if (!json_is_string (value)) {
      g_autofree char *path = ph_json_path (METADATA, key);

      return ph_fail (error, PH_ERROR_FORMAT, "%s is not a string", path);
    }
  }
  return true;
}

static bool
read_tensors (PhSafetensors *self, json_t *header, const Layout *layout, GError **error)
{
  const char *name;
  json_t *entry;

  if (json_object_size (header) > PH_STORED_MAX_TENSORS)
    return ph_fail (error, PH_ERROR_RANGE, "%zu tensors, not up to %zu",
                    json_object_size (header), PH_STORED_MAX_TENSORS);
  self->tensors = g_new0 (PhStoredTensor, json_object_size (header));

  json_object_foreach (header, name, entry)
  {
    PhStoredTensor *tensor = &self->tensors[self->n_tensors];

    if (strcmp (name, METADATA) == 0) {
      if (!check_metadata (entry, error))
        return false;
      continue;
    }
    if (strlen (name) > PH_STORED_MAX_NAME)
      return ph_fail (error, PH_ERROR_RANGE,
                      "a tensor's name is %zu bytes long, not up to %zu", strlen (name),
                      PH_STORED_MAX_NAME);
    if (!read_tensor (entry, layout, tensor, error))
      return prefix_tensor (error, name);
    tensor->name = g_string_chunk_insert (self->names, name);
    self->n_tensors++;
  }
  return true;
}

static int
by_place (const void *a, const void *b)
{
  const PhStoredTensor *first = a, *second = b;

  if (first->data != second->data)
    return first->data < second->data ? -1 : 1;
  return (first->n_bytes > second->n_bytes) - (first->n_bytes < second->n_bytes);
}

static int
by_name (const void *a, const void *b)
{
  const PhStoredTensor *first = a, *second = b;

  return strcmp (first->name, second->name);
}

static void
sort (PhSafetensors *self, int (*compare) (const void *a, const void *b))
{
  if (self->n_tensors > 1)
    qsort (self->tensors, self->n_tensors, sizeof *self->tensors, compare);
}

/* The arrays must follow one another from the first byte to the last: bytes that belong
 * to two tensors or to none would be a place to hide something. */
static bool
check_contiguous (const PhSafetensors *self, const Layout *layout, GError **error)
{
  const uint8_t *next = layout->arrays;
  size_t n_left;

  for (size_t i = 0; i < self->n_tensors; i++) {
    const PhStoredTensor *tensor = &self->tensors[i];

    if (tensor->data != next) {
      ph_fail (error, PH_ERROR_FORMAT, "data_offsets begin at %zu, %s at %zu",
               (size_t) (tensor->data - layout->arrays),
               tensor->data < next ? "inside of another tensor that ends"
                                   : "behind a hole that begins",
               (size_t) (next - layout->arrays));
      return prefix_tensor (error, tensor->name);
    }
    next += tensor->n_bytes;
  }

  n_left = layout->n_arrays - (size_t) (next - layout->arrays);
  if (n_left > 0)
    return ph_fail (error, PH_ERROR_FORMAT, "%zu bytes at the end belong to no tensor",
                    n_left);
  return true;
}

static bool
read_file (PhSafetensors *self, GError **error)
{
  Layout layout = { 0 };
  g_autoptr (PhJson) header = NULL;

  if (!find_header (self->map, &layout, error))
    return false;
  header = ph_json_parse (layout.json, layout.n_json, MAX_VALUES, error);
  if (header == NULL) {
    g_prefix_error (error, "header: ");
    return false;
  }
  if (!read_tensors (self, header, &layout, error))
    return false;

  sort (self, by_place);
  if (!check_contiguous (self, &layout, error))
    return false;
  sort (self, by_name);
  return true;
}

PhSafetensors *
ph_safetensors_open (const char *path, GError **error)
{
  g_autoptr (PhSafetensors) self = g_new0 (PhSafetensors, 1);

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
ph_safetensors_free (PhSafetensors *self)
{
  g_clear_pointer (&self->map, ph_map_free);
  g_string_chunk_free (self->names);
  g_free (self->tensors);
  g_free (self);
}

size_t
ph_safetensors_get_n_tensors (const PhSafetensors *self)
{
  return self->n_tensors;
}

const PhStoredTensor *
ph_safetensors_get (const PhSafetensors *self, size_t index)
{
  g_assert (index < self->n_tensors);
  return &self->tensors[index];
}

const PhStoredTensor *
ph_safetensors_get_tensors (const PhSafetensors *self, size_t *n_tensors)
{
  *n_tensors = self->n_tensors;
  return self->tensors;
}

const PhStoredTensor *
ph_safetensors_find (const PhSafetensors *self, const char *name)
{
  PhStoredTensor key = { .name = name };

  return self->n_tensors == 0
             ? NULL
             : bsearch (&key, self->tensors, self->n_tensors, sizeof key, by_name);
}

const PhMap *
ph_safetensors_get_map (const PhSafetensors *self)
{
  return self->map;
}

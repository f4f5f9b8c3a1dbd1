#include "core/formats/safetensors.h"

#include "core/formats/newfile.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

/* Arrays follow one another from the widest type to the narrowest, so that each is
 * aligned to its own: the header is padded to the widest. */
#define ALIGNMENT 8
#define CHUNK 8192 /* numbers converted at a time */

static const struct {
  const char *name;
  size_t n_bytes;
} types[] = {
  [PH_ON_DISK_F32] = { "F32", 4 },   [PH_ON_DISK_F16] = { "F16", 2 },
  [PH_ON_DISK_BF16] = { "BF16", 2 }, [PH_ON_DISK_I32] = { "I32", 4 },
  [PH_ON_DISK_I64] = { "I64", 8 },
};

static uint32_t
bits_of (float value)
{
  uint32_t bits;

  memcpy (&bits, &value, sizeof bits);
  return bits;
}

uint16_t
ph_f16_from_f32 (float value)
{
  const uint32_t infinite = 0x7f800000, too_large = 0x477ff000,
                 smallest_normal = 0x38800000;
  uint32_t sign = bits_of (value) >> 16 & 0x8000;
  uint32_t size = bits_of (value) & 0x7fffffff;

  if (size > infinite)
    return (uint16_t) (sign | 0x7e00);
  if (size >= too_large)
    return (uint16_t) (sign | 0x7c00);

  /* A float near one half counts in steps of 2^-24, which are those of the small half-
   * precision numbers: the addition rounds as wanted. */
  if (size < smallest_normal)
    return (uint16_t) (sign | (bits_of (fabsf (value) + 0.5f) - bits_of (0.5f)));

  /* Half of the last place, less one where the place is even; a carry into the exponent
   * is right.  The exponents' biases differ by 112. */
  size += 0x0fff + (size >> 13 & 1);
  return (uint16_t) (sign | (size - (112u << 23)) >> 13);
}

uint16_t
ph_bf16_from_f32 (float value)
{
  uint32_t bits = bits_of (value);

  if (isnan (value))
    return (uint16_t) (bits >> 16 | 0x40);
  return (uint16_t) ((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

static size_t
n_elements (const PhTensorToWrite *tensor)
{
  size_t n = 1;

  for (int d = 0; d < tensor->n_dims; d++)
    n *= tensor->dims[d];
  return n;
}

/* Pointers to the tensors in the order of their arrays. */
static const PhTensorToWrite **
order (const PhTensorToWrite *tensors, size_t n_tensors)
{
  const PhTensorToWrite **ordered = g_new (const PhTensorToWrite *, n_tensors);
  size_t n_ordered = 0;

  for (size_t width = ALIGNMENT; width > 0; width /= 2)
    for (size_t i = 0; i < n_tensors; i++)
      if (types[tensors[i].type].n_bytes == width)
        ordered[n_ordered++] = &tensors[i];
  return ordered;
}

static json_t *
describe (const PhTensorToWrite *tensor, size_t begin, size_t end)
{
  json_t *shape = json_array ();

  for (int d = 0; d < tensor->n_dims; d++)
    json_array_append_new (shape, json_integer ((json_int_t) tensor->dims[d]));
  return json_pack ("{s:s, s:o, s:[I, I]}", "dtype", types[tensor->type].name, "shape",
                    shape, "data_offsets", (json_int_t) begin, (json_int_t) end);
}

/* The header with its length in front, padded with spaces. */
static GString *
make_header (const PhTensorToWrite *const *tensors, size_t n_tensors)
{
  json_t *header = json_pack ("{s:{s:s}}", "__metadata__", "format", "pt");
  GString *text = g_string_new ("12345678");
  size_t end = 0;
  char *json;
  uint64_t length;

  for (size_t i = 0; i < n_tensors; i++) {
    size_t begin = end;

    end += n_elements (tensors[i]) * types[tensors[i]->type].n_bytes;
    g_assert (json_object_get (header, tensors[i]->name) == NULL);
    json_object_set_new (header, tensors[i]->name, describe (tensors[i], begin, end));
  }

  json = json_dumps (header, JSON_COMPACT);
  g_string_append (text, json);
  while (text->len % ALIGNMENT != 0)
    g_string_append_c (text, ' ');
  length = text->len - sizeof length;
  memcpy (text->str, &length, sizeof length);

  free (json);
  json_decref (header);
  return text;
}

static bool
write_halves (PhNewFile *file,
              const float *values,
              size_t n_values,
              uint16_t (*convert) (float value),
              GError **error)
{
  uint16_t halves[CHUNK];

  for (size_t begin = 0; begin < n_values; begin += CHUNK) {
    size_t n = MIN (n_values - begin, CHUNK);

    for (size_t i = 0; i < n; i++)
      halves[i] = convert (values[begin + i]);
    if (!ph_new_file_write (file, halves, n * sizeof *halves, error))
      return false;
  }
  return true;
}

static bool
write_array (PhNewFile *file, const PhTensorToWrite *tensor, GError **error)
{
  size_t n = n_elements (tensor);

  switch (tensor->type) {
  case PH_ON_DISK_F16:
    return write_halves (file, tensor->data, n, ph_f16_from_f32, error);
  case PH_ON_DISK_BF16:
    return write_halves (file, tensor->data, n, ph_bf16_from_f32, error);
  default:
    return ph_new_file_write (file, tensor->data, n * types[tensor->type].n_bytes, error);
  }
}

bool
ph_safetensors_write (const char *path,
                      const PhTensorToWrite *tensors,
                      size_t n_tensors,
                      GError **error)
{
  g_autofree const PhTensorToWrite **ordered = order (tensors, n_tensors);
  g_autoptr (GString) header = make_header (ordered, n_tensors);
  g_autoptr (PhNewFile) file = ph_new_file_open (path, error);

  if (file == NULL || !ph_new_file_write (file, header->str, header->len, error))
    return false;
  for (size_t i = 0; i < n_tensors; i++)
    if (!write_array (file, ordered[i], error))
      return false;
  return ph_new_file_commit (file, error);
}

#include "core/base/snapshot.h"

#include "core/base/checked.h"
#include "core/base/error.h"

#include <math.h>
#include <string.h>

/* The bytes: magic, version, five sizes, the layers' numbers (all 32-bit), one 32-bit
 * float scale for each row of keys, then the rows.  Those of text are followed by the
 * labels, each with a 0 behind it. */
#define MAGIC 0x4e534850u /* "PHSN" */
#define VERSION_QUERIES 1u
#define VERSION_TEXT 2u
#define N_HEADER 7
#define MAX_SIDE 4096

struct _PhSnapshot {
  PhSnapshotShape shape;
  size_t n_keys;
  size_t n_rows_of_keys; /* layers × heads × queries */
  float *scales;         /* layer by head by query */
  guint8 *values;        /* layer by head by query by key */
  char **labels;         /* one a query, or NULL */
};

static PhSnapshot *
allocate (const PhSnapshotShape *shape)
{
  PhSnapshot *self = g_atomic_rc_box_new0 (PhSnapshot);

  self->shape = *shape;
  self->n_keys = 1 + (size_t) shape->n_rows * (size_t) shape->n_columns;
  self->n_rows_of_keys =
      (size_t) shape->n_layers * (size_t) shape->n_heads * (size_t) shape->n_queries;
  self->scales = g_new0 (float, self->n_rows_of_keys);
  self->values = g_malloc0 (self->n_rows_of_keys * self->n_keys);
  return self;
}

static float
largest (const float *row, size_t n)
{
  float peak = 0;

  for (size_t i = 0; i < n; i++)
    peak = MAX (peak, row[i]);
  return peak;
}

PhSnapshot *
ph_snapshot_new (const PhSnapshotShape *shape, const float *cross)
{
  PhSnapshot *self = allocate (shape);

  for (size_t r = 0; r < self->n_rows_of_keys; r++) {
    const float *row = cross + r * self->n_keys;
    float peak = largest (row, self->n_keys);

    self->scales[r] = peak / 255.0f;
    for (size_t k = 0; peak > 0 && k < self->n_keys; k++)
      self->values[r * self->n_keys + k] = (guint8) lrintf (row[k] / peak * 255.0f);
  }

  return self;
}

PhSnapshot *
ph_snapshot_new_of_text (const PhSnapshotShape *shape,
                         const float *cross,
                         const char *const *labels)
{
  PhSnapshot *self = ph_snapshot_new (shape, cross);

  self->labels = g_new0 (char *, (size_t) shape->n_queries + 1);
  for (int i = 0; i < shape->n_queries; i++)
    self->labels[i] = g_strdup (labels[i]);
  return self;
}

PhSnapshot *
ph_snapshot_ref (PhSnapshot *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
clear (void *data)
{
  PhSnapshot *self = data;

  g_free (self->scales);
  g_free (self->values);
  g_strfreev (self->labels);
}

void
ph_snapshot_unref (PhSnapshot *self)
{
  g_atomic_rc_box_release_full (self, clear);
}

const PhSnapshotShape *
ph_snapshot_get_shape (const PhSnapshot *self)
{
  return &self->shape;
}

const char *
ph_snapshot_get_label (const PhSnapshot *self, int query)
{
  g_assert (query >= 0 && query < self->shape.n_queries);
  return self->labels != NULL ? self->labels[query] : NULL;
}

static void
add_row (const PhSnapshot *self, size_t row, float *sums)
{
  const guint8 *values = self->values + row * self->n_keys;

  for (size_t k = 0; k < self->n_keys; k++)
    sums[k] += self->scales[row] * values[k];
}

/* Adds the rows that the selection names and scales them to add up to 1: eight bits
 * leave each row's sum a little off. */
static void
select_row (const PhSnapshot *self, int layer, int head, int query, float *keys)
{
  const PhSnapshotShape *shape = &self->shape;
  float total = 0;

  g_assert (layer < shape->n_layers && head < shape->n_heads && query < shape->n_queries);

  memset (keys, 0, self->n_keys * sizeof *keys);
  for (int l = MAX (layer, 0); l < (layer < 0 ? shape->n_layers : layer + 1); l++)
    for (int h = MAX (head, 0); h < (head < 0 ? shape->n_heads : head + 1); h++)
      for (int q = MAX (query, 0); q < (query < 0 ? shape->n_queries : query + 1); q++)
        add_row (self, ((size_t) l * shape->n_heads + h) * shape->n_queries + q, keys);

  for (size_t k = 0; k < self->n_keys; k++)
    total += keys[k];
  for (size_t k = 0; total > 0 && k < self->n_keys; k++)
    keys[k] /= total;
}

float
ph_snapshot_map (const PhSnapshot *self, int layer, int head, int query, float *patches)
{
  g_autofree float *keys = g_new (float, self->n_keys);

  select_row (self, layer, head, query, keys);
  memcpy (patches, keys + 1, (self->n_keys - 1) * sizeof *patches);
  return keys[0];
}

float
ph_snapshot_entropy (const PhSnapshot *self, int layer, int head, int query)
{
  g_autofree float *keys = g_new (float, self->n_keys);
  float entropy = 0;

  select_row (self, layer, head, query, keys);
  for (size_t k = 0; k < self->n_keys; k++)
    if (keys[k] > 0)
      entropy -= keys[k] * log2f (keys[k]);
  return entropy;
}

static void
append_u32 (GByteArray *out, guint32 value)
{
  value = GUINT32_TO_LE (value);
  g_byte_array_append (out, (const guint8 *) &value, sizeof value);
}

GBytes *
ph_snapshot_to_bytes (const PhSnapshot *self)
{
  const PhSnapshotShape *shape = &self->shape;
  GByteArray *out = g_byte_array_new ();

  append_u32 (out, MAGIC);
  append_u32 (out, self->labels != NULL ? VERSION_TEXT : VERSION_QUERIES);
  append_u32 (out, (guint32) shape->n_layers);
  append_u32 (out, (guint32) shape->n_heads);
  append_u32 (out, (guint32) shape->n_queries);
  append_u32 (out, (guint32) shape->n_rows);
  append_u32 (out, (guint32) shape->n_columns);
  for (int i = 0; i < shape->n_layers; i++)
    append_u32 (out, (guint32) shape->layers[i]);
  for (size_t r = 0; r < self->n_rows_of_keys; r++) {
    guint32 bits;

    memcpy (&bits, &self->scales[r], sizeof bits);
    append_u32 (out, bits);
  }
  g_byte_array_append (out, self->values, (guint) (self->n_rows_of_keys * self->n_keys));
  for (int i = 0; self->labels != NULL && i < shape->n_queries; i++)
    g_byte_array_append (out, (const guint8 *) self->labels[i],
                         (guint) strlen (self->labels[i]) + 1);

  return g_byte_array_free_to_bytes (out);
}

static guint32
u32_at (const guint8 *bytes, size_t index)
{
  guint32 value;

  memcpy (&value, bytes + 4 * index, sizeof value);
  return GUINT32_FROM_LE (value);
}

static bool
read_shape (const guint8 *data, size_t n_bytes, PhSnapshotShape *shape, GError **error)
{
  int *fields[] = { &shape->n_layers, &shape->n_heads, &shape->n_queries, &shape->n_rows,
                    &shape->n_columns };

  if (n_bytes < 4 * N_HEADER || u32_at (data, 0) != MAGIC)
    return ph_fail (error, PH_ERROR_FORMAT, "attention record: not one (%zu bytes)",
                    n_bytes);
  if (u32_at (data, 1) != VERSION_QUERIES && u32_at (data, 1) != VERSION_TEXT)
    return ph_fail (error, PH_ERROR_UNSUPPORTED,
                    "attention record: version %u, not %u or %u", u32_at (data, 1),
                    VERSION_QUERIES, VERSION_TEXT);
  for (size_t i = 0; i < G_N_ELEMENTS (fields); i++) {
    guint32 value = u32_at (data, 2 + i);

    if (value < 1 || value > MAX_SIDE)
      return ph_fail (error, PH_ERROR_RANGE,
                      "attention record: size %zu is %u, not 1 to %d", i, value,
                      MAX_SIDE);
    *fields[i] = (int) value;
  }
  if (shape->n_layers > PH_SNAPSHOT_MAX_LAYERS)
    return ph_fail (error, PH_ERROR_RANGE, "attention record: %d layers, not 1 to %d",
                    shape->n_layers, PH_SNAPSHOT_MAX_LAYERS);
  return true;
}

/* All the bytes there must be, or false where the product does not fit. */
static bool
bytes_needed (const PhSnapshotShape *shape, uint64_t *n_bytes)
{
  uint64_t dims[] = { (uint64_t) shape->n_layers, (uint64_t) shape->n_heads,
                      (uint64_t) shape->n_queries };
  uint64_t n_keys = 1 + (uint64_t) shape->n_rows * (uint64_t) shape->n_columns;
  uint64_t rows;

  return ph_product_ok (dims, G_N_ELEMENTS (dims), &rows) &&
         ph_mul_ok (rows, n_keys + 4, n_bytes) &&
         ph_add_ok (*n_bytes, 4 * (N_HEADER + (uint64_t) shape->n_layers), n_bytes);
}

/* The labels that fill @n_bytes exactly. */
static bool
read_labels (PhSnapshot *self, const char *text, size_t n_bytes, GError **error)
{
  const char *end = text + n_bytes;
  int n = self->shape.n_queries;

  self->labels = g_new0 (char *, (size_t) n + 1);
  for (int i = 0; i < n; i++) {
    const char *stop = memchr (text, '\0', (size_t) (end - text));

    if (stop == NULL || !g_utf8_validate (text, stop - text, NULL))
      return ph_fail (error, PH_ERROR_FORMAT, "attention record: label %d is not one", i);
    self->labels[i] = g_strdup (text);
    text = stop + 1;
  }
  if (text != end)
    return ph_fail (error, PH_ERROR_FORMAT, "attention record: %zu bytes too many",
                    (size_t) (end - text));
  return true;
}

PhSnapshot *
ph_snapshot_from_bytes (GBytes *bytes, GError **error)
{
  size_t n_bytes;
  const guint8 *data = g_bytes_get_data (bytes, &n_bytes);
  PhSnapshotShape shape = { 0 };
  g_autoptr (PhSnapshot) self = NULL;
  bool of_text;
  uint64_t needed;

  if (!read_shape (data, n_bytes, &shape, error))
    return NULL;
  of_text = u32_at (data, 1) == VERSION_TEXT;
  if (!bytes_needed (&shape, &needed) || needed > n_bytes ||
      (needed < n_bytes && !of_text)) {
    ph_fail (error, PH_ERROR_FORMAT,
             "attention record: %zu bytes are not what its sizes ask", n_bytes);
    return NULL;
  }

  for (int i = 0; i < shape.n_layers; i++)
    shape.layers[i] = (int) u32_at (data, N_HEADER + (size_t) i);
  self = allocate (&shape);
  data += 4 * (N_HEADER + (size_t) shape.n_layers);
  for (size_t r = 0; r < self->n_rows_of_keys; r++) {
    guint32 bits = u32_at (data, r);

    memcpy (&self->scales[r], &bits, sizeof bits);
    if (!isfinite (self->scales[r]) || self->scales[r] < 0)
      self->scales[r] = 0;
  }
  data += 4 * self->n_rows_of_keys;
  memcpy (self->values, data, self->n_rows_of_keys * self->n_keys);
  data += self->n_rows_of_keys * self->n_keys;
  if (of_text &&
      !read_labels (self, (const char *) data, n_bytes - (size_t) needed, error))
    return NULL;
  return g_steal_pointer (&self);
}

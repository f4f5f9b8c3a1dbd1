#include "core/base/snapshot.h"

#include "core/base/error.h"
#include "core/base/measures.h"
#include "core/base/shares.h"

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
  PhShares cross; /* (layer by head by query) by key */
  char **labels;  /* one a query, or NULL */
};

static size_t
count_rows (const PhSnapshotShape *shape)
{
  return (size_t) shape->n_layers * (size_t) shape->n_heads * (size_t) shape->n_queries;
}

static size_t
count_patches (const PhSnapshotShape *shape)
{
  return (size_t) shape->n_rows * (size_t) shape->n_columns;
}

PhSnapshot *
ph_snapshot_new (const PhSnapshotShape *shape, const float *cross)
{
  PhSnapshot *self = g_atomic_rc_box_new0 (PhSnapshot);

  self->shape = *shape;
  ph_shares_init (&self->cross, count_rows (shape), 1 + count_patches (shape), cross);
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

  ph_shares_clear (&self->cross);
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

/* The mean of the rows that the selection names, scaled to add up to 1: eight bits leave
 * each row's sum a little off. */
static void
select_row (const PhSnapshot *self, int layer, int head, int query, float *keys)
{
  const PhSnapshotShape *shape = &self->shape;
  const int sizes[] = { shape->n_layers, shape->n_heads, shape->n_queries };
  const int chosen[] = { layer, head, query };

  ph_shares_mean (&self->cross, sizes, chosen, keys);
  ph_measure_scale (keys, self->cross.n_columns);
}

float
ph_snapshot_map (const PhSnapshot *self, int layer, int head, int query, float *patches)
{
  size_t n_keys = self->cross.n_columns;
  g_autofree float *keys = g_new (float, n_keys);

  select_row (self, layer, head, query, keys);
  memcpy (patches, keys + 1, (n_keys - 1) * sizeof *patches);
  return keys[0];
}

float
ph_snapshot_entropy (const PhSnapshot *self, int layer, int head, int query)
{
  g_autofree float *keys = g_new (float, self->cross.n_columns);

  select_row (self, layer, head, query, keys);
  return ph_measure_entropy (keys, self->cross.n_columns);
}

size_t
ph_snapshot_find_artefacts (const PhSnapshot *self, bool *artefacts)
{
  const PhSnapshotShape *shape = &self->shape;
  size_t n = count_patches (shape), at = 0;
  size_t n_maps = (size_t) shape->n_layers * (size_t) shape->n_queries;
  g_autofree float *maps = g_new (float, n_maps *n);

  for (int layer = 0; layer < shape->n_layers; layer++)
    for (int query = 0; query < shape->n_queries; query++)
      ph_snapshot_map (self, layer, PH_SNAPSHOT_MEAN, query, maps + n * at++);
  return ph_measure_artefacts (maps, n_maps, n, artefacts);
}

GBytes *
ph_snapshot_to_bytes (const PhSnapshot *self)
{
  const PhSnapshotShape *shape = &self->shape;
  GByteArray *out = g_byte_array_new ();

  ph_blob_add_u32 (out, MAGIC);
  ph_blob_add_u32 (out, self->labels != NULL ? VERSION_TEXT : VERSION_QUERIES);
  ph_blob_add_u32 (out, (guint32) shape->n_layers);
  ph_blob_add_u32 (out, (guint32) shape->n_heads);
  ph_blob_add_u32 (out, (guint32) shape->n_queries);
  ph_blob_add_u32 (out, (guint32) shape->n_rows);
  ph_blob_add_u32 (out, (guint32) shape->n_columns);
  for (int i = 0; i < shape->n_layers; i++)
    ph_blob_add_u32 (out, (guint32) shape->layers[i]);
  ph_shares_write (&self->cross, out);
  for (int i = 0; self->labels != NULL && i < shape->n_queries; i++)
    ph_blob_add_text (out, self->labels[i]);

  return g_byte_array_free_to_bytes (out);
}

static bool
read_version (PhBlob *from, bool *of_text, GError **error)
{
  size_t n_bytes = from->n_left;
  uint32_t magic, version;

  if (!ph_blob_take_u32 (from, &magic) || magic != MAGIC ||
      !ph_blob_take_u32 (from, &version))
    return ph_fail (error, PH_ERROR_FORMAT, "attention record: not one (%zu bytes)",
                    n_bytes);
  *of_text = version == VERSION_TEXT;
  if (version != VERSION_QUERIES && version != VERSION_TEXT)
    return ph_fail (error, PH_ERROR_UNSUPPORTED,
                    "attention record: version %u, not %u or %u", version,
                    VERSION_QUERIES, VERSION_TEXT);
  return true;
}

static bool
read_shape (PhBlob *from, PhSnapshotShape *shape, GError **error)
{
  const struct {
    const char *what;
    int *value, most;
  } sizes[] = {
    { "layers", &shape->n_layers, PH_SNAPSHOT_MAX_LAYERS },
    { "heads", &shape->n_heads, MAX_SIDE },
    { "queries", &shape->n_queries, MAX_SIDE },
    { "rows of patches", &shape->n_rows, MAX_SIDE },
    { "columns of patches", &shape->n_columns, MAX_SIDE },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (sizes); i++)
    if (!ph_blob_take_int (from, 1, sizes[i].most, sizes[i].value))
      return ph_fail (error, PH_ERROR_RANGE,
                      "attention record: the number of %s is not 1 to %d", sizes[i].what,
                      sizes[i].most);
  for (int i = 0; i < shape->n_layers; i++)
    if (!ph_blob_take_int (from, 0, G_MAXINT, &shape->layers[i]))
      return ph_fail (error, PH_ERROR_RANGE, "attention record: layer %d has no number",
                      i);
  return true;
}

static bool
read_labels (PhSnapshot *self, PhBlob *from, GError **error)
{
  int n = self->shape.n_queries;

  self->labels = g_new0 (char *, (size_t) n + 1);
  for (int i = 0; i < n; i++) {
    const char *label;

    if (!ph_blob_take_text (from, &label))
      return ph_fail (error, PH_ERROR_FORMAT, "attention record: label %d is not one", i);
    self->labels[i] = g_strdup (label);
  }
  return true;
}

static bool
read_rest (PhSnapshot *self, PhBlob *from, bool of_text, GError **error)
{
  const PhSnapshotShape *shape = &self->shape;

  if (!ph_shares_read (&self->cross, count_rows (shape), 1 + count_patches (shape), from))
    return ph_fail (error, PH_ERROR_FORMAT,
                    "attention record: %zu bytes left, too few for its sizes",
                    from->n_left);
  if (of_text && !read_labels (self, from, error))
    return false;
  if (from->n_left > 0)
    return ph_fail (error, PH_ERROR_FORMAT, "attention record: %zu bytes too many",
                    from->n_left);
  return true;
}

PhSnapshot *
ph_snapshot_from_bytes (GBytes *bytes, GError **error)
{
  g_autoptr (PhSnapshot) self = NULL;
  PhSnapshotShape shape = { 0 };
  PhBlob from;
  bool of_text;

  from.bytes = g_bytes_get_data (bytes, &from.n_left);
  if (!read_version (&from, &of_text, error) || !read_shape (&from, &shape, error))
    return NULL;
  self = g_atomic_rc_box_new0 (PhSnapshot);
  self->shape = shape;
  if (!read_rest (self, &from, of_text, error))
    return NULL;
  return g_steal_pointer (&self);
}

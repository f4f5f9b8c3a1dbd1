#include "core/models/recorder.h"

#include <string.h>

/* head by row by key, as one call of the probe told it. */
typedef struct {
  int layer;
  size_t n_heads, n_rows, n_keys;
  float *values;
} Piece;

static void
clear_piece (gpointer data)
{
  g_free (((Piece *) data)->values);
}

static void
see (PhProbe *probe, PhProbePoint point, int layer, PhTensor *values)
{
  PhRecorder *self = (PhRecorder *) probe;

  if (self->outer != NULL && (self->outer->wanted & PH_WANTED (point)) != 0)
    self->outer->see (self->outer, point, layer, values);
  /* Beams stand side by side: none of them is the answer yet. */
  if (point == self->point && values->dims[0] == 1) {
    Piece piece = { layer, values->dims[1], values->dims[2], values->dims[3],
                    g_memdup2 (values->data, ph_n_elements (values) * sizeof (float)) };

    g_array_append_val (self->pieces, piece);
  }
}

PhPass
ph_recorder_start (PhRecorder *self, const PhPass *pass, PhProbePoint point)
{
  unsigned others = pass->probe != NULL ? pass->probe->wanted : 0;
  PhPass recorded = *pass;

  *self = (PhRecorder){
    .probe = { .wanted = PH_WANTED (point) | others, .see = see },
    .outer = pass->probe,
    .point = point,
    .pieces = g_array_new (FALSE, FALSE, sizeof (Piece)),
  };
  g_array_set_clear_func (self->pieces, clear_piece);
  recorded.probe = &self->probe;
  return recorded;
}

/* Layers in the order they were first seen, and the rows of one of them together. */
static void
measure (const PhRecorder *self, PhSnapshotShape *shape)
{
  for (guint i = 0; i < self->pieces->len; i++) {
    const Piece *piece = &g_array_index (self->pieces, Piece, i);

    if (shape->n_layers == 0 || piece->layer > shape->layers[shape->n_layers - 1])
      shape->layers[shape->n_layers++] = piece->layer;
    if (piece->layer == shape->layers[0])
      shape->n_queries += (int) piece->n_rows;
    shape->n_heads = (int) piece->n_heads;
  }
}

/* The rows of @layer, head by row by key, from all its pieces. */
static void
gather (const PhRecorder *self, const PhSnapshotShape *shape, int layer, float *out)
{
  size_t at = 0;

  for (guint i = 0; i < self->pieces->len; i++) {
    const Piece *piece = &g_array_index (self->pieces, Piece, i);
    size_t n = piece->n_rows * piece->n_keys;

    if (piece->layer != layer)
      continue;
    for (size_t head = 0; head < piece->n_heads; head++)
      memcpy (out + (head * (size_t) shape->n_queries + at) * piece->n_keys,
              piece->values + head * n, n * sizeof *out);
    at += piece->n_rows;
  }
}

static PhSnapshot *
make_snapshot (const PhRecorder *self,
               int n_rows,
               int n_columns,
               const char *const *labels)
{
  PhSnapshotShape shape = { .n_rows = n_rows, .n_columns = n_columns };
  size_t n_keys = 1 + (size_t) n_rows * (size_t) n_columns, n_layer;
  g_autofree float *cross = NULL;

  measure (self, &shape);
  n_layer = (size_t) shape.n_heads * (size_t) shape.n_queries * n_keys;
  cross = g_new (float, (size_t) shape.n_layers *n_layer);
  for (int i = 0; i < shape.n_layers; i++)
    gather (self, &shape, shape.layers[i], cross + (size_t) i * n_layer);
  if (labels == NULL)
    return ph_snapshot_new (&shape, cross);
  g_assert (g_strv_length ((char **) labels) == (guint) shape.n_queries);
  return ph_snapshot_new_of_text (&shape, cross, labels);
}

PhSnapshot *
ph_recorder_finish (PhRecorder *self,
                    int n_rows,
                    int n_columns,
                    const char *const *labels,
                    bool wanted)
{
  PhSnapshot *snapshot = NULL;

  if (wanted && self->pieces->len > 0)
    snapshot = make_snapshot (self, n_rows, n_columns, labels);
  g_array_unref (self->pieces);
  return snapshot;
}

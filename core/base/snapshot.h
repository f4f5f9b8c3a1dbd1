/* snapshot.h - what the queries looked at in one turn
 *
 * The cross-attention of the Q-Former, layer by head by query by key, quantised to
 * eight bits with one scale a row of keys.  Key 0 is the class token, the others are
 * the patches, row by row.  The 0.59 MB of a full-size model make a turn that can be
 * reopened without running anything.
 *
 * In BLIP the text itself looks at the picture: its tokens stand where the queries do,
 * and each has a label.
 *
 * A snapshot never changes once made and is shared by reference; the counter is atomic,
 * so it may cross threads.  A number read from one is within 1/510 of its row's largest.
 *
 * What else is kept of an answer is in record.h.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

G_BEGIN_DECLS

#define PH_SNAPSHOT_MAX_LAYERS 64
#define PH_SNAPSHOT_MEAN (-1)

typedef struct {
  int n_layers; /* with cross-attention */
  int n_heads;
  int n_queries;
  int n_rows;                         /* of patches */
  int n_columns;                      /* of patches */
  int layers[PH_SNAPSHOT_MAX_LAYERS]; /* their numbers among all layers, ascending */
} PhSnapshotShape;

typedef struct _PhSnapshot PhSnapshot;

/* @cross is layer by head by query by key, each row of keys a distribution;
 * n_keys = 1 + n_rows × n_columns.  The values are copied. */
PhSnapshot *ph_snapshot_new (const PhSnapshotShape *shape, const float *cross);
/* The same for tokens of text, one of @labels a query: UTF-8, copied. */
PhSnapshot *ph_snapshot_new_of_text (const PhSnapshotShape *shape,
                                     const float *cross,
                                     const char *const *labels);
PhSnapshot *ph_snapshot_ref (PhSnapshot *self);
void ph_snapshot_unref (PhSnapshot *self);

const PhSnapshotShape *ph_snapshot_get_shape (const PhSnapshot *self);
/* The token that stands for @query, borrowed; NULL where it is a query. */
const char *ph_snapshot_get_label (const PhSnapshot *self, int query);

/* The map of one layer (an index into shape->layers), head and query, or their mean
 * where PH_SNAPSHOT_MEAN stands.  Writes n_rows by n_columns shares to @patches and
 * returns the share of the class token; together they add up to 1.
 * Main thread or any other; about 0.1 ms for the mean of everything. */
float
ph_snapshot_map (const PhSnapshot *self, int layer, int head, int query, float *patches);

/* Numbers that order queries: entropy in bits over patches and class token. */
float ph_snapshot_entropy (const PhSnapshot *self, int layer, int head, int query);

/* Suspects that draw attention whoever looks (measures.h), among the mean maps over heads
 * of every layer and query: sets n_rows by n_columns flags and returns how many are set.
 * About 5 ms at full size. */
size_t ph_snapshot_find_artefacts (const PhSnapshot *self, bool *artefacts);

/* The record as it is stored: versioned, little endian, checked on the way back. */
GBytes *ph_snapshot_to_bytes (const PhSnapshot *self);
PhSnapshot *ph_snapshot_from_bytes (GBytes *bytes, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PhSnapshot, ph_snapshot_unref)

G_END_DECLS

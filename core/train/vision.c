/* The vision transformer alone, with what a drawn scene knows of every patch as its
 * target, so that what language will ask for is there to be looked up: kind, colour,
 * size, region and the way to the centre of the thing that covers the patch.  The class
 * token says which kinds and colours there are, and how many things.
 *
 * Shape is the hard part.  Two things carry it over a plateau on which a plain start
 * stays: after the first block each patch must tell its own outline, after the second
 * that of its neighbourhood, after the third that of a wider one; and in those blocks
 * attention starts out looking at neighbours, one direction a head.
 *
 * The heads are thrown away afterwards. */
#include "core/train/vision.h"

#include "core/base/error.h"
#include "core/tensor/ops.h"

#include <math.h>
#include <string.h>

#define GRID PH_SCENE_GRID
#define N_PATCHES PH_SCENE_N_PATCHES
#define N_TOKENS (1 + N_PATCHES)

/* Kinds with every digit one of its own, and 0 for the ground. */
#define N_CLASSES (PH_N_KINDS - 1 + 10 + 1)
#define N_PRESENT (N_CLASSES - 1 + PH_N_COLORS)
#define N_COUNTS (PH_SCENE_MAX_THINGS + 1)
#define NEAR 5 /* neighbourhoods of 5 by 5 and 7 by 7 patches */
#define WIDE 7
#define NEAR_CELLS 4 /* 2 by 2 in each patch */
#define GROUND_WEIGHT 0.15f

typedef struct {
  PhWorkbench *bench;
  PhVisionHeads heads;
} Vision;

enum {
  WIDTH,
  CLASSES,
  COLORS,
  SIZES,
  REGIONS,
  TWO,
  ONE,
  PRESENT,
  COUNTS,
  OWN,
  NEARS,
  WIDES,
  N_SIZES
};

static const size_t sizes[N_SIZES] = {
  [CLASSES] = N_CLASSES,
  [COLORS] = PH_N_COLORS + 1,
  [SIZES] = PH_N_SIZES + 1,
  [REGIONS] = PH_SCENE_N_REGIONS,
  [TWO] = 2,
  [ONE] = 1,
  [PRESENT] = N_PRESENT,
  [COUNTS] = N_COUNTS,
  [OWN] = PH_SCENE_N_CELLS,
  [NEARS] = NEAR * NEAR * NEAR_CELLS,
  [WIDES] = WIDE * WIDE,
};

#define HEAD(field, out) PH_AFFINE (PhVisionHeads, field, #field, out, WIDTH)

static const PhWeight head_weights[] = {
  HEAD (kind, CLASSES),    HEAD (color, COLORS), HEAD (size, SIZES),
  HEAD (region, REGIONS),  HEAD (offset, TWO),   HEAD (center, ONE),
  HEAD (present, PRESENT), HEAD (count, COUNTS), HEAD (own, OWN),
  HEAD (near, NEARS),      HEAD (wide, WIDES),
};

static void *
vision_new (PhWorkbench *bench, GError **error)
{
  Vision *self = g_new0 (Vision, 1);

  self->bench = bench;
  return self;
}

bool
ph_vision_heads_bind (PhVisionHeads *self, PhBinder *binder, size_t width, GError **error)
{
  size_t with_width[N_SIZES];

  memcpy (with_width, sizes, sizeof sizes);
  with_width[WIDTH] = width;
  return ph_weights_bind (binder, "train.vision.", head_weights,
                          G_N_ELEMENTS (head_weights), self, with_width, error);
}

static bool
vision_bind (void *data, PhBinder *binder, GError **error)
{
  Vision *self = data;

  return ph_vision_heads_bind (&self->heads, binder, self->bench->net.vit.config.width,
                               error);
}

/* --- the start --- */

/* Frequencies that the directional start reads, of the position code's quarter. */
#define N_READ 4

static float
frequency (size_t index, size_t quarter)
{
  return powf (100, -(float) index / (float) quarter);
}

static size_t
read_index (size_t i, size_t quarter)
{
  return i * quarter / (2 * N_READ);
}

/* Sine and cosine of column, then of row, a quarter of the channels each. */
static void
start_positions (const PhVit *vit)
{
  size_t width = vit->config.width, quarter = width / 4;
  float *positions = vit->position_embedding.data;

  memset (positions, 0, width * sizeof *positions);
  for (size_t patch = 0; patch < N_PATCHES; patch++) {
    float *row = positions + (1 + patch) * width;
    float place[2] = { (float) (patch % GRID), (float) (patch / GRID) };

    for (size_t axis = 0; axis < 2; axis++)
      for (size_t i = 0; i < quarter; i++) {
        row[(2 * axis) * quarter + i] =
            0.7f * sinf (place[axis] * frequency (i, quarter));
        row[(2 * axis + 1) * quarter + i] =
            0.7f * cosf (place[axis] * frequency (i, quarter));
      }
  }
}

/* The channels that carry the directions hold little of the picture. */
static void
quieten_patches (const PhVit *vit)
{
  size_t width = vit->config.width, quarter = width / 4;
  size_t n_in = 3 * vit->config.patch * vit->config.patch;
  float *w = vit->patch_embedding.w.data;

  for (size_t i = 0; i < width * n_in; i++)
    w[i] *= 0.7f;
  for (size_t block = 0; block < 4; block++)
    for (size_t i = 0; i < N_READ; i++)
      for (size_t k = 0; k < n_in; k++)
        w[(block * quarter + read_index (i, quarter)) * n_in + k] *= 0.02f;
}

/* Head by head: the key reads the position code, the query reads it turned by the way to
 * a neighbour, so that their product is largest there. */
static void
look_at_neighbour (float *q, float *k, size_t width, const int offset[2])
{
  const float gain = 3;
  size_t quarter = width / 4;

  for (size_t axis = 0; axis < 2; axis++)
    for (size_t i = 0; i < N_READ; i++) {
      size_t index = read_index (i, quarter);
      size_t sine = axis * 2 * quarter + index, cosine = sine + quarter;
      size_t row = (axis * 2 * N_READ + 2 * i) * width;
      float angle = frequency (index, quarter) * (float) offset[axis];

      k[row + sine] += gain;
      k[row + width + cosine] += gain;
      q[row + sine] += gain * cosf (angle);
      q[row + cosine] += gain * sinf (angle);
      q[row + width + cosine] += gain * cosf (angle);
      q[row + width + sine] -= gain * sinf (angle);
    }
}

static void
start_directions (const PhVit *vit, size_t layer)
{
  static const int directions[8][2] = { { 0, -1 },  { 0, 1 },  { -1, 0 }, { 1, 0 },
                                        { -1, -1 }, { 1, -1 }, { -1, 1 }, { 1, 1 } };
  static const int distances[] = { 1, 1, 2, 2, 3, 3 };
  size_t width = vit->config.width, size = width / vit->config.n_heads;
  float *q = vit->blocks[layer].qkv.w.data, *k = q + width * width;

  for (size_t i = 0; i < 2 * width * width; i++)
    q[i] *= 0.3f;
  for (size_t head = 0; head < vit->config.n_heads; head++) {
    int distance = distances[MIN (layer, G_N_ELEMENTS (distances) - 1)];
    int offset[2] = { directions[head % 8][0] * distance,
                      directions[head % 8][1] * distance };

    look_at_neighbour (q + head * size * width, k + head * size * width, width, offset);
  }
}

static void
scale (PhTensor *x, float factor)
{
  for (size_t i = 0; i < ph_n_elements (x); i++)
    x->data[i] *= factor;
}

static bool
vision_start (void *data, GError **error)
{
  Vision *self = data;
  PhVit *vit = &self->bench->net.vit;
  float residual = 1 / sqrtf (2 * (float) vit->config.n_layers);

  if (vit->config.width / vit->config.n_heads < 4 * N_READ ||
      vit->config.side / vit->config.patch != GRID || vit->config.n_layers < 4)
    return ph_fail (
        error, PH_ERROR_UNSUPPORTED,
        "%s: vision needs 4 layers or more, heads of %d or more and %d by %d patches",
        self->bench->recipe->path, 4 * N_READ, GRID, GRID);
  start_positions (vit);
  quieten_patches (vit);
  for (size_t i = 0; i < vit->config.n_layers; i++) {
    scale (&vit->blocks[i].projection.w, residual);
    scale (&vit->blocks[i].fc2.w, residual);
    if (i + 1 < vit->config.n_layers)
      start_directions (vit, i);
  }
  return true;
}

/* --- targets --- */

typedef struct {
  int32_t kind[N_PATCHES], color[N_PATCHES], size[N_PATCHES], region[N_PATCHES];
  float weight[N_PATCHES];
  float offset[N_PATCHES][2]; /* to the thing's centre, in widths of the picture × 4 */
  float center[N_PATCHES];
  float present[N_PRESENT];
  int32_t count;
} Targets;

int
ph_vision_class (PhKind kind, int digit)
{
  return 1 + (kind == PH_KIND_DIGIT ? PH_N_KINDS - 1 + digit : (int) kind);
}

static int
class_of (const PhThing *thing)
{
  return ph_vision_class (thing->kind, thing->digit);
}

static void
aim_patch (Targets *t, size_t patch, const PhThing *thing)
{
  double unit = PH_SCENE_UNITS / GRID;

  t->weight[patch] = thing != NULL ? 1 : GROUND_WEIGHT;
  t->kind[patch] = thing != NULL ? class_of (thing) : 0;
  t->color[patch] = thing != NULL ? 1 + (int) thing->color : 0;
  t->size[patch] = thing != NULL ? 1 + (int) thing->size : 0;
  t->region[patch] = thing != NULL ? ph_thing_get_region (thing) : -1;
  t->offset[patch][0] =
      thing == NULL
          ? 0
          : (float) (4 * (thing->x - (patch % GRID + 0.5) * unit) / PH_SCENE_UNITS);
  t->offset[patch][1] =
      thing == NULL
          ? 0
          : (float) (4 * (thing->y - (patch / GRID + 0.5) * unit) / PH_SCENE_UNITS);
}

static void
aim (const PhSample *sample, Targets *t)
{
  const PhScene *scene = &sample->scene;
  double unit = PH_SCENE_UNITS / GRID;

  memset (t, 0, sizeof *t);
  for (size_t patch = 0; patch < N_PATCHES; patch++) {
    int index = sample->labels.thing[patch];

    aim_patch (t, patch, index >= 0 ? &scene->things[index] : NULL);
  }
  for (int i = 0; i < scene->n_things; i++) {
    const PhThing *thing = &scene->things[i];
    int row = CLAMP ((int) (thing->y / unit), 0, GRID - 1);
    int column = CLAMP ((int) (thing->x / unit), 0, GRID - 1);

    t->center[row * GRID + column] = 1;
    t->present[class_of (thing) - 1] = 1;
    t->present[N_CLASSES - 1 + thing->color] = 1;
  }
  t->count = scene->n_things;
}

/* Coverage of the cells of a patch, @n_cells of 16, 4 or 1, each the mean of its part. */
static void
coverage (const PhSceneLabels *labels, int row, int column, int n_cells, float *cells)
{
  int side = n_cells == 16 ? 4 : n_cells == 4 ? 2 : 1, each = 4 / side;

  memset (cells, 0, (size_t) n_cells * sizeof *cells);
  if (row < 0 || row >= GRID || column < 0 || column >= GRID)
    return;
  for (int i = 0; i < PH_SCENE_N_CELLS; i++)
    cells[i / 4 / each * side + i % 4 / each] +=
        (float) labels->coverage[row * GRID + column][i] /
        (255.0f * (float) (each * each));
}

/* The neighbourhood of @side by @side patches around one. */
static void
surroundings (const PhSceneLabels *labels,
              size_t patch,
              int side,
              int n_cells,
              float *values)
{
  for (int i = 0; i < side * side; i++)
    coverage (labels, (int) patch / GRID + i / side - side / 2,
              (int) patch % GRID + i % side - side / 2, n_cells, values + i * n_cells);
}

/* --- the loss --- */

/* Keeps the blocks' outputs as the pass makes them. */
typedef struct {
  PhProbe probe;
  PhTensor *blocks[3];
} Blocks;

static void
see_block (PhProbe *probe, PhProbePoint point, int layer, PhTensor *values)
{
  if (layer < 3)
    ((Blocks *) probe)->blocks[layer] = values;
}

typedef struct {
  PhContext *c;
  Vision *self;
  PhShard *shard;
  const PhSample *samples;
  const Targets *targets;
  size_t n;         /* pictures */
  int32_t *patches; /* rows of all patches among tokens */
  int32_t *covered; /* rows of those that a thing covers */
  size_t n_covered;
  PhTensor *terms[PH_MAX_TERMS];
  float weights[PH_MAX_TERMS];
  size_t n_terms;
} Aim;

static void
add_term (Aim *a, const char *name, PhTensor *loss, float weight)
{
  a->terms[a->n_terms] = loss;
  a->weights[a->n_terms++] = weight;
  if (name != NULL)
    ph_terms_set (&a->shard->terms, name, *loss->data);
}

static PhTensor *
head (Aim *a, PhTensor *rows, PhAffine *affine)
{
  return ph_linear (a->c, rows, &affine->w, &affine->b);
}

static void
find_rows (Aim *a)
{
  a->patches = ph_shard_take (a->shard, a->n * N_PATCHES * sizeof *a->patches);
  a->covered = ph_shard_take (a->shard, a->n * N_PATCHES * sizeof *a->covered);
  for (size_t i = 0; i < a->n * N_PATCHES; i++) {
    int32_t row = (int32_t) (i / N_PATCHES * N_TOKENS + 1 + i % N_PATCHES);

    a->patches[i] = row;
    if (a->samples[i / N_PATCHES].labels.thing[i % N_PATCHES] >= 0)
      a->covered[a->n_covered++] = row;
  }
}

/* Picture and patch of a row of tokens. */
static size_t
picture_of (int32_t row)
{
  return (size_t) row / N_TOKENS;
}

static size_t
patch_of (int32_t row)
{
  return (size_t) row % N_TOKENS - 1;
}

/* A field of the targets for all patches of all pictures. */
static int32_t *
gather (Aim *a, size_t field)
{
  int32_t *all = ph_shard_take (a->shard, a->n * N_PATCHES * sizeof *all);

  for (size_t i = 0; i < a->n; i++)
    memcpy (all + i * N_PATCHES, (const char *) &a->targets[i] + field,
            N_PATCHES * sizeof *all);
  return all;
}

/* The share of covered patches where the largest score is the target's. */
static double
accuracy (Aim *a, const PhTensor *scores, const int32_t *targets)
{
  size_t n = ph_width (scores), right = 0, all = 0;

  for (size_t i = 0; i < a->n * N_PATCHES; i++) {
    const float *row = scores->data + i * n;
    size_t best = 0;

    if (a->samples[i / N_PATCHES].labels.thing[i % N_PATCHES] < 0)
      continue;
    for (size_t k = 1; k < n; k++)
      best = row[k] > row[best] ? k : best;
    all++;
    right += best == (size_t) targets[i];
  }
  return all > 0 ? (double) right / (double) all : 1;
}

static void
dense_terms (Aim *a, PhTensor *tokens)
{
  static const struct {
    const char *name, *rate;
    size_t affine, target;
  } fields[] = {
    { "kind", "kind_right", offsetof (PhVisionHeads, kind), offsetof (Targets, kind) },
    { "color", "color_right", offsetof (PhVisionHeads, color),
      offsetof (Targets, color) },
    { "size", "size_right", offsetof (PhVisionHeads, size), offsetof (Targets, size) },
  };
  PhTensor *patches = ph_take (a->c, tokens, a->patches, a->n * N_PATCHES);
  float *weights = (float *) gather (a, offsetof (Targets, weight));
  float *centers = (float *) gather (a, offsetof (Targets, center));

  for (size_t i = 0; i < G_N_ELEMENTS (fields); i++) {
    PhAffine *affine = (PhAffine *) ((char *) &a->self->heads + fields[i].affine);
    PhTensor *scores = head (a, patches, affine);
    int32_t *targets = gather (a, fields[i].target);

    add_term (a, fields[i].name, ph_cross_entropy (a->c, scores, targets, weights, 0), 1);
    ph_terms_set (&a->shard->terms, fields[i].rate, accuracy (a, scores, targets));
  }
  add_term (a, "region",
            ph_cross_entropy (a->c, head (a, patches, &a->self->heads.region),
                              gather (a, offsetof (Targets, region)), NULL, 0),
            0.5f);
  add_term (a, NULL,
            ph_binary_cross_entropy (a->c, head (a, patches, &a->self->heads.center),
                                     centers, 8),
            1);
}

static void
offset_term (Aim *a, PhTensor *tokens)
{
  PhTensor *rows = ph_take (a->c, tokens, a->covered, a->n_covered);
  float *targets = ph_shard_take (a->shard, a->n_covered * 2 * sizeof *targets);

  for (size_t i = 0; i < a->n_covered; i++)
    memcpy (targets + 2 * i,
            a->targets[picture_of (a->covered[i])].offset[patch_of (a->covered[i])],
            2 * sizeof *targets);
  add_term (a, NULL,
            ph_squared_error (a->c, head (a, rows, &a->self->heads.offset), targets), 2);
}

/* What the outline around each covered patch is, from the tokens after a block. */
static void
outline_term (Aim *a,
              const char *name,
              PhTensor *block,
              PhAffine *affine,
              int side,
              int n_cells,
              float weight)
{
  size_t width = ph_width (block), n_values = (size_t) (side * side * n_cells);
  PhTensor *tokens = ph_reshape (a->c, block, PH_DIMS (a->n * N_TOKENS, width));
  PhTensor *rows = ph_take (a->c, tokens, a->covered, a->n_covered);
  float *targets = ph_shard_take (a->shard, a->n_covered * n_values * sizeof *targets);

  for (size_t i = 0; i < a->n_covered; i++)
    surroundings (&a->samples[picture_of (a->covered[i])].labels,
                  patch_of (a->covered[i]), side, n_cells, targets + i * n_values);
  add_term (a, name, ph_binary_cross_entropy (a->c, head (a, rows, affine), targets, 1),
            weight);
}

static void
class_terms (Aim *a, PhTensor *tokens)
{
  int32_t *rows = ph_shard_take (a->shard, a->n * sizeof *rows);
  int32_t *counts = ph_shard_take (a->shard, a->n * sizeof *counts);
  float *present = ph_shard_take (a->shard, a->n * N_PRESENT * sizeof *present);
  PhTensor *classes;

  for (size_t i = 0; i < a->n; i++) {
    rows[i] = (int32_t) (i * N_TOKENS);
    counts[i] = a->targets[i].count;
    memcpy (present + i * N_PRESENT, a->targets[i].present, N_PRESENT * sizeof *present);
  }
  classes = ph_take (a->c, tokens, rows, a->n);
  add_term (a, NULL,
            ph_binary_cross_entropy (a->c, head (a, classes, &a->self->heads.present),
                                     present, 1),
            2);
  add_term (
      a, "count",
      ph_cross_entropy (a->c, head (a, classes, &a->self->heads.count), counts, NULL, 0),
      0.3f);
}

static PhTensor *
vision_loss (void *data, PhShard *shard)
{
  Vision *self = data;
  PhContext *c = shard->pass->context;
  PhPictures pictures = ph_shard_draw (self->bench, shard);
  Blocks blocks = { .probe = { PH_WANTED (PH_PROBE_VISION_BLOCK), see_block } };
  PhPass pass = { c, &blocks.probe };
  Aim a = { .c = c,
            .self = self,
            .shard = shard,
            .samples = pictures.samples,
            .n = shard->n_pictures };
  Targets *targets = ph_shard_take (shard, a.n * sizeof *targets);
  PhTensor *tokens = ph_vit_encode (&self->bench->net.vit, &pass, pictures.pixels, a.n);

  for (size_t i = 0; i < a.n; i++)
    aim (&pictures.samples[i], &targets[i]);
  a.targets = targets;
  find_rows (&a);

  tokens = ph_reshape (c, tokens, PH_DIMS (a.n * N_TOKENS, ph_width (tokens)));
  dense_terms (&a, tokens);
  offset_term (&a, tokens);
  class_terms (&a, tokens);
  outline_term (&a, NULL, blocks.blocks[0], &self->heads.own, 1, PH_SCENE_N_CELLS, 1);
  outline_term (&a, "near", blocks.blocks[1], &self->heads.near, NEAR, NEAR_CELLS, 3);
  outline_term (&a, "wide", blocks.blocks[2], &self->heads.wide, WIDE, 1, 3);
  return ph_weighted_sum (c, a.terms, a.weights, a.n_terms);
}

const PhObjectiveClass ph_objective_vision = {
  .name = "vision",
  .new = vision_new,
  .free = g_free,
  .bind = vision_bind,
  .start = vision_start,
  .loss = vision_loss,
};

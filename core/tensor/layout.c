#include "core/tensor/ops-private.h"

/* Every copy here moves rows from one place to another, so one note serves them all: a
 * list of pieces, gone through backwards by adding instead of copying. */
typedef struct {
  PhNote note;
  PhTensor *x, *y;
  size_t n_pieces, length; /* pieces of as many floats */
  size_t *from, *to;       /* offsets in x and y */
} Move;

static void
move_backward (PhContext *c, PhNote *note)
{
  Move *n = (Move *) note;
  const float *dy = ph_gradient (c, n->y);
  float *dx = ph_gradient (c, n->x);

  for (size_t i = 0; i < n->n_pieces; i++)
    ph_kernels ()->add_scaled (dx + n->from[i], dy + n->to[i], 1, n->length);
}

/* Room for the offsets of @n_pieces pieces of @length floats from @x to @y. */
static Move
begin_move (PhContext *c, PhTensor *x, PhTensor *y, size_t n_pieces, size_t length)
{
  Move move = { .x = x, .y = y, .n_pieces = n_pieces, .length = length };

  move.from = ph_arena_take (c->arena, 2 * n_pieces * sizeof *move.from);
  move.to = move.from + n_pieces;
  return move;
}

static void
finish_move (PhContext *c, const Move *move)
{
  for (size_t i = 0; i < move->n_pieces; i++)
    ph_widen (move->x, move->from[i], move->length, move->y->data + move->to[i]);

  if (ph_wants_gradient (c, move->x)) {
    Move *note = ph_tape_note (c, move_backward, sizeof *note);
    PhNote head = note->note;

    *note = *move;
    note->note = head;
    move->y->wants_gradient = true;
  }
}

/* --- views --- */

static PhTensor *
view (PhContext *c, PhTensor *x, int n_dims, const size_t *dims, size_t offset)
{
  PhTensor *self = ph_arena_take (c->arena, sizeof *self);

  *self = *x;
  self->n_dims = n_dims;
  memcpy (self->dims, dims, (size_t) n_dims * sizeof *dims);
  self->stored = (const char *) x->stored + offset * ph_type_bytes (x->type);
  if (x->slot != PH_NO_SLOT)
    self->slot = x->slot + (ptrdiff_t) offset;
  else if (ph_wants_gradient (c, x))
    self->gradient = ph_gradient (c, x) + offset;
  return self;
}

PhTensor *
ph_reshape (PhContext *c, PhTensor *x, int n_dims, const size_t *dims)
{
  PhTensor *self = view (c, x, n_dims, dims, 0);

  assert (ph_n_elements (self) == ph_n_elements (x));
  return self;
}

PhTensor *
ph_part (PhContext *c, PhTensor *x, size_t from, size_t n)
{
  size_t dims[PH_MAX_DIMS];
  size_t row = ph_n_elements (x) / x->dims[0];

  assert (from + n <= x->dims[0]);
  memcpy (dims, x->dims, sizeof dims);
  dims[0] = n;
  return view (c, x, x->n_dims, dims, from * row);
}

/* --- copies --- */

PhTensor *
ph_join (PhContext *c, PhTensor *a, PhTensor *b)
{
  size_t n_batch = a->dims[0], width = ph_width (a);
  size_t n_both = a->dims[1] + b->dims[1];
  PhTensor *y = ph_tensor_new (c, PH_DIMS (n_batch, n_both, width));
  size_t before = 0;

  assert (a->n_dims == 3 && b->n_dims == 3);
  assert (b->dims[0] == n_batch && ph_width (b) == width);
  for (int side = 0; side < 2; side++) {
    PhTensor *x = side == 0 ? a : b;
    size_t length = x->dims[1] * width;
    Move move = begin_move (c, x, y, n_batch, length);

    for (size_t i = 0; i < n_batch; i++) {
      move.from[i] = i * length;
      move.to[i] = i * n_both * width + before;
    }
    finish_move (c, &move);
    before = length;
  }
  return y;
}

PhTensor *
ph_tokens (PhContext *c, PhTensor *x, size_t from, size_t n)
{
  size_t n_batch = x->dims[0], n_tokens = x->dims[1], width = ph_width (x);
  PhTensor *y = ph_tensor_new (c, PH_DIMS (n_batch, n, width));
  Move move = begin_move (c, x, y, n_batch, n * width);

  assert (x->n_dims == 3 && from + n <= n_tokens);
  for (size_t i = 0; i < n_batch; i++) {
    move.from[i] = (i * n_tokens + from) * width;
    move.to[i] = i * n * width;
  }
  finish_move (c, &move);
  return y;
}

/* x's shape with another first axis. */
static PhTensor *
with_first (PhContext *c, const PhTensor *x, size_t n)
{
  size_t dims[PH_MAX_DIMS];

  memcpy (dims, x->dims, sizeof dims);
  dims[0] = n;
  return ph_tensor_new (c, x->n_dims, dims);
}

PhTensor *
ph_repeat (PhContext *c, PhTensor *x, size_t n)
{
  size_t row = ph_n_elements (x) / x->dims[0];
  PhTensor *y = with_first (c, x, x->dims[0] * n);
  Move move = begin_move (c, x, y, x->dims[0] * n, row);

  for (size_t i = 0; i < move.n_pieces; i++) {
    move.from[i] = i / n * row;
    move.to[i] = i * row;
  }
  finish_move (c, &move);
  return y;
}

PhTensor *
ph_take (PhContext *c, PhTensor *x, const int32_t *rows, size_t n)
{
  size_t row = ph_n_elements (x) / x->dims[0];
  PhTensor *y = with_first (c, x, n);
  Move move = begin_move (c, x, y, n, row);

  for (size_t i = 0; i < n; i++) {
    assert (rows[i] >= 0 && (size_t) rows[i] < x->dims[0]);
    move.from[i] = (size_t) rows[i] * row;
    move.to[i] = i * row;
  }
  finish_move (c, &move);
  return y;
}

/* --- transpose and groups --- */

typedef struct {
  PhNote note;
  PhTensor *x, *y;
  size_t n;
  uint32_t *which; /* of each group the one taken, or NULL for the mean */
} Group;

static void
transpose_into (const float *x, float *y, size_t n_rows, size_t n_columns, bool adds)
{
  for (size_t r = 0; r < n_rows; r++)
    for (size_t k = 0; k < n_columns; k++) {
      float *to = &y[k * n_rows + r];

      *to = x[r * n_columns + k] + (adds ? *to : 0);
    }
}

static void
transpose_backward (PhContext *c, PhNote *note)
{
  Group *n = (Group *) note;

  transpose_into (ph_gradient (c, n->y), ph_gradient (c, n->x), n->y->dims[0],
                  n->y->dims[1], true);
}

static void
note_group (PhContext *c,
            PhBackward backward,
            PhTensor *x,
            PhTensor *y,
            size_t n,
            uint32_t *which)
{
  Group *note;

  y->wants_gradient = ph_wants_gradient (c, x);
  if (!y->wants_gradient)
    return;
  note = ph_tape_note (c, backward, sizeof *note);
  note->x = x;
  note->y = y;
  note->n = n;
  note->which = which;
}

PhTensor *
ph_transpose (PhContext *c, PhTensor *x)
{
  PhTensor *y;

  assert (x->n_dims == 2);
  y = ph_tensor_new (c, PH_DIMS (x->dims[1], x->dims[0]));
  transpose_into (x->data, y->data, x->dims[0], x->dims[1], false);
  note_group (c, transpose_backward, x, y, 0, NULL);
  return y;
}

static void
max_backward (PhContext *c, PhNote *note)
{
  Group *n = (Group *) note;
  size_t width = ph_width (n->y);
  const float *dy = ph_gradient (c, n->y);
  float *dx = ph_gradient (c, n->x);

  for (size_t i = 0; i < ph_n_elements (n->y); i++)
    dx[(i / width * n->n + n->which[i]) * width + i % width] += dy[i];
}

PhTensor *
ph_max_of (PhContext *c, PhTensor *x, size_t n)
{
  size_t width = ph_width (x), n_groups = ph_n_rows (x) / n;
  PhTensor *y = ph_tensor_new (c, PH_DIMS (n_groups, width));
  uint32_t *which = ph_arena_take (c->arena, n_groups * width * sizeof *which);

  assert (n_groups * n == ph_n_rows (x));
  for (size_t i = 0; i < n_groups * width; i++) {
    const float *group = x->data + i / width * n * width + i % width;

    which[i] = 0;
    for (uint32_t k = 1; k < n; k++)
      if (group[k * width] > group[which[i] * width])
        which[i] = k;
    y->data[i] = group[which[i] * width];
  }
  note_group (c, max_backward, x, y, n, which);
  return y;
}

static void
mean_backward (PhContext *c, PhNote *note)
{
  Group *n = (Group *) note;
  size_t width = ph_width (n->y);
  const float *dy = ph_gradient (c, n->y);
  float *dx = ph_gradient (c, n->x);

  for (size_t r = 0; r < ph_n_rows (n->x); r++)
    ph_kernels ()->add_scaled (dx + r * width, dy + r / n->n * width, 1.0f / (float) n->n,
                               width);
}

PhTensor *
ph_mean_of (PhContext *c, PhTensor *x, size_t n)
{
  size_t width = ph_width (x), n_groups = ph_n_rows (x) / n;
  PhTensor *y = ph_tensor_zeros (c, PH_DIMS (n_groups, width));

  assert (n_groups * n == ph_n_rows (x));
  for (size_t r = 0; r < n_groups * n; r++)
    ph_kernels ()->add_scaled (y->data + r / n * width, x->data + r * width,
                               1.0f / (float) n, width);
  note_group (c, mean_backward, x, y, n, NULL);
  return y;
}

/* --- patches --- */

PhTensor *
ph_patches (PhContext *c,
            const float *pixels,
            size_t batch,
            size_t height,
            size_t width,
            size_t size)
{
  size_t n_rows = height / size, n_columns = width / size;
  PhTensor *y = ph_tensor_new (c, PH_DIMS (batch, n_rows * n_columns, 3 * size * size));
  float *to = y->data;

  assert (n_rows > 0 && n_columns > 0);
  for (size_t b = 0; b < batch; b++, pixels += 3 * height * width)
    for (size_t patch = 0; patch < n_rows * n_columns; patch++)
      for (size_t line = 0; line < 3 * size; line++, to += size) {
        size_t row = patch / n_columns * size + line % size;
        size_t column = patch % n_columns * size;

        memcpy (to, pixels + (line / size * height + row) * width + column,
                size * sizeof *to);
      }
  return y;
}

#include "core/tensor/ops-private.h"

typedef struct {
  PhNote note;
  PhTensor *a, *b, *y;
  float factor;
} Pair;

/* A note for an operator of one or two inputs, if a gradient is wanted. */
static Pair *
note_pair (PhContext *c, PhBackward backward, PhTensor *a, PhTensor *b, PhTensor *y)
{
  Pair *note;

  y->wants_gradient = ph_wants_gradient (c, a) || ph_wants_gradient (c, b);
  if (!y->wants_gradient)
    return NULL;

  note = ph_tape_note (c, backward, sizeof *note);
  note->a = a;
  note->b = b;
  note->y = y;
  return note;
}

/* --- y = a + b --- */

static void
add_backward (PhContext *c, PhNote *note)
{
  Pair *n = (Pair *) note;
  size_t n_a = ph_n_elements (n->a), n_b = ph_n_elements (n->b);
  const float *dy = ph_gradient (c, n->y);

  if (ph_wants_gradient (c, n->a))
    ph_kernels ()->add_scaled (ph_gradient (c, n->a), dy, 1, n_a);
  for (size_t at = 0; ph_wants_gradient (c, n->b) && at < n_a; at += n_b)
    ph_kernels ()->add_scaled (ph_gradient (c, n->b), dy + at, 1, n_b);
}

PhTensor *
ph_add (PhContext *c, PhTensor *a, PhTensor *b)
{
  size_t n_a = ph_n_elements (a), n_b = ph_n_elements (b);
  PhTensor *y = ph_like (c, a);
  const float *addend = ph_floats (c, b);

  assert (n_b > 0 && n_a % n_b == 0 && ph_width (a) == ph_width (b));
  for (size_t at = 0; at < n_a; at += n_b)
    for (size_t i = 0; i < n_b; i++)
      y->data[at + i] = a->data[at + i] + addend[i];

  note_pair (c, add_backward, a, b, y);
  return y;
}

/* --- y = factor × x --- */

static void
scale_backward (PhContext *c, PhNote *note)
{
  Pair *n = (Pair *) note;

  ph_kernels ()->add_scaled (ph_gradient (c, n->a), ph_gradient (c, n->y), n->factor,
                             ph_n_elements (n->a));
}

PhTensor *
ph_scale (PhContext *c, PhTensor *x, float factor)
{
  PhTensor *y = ph_like (c, x);
  Pair *note;

  for (size_t i = 0; i < ph_n_elements (x); i++)
    y->data[i] = factor * x->data[i];

  note = note_pair (c, scale_backward, x, NULL, y);
  if (note != NULL)
    note->factor = factor;
  return y;
}

/* --- y = x / t: dx += dy / t, dt -= Σ dy y / t --- */

static void
divide_backward (PhContext *c, PhNote *note)
{
  Pair *n = (Pair *) note;
  size_t n_elements = ph_n_elements (n->a);
  float t = *n->b->data;
  const float *dy = ph_gradient (c, n->y);

  if (ph_wants_gradient (c, n->a))
    ph_kernels ()->add_scaled (ph_gradient (c, n->a), dy, 1 / t, n_elements);
  if (ph_wants_gradient (c, n->b))
    *ph_gradient (c, n->b) -= ph_kernels ()->dot (dy, n->y->data, n_elements) / t;
}

PhTensor *
ph_divide (PhContext *c, PhTensor *x, PhTensor *t)
{
  PhTensor *y = ph_like (c, x);

  assert (ph_n_elements (t) == 1);
  for (size_t i = 0; i < ph_n_elements (x); i++)
    y->data[i] = x->data[i] / *t->data;

  note_pair (c, divide_backward, x, t, y);
  return y;
}

/* --- y = x Φ(x) --- */

static void
gelu_backward (PhContext *c, PhNote *note)
{
  Pair *n = (Pair *) note;

  ph_kernels ()->gelu_backward (ph_gradient (c, n->a), ph_gradient (c, n->y), n->a->data,
                                ph_n_elements (n->a));
}

PhTensor *
ph_gelu (PhContext *c, PhTensor *x)
{
  PhTensor *y = ph_like (c, x);

  ph_kernels ()->gelu (y->data, x->data, ph_n_elements (x));
  note_pair (c, gelu_backward, x, NULL, y);
  return y;
}

/* --- y = max (x, 0) --- */

static void
relu_backward (PhContext *c, PhNote *note)
{
  Pair *n = (Pair *) note;
  const float *dy = ph_gradient (c, n->y);
  float *dx = ph_gradient (c, n->a);

  for (size_t i = 0; i < ph_n_elements (n->a); i++)
    dx[i] += n->a->data[i] > 0 ? dy[i] : 0;
}

PhTensor *
ph_relu (PhContext *c, PhTensor *x)
{
  PhTensor *y = ph_like (c, x);

  for (size_t i = 0; i < ph_n_elements (x); i++)
    y->data[i] = x->data[i] > 0 ? x->data[i] : 0;
  note_pair (c, relu_backward, x, NULL, y);
  return y;
}

/* --- y = silu (gate) × up --- */

static void
silu_multiply_backward (PhContext *c, PhNote *note)
{
  Pair *n = (Pair *) note;

  ph_kernels ()->silu_multiply_backward (ph_gradient (c, n->a), ph_gradient (c, n->b),
                                         ph_gradient (c, n->y), n->a->data, n->b->data,
                                         ph_n_elements (n->a));
}

PhTensor *
ph_silu_multiply (PhContext *c, PhTensor *gate, PhTensor *up)
{
  PhTensor *y = ph_like (c, gate);

  assert (ph_same_shape (gate, up));
  ph_kernels ()->silu_multiply (y->data, gate->data, up->data, ph_n_elements (gate));
  note_pair (c, silu_multiply_backward, gate, up, y);
  return y;
}

/* --- y = gelu (gate) × up --- */

static void
gelu_multiply_backward (PhContext *c, PhNote *note)
{
  Pair *n = (Pair *) note;

  ph_kernels ()->gelu_multiply_backward (ph_gradient (c, n->a), ph_gradient (c, n->b),
                                         ph_gradient (c, n->y), n->a->data, n->b->data,
                                         ph_n_elements (n->a));
}

PhTensor *
ph_gelu_multiply (PhContext *c, PhTensor *gate, PhTensor *up)
{
  PhTensor *y = ph_like (c, gate);

  assert (ph_same_shape (gate, up));
  ph_kernels ()->gelu_multiply (y->data, gate->data, up->data, ph_n_elements (gate));
  note_pair (c, gelu_multiply_backward, gate, up, y);
  return y;
}

/* --- rotary positions: the way back turns the other way --- */

typedef struct {
  PhNote note;
  PhTensor *x, *y;
  float *cosines, *sines; /* token by half a head */
  size_t n_heads;
} Rotate;

/* y += or = x turned by the angles, @sign 1 forward and -1 back. */
static void
turn (const Rotate *r, const float *x, float *y, float sign, bool adds)
{
  size_t n_tokens = r->x->dims[1], half = ph_width (r->x) / r->n_heads / 2;

  for (size_t row = 0; row < ph_n_rows (r->x); row++) {
    const float *cosines = r->cosines + row % n_tokens * half;
    const float *sines = r->sines + row % n_tokens * half;

    for (size_t h = 0; h < r->n_heads; h++, x += 2 * half, y += 2 * half)
      for (size_t j = 0; j < half; j++) {
        float low = x[j] * cosines[j] - sign * x[j + half] * sines[j];
        float high = x[j + half] * cosines[j] + sign * x[j] * sines[j];

        y[j] = adds ? y[j] + low : low;
        y[j + half] = adds ? y[j + half] + high : high;
      }
  }
}

static void
rotate_backward (PhContext *c, PhNote *note)
{
  Rotate *n = (Rotate *) note;

  turn (n, ph_gradient (c, n->y), ph_gradient (c, n->x), -1, true);
}

PhTensor *
ph_rotate (PhContext *c, PhTensor *x, size_t n_heads, size_t first, float theta)
{
  size_t n_tokens = x->dims[1], half = ph_width (x) / n_heads / 2;
  PhTensor *y = ph_like (c, x);
  Rotate r = { .x = x, .y = y, .n_heads = n_heads };

  assert (x->n_dims == 3 && ph_width (x) == n_heads * half * 2);
  r.cosines = ph_arena_take (c->arena, 2 * n_tokens * half * sizeof (float));
  r.sines = r.cosines + n_tokens * half;
  for (size_t j = 0; j < half; j++) {
    float frequency = 1.0f / powf (theta, (float) (2 * j) / (float) (2 * half));

    for (size_t t = 0; t < n_tokens; t++) {
      r.cosines[t * half + j] = cosf ((float) (first + t) * frequency);
      r.sines[t * half + j] = sinf ((float) (first + t) * frequency);
    }
  }
  turn (&r, x->data, y->data, 1, false);

  y->wants_gradient = ph_wants_gradient (c, x);
  if (y->wants_gradient) {
    Rotate *note = ph_tape_note (c, rotate_backward, sizeof *note);

    r.note = note->note;
    *note = r;
  }
  return y;
}

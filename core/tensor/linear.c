/* y = x wᵀ + b;  dx += dy w,  dw += dyᵀ x,  db += Σ dy.
 *
 * A weight that is not f32 stays as it is stored.  Few rows of x: one dot product a
 * row of w, straight from its bytes.  Many: a panel of w's rows is widened at a time
 * and multiplied while it is still in the cache. */
#include "core/tensor/ops-private.h"

#include "core/tensor/pool.h"

#include <cblas.h>

#define FEW_ROWS 16
#define PANEL 64
#define ROWS_A_CHUNK 32

typedef struct {
  PhNote note;
  PhTensor *x, *w, *b, *y;
} Linear;

void
ph_gemm (bool transpose_a,
         bool transpose_b,
         size_t m,
         size_t n,
         size_t k,
         float alpha,
         const float *a,
         size_t lda,
         const float *b,
         size_t ldb,
         float beta,
         float *c,
         size_t ldc)
{
  if (m == 0 || n == 0)
    return;
  cblas_sgemm (CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans,
               transpose_b ? CblasTrans : CblasNoTrans, (int) m, (int) n, (int) k, alpha,
               a, (int) lda, b, (int) ldb, beta, c, (int) ldc);
}

void
ph_widen (const PhTensor *x, size_t from, size_t n, float *out)
{
  switch (x->type) {
  case PH_F32:
    memcpy (out, x->data + from, n * sizeof *out);
    break;
  case PH_F16:
    ph_kernels ()->widen_f16 (out, (const uint16_t *) x->stored + from, n);
    break;
  case PH_BF16:
    ph_kernels ()->widen_bf16 (out, (const uint16_t *) x->stored + from, n);
    break;
  }
}

const float *
ph_floats (PhContext *c, const PhTensor *x)
{
  size_t n = ph_n_elements (x);
  float *wide;

  if (x->type == PH_F32)
    return x->data;

  wide = ph_arena_take (c->arena, n * sizeof *wide);
  ph_widen (x, 0, n, wide);
  return wide;
}

typedef struct {
  const PhTensor *x, *w;
  PhTensor *y;
  float *panels; /* one a thread */
} Product;

/* One chunk: ROWS_A_CHUNK rows of w against all the few rows of x. */
static void
multiply_rows (void *data, size_t chunk, int thread)
{
  Product *p = data;
  const PhKernels *kernels = ph_kernels ();
  size_t n_in = ph_width (p->x), n_out = p->w->dims[0];
  size_t n_row_bytes = n_in * ph_type_bytes (p->w->type);
  size_t end = (chunk + 1) * ROWS_A_CHUNK;

  for (size_t o = chunk * ROWS_A_CHUNK; o < end && o < n_out; o++)
    kernels->dots[p->w->type](p->y->data + o, n_out,
                              (const char *) p->w->stored + o * n_row_bytes, p->x->data,
                              ph_n_rows (p->x), n_in);
}

/* One chunk: a panel of w's rows, widened, against all rows of x. */
static void
multiply_panel (void *data, size_t chunk, int thread)
{
  Product *p = data;
  size_t n_in = ph_width (p->x), n_out = p->w->dims[0];
  size_t first = chunk * PANEL;
  size_t n = n_out - first < PANEL ? n_out - first : PANEL;
  float *panel = p->panels + (size_t) thread * PANEL * n_in;

  ph_widen (p->w, first * n_in, n * n_in, panel);
  ph_gemm (false, true, ph_n_rows (p->x), n, n_in, 1, p->x->data, n_in, panel, n_in, 0,
           p->y->data + first, n_out);
}

static void
multiply (PhContext *c, const PhTensor *x, const PhTensor *w, PhTensor *y)
{
  size_t n_in = ph_width (x), n_out = w->dims[0], n_rows = ph_n_rows (x);
  Product product = { .x = x, .w = w, .y = y };

  if (n_rows <= FEW_ROWS) {
    ph_pool_run (c->pool, (n_out + ROWS_A_CHUNK - 1) / ROWS_A_CHUNK, multiply_rows,
                 &product);
  } else if (w->type == PH_F32) {
    ph_gemm (false, true, n_rows, n_out, n_in, 1, x->data, n_in, w->data, n_in, 0,
             y->data, n_out);
  } else {
    size_t mark = ph_arena_mark (c->arena);
    size_t n_threads = (size_t) ph_pool_n_threads (c->pool);

    product.panels = ph_arena_take (c->arena, n_threads * PANEL * n_in * sizeof (float));
    ph_pool_run (c->pool, (n_out + PANEL - 1) / PANEL, multiply_panel, &product);
    ph_arena_reset (c->arena, mark);
  }
}

/* dx += dy w for a weight of any type, panel by panel. */
static void
add_input_gradient (PhContext *c,
                    const PhTensor *w,
                    const float *dy,
                    size_t n_rows,
                    float *dx)
{
  size_t n_out = w->dims[0], n_in = w->dims[1];
  size_t mark = ph_arena_mark (c->arena);
  float *panel;

  if (w->type == PH_F32) {
    ph_gemm (false, false, n_rows, n_in, n_out, 1, dy, n_out, w->data, n_in, 1, dx, n_in);
    return;
  }

  panel = ph_arena_take (c->arena, PANEL * n_in * sizeof *panel);
  for (size_t first = 0; first < n_out; first += PANEL) {
    size_t n = n_out - first < PANEL ? n_out - first : PANEL;

    ph_widen (w, first * n_in, n * n_in, panel);
    ph_gemm (false, false, n_rows, n_in, n, 1, dy + first, n_out, panel, n_in, 1, dx,
             n_in);
  }
  ph_arena_reset (c->arena, mark);
}

static void
linear_backward (PhContext *c, PhNote *note)
{
  Linear *n = (Linear *) note;
  size_t n_in = ph_width (n->x), n_out = n->w->dims[0], n_rows = ph_n_rows (n->x);
  const float *dy = ph_gradient (c, n->y);

  if (ph_wants_gradient (c, n->x))
    add_input_gradient (c, n->w, dy, n_rows, ph_gradient (c, n->x));
  if (ph_wants_gradient (c, n->w))
    ph_gemm (true, false, n_out, n_in, n_rows, 1, dy, n_out, n->x->data, n_in, 1,
             ph_gradient (c, n->w), n_in);
  if (ph_wants_gradient (c, n->b))
    for (size_t r = 0; r < n_rows; r++)
      ph_kernels ()->add_scaled (ph_gradient (c, n->b), dy + r * n_out, 1, n_out);
}

PhTensor *
ph_linear (PhContext *c, PhTensor *x, PhTensor *w, PhTensor *b)
{
  size_t dims[PH_MAX_DIMS];
  PhTensor *y;

  assert (w->n_dims == 2 && ph_width (x) == w->dims[1]);
  assert (b == NULL || ph_n_elements (b) == w->dims[0]);

  memcpy (dims, x->dims, sizeof dims);
  dims[x->n_dims - 1] = w->dims[0];
  y = ph_tensor_new (c, x->n_dims, dims);
  if (ph_stopped (c))
    return y;

  multiply (c, x, w, y);
  if (b != NULL) {
    size_t mark = ph_arena_mark (c->arena);
    const float *bias = ph_floats (c, b);

    for (size_t r = 0; r < ph_n_rows (x); r++)
      ph_kernels ()->add_scaled (y->data + r * w->dims[0], bias, 1, w->dims[0]);
    ph_arena_reset (c->arena, mark);
  }

  y->wants_gradient =
      ph_wants_gradient (c, x) || ph_wants_gradient (c, w) || ph_wants_gradient (c, b);
  if (y->wants_gradient) {
    Linear *note = ph_tape_note (c, linear_backward, sizeof *note);

    note->x = x;
    note->w = w;
    note->b = b;
    note->y = y;
  }
  return y;
}

#include "core/tensor/ops-private.h"

/* A loss computes the gradient for its input while it has all it needs at hand; the way
 * back scales it by what the loss itself is worth. */
typedef struct {
  PhNote note;
  PhTensor *x, *y;
  float *dx;
} Loss;

static void
loss_backward (PhContext *c, PhNote *note)
{
  Loss *n = (Loss *) note;

  ph_kernels ()->add_scaled (ph_gradient (c, n->x), n->dx, *ph_gradient (c, n->y),
                             ph_n_elements (n->x));
}

static PhTensor *
finish_loss (PhContext *c, PhTensor *x, float *dx, double value)
{
  PhTensor *y = ph_tensor_new (c, PH_DIMS (1));

  *y->data = (float) value;
  y->wants_gradient = dx != NULL;
  if (dx != NULL) {
    Loss *note = ph_tape_note (c, loss_backward, sizeof *note);

    note->x = x;
    note->y = y;
    note->dx = dx;
  }
  return y;
}

/* Room for the gradient of @x, cleared, or NULL if nobody wants it. */
static float *
room_for_gradient (PhContext *c, const PhTensor *x)
{
  size_t n_bytes = ph_n_elements (x) * sizeof (float);

  return ph_wants_gradient (c, x) ? memset (ph_arena_take (c->arena, n_bytes), 0, n_bytes)
                                  : NULL;
}

/* -log softmax: log Σ exp - x[target], with the smoothed part the mean over columns.
 * dx = softmax - (1 - s) [target] - s / columns, times @weight. */
static double
row_cross_entropy (const float *x,
                   size_t n,
                   int32_t target,
                   float smoothing,
                   float weight,
                   float *dx)
{
  const PhKernels *kernels = ph_kernels ();
  float peak = kernels->max (x, n);
  double total = kernels->sum_exp (x, peak, n);
  double log_total = peak + log (total);
  double mean = smoothing > 0 ? kernels->sum (x, n) / (double) n : 0;

  if (dx != NULL) {
    memcpy (dx, x, n * sizeof *dx);
    kernels->softmax (dx, n);
    for (size_t i = 0; i < n; i++)
      dx[i] = weight * (dx[i] - smoothing / (float) n);
    dx[target] -= weight * (1 - smoothing);
  }
  return weight * (log_total - (1 - smoothing) * x[target] - smoothing * mean);
}

PhTensor *
ph_cross_entropy (PhContext *c,
                  PhTensor *x,
                  const int32_t *targets,
                  const float *weights,
                  float smoothing)
{
  size_t n_rows = ph_n_rows (x), n = ph_width (x);
  float *dx = room_for_gradient (c, x);
  double total_weight = 0, loss = 0;

  for (size_t r = 0; r < n_rows; r++)
    total_weight += targets[r] >= 0 ? (weights != NULL ? weights[r] : 1) : 0;

  for (size_t r = 0; r < n_rows && total_weight > 0; r++) {
    float weight = (float) ((weights != NULL ? weights[r] : 1) / total_weight);

    assert (targets[r] < (int32_t) n);
    if (targets[r] >= 0 && weight > 0)
      loss += row_cross_entropy (x->data + r * n, n, targets[r], smoothing, weight,
                                 dx != NULL ? dx + r * n : NULL);
  }
  return finish_loss (c, x, dx, loss);
}

PhTensor *
ph_binary_cross_entropy (PhContext *c, PhTensor *x, const float *targets, float positive)
{
  size_t n = ph_n_elements (x);
  float *dx = room_for_gradient (c, x);
  double loss = 0;

  for (size_t i = 0; i < n; i++) {
    float z = x->data[i], t = targets[i];
    float tail = log1pf (expf (-fabsf (z)));
    float log_p = fminf (z, 0) - tail, log_q = fminf (-z, 0) - tail;
    float p = 1 / (1 + expf (-z));

    loss -= positive * t * log_p + (1 - t) * log_q;
    if (dx != NULL)
      dx[i] = ((1 - t) * p - positive * t * (1 - p)) / (float) n;
  }
  return finish_loss (c, x, dx, n > 0 ? loss / (double) n : 0);
}

PhTensor *
ph_squared_error (PhContext *c, PhTensor *x, const float *targets)
{
  size_t n = ph_n_elements (x);
  float *dx = room_for_gradient (c, x);
  double loss = 0;

  for (size_t i = 0; i < n; i++) {
    float off = x->data[i] - targets[i];

    loss += (double) off * off / (double) n;
    if (dx != NULL)
      dx[i] = 2 * off / (float) n;
  }
  return finish_loss (c, x, dx, loss);
}

/* The attention of one row that falls on its marks; @any says whether it has one. */
static float
marked_mass (const float *p, const uint8_t *marks, size_t n, bool *any)
{
  float mass = 0;

  *any = false;
  for (size_t k = 0; k < n; k++)
    if (marks[k]) {
      mass += p[k];
      *any = true;
    }
  return mass;
}

PhTensor *
ph_attention_mass (PhContext *c, PhTensor *p, const uint8_t *marks, size_t n_heads)
{
  const float least = 1e-4f;
  size_t n_batch = p->dims[0], n_queries = p->dims[2], n_keys = p->dims[3];
  float *dp = room_for_gradient (c, p);
  double loss = 0;
  size_t n_rows = 0;

  assert (p->n_dims == 4 && n_heads <= p->dims[1]);
  for (size_t i = 0; i < n_batch * n_heads * n_queries; i++) {
    size_t query = i % n_queries, head = i / n_queries % n_heads,
           b = i / n_queries / n_heads;
    size_t at = ((b * p->dims[1] + head) * n_queries + query) * n_keys;
    const uint8_t *row_marks = marks + (b * n_queries + query) * n_keys;
    bool any;
    float mass = marked_mass (p->data + at, row_marks, n_keys, &any);

    if (!any)
      continue;
    n_rows++;
    loss -= log (fmaxf (mass, least));
    for (size_t k = 0; dp != NULL && mass > least && k < n_keys; k++)
      dp[at + k] = row_marks[k] ? -1 / mass : 0;
  }
  for (size_t i = 0; dp != NULL && n_rows > 0 && i < ph_n_elements (p); i++)
    dp[i] /= (float) n_rows;
  return finish_loss (c, p, dp, n_rows > 0 ? loss / (double) n_rows : 0);
}

/* The variance of log @p over the @n keys that are seen; with @dp its gradient, which is
 * 2 (log p - mean) / n p. */
static double
log_variance (const float *p, size_t n_keys, float *dp)
{
  double sum = 0, squares = 0, mean;
  size_t n = 0;

  for (size_t k = 0; k < n_keys; k++)
    if (p[k] > 0) {
      float value = logf (p[k]);

      sum += value;
      squares += value * value;
      n++;
    }
  if (n == 0)
    return 0;
  mean = sum / (double) n;
  for (size_t k = 0; dp != NULL && k < n_keys; k++)
    if (p[k] > 0)
      dp[k] = 2 * (logf (p[k]) - (float) mean) / ((float) n * p[k]);
  return squares / (double) n - mean * mean;
}

PhTensor *
ph_attention_sharpness (PhContext *c, PhTensor *p, float limit)
{
  size_t n_keys = ph_width (p), n_rows = ph_n_rows (p);
  float *dp = room_for_gradient (c, p);
  double loss = 0;

  for (size_t r = 0; r < n_rows; r++) {
    float *row = dp != NULL ? dp + r * n_keys : NULL;
    double beyond = log_variance (p->data + r * n_keys, n_keys, row) - limit;
    float share = beyond > 0 ? 1 / (float) n_rows : 0;

    loss += fmax (0, beyond) / (double) n_rows;
    for (size_t k = 0; row != NULL && k < n_keys; k++)
      row[k] *= share;
  }
  return finish_loss (c, p, dp, loss);
}

typedef struct {
  PhNote note;
  PhTensor *const *terms;
  const float *weights;
  size_t n;
  PhTensor *y;
} Sum;

static void
sum_backward (PhContext *c, PhNote *note)
{
  Sum *n = (Sum *) note;

  for (size_t i = 0; i < n->n; i++)
    if (ph_wants_gradient (c, n->terms[i]))
      *ph_gradient (c, n->terms[i]) += n->weights[i] * *ph_gradient (c, n->y);
}

PhTensor *
ph_weighted_sum (PhContext *c, PhTensor *const *terms, const float *weights, size_t n)
{
  PhTensor *y = ph_tensor_zeros (c, PH_DIMS (1));

  for (size_t i = 0; i < n; i++) {
    if (terms[i] != NULL)
      *y->data += weights[i] * *terms[i]->data;
    y->wants_gradient = y->wants_gradient || ph_wants_gradient (c, terms[i]);
  }
  if (y->wants_gradient) {
    Sum *note = ph_tape_note (c, sum_backward, sizeof *note);

    note->terms = ph_keep (c, terms, n * sizeof *terms);
    note->weights = ph_keep (c, weights, n * sizeof *weights);
    note->n = n;
    note->y = y;
  }
  return y;
}

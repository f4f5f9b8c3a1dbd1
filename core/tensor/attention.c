/* Per batch and head: P = softmax (s q kᵀ + b + mask), y = P v.
 *
 * Back: dv += Pᵀ dy, dP = dy vᵀ + what others ask of P, dS = P (dP - Σ_keys P dP),
 * dq += s dS k, dk += s dSᵀ q, db += dS.  P is kept with a tape or where a caller wants
 * it, and is scratch otherwise; so is dP, kept where P has a gradient by then. */
#include "core/tensor/ops-private.h"

#include "core/tensor/pool.h"

#include <string.h>

typedef struct {
  PhNote note;
  PhAttention a;
  PhTensor *p, *y;
} Attention;

typedef struct {
  size_t n_batch, n_queries, n_keys, size, width, key_width;
} Sizes;

static Sizes
sizes_of (const PhAttention *a)
{
  return (Sizes){
    .n_batch = a->q->dims[0],
    .n_queries = a->q->dims[1],
    .n_keys = a->k->dims[1],
    .size = ph_width (a->q) / a->n_heads,
    .width = ph_width (a->q),
    .key_width = ph_width (a->k),
  };
}

/* Where the values of one batch and head begin. */
static size_t
query_offset (const PhAttention *a, const Sizes *s, size_t batch, size_t head)
{
  return batch * s->n_queries * s->width + head * s->size;
}

static size_t
key_offset (const PhAttention *a, const Sizes *s, size_t batch, size_t head)
{
  size_t key_head = head / (a->n_heads / a->n_key_heads);
  size_t key_batch = a->k->dims[0] == 1 ? 0 : batch;

  return key_batch * s->n_keys * s->key_width + key_head * s->size;
}

/* Where the biases of a head's query and its first key begin; those of its other keys
 * follow. */
static size_t
bias_offset (const Sizes *s, size_t head, size_t query)
{
  return head * (s->n_queries + s->n_keys - 1) + s->n_queries - 1 - query;
}

static void
hide (const PhAttention *a, const Sizes *s, size_t batch, size_t query, float *scores)
{
  if (a->causal)
    for (size_t k = query + s->n_keys - s->n_queries + 1; k < s->n_keys; k++)
      scores[k] = -INFINITY;
  if (a->mask != NULL) {
    size_t b = a->mask_batch == 1 ? 0 : batch;
    const uint8_t *mask = a->mask + (b * s->n_queries + query) * s->n_keys;

    for (size_t k = 0; k < s->n_keys; k++)
      scores[k] = mask[k] ? scores[k] : -INFINITY;
  }
}

typedef struct {
  PhContext *c;
  const PhAttention *a;
  Sizes s;
  float *p; /* batch by head by query by key, or one query by key a thread */
  bool p_is_whole;
  float *y;
} Forward;

static void
attend (void *data, size_t chunk, int thread)
{
  Forward *f = data;
  const PhAttention *a = f->a;
  const Sizes *s = &f->s;
  size_t batch = chunk / a->n_heads, head = chunk % a->n_heads;
  size_t at_query = query_offset (a, s, batch, head),
         at_key = key_offset (a, s, batch, head);
  float *p = f->p + (f->p_is_whole ? chunk : (size_t) thread) * s->n_queries * s->n_keys;

  if (ph_stopped (f->c))
    return;
  ph_gemm (false, true, s->n_queries, s->n_keys, s->size, a->scale, a->q->data + at_query,
           s->width, a->k->data + at_key, s->key_width, 0, p, s->n_keys);
  for (size_t q = 0; q < s->n_queries; q++) {
    if (a->bias != NULL)
      ph_kernels ()->add_scaled (p + q * s->n_keys,
                                 a->bias->data + bias_offset (s, head, q), 1, s->n_keys);
    hide (a, s, batch, q, p + q * s->n_keys);
    ph_kernels ()->softmax (p + q * s->n_keys, s->n_keys);
  }
  ph_gemm (false, false, s->n_queries, s->size, s->n_keys, 1, p, s->n_keys,
           a->v->data + at_key, s->key_width, 0, f->y + at_query, s->width);
}

/* dP to dS, row by row, in place. */
static void
softmax_backward (const float *p, float *dp, size_t n_rows, size_t n_keys)
{
  const PhKernels *kernels = ph_kernels ();

  for (size_t r = 0; r < n_rows; r++, p += n_keys, dp += n_keys) {
    float back = kernels->dot (p, dp, n_keys);

    for (size_t k = 0; k < n_keys; k++)
      dp[k] = p[k] * (dp[k] - back);
  }
}

static void
head_backward (PhContext *c,
               Attention *n,
               const Sizes *s,
               size_t batch,
               size_t head,
               float *dp)
{
  const PhAttention *a = &n->a;
  size_t at_query = query_offset (a, s, batch, head),
         at_key = key_offset (a, s, batch, head);
  size_t n_scores = s->n_queries * s->n_keys;
  const float *p = n->p->data + (batch * a->n_heads + head) * n_scores;
  const float *dy = ph_gradient (c, n->y) + at_query;

  if (ph_wants_gradient (c, a->v))
    ph_gemm (true, false, s->n_keys, s->size, s->n_queries, 1, p, s->n_keys, dy, s->width,
             1, ph_gradient (c, a->v) + at_key, s->key_width);

  ph_gemm (false, true, s->n_queries, s->n_keys, s->size, 1, dy, s->width,
           a->v->data + at_key, s->key_width, 0, dp, s->n_keys);
  if (n->p->gradient != NULL) {
    float *whole = n->p->gradient + (batch * a->n_heads + head) * n_scores;

    ph_kernels ()->add_scaled (whole, dp, 1, n_scores);
    memcpy (dp, whole, n_scores * sizeof *dp);
  }
  softmax_backward (p, dp, s->n_queries, s->n_keys);

  for (size_t q = 0; ph_wants_gradient (c, a->bias) && q < s->n_queries; q++)
    ph_kernels ()->add_scaled (ph_gradient (c, a->bias) + bias_offset (s, head, q),
                               dp + q * s->n_keys, 1, s->n_keys);
  if (ph_wants_gradient (c, a->q))
    ph_gemm (false, false, s->n_queries, s->size, s->n_keys, a->scale, dp, s->n_keys,
             a->k->data + at_key, s->key_width, 1, ph_gradient (c, a->q) + at_query,
             s->width);
  if (ph_wants_gradient (c, a->k))
    ph_gemm (true, false, s->n_keys, s->size, s->n_queries, a->scale, dp, s->n_keys,
             a->q->data + at_query, s->width, 1, ph_gradient (c, a->k) + at_key,
             s->key_width);
}

static void
attention_backward (PhContext *c, PhNote *note)
{
  Attention *n = (Attention *) note;
  Sizes s = sizes_of (&n->a);
  float *dp = ph_arena_take (c->arena, s.n_queries * s.n_keys * sizeof *dp);

  for (size_t batch = 0; batch < s.n_batch; batch++)
    for (size_t head = 0; head < n->a.n_heads; head++)
      head_backward (c, n, &s, batch, head, dp);
}

PhTensor *
ph_attention (PhContext *c, const PhAttention *attention)
{
  const PhAttention *a = attention;
  Forward f = { .c = c, .a = a, .s = sizes_of (a) };
  const Sizes *s = &f.s;
  PhTensor *y = ph_like (c, a->q);
  PhTensor *p = NULL;
  bool wants = ph_wants_gradient (c, a->q) || ph_wants_gradient (c, a->k) ||
               ph_wants_gradient (c, a->v) || ph_wants_gradient (c, a->bias);

  assert (a->q->n_dims == 3 && a->k->n_dims == 3 && ph_same_shape (a->k, a->v));
  assert (a->k->dims[0] == s->n_batch || a->k->dims[0] == 1);
  assert (s->key_width == s->size * a->n_key_heads);
  assert (s->width == s->size * a->n_heads && a->n_heads % a->n_key_heads == 0);
  assert (!a->causal || s->n_keys >= s->n_queries);
  assert (a->bias == NULL || (a->bias->type == PH_F32 && a->bias->n_dims == 2 &&
                              a->bias->dims[0] == a->n_heads &&
                              a->bias->dims[1] == s->n_queries + s->n_keys - 1));
  assert (a->mask == NULL || a->mask_batch == 1 || a->mask_batch == s->n_batch);

  if (wants || a->probabilities != NULL) {
    p = ph_tensor_new (c, PH_DIMS (s->n_batch, a->n_heads, s->n_queries, s->n_keys));
    p->wants_gradient = wants;
    f.p_is_whole = true;
    f.p = p->data;
  } else {
    size_t n_threads = (size_t) ph_pool_n_threads (c->pool);

    f.p = ph_arena_take (c->arena, n_threads * s->n_queries * s->n_keys * sizeof (float));
  }
  f.y = y->data;
  ph_pool_run (c->pool, s->n_batch * a->n_heads, attend, &f);

  y->wants_gradient = wants;
  if (wants) {
    Attention *n = ph_tape_note (c, attention_backward, sizeof *n);

    n->a = *a;
    n->a.probabilities = NULL;
    n->p = p;
    n->y = y;
  }
  if (a->probabilities != NULL)
    *a->probabilities = p;
  return y;
}

#include "core/models/bert.h"

#include "core/tensor/ops.h"

#include <math.h>
#include <string.h>

static PhTensor *
affine (PhContext *c, PhTensor *x, PhAffine *a)
{
  return ph_linear (c, x, &a->w, &a->b);
}

/* norm (x + y): every sub-layer ends so. */
static PhTensor *
add_and_norm (PhContext *c, PhTensor *x, PhTensor *y, PhAffine *norm, float eps)
{
  return ph_layer_norm (c, ph_add (c, x, y), &norm->w, &norm->b, eps);
}

PhBertKeys
ph_bert_keys (PhContext *c, PhBertAttention *attention, PhTensor *tokens)
{
  PhTensor *k = affine (c, tokens, &attention->k);

  return (PhBertKeys){ k, affine (c, tokens, &attention->v) };
}

/* Zeros in the place of what @silent heads give: row by n_heads × size. */
static void
silence (PhContext *c, PhTensor *y, size_t n_heads, const bool *silent)
{
  size_t width = ph_width (y), size = width / n_heads;

  g_assert (c->tape == NULL);
  for (size_t row = 0; row < ph_n_rows (y); row++)
    for (size_t head = 0; head < n_heads; head++)
      if (silent[head])
        memset (y->data + row * width + head * size, 0, size * sizeof *y->data);
}

/* Rows that share keys are taken as one long row. */
PhTensor *
ph_bert_attend (PhContext *c, PhBertAttention *attention, const PhBertLook *look)
{
  PhTensor *x = look->x, *q = affine (c, x, &attention->q), *y;
  PhBertKeys keys =
      look->tokens != NULL ? ph_bert_keys (c, attention, look->tokens) : look->keys;
  size_t n_batch = keys.k->dims[0], width = ph_width (x);

  q = ph_reshape (c, q, PH_DIMS (n_batch, ph_n_rows (x) / n_batch, width));
  y = ph_attention (c, &(PhAttention){
                           .q = q,
                           .k = keys.k,
                           .v = keys.v,
                           .n_heads = look->n_heads,
                           .n_key_heads = look->n_heads,
                           .scale = 1.0f / sqrtf ((float) (width / look->n_heads)),
                           .causal = look->causal,
                           .mask = look->mask,
                           .mask_batch = look->mask_rows,
                           .probabilities = look->probabilities,
                       });
  y = ph_reshape (c, y, x->n_dims, x->dims);
  if (look->silent != NULL)
    silence (c, y, look->n_heads, look->silent);
  return add_and_norm (c, x, affine (c, y, &attention->out), &attention->norm, look->eps);
}

PhTensor *
ph_bert_feed (PhContext *c, PhBertFeed *feed, PhTensor *x, float eps)
{
  PhTensor *y = affine (c, ph_gelu (c, affine (c, x, &feed->in)), &feed->out);

  return add_and_norm (c, x, y, &feed->norm, eps);
}

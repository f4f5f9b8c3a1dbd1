#include "core/tensor/ops-private.h"

/* n = (x - mean) rstd.  Layer norm: y = n w + b.  Without mean: y = n w, rms norm, and
 * with w = 1 and the norm in place of the root mean square, a unit vector. */
typedef struct {
  PhNote note;
  PhTensor *x, *w, *b, *y;
  float *mean, *rstd; /* a row */
} Norm;

static void
layer_norm_backward (PhContext *c, PhNote *note)
{
  Norm *n = (Norm *) note;
  size_t width = ph_width (n->x);
  float *dw = ph_wants_gradient (c, n->w) ? ph_gradient (c, n->w) : NULL;
  float *db = ph_wants_gradient (c, n->b) ? ph_gradient (c, n->b) : NULL;
  float *dx = ph_wants_gradient (c, n->x) ? ph_gradient (c, n->x) : NULL;
  const float *w = ph_floats (c, n->w);
  const float *dy = ph_gradient (c, n->y);

  for (size_t r = 0; r < ph_n_rows (n->x); r++, dy += width) {
    const float *x = n->x->data + r * width;
    float g_mean = 0, gn_mean = 0;

    /* Moving one x moves the row's mean and spread: these two are what they take back
     * from every element of the row. */
    for (size_t i = 0; i < width; i++) {
      float normal = (x[i] - n->mean[r]) * n->rstd[r];
      float g = dy[i] * w[i];

      g_mean += g / (float) width;
      gn_mean += g * normal / (float) width;
      if (dw != NULL)
        dw[i] += dy[i] * normal;
      if (db != NULL)
        db[i] += dy[i];
    }
    for (size_t i = 0; dx != NULL && i < width; i++) {
      float normal = (x[i] - n->mean[r]) * n->rstd[r];

      dx[r * width + i] += (dy[i] * w[i] - g_mean - normal * gn_mean) * n->rstd[r];
    }
  }
}

static void
note_norm (PhContext *c, PhBackward backward, Norm norm)
{
  norm.y->wants_gradient = ph_wants_gradient (c, norm.x) ||
                           ph_wants_gradient (c, norm.w) || ph_wants_gradient (c, norm.b);
  if (norm.y->wants_gradient) {
    Norm *note = ph_tape_note (c, backward, sizeof *note);

    norm.note = note->note;
    *note = norm;
  }
}

PhTensor *
ph_layer_norm (PhContext *c, PhTensor *x, PhTensor *w, PhTensor *b, float eps)
{
  size_t width = ph_width (x), n_rows = ph_n_rows (x);
  PhTensor *y = ph_like (c, x);
  float *mean = ph_arena_take (c->arena, 2 * n_rows * sizeof *mean);
  float *rstd = mean + n_rows;
  const float *scale = ph_floats (c, w), *shift = ph_floats (c, b);

  assert (ph_n_elements (w) == width && ph_n_elements (b) == width);
  for (size_t r = 0; r < n_rows; r++) {
    const float *from = x->data + r * width;
    float *to = y->data + r * width;

    mean[r] = ph_kernels ()->sum (from, width) / (float) width;
    rstd[r] = 1.0f / sqrtf (ph_kernels ()->variance (from, mean[r], width) + eps);
    for (size_t i = 0; i < width; i++)
      to[i] = (from[i] - mean[r]) * rstd[r] * scale[i] + shift[i];
  }

  note_norm (c, layer_norm_backward,
             (Norm){ .x = x, .w = w, .b = b, .y = y, .mean = mean, .rstd = rstd });
  return y;
}

/* Serves unit vectors too: there w is NULL and rstd is one over the norm, so that the
 * row takes back Σ g n without the division by its width. */
static void
rms_norm_backward (PhContext *c, PhNote *note)
{
  Norm *n = (Norm *) note;
  size_t width = ph_width (n->x);
  float *dw = ph_wants_gradient (c, n->w) ? ph_gradient (c, n->w) : NULL;
  float *dx = ph_wants_gradient (c, n->x) ? ph_gradient (c, n->x) : NULL;
  const float *w = n->w != NULL ? ph_floats (c, n->w) : NULL;
  const float *dy = ph_gradient (c, n->y);

  for (size_t r = 0; r < ph_n_rows (n->x); r++, dy += width) {
    const float *x = n->x->data + r * width;
    float gn = 0;

    for (size_t i = 0; i < width; i++) {
      float normal = x[i] * n->rstd[r];

      gn += dy[i] * (w != NULL ? w[i] : 1) * normal;
      if (dw != NULL)
        dw[i] += dy[i] * normal;
    }
    if (w != NULL)
      gn /= (float) width;
    for (size_t i = 0; dx != NULL && i < width; i++) {
      float g = dy[i] * (w != NULL ? w[i] : 1);

      dx[r * width + i] += (g - x[i] * n->rstd[r] * gn) * n->rstd[r];
    }
  }
}

PhTensor *
ph_rms_norm (PhContext *c, PhTensor *x, PhTensor *w, float eps)
{
  size_t width = ph_width (x), n_rows = ph_n_rows (x);
  PhTensor *y = ph_like (c, x);
  float *rstd = ph_arena_take (c->arena, n_rows * sizeof *rstd);
  const float *scale = ph_floats (c, w);

  assert (ph_n_elements (w) == width);
  for (size_t r = 0; r < n_rows; r++) {
    const float *from = x->data + r * width;
    float *to = y->data + r * width;

    rstd[r] = 1.0f / sqrtf (ph_kernels ()->dot (from, from, width) / (float) width + eps);
    for (size_t i = 0; i < width; i++)
      to[i] = from[i] * rstd[r] * scale[i];
  }

  note_norm (c, rms_norm_backward, (Norm){ .x = x, .w = w, .y = y, .rstd = rstd });
  return y;
}

PhTensor *
ph_unit (PhContext *c, PhTensor *x)
{
  size_t width = ph_width (x), n_rows = ph_n_rows (x);
  PhTensor *y = ph_like (c, x);
  float *rstd = ph_arena_take (c->arena, n_rows * sizeof *rstd);

  for (size_t r = 0; r < n_rows; r++) {
    const float *from = x->data + r * width;

    rstd[r] = 1.0f / (sqrtf (ph_kernels ()->dot (from, from, width)) + 1e-12f);
    for (size_t i = 0; i < width; i++)
      y->data[r * width + i] = from[i] * rstd[r];
  }

  note_norm (c, rms_norm_backward, (Norm){ .x = x, .y = y, .rstd = rstd });
  return y;
}

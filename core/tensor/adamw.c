#include "core/tensor/adamw.h"

#include "core/tensor/kernels/kernels.h"

#include <math.h>

typedef struct {
  PhAdamw *adamw;
  float with_decay[7];
  float without_decay[7];
} Step;

double
ph_adamw_norm (const PhAdamw *self)
{
  double total = 0;

  for (size_t r = 0; r < self->n_ranges; r++) {
    const float *g = self->gradients + self->ranges[r].first;

    total += ph_kernels ()->dot (g, g, self->ranges[r].n);
  }
  return sqrt (total);
}

static void
step_range (void *data, size_t chunk, int thread)
{
  Step *step = data;
  PhAdamw *self = step->adamw;
  const PhAdamwRange *range = &self->ranges[chunk];
  size_t at = range->first;

  ph_kernels ()->adamw (self->weights + at, self->first_moments + at,
                        self->second_moments + at, self->gradients + at, range->n,
                        range->decays ? step->with_decay : step->without_decay);
}

double
ph_adamw_step (PhAdamw *self, PhPool *pool, size_t step, float rate, float max_norm)
{
  double norm = ph_adamw_norm (self);
  Step s = { .adamw = self };

  for (int i = 0; i < 2; i++) {
    float *k = i == 0 ? s.with_decay : s.without_decay;

    k[PH_ADAMW_RATE] = rate;
    k[PH_ADAMW_BETA1] = self->beta1;
    k[PH_ADAMW_BETA2] = self->beta2;
    k[PH_ADAMW_DECAY] = i == 0 ? 1.0f - rate * self->weight_decay : 1.0f;
    k[PH_ADAMW_CORRECTION1] = (float) (1.0 / (1.0 - pow (self->beta1, (double) step)));
    k[PH_ADAMW_CORRECTION2] = (float) (1.0 / (1.0 - pow (self->beta2, (double) step)));
    k[PH_ADAMW_CLIP] = max_norm > 0 && norm > max_norm ? (float) (max_norm / norm) : 1.0f;
  }
  ph_pool_run (pool, self->n_ranges, step_range, &s);

  return norm;
}

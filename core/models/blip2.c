#include "core/models/blip2.h"

#include "core/tensor/ops.h"

enum { LM_WIDTH, QFORMER_WIDTH };

static const PhWeight projection_weights[] = {
  PH_AFFINE (PhBlip2, projection, "language_projection", LM_WIDTH, QFORMER_WIDTH),
};

void
ph_blip2_init (PhBlip2 *self,
               const PhVitConfig *vision,
               const PhQformerConfig *qformer,
               PhLm *lm)
{
  ph_vit_init (&self->vit, vision);
  ph_qformer_init (&self->qformer, qformer);
  self->projection = (PhAffine){ 0 };
  self->lm = lm;
}

void
ph_blip2_clear (PhBlip2 *self)
{
  ph_vit_clear (&self->vit);
  ph_qformer_clear (&self->qformer);
  g_clear_pointer (&self->lm, ph_lm_free);
}

bool
ph_blip2_bind (PhBlip2 *self, PhBinder *binder, GError **error)
{
  const size_t sizes[] = {
    [LM_WIDTH] = self->lm->width,
    [QFORMER_WIDTH] = self->qformer.config.width,
  };

  return ph_vit_bind (&self->vit, binder, "vision_model.", error) &&
         ph_qformer_bind (&self->qformer, binder, error) &&
         ph_weights_bind (binder, "", projection_weights,
                          G_N_ELEMENTS (projection_weights), self, sizes, error) &&
         self->lm->class->bind (self->lm, binder, "language_model.", error);
}

PhTensor *
ph_blip2_project (PhBlip2 *self, const PhPass *pass, const PhQformerInput *input)
{
  PhContext *c = pass->context;
  PhTensor *x = ph_qformer_encode (&self->qformer, pass, input);

  x = ph_tokens (c, x, 0, self->qformer.config.n_queries);
  ph_probe (pass, PH_PROBE_QFORMER_OUTPUT, 0, x);
  x = ph_linear (c, x, &self->projection.w, &self->projection.b);
  ph_probe (pass, PH_PROBE_PROJECTION, 0, x);
  return x;
}

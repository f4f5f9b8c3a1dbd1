#include "core/models/grad-cam.h"

#include "core/base/error.h"
#include "core/tensor/ops.h"

#include <math.h>

bool
ph_grad_cam_choose_layer (int asked,
                          size_t n_layers,
                          size_t frequency,
                          int *layer,
                          GError **error)
{
  size_t middle = n_layers / 2;
  g_autoptr (GString) there = g_string_new (NULL);

  *layer = asked != PH_GRAD_CAM_USUAL ? asked : (int) (middle - middle % frequency);
  if ((size_t) *layer < n_layers && (size_t) *layer % frequency == 0)
    return true;
  for (size_t i = 0; i < n_layers; i += frequency)
    g_string_append_printf (there, "%s%zu", i > 0 ? ", " : "", i);
  return ph_fail (error, PH_ERROR_RANGE,
                  "layer %d: those that look at the picture are %s", asked, there->str);
}

static void
see (PhProbe *probe, PhProbePoint point, int layer, PhTensor *values)
{
  PhGradCam *self = (PhGradCam *) probe;

  ph_probe (self->pass, point, layer, values);
  if (point == PH_PROBE_CROSS_ATTENTION && layer == self->layer)
    self->attention = values;
}

PhPass
ph_grad_cam_start (PhGradCam *self, const PhPass *pass, int layer, PhTensor *root)
{
  PhPass looking = *pass;

  *self = (PhGradCam){ .pass = pass, .layer = layer };
  if (!ph_probe_wants (pass, PH_PROBE_GRAD_CAM))
    return looking;

  self->probe.wanted = pass->probe->wanted | PH_WANTED (PH_PROBE_CROSS_ATTENTION);
  self->probe.see = see;
  self->tape = ph_tape_new ();
  root->wants_gradient = true;
  looking.probe = &self->probe;
  looking.context->tape = self->tape;
  return looking;
}

/* Row by key, the mean over @attention's heads. */
static PhTensor *
weigh (PhContext *c, PhTensor *attention)
{
  size_t n_heads = attention->dims[1], n_keys = attention->dims[3];
  size_t n = attention->dims[2] * n_keys;
  const float *p = attention->data, *gradient = ph_gradient (c, attention);
  PhTensor *cam = ph_tensor_zeros (c, PH_DIMS (attention->dims[2], n_keys));

  for (size_t head = 0; head < n_heads; head++, p += n, gradient += n)
    for (size_t i = 0; i < n; i++)
      if (i % n_keys != 0)
        cam->data[i] += p[i] * fmaxf (gradient[i], 0) / (float) n_heads;
  return cam;
}

static PhTensor *
add_mean_of_text (PhContext *c, PhTensor *cam)
{
  size_t n_rows = cam->dims[0], n_keys = cam->dims[1];
  size_t n_between = n_rows > 2 ? n_rows - 2 : 0;
  PhTensor *all = ph_tensor_zeros (c, PH_DIMS (n_rows + 1, n_keys));
  float *mean = all->data + n_keys;

  for (size_t row = 0; row < n_rows; row++)
    for (size_t k = 0; k < n_keys; k++) {
      float value = cam->data[row * n_keys + k];

      all->data[(row > 0 ? row + 1 : 0) * n_keys + k] = value;
      if (row > 0 && row <= n_between)
        mean[k] += value / (float) n_between;
    }
  return all;
}

void
ph_grad_cam_finish (PhGradCam *self, PhTensor *score, PhGradCamRows rows)
{
  PhContext *c = self->pass->context;
  PhTensor *cam;

  if (self->tape == NULL)
    return;
  if (!ph_stopped (c)) {
    /* Asked for before the way back, so that attention keeps it. */
    ph_gradient (c, self->attention);
    ph_tape_backward (c, score);
    cam = weigh (c, self->attention);
    if (rows == PH_GRAD_CAM_TEXT)
      cam = add_mean_of_text (c, cam);
    cam = ph_reshape (c, cam, PH_DIMS (1, 1, cam->dims[0], cam->dims[1]));
    ph_probe (self->pass, PH_PROBE_GRAD_CAM, self->layer, cam);
  }
  c->tape = NULL;
  g_clear_pointer (&self->tape, ph_tape_free);
}

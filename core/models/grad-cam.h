/* grad-cam.h - what of where the model looked spoke for a match
 *
 * Attention says where a model looked, not what came of it.  Grad-CAM (Selvaraju et al.
 * 2017, for the ITM of BLIP as in LAVIS) weighs one layer's cross-attention by what the
 * score of a match gains from it, attention × max (gradient, 0), and takes the mean over
 * the heads.  The class token is left out.
 *
 *   PhGradCam cam;
 *   PhPass looking = ph_grad_cam_start (&cam, pass, layer, words);
 *   score = … what a run of @words with &looking ends in …
 *   ph_grad_cam_finish (&cam, score, PH_GRAD_CAM_TEXT);
 *
 * Where nobody wants PH_PROBE_GRAD_CAM both calls do nothing.  Otherwise the run between
 * them is taped: it keeps all its tensors in the arena until the caller resets that.
 */
#pragma once

#include "core/base/pass.h"
#include "core/tensor/tape.h"

#include <glib.h>

/* The layer in the middle: number 6 of twelve, counted from 0, as LAVIS has it. */
#define PH_GRAD_CAM_USUAL (-1)

/* Who looks at the picture. */
typedef enum {
  PH_GRAD_CAM_QUERIES,
  /* Tokens of a text, the first and the last of which stand around it: a row behind the
   * first one has the mean over those between. */
  PH_GRAD_CAM_TEXT,
} PhGradCamRows;

typedef struct {
  PhProbe probe;
  const PhPass *pass;
  int layer;
  PhTape *tape; /* NULL: not wanted */
  PhTensor *attention;
} PhGradCam;

/* Sets @layer to @asked, or to the usual one, of @n_layers of which 0, @frequency,
 * 2 × @frequency, … look at the picture. */
bool ph_grad_cam_choose_layer (int asked,
                               size_t n_layers,
                               size_t frequency,
                               int *layer,
                               GError **error);

/* Tapes all that is made of @root from now on. */
PhPass ph_grad_cam_start (PhGradCam *self, const PhPass *pass, int layer, PhTensor *root);

/* Goes back from @score, one element, and tells @pass. */
void ph_grad_cam_finish (PhGradCam *self, PhTensor *score, PhGradCamRows rows);

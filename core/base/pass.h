/* pass.h - what one run through a model shares, and where one may look into it
 *
 * A model's layers are written once; a PhPass tells them the context to compute in and
 * who is listening.  A forward pass names its interesting tensors as it makes them:
 * with nobody listening that costs one comparison.  A view, the trace and the trainer
 * all listen in the same way; whoever listens to several asks for the union.
 *
 * To add a point: a name here and a ph_probe() where the tensor is made.
 *
 * A pass belongs to the thread that runs it.
 */
#pragma once

#include "core/tensor/tensor.h"

typedef enum {
  PH_PROBE_PIXELS,          /* 3 by height by width, after preprocessing */
  PH_PROBE_VISION_BLOCK,    /* batch by token by width, after each block */
  PH_PROBE_VISION_OUTPUT,   /* batch by token by width, after the last norm */
  PH_PROBE_SELF_ATTENTION,  /* batch by head by row by key, queries before text */
  PH_PROBE_CROSS_ATTENTION, /* batch by head by query by key, key 0 the class token */
  PH_PROBE_QFORMER_OUTPUT,  /* batch by query by width */
  PH_PROBE_PROJECTION,      /* batch by query by width of the language model */
  PH_PROBE_GRAD_CAM,        /* 1 by 1 by row by key, as core/models/grad-cam.h says */
  PH_PROBE_FIRST_LOGITS,    /* row of scores for the first token of the answer */

  /* Of the language model, row by head by query by key, at every step of an answer: the
   * keys are all positions read so far, or what the encoder made of the prompt. */
  PH_PROBE_LM_SELF_ATTENTION,
  PH_PROBE_LM_CROSS_ATTENTION,
} PhProbePoint;

#define PH_WANTED(point) (1u << (point))

typedef struct _PhProbe PhProbe;

struct _PhProbe {
  unsigned wanted; /* PH_WANTED() of the points, or-ed */
  /* @layer counts all layers of its part, from 0.  @values is borrowed for the call; with
   * a tape it lives until the tape is cleared. */
  void (*see) (PhProbe *self, PhProbePoint point, int layer, PhTensor *values);
};

typedef enum {
  PH_STAGE_PICTURE, /* decoding and preprocessing */
  PH_STAGE_VISION,  /* reading the picture */
  PH_STAGE_QUERIES, /* asking the queries */
  PH_STAGE_PROMPT,  /* reading the prompt */
  PH_STAGE_WRITING, /* writing the answer */
} PhStage;

typedef struct {
  PhContext *context;
  PhProbe *probe; /* NULL: nobody listens */
} PhPass;

/* True if a tensor of that kind is to be kept for whoever listens. */
static inline bool
ph_probe_wants (const PhPass *pass, PhProbePoint point)
{
  return pass->probe != NULL && (pass->probe->wanted & PH_WANTED (point)) != 0;
}

static inline void
ph_probe (const PhPass *pass, PhProbePoint point, int layer, PhTensor *values)
{
  if (ph_probe_wants (pass, point))
    pass->probe->see (pass->probe, point, layer, values);
}

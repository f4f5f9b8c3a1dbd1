#include "core/models/retrieval.h"

#include "core/tensor/ops.h"

float
ph_retrieval_nearest (PhContext *c, PhTensor *rows, PhTensor *text)
{
  size_t width = ph_width (text);
  float nearest = -1;

  rows = ph_unit (c, rows);
  text = ph_unit (c, text);
  for (size_t r = 0; r < ph_n_rows (rows); r++) {
    float cosine = 0;

    for (size_t i = 0; i < width; i++)
      cosine += rows->data[r * width + i] * text->data[i];
    nearest = MAX (nearest, cosine);
  }
  return nearest;
}

PhTensor *
ph_retrieval_judge (PhContext *c, PhTensor *scores, PhMatch *match)
{
  match->itm[0] = scores->data[0];
  match->itm[1] = scores->data[1];
  return ph_part (c, ph_reshape (c, scores, PH_DIMS (2, 1)), 1, 1);
}

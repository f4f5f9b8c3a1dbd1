/* cover.h - patches of a picture hidden from the model
 *
 * Changes the numbers that ph_preprocess() wrote and the vision transformer is about to
 * read, so that what is hidden is exactly a set of its patches and nothing around them.
 * No way of hiding is innocent: an even patch is itself something to see, and a blurred
 * one still shows its colour.  Whoever draws conclusions hides as many random patches
 * in the same way beside it.
 *
 * Any thread.
 */
#pragma once

#include "core/vision/preprocess.h"

#include <stddef.h>

G_BEGIN_DECLS

typedef enum {
  PH_COVER_MEAN, /* the mean colour of the whole picture */
  PH_COVER_GREY, /* half of full brightness */
  PH_COVER_BLUR, /* the picture out of focus, by a deviation of one patch's side */
  PH_COVER_ZERO, /* 0 in the model's numbers: the mean colour of what it was trained on */
} PhCover;

/* @pixels: 3 by side by side, side that of @preprocess.  @patches are numbers, row by
 * row, of the squares of @patch pixels that fit into the side; their pixels change and no
 * others. */
void ph_cover_patches (const PhPreprocess *preprocess,
                       float *pixels,
                       int patch,
                       const int *patches,
                       size_t n_patches,
                       PhCover how);

G_END_DECLS

/* preprocess.h - from a picture of any size to the numbers the vision transformer reads
 *
 * The picture is resized to a square without keeping its aspect, scaled to 0…1 and
 * normalized by channel.  The numbers are those of transformers' BlipImageProcessorPil,
 * which is to say Pillow's: bicubic with a = −0.5, its support widened when shrinking,
 * 22-bit fixed-point coefficients, two passes in the order that Pillow 13 chooses, and
 * each pass rounded and clipped to 8 bits.
 *
 * Any thread.
 */
#pragma once

#include "core/base/picture.h"

#include <stdbool.h>

G_BEGIN_DECLS

#define PH_PREPROCESS_MAX_SIDE 2048

typedef struct {
  int side;       /* pixels, of the square */
  double rescale; /* 1/255 */
  float mean[3];  /* of red, green and blue, after rescaling */
  float std[3];
} PhPreprocess;

/* Reads preprocessor_config.json in @folder.  Errors name the file. */
bool ph_preprocess_load (PhPreprocess *self, const char *folder, GError **error);

/* Writes 3 by side by side numbers to @pixels. */
void ph_preprocess (const PhPreprocess *self, const PhPicture *picture, float *pixels);

/* What ph_preprocess() reads: the picture in a square of @side pixels, before its colours
 * become numbers. */
PhPicture *ph_preprocess_square (int side, const PhPicture *picture);

/* The picture at another size, by the same resize.  What stands between the passes has
 * the height of one picture and the width of the other. */
PhPicture *ph_resize (const PhPicture *picture, int width, int height);

G_END_DECLS

/* render.h - paints a scene and labels its patches
 *
 * Both are functions of the scene alone, noise included.  Nothing is kept between calls
 * but the fonts that cairo caches behind its own lock, so any thread may paint.
 * About half a millisecond for picture and labels at 112 pixels.
 */
#pragma once

#include "core/base/picture.h"
#include "core/scenes/scene.h"

G_BEGIN_DECLS

#define PH_SCENE_GRID 14 /* patches a side */
#define PH_SCENE_N_PATCHES (PH_SCENE_GRID * PH_SCENE_GRID)
#define PH_SCENE_N_CELLS 16 /* 4 by 4 in each patch */

/* What the patches of a scene show: targets for training, row by row. */
typedef struct {
  int8_t thing[PH_SCENE_N_PATCHES]; /* index of the thing that covers most, or -1 */
  uint8_t coverage[PH_SCENE_N_PATCHES][PH_SCENE_N_CELLS]; /* 0 … 255, by any thing */
} PhSceneLabels;

/* @side by @side pixels; 16 … 4096. */
PhPicture *ph_scene_render (const PhScene *scene, int side);

/* A patch belongs to a thing from 6 % of its area on.  Outlines do not count. */
void ph_scene_label (const PhScene *scene, PhSceneLabels *labels);

/* How much of each pixel the thing of that index covers, 0 … 255, side by side bytes. */
void ph_scene_mask (const PhScene *scene, int thing, int side, uint8_t *mask);

G_END_DECLS

/* truth.h - a scene's truth as JSON
 *
 * {"things": [{"kind", "color", "size", "region", "x", "y"}, …],
 *  "questions": [{"family", "text", "answer"}, …]}
 * in one line.  x and y are the centre as fractions of the picture; a thing of kind
 * "digit" also has "digit", 0 … 9.  The questions are always the same for a scene.
 */
#pragma once

#include "core/scenes/scene.h"

/* The caller frees it with g_free. */
char *ph_scene_dup_truth (const PhScene *scene);

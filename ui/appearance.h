/* appearance.h - how maps are drawn, the same in every view
 *
 * One a look: canvas, board, views and what they export read it, so that a colour means
 * the same everywhere.  Scale and artefacts change maps, which the look makes anew and
 * tells of; whoever draws colours watches "notify" here too.  Main thread only.
 *
 * Properties: "scale" (PhScale: what the brightest colour stands for), "colors"
 * (PhColormap, of shares; differences have their own), "smooth" (boolean: colours flow
 * from patch to patch), "hide-artefacts" (boolean: suspected artefact patches are taken
 * away and the rest scaled up), "strength" (double, 0 … 1: how much a map covers the
 * picture).
 */
#pragma once

#include "core/base/colormap.h"
#include "core/base/measures.h"

#include <glib-object.h>

G_BEGIN_DECLS

#define PH_TYPE_SCALE (ph_scale_get_type ())
GType ph_scale_get_type (void);
#define PH_TYPE_COLORMAP (ph_colormap_get_type ())
GType ph_colormap_get_type (void);

#define PH_TYPE_APPEARANCE (ph_appearance_get_type ())
G_DECLARE_FINAL_TYPE (PhAppearance, ph_appearance, PH, APPEARANCE, GObject)

/* As settings.h remembers it, but for artefacts: these are always shown at first. */
PhAppearance *ph_appearance_new (void);

PhScale ph_appearance_get_scale (PhAppearance *self);
PhColormap ph_appearance_get_colors (PhAppearance *self);
gboolean ph_appearance_get_smooth (PhAppearance *self);
gboolean ph_appearance_get_hide_artefacts (PhAppearance *self);
double ph_appearance_get_strength (PhAppearance *self);

/* As they are said: "Each map its own", "Violet to yellow"; translated, borrowed. */
const char *ph_scale_get_title (PhScale scale);
const char *ph_colormap_get_title (PhColormap colors);

G_END_DECLS

/* look.h - what is being looked at
 *
 * One look a window: the picture, the attention record of the chosen turn, which layer,
 * head and query of it, and the patch under the pointer or the keys.  Every way of
 * looking (views/) and every control watches the same look, so that no two of them can
 * disagree.  Main thread only.
 *
 * Properties, all notified: "picture" (pointer, PhPicture), "turn" (PhTurn), "record"
 * (pointer, PhRecord), "map" (pointer, PhHeatMap, NULL without a record that has maps),
 * "layer", "head", "query" (int from 0, or PH_SNAPSHOT_MEAN),
 * "patch" (int, -1: none), "pinned" (boolean), "strength" (double, 0 … 1: how much the
 * map covers the picture).
 */
#pragma once

#include "core/base/picture.h"
#include "core/base/record.h"
#include "ui/heat-map.h"
#include "ui/turn.h"

#include <gdk/gdk.h>

G_BEGIN_DECLS

#define PH_TYPE_LOOK (ph_look_get_type ())
G_DECLARE_FINAL_TYPE (PhLook, ph_look, PH, LOOK, GObject)

PhLook *ph_look_new (void);

/* Borrowed; may be NULL. */
PhPicture *ph_look_get_picture (PhLook *self);
void ph_look_set_picture (PhLook *self, PhPicture *picture);
/* The same picture, ready to be drawn; borrowed. */
GdkTexture *ph_look_get_texture (PhLook *self);

/* Shows what an answer left behind; each may be NULL.  A record's first maps of a shape
 * are shown by the query with the highest peak, since the mean of all queries shows the
 * least; later ones keep the layer, head and query that were chosen. */
void ph_look_show (PhLook *self, PhTurn *turn, PhRecord *record);

/* Borrowed; may be NULL.  The snapshot is that of the record. */
PhTurn *ph_look_get_turn (PhLook *self);
PhRecord *ph_look_get_record (PhLook *self);
PhSnapshot *ph_look_get_snapshot (PhLook *self);

/* Borrowed until the next notify::map. */
const PhHeatMap *ph_look_get_map (PhLook *self);

int ph_look_get_layer (PhLook *self);
int ph_look_get_head (PhLook *self);
int ph_look_get_query (PhLook *self);
void ph_look_set_query (PhLook *self, int query);
/* Goes @by queries on; before the first and after the last comes the mean of all. */
void ph_look_step_query (PhLook *self, int by);

/* "Query 7", or in a record of text the token that stands there: “dog”. */
char *ph_look_dup_query_name (PhLook *self, int query);

double ph_look_get_strength (PhLook *self);

/* The patch that is spoken of.  Pointing does nothing while one is pinned. */
int ph_look_get_patch (PhLook *self);
gboolean ph_look_is_pinned (PhLook *self);
void ph_look_point_at (PhLook *self, int patch);
void ph_look_pin (PhLook *self, int patch);
void ph_look_release (PhLook *self);

/* The status line: the patch and its share, or else what the map shows and its peak;
 * empty without a map. */
char *ph_look_dup_status (PhLook *self);

G_END_DECLS

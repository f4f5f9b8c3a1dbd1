/* look.h - what is being looked at
 *
 * One look a window: the picture, the attention record of the chosen turn, which layer,
 * head and queries of it, and the patch and word under the pointer or the keys.  Every
 * way of looking (views/) and every control watches the same look, so that no two of them
 * can disagree.  How maps are drawn is its appearance (appearance.h).  Main thread only.
 *
 * Properties, all notified:
 * "picture" (pointer, PhPicture), "sight" (boolean: the square that the model saw is
 *   shown in place of the picture), "texture" (GdkTexture: the one or the other);
 * "turn" (PhTurn), "record" (pointer, PhRecord);
 * "map" (pointer, PhHeatMap; NULL without a record that has maps);
 * "layer", "head", "query" (int from 0, or PH_SNAPSHOT_MEAN), "queries" (boolean: whether
 *   several are chosen together), "combine" (int, PhCombine: how);
 * "patch" (int, -1: none), "pinned" (boolean);
 * "word" (int, a token of the record, -1: none), "word-pinned" (boolean).
 *
 * look.c holds what is chosen and look-point.c what is pointed at, look-maps.c makes maps
 * and look-picture.c textures, and look-text.c says it in words.
 */
#pragma once

#include "core/base/picture.h"
#include "core/base/record.h"
#include "ui/appearance.h"
#include "ui/heat-map.h"
#include "ui/turn.h"

#include <gdk/gdk.h>

G_BEGIN_DECLS

#define PH_TYPE_LOOK (ph_look_get_type ())
G_DECLARE_FINAL_TYPE (PhLook, ph_look, PH, LOOK, GObject)

PhLook *ph_look_new (void);

/* Borrowed; the same for good. */
PhAppearance *ph_look_get_appearance (PhLook *self);

/* --- the picture --- */

/* Borrowed; may be NULL. */
PhPicture *ph_look_get_picture (PhLook *self);
void ph_look_set_picture (PhLook *self, PhPicture *picture);
/* What is shown of it, ready to be drawn, and the same for small maps; borrowed. */
GdkTexture *ph_look_get_texture (PhLook *self);
GdkTexture *ph_look_get_small_texture (PhLook *self);

/* What the model saw can be shown only where picture and record are known. */
gboolean ph_look_has_sight (PhLook *self);
gboolean ph_look_get_sight (PhLook *self);

/* --- the record --- */

/* Shows what an answer left behind; each may be NULL.  A record's first maps of a shape
 * are shown by the query with the highest peak, since the mean of all queries shows the
 * least; later ones keep the layer, head and queries that were chosen. */
void ph_look_show (PhLook *self, PhTurn *turn, PhRecord *record);

/* Borrowed; may be NULL.  The snapshot is that of the record. */
PhTurn *ph_look_get_turn (PhLook *self);
PhRecord *ph_look_get_record (PhLook *self);
PhSnapshot *ph_look_get_snapshot (PhLook *self);

/* --- which of its maps --- */

int ph_look_get_layer (PhLook *self);
int ph_look_get_head (PhLook *self);
void ph_look_set_layer_and_head (PhLook *self, int layer, int head);
/* PH_SNAPSHOT_MEAN, too, where several are chosen together. */
int ph_look_get_query (PhLook *self);
void ph_look_set_query (PhLook *self, int query);
/* Go @by on; before the first and after the last comes the mean of all. */
void ph_look_step_query (PhLook *self, int by);
void ph_look_step_layer (PhLook *self, int by);
void ph_look_step_head (PhLook *self, int by);

/* The chosen queries, ascending: none for the mean of all.  Borrowed until the next
 * notification. */
const int *ph_look_get_queries (PhLook *self, size_t *n);
gboolean ph_look_has_query (PhLook *self, int query);
void ph_look_set_queries (PhLook *self, const int *queries, size_t n);
/* Adds a query to those that are chosen, or takes it away. */
void ph_look_toggle_query (PhLook *self, int query);
PhCombine ph_look_get_combine (PhLook *self);

/* The map that is shown; borrowed until the next notify::map. */
const PhHeatMap *ph_look_get_map (PhLook *self);

/* Another map of the record, as it is shown: without artefacts where they are hidden, and
 * on the scale of the appearance, where "shared" is by all queries of that layer and
 * head.  The caller frees it; there must be a snapshot. */
PhHeatMap *ph_look_make_map (PhLook *self, int layer, int head, int query);

/* Shows a map that is no row of the record, such as a word's or a difference, over the
 * same grid and under the name of @title, in place of the chosen one, until NULL or
 * another query or record is chosen.  Takes @map, and puts it on the scale of the
 * appearance. */
void ph_look_take_own_map (PhLook *self, PhHeatMap *map, const char *title);
/* NULL while the chosen map is shown. */
const char *ph_look_get_own_title (PhLook *self);

/* Patches that draw attention whoever looks: a flag each, borrowed, and how many are set;
 * NULL without maps. */
const bool *ph_look_get_artefacts (PhLook *self, size_t *n);

/* --- what is pointed at --- */

/* Pointing does nothing while a patch is pinned; the same of words. */
int ph_look_get_patch (PhLook *self);
gboolean ph_look_is_pinned (PhLook *self);
void ph_look_point_at (PhLook *self, int patch);
void ph_look_pin (PhLook *self, int patch);

int ph_look_get_word (PhLook *self);
gboolean ph_look_is_word_pinned (PhLook *self);
void ph_look_point_at_word (PhLook *self, int word);
void ph_look_pin_word (PhLook *self, int word);

/* Lets go of patch and word; false where there was neither. */
gboolean ph_look_release (PhLook *self);

/* --- in words --- */

/* "Query 7", or in a record of text the token that stands there: “dog”. */
char *ph_look_dup_query_name (PhLook *self, int query);

/* "Layer 3", by its number among all layers, or "all layers"; and so of heads. */
char *ph_look_dup_layer_name (PhLook *self, int layer);
char *ph_look_dup_head_name (PhLook *self, int head);

/* What the map shows: "Query 7, layer 3, mean of 4 heads"; empty without one. */
char *ph_look_dup_title (PhLook *self);

/* The status line: the patch, its share and rank, or else what the map shows and its
 * peak; empty without a map. */
char *ph_look_dup_status (PhLook *self);

G_END_DECLS

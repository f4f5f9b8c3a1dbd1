/* other-turn.h - a turn out of the history that is laid beside the present one
 *
 * What it left behind and its picture, without any model.  The record is read at once,
 * which takes a few milliseconds; the picture is decoded in its own time.  Main thread.
 *
 * Property "texture" (GdkTexture, notified; NULL until it is there, or if it was not
 * kept).
 */
#pragma once

#include "core/engine/engine.h"
#include "ui/views/past-turns.h"

#include <gdk/gdk.h>

G_BEGIN_DECLS

#define PH_TYPE_OTHER_TURN (ph_other_turn_get_type ())
G_DECLARE_FINAL_TYPE (PhOtherTurn, ph_other_turn, PH, OTHER_TURN, GObject)

/* NULL with the reason where its record cannot be read. */
PhOtherTurn *ph_other_turn_new (PhEngine *engine,
                                PhHistory *history,
                                const PhPastTurn *turn,
                                GError **error);

/* Borrowed. */
PhRecord *ph_other_turn_get_record (PhOtherTurn *self);
GdkTexture *ph_other_turn_get_texture (PhOtherTurn *self);
/* "“What color is it?”, scenes". */
const char *ph_other_turn_get_title (PhOtherTurn *self);

G_END_DECLS

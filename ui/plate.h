/* plate.h - one picture of a chat
 *
 * Opened here, or out of the history, where it is decoded when it is first looked at.  A
 * chat has several; each question is asked about one.  Main thread only.
 *
 * Properties, notified: "thumb" (GdkTexture, NULL until it is decoded), "problem"
 * (string: why it cannot be shown).
 */
#pragma once

#include "core/engine/engine.h"
#include "core/history/history.h"

#include <gdk/gdk.h>

G_BEGIN_DECLS

#define PH_TYPE_PLATE (ph_plate_get_type ())
G_DECLARE_FINAL_TYPE (PhPlate, ph_plate, PH, PLATE, GObject)

/* @name as the person knows it, or NULL. */
PhPlate *ph_plate_new (PhPicture *picture, const char *name);
/* One of the history, by its hash there. */
PhPlate *ph_plate_new_stored (const char *hash, const char *name);

/* One that was drawn and not chosen: what is opened takes its place. */
void ph_plate_set_drawn (PhPlate *self, gboolean drawn);
gboolean ph_plate_is_drawn (PhPlate *self);

/* Asks for a stored one to be decoded; nothing for the others. */
void ph_plate_load (PhPlate *self, PhEngine *engine, PhHistory *history);

/* All borrowed; NULL where there is none (yet). */
PhPicture *ph_plate_get_picture (PhPlate *self);
GdkTexture *ph_plate_get_thumb (PhPlate *self);
const char *ph_plate_get_hash (PhPlate *self); /* of a stored one */
const char *ph_plate_get_name (PhPlate *self);
const char *ph_plate_get_problem (PhPlate *self);

G_END_DECLS

/* strip-card.h - one picture in the strip
 *
 * Signals: "chosen", "removed".
 */
#pragma once

#include "ui/plate.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define PH_TYPE_STRIP_CARD (ph_strip_card_get_type ())
G_DECLARE_FINAL_TYPE (PhStripCard, ph_strip_card, PH, STRIP_CARD, GtkBox)

/* @number from 1, by which it is called beside its name. */
GtkWidget *ph_strip_card_new (PhPlate *plate, guint number);
PhPlate *ph_strip_card_get_plate (PhStripCard *self); /* borrowed */

void ph_strip_card_set_current (PhStripCard *self, gboolean current);
/* NULL: there is none, here or anywhere. */
void ph_strip_card_set_answer (PhStripCard *self, const char *answer);

G_END_DECLS

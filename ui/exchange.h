/* exchange.h - a question in a chat, with every answer it got
 *
 * What was asked again, or asked in other words, is a variant: one of them is shown, the
 * others are a step away.  Main thread only.
 *
 * Property, notified: "turn" (PhTurn, the one that is shown).
 */
#pragma once

#include "ui/turn.h"

G_BEGIN_DECLS

#define PH_TYPE_EXCHANGE (ph_exchange_get_type ())
G_DECLARE_FINAL_TYPE (PhExchange, ph_exchange, PH, EXCHANGE, GObject)

/* @number counts the questions of a chat, from 1, and stays with this one. */
PhExchange *ph_exchange_new (guint number);

/* Adds a variant, the first included, and shows it. */
void ph_exchange_add (PhExchange *self, PhTurn *turn);

guint ph_exchange_get_number (PhExchange *self);
guint ph_exchange_get_n_variants (PhExchange *self);
PhTurn *ph_exchange_get_variant (PhExchange *self, guint index); /* borrowed */

/* Which is shown, from 0; and the turn itself, borrowed. */
guint ph_exchange_get_index (PhExchange *self);
PhTurn *ph_exchange_get_turn (PhExchange *self);
/* Shows the one before or after, if there is one. */
void ph_exchange_step (PhExchange *self, int by);
/* Shows this variant; whether it is one of them. */
gboolean ph_exchange_show (PhExchange *self, PhTurn *turn);

G_END_DECLS

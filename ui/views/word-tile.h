/* word-tile.h - one word of an answer, with a number and a bar beneath it
 *
 * A toggle: pressed in, the word is pinned.  Its ground is the more tinted the less
 * likely the word was; since colour alone says nothing to some, the number is there too.
 */
#pragma once

#include "ui/views/answer-words.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define PH_TYPE_WORD_TILE (ph_word_tile_get_type ())
G_DECLARE_FINAL_TYPE (PhWordTile, ph_word_tile, PH, WORD_TILE, GtkToggleButton)

/* Number @word of @words. */
GtkWidget *ph_word_tile_new (const PhAnswerWords *words, int word);

int ph_word_tile_get_word (PhWordTile *self);

/* @share of a whole as number, and @length of the bar, from 0 to 1. */
void ph_word_tile_show (PhWordTile *self, double share, double length);

G_END_DECLS

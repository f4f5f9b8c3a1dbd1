/* alternatives.h - what else the model thought of where it wrote a word */
#pragma once

#include "ui/views/answer-words.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Fills @box with the likeliest tokens in the place of each token of @word; with nothing
 * where @word is below 0. */
void ph_alternatives_show (GtkBox *box, const PhAnswerWords *words, int word);

G_END_DECLS

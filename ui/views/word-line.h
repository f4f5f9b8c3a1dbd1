/* word-line.h - the words of an answer in lines, to be pointed at, pinned and walked
 *
 * One stop of the Tab key; inside, the arrows walk.  Each word carries its probability,
 * or whatever else is a number of each word.
 *
 * Signals: "pointed" (int: the word under pointer or focus, -1 for none), "pinned" (int:
 * the word that was pressed, -1 for none).
 */
#pragma once

#include "ui/views/answer-words.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define PH_TYPE_WORD_LINE (ph_word_line_get_type ())
G_DECLARE_FINAL_TYPE (PhWordLine, ph_word_line, PH, WORD_LINE, GtkWidget)

GtkWidget *ph_word_line_new (void);

/* Borrowed until others are set. */
void ph_word_line_set_words (PhWordLine *self, const PhAnswerWords *words);

/* A number of each word instead of its probability, the largest with the longest bar;
 * NULL for the probability. */
void ph_word_line_show (PhWordLine *self, const float *shares);

/* -1: none.  Says nothing by "pinned". */
void ph_word_line_set_pinned (PhWordLine *self, int word);

G_END_DECLS

/* outcome.h - an answer of an experiment: what it is of, its words, how likely it was
 *
 * A heading, the text, and a bar from 0 to 100 % with a number beside it.  Where the
 * number is a mean, the bar has a line from the least to the largest.  Main thread only.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define PH_TYPE_OUTCOME (ph_outcome_get_type ())
G_DECLARE_FINAL_TYPE (PhOutcome, ph_outcome, PH, OUTCOME, GtkBox)

GtkWidget *ph_outcome_new (void);

/* @markup is shown, @spoken is what is heard. */
void ph_outcome_set_text (PhOutcome *self,
                          const char *heading,
                          const char *markup,
                          const char *spoken);

/* Shares of 1; @low and @high are the same as @value where there is no range. */
void ph_outcome_set_probability (PhOutcome *self, double value, double low, double high);

G_END_DECLS

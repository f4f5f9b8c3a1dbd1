/* kept-curve.h - two curves over the number of queries that are kept
 *
 * From all queries at the left to one at the right: how likely the first answer is with
 * so many (a line with points), and how much of the picture their maps reach (dashed).
 * A press takes the number under the pointer, and a hair shows the one chosen.
 *
 * Signal "chosen" (int): a number of queries was pointed at.  Main thread only.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define PH_TYPE_KEPT_CURVE (ph_kept_curve_get_type ())
G_DECLARE_FINAL_TYPE (PhKeptCurve, ph_kept_curve, PH, KEPT_CURVE, GtkWidget)

/* Forgets all values; there are 1 to @n of them. */
void ph_kept_curve_clear (PhKeptCurve *self, int n);
/* With @kept queries: shares of 1; below 0: not known. */
void ph_kept_curve_set (PhKeptCurve *self, int kept, double probability, double reach);
void ph_kept_curve_set_chosen (PhKeptCurve *self, int kept);

G_END_DECLS

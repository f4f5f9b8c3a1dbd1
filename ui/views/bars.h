/* bars.h - shares of things that have but a number, as bars side by side
 *
 * The tallest reaches the top, and says of how much that is.  One of them may be chosen,
 * and one is spoken of: the one under the pointer, or the one the arrow keys walked to.
 * What a screen reader hears is the name of the whole and, as its description, that one.
 *
 * Signal "chosen" (int): a bar was clicked, or Return pressed on it.
 * Property "status" (string, notified): what is said of that one; else of the tallest.
 */
#pragma once

#include "ui/appearance.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define PH_TYPE_BARS (ph_bars_get_type ())
G_DECLARE_FINAL_TYPE (PhBars, ph_bars, PH, BARS, GtkWidget)

GtkWidget *ph_bars_new (const char *name);

/* Copied.  What is said of one begins with @thing, translated: "query" for "query 7: 3.1
 * %". */
void ph_bars_set_shares (PhBars *self, const char *thing, const float *shares, int n);

/* In whose colours it is drawn; once. */
void ph_bars_set_appearance (PhBars *self, PhAppearance *appearance);

/* -1: none. */
void ph_bars_set_chosen (PhBars *self, int bar);

G_END_DECLS

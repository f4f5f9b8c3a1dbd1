/* figure-row.h - a number with its name, to be typed or stepped
 *
 * Property, notified: "value" (double).
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define PH_TYPE_FIGURE_ROW (ph_figure_row_get_type ())
G_DECLARE_FINAL_TYPE (PhFigureRow, ph_figure_row, PH, FIGURE_ROW, GtkBox)

typedef struct {
  const char *name;    /* to be translated, as is the next */
  const char *meaning; /* the tooltip */
  double lower, upper, step;
  guint n_digits; /* behind the point */
} PhFigure;

/* @figure outlives the row. */
GtkWidget *ph_figure_row_new (const PhFigure *figure);

double ph_figure_row_get_value (PhFigureRow *self);
void ph_figure_row_set_value (PhFigureRow *self, double value);

G_END_DECLS

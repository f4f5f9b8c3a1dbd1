/* matrix.h - what things that have a number had of things that have a name
 *
 * A row for each name, a column for each number; the colour of a cell is its share on one
 * scale for all.  One column may be chosen, and one cell is spoken of: the one under the
 * pointer, or the one the arrow keys walked to.  A screen reader hears the name of the
 * whole and, as its description, that cell.
 *
 * Signal "chosen" (int): a cell of this column was clicked, or Return pressed on it.
 * Property "status" (string, notified): what is said of the cell; else of the highest.
 */
#pragma once

#include "ui/appearance.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define PH_TYPE_MATRIX (ph_matrix_get_type ())
G_DECLARE_FINAL_TYPE (PhMatrix, ph_matrix, PH, MATRIX, GtkWidget)

/* All copied: a name for each of @n_rows, and @shares, row by column.  What is said of a
 * cell begins with @thing, translated: "query" for "query 7, “color”: 3.1 %". */
void ph_matrix_set (PhMatrix *self,
                    const char *thing,
                    const char *const *names,
                    int n_rows,
                    int n_columns,
                    const float *shares);

/* In whose colours it is drawn; once. */
void ph_matrix_set_appearance (PhMatrix *self, PhAppearance *appearance);

/* -1: none. */
void ph_matrix_set_chosen (PhMatrix *self, int column);

/* The largest of all, which has the brightest colour. */
float ph_matrix_get_top (PhMatrix *self);

G_END_DECLS

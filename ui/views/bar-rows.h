/* bar-rows.h - shares of things that have a name, as bars under one another */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef struct {
  const char *text;
  float share;      /* of a whole */
  const char *note; /* why this one is marked; NULL: it is not */
} PhBarRow;

/* A grid with a line for each: text, bar and number.  A share of @top fills the bar. */
GtkWidget *ph_bar_rows_new (const PhBarRow *rows, int n, float top);

G_END_DECLS

/* view.h - the ways of looking at one attention record
 *
 * A view is a widget that watches a PhLook: it shows the look's picture and map and
 * changes what is chosen.  The picture pane makes one of each, in the order of the list,
 * and a switch for each.
 *
 * To add one: write ui/views/NAME.c ending in `const PhViewClass ph_view_NAME`, and list
 * it in views.c.
 */
#pragma once

#include "ui/look.h"

#include <gtk/gtk.h>

typedef struct {
  const char *name;  /* among the views */
  const char *title; /* on its switch */
  const char *hint;  /* what one sees there */
  GtkWidget *(*create) (PhLook *look);
} PhViewClass;

/* NULL at the end. */
extern const PhViewClass *const ph_views[];

extern const PhViewClass ph_view_map;
extern const PhViewClass ph_view_board;

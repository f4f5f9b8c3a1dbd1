/* view.h - the ways of looking at one attention record
 *
 * A view is a widget that watches a PhLook: it shows what the look shows from a side of
 * its own, and changes what is chosen.  The inspector makes one of each, in the order of
 * the list, and a switch for each.  A view that nobody sees need not be up to date.
 *
 * To add one: write ui/views/NAME.c ending in `const PhViewClass ph_view_NAME`, and list
 * it in views.c.
 */
#pragma once

#include "core/engine/engine.h"
#include "core/history/history.h"
#include "ui/look.h"

#include <gtk/gtk.h>

/* Borrowed; all of it outlives the views. */
typedef struct {
  PhLook *look;
  PhEngine *engine;
  PhHistory *history;
} PhViewContext;

typedef struct {
  const char *name;  /* among the views */
  const char *title; /* on its switch, translatable */
  const char *hint;  /* what one sees there, translatable */
  GtkWidget *(*create) (const PhViewContext *context);
} PhViewClass;

/* NULL at the end. */
extern const PhViewClass *const ph_views[];

extern const PhViewClass ph_view_board;
extern const PhViewClass ph_view_doubt;
extern const PhViewClass ph_view_heads;
extern const PhViewClass ph_view_kept;
extern const PhViewClass ph_view_words;
extern const PhViewClass ph_view_instruction;
extern const PhViewClass ph_view_panes;

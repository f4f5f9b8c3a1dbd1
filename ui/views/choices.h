/* choices.h - a drop-down list of the mean of all, or of one by its number */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* @all first, then "@one 1" to "@one N".  A choice that is still there is kept. */
void ph_choices_set (GtkDropDown *self, const char *all, const char *one, int n);

/* The same of things that have numbers of their own, counted from 0. */
void ph_choices_set_numbered (GtkDropDown *self,
                              const char *all,
                              const char *one,
                              const int *numbers,
                              int n);

/* From 0, or -1: all. */
int ph_choices_get (GtkDropDown *self);

G_END_DECLS

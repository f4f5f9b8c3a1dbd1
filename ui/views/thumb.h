/* thumb.h - one map over the picture, small, with its number: an entry of the board */
#pragma once

#include "ui/look.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define PH_TYPE_THUMB (ph_thumb_get_type ())
G_DECLARE_FINAL_TYPE (PhThumb, ph_thumb, PH, THUMB, GtkFlowBoxChild)

GtkWidget *ph_thumb_new (PhLook *look, int query);

/* The map of its query for another record, layer or head. */
void ph_thumb_update (PhThumb *self);

G_END_DECLS

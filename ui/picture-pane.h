/* picture-pane.h - the picture under its map, and the controls of the map
 *
 * Beneath the picture stand suggested questions as long as there is no map, and the
 * controls of the map once there is one.  What went wrong with a picture is said here.
 *
 * Signal "suggestion" (string): one of the suggested questions was chosen.
 */
#pragma once

#include "ui/look.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define PH_TYPE_PICTURE_PANE (ph_picture_pane_get_type ())
G_DECLARE_FINAL_TYPE (PhPicturePane, ph_picture_pane, PH, PICTURE_PANE, GtkBox)

void ph_picture_pane_set_look (PhPicturePane *self, PhLook *look);

/* Up to a handful of texts, NULL-terminated; NULL takes them away. */
void ph_picture_pane_set_suggestions (PhPicturePane *self, const char *const *texts);

/* One sentence, until it is closed or NULL follows. */
void ph_picture_pane_set_problem (PhPicturePane *self, const char *sentence);

G_END_DECLS

/* sampling-menu.h - how the words of the next answer are chosen
 *
 * A popover: the likeliest token each time, drawn by chance, or a search with beams, and
 * the figures of each.  What excludes each other is one choice of three, and what a
 * choice means is said in a sentence.  Changes take effect at once.
 *
 * To add a setting: a line in the table at the top of sampling-menu.c.
 */
#pragma once

#include "ui/asking.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define PH_TYPE_SAMPLING_MENU (ph_sampling_menu_get_type ())
G_DECLARE_FINAL_TYPE (PhSamplingMenu, ph_sampling_menu, PH, SAMPLING_MENU, GtkPopover)

/* Once. */
void ph_sampling_menu_set_asking (PhSamplingMenu *self, PhAsking *asking);

/* "Greedy", "Sampled", "5 Beams"; the caller frees it. */
char *ph_sampling_dup_name (const PhSampling *sampling);

G_END_DECLS

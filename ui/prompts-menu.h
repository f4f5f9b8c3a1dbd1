/* prompts-menu.h - kept questions and starters, one click away
 *
 * A popover: the user's own prompts, each of which can be removed and brought back, some
 * to begin with for the present model, and a button that keeps the text in the composer.
 *
 * Signal "insert" (string): this one was chosen.
 */
#pragma once

#include "ui/prompts.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define PH_TYPE_PROMPTS_MENU (ph_prompts_menu_get_type ())
G_DECLARE_FINAL_TYPE (PhPromptsMenu, ph_prompts_menu, PH, PROMPTS_MENU, GtkPopover)

/* Starters for @model, or for none. */
void ph_prompts_menu_set_model (PhPromptsMenu *self, const PhModelFacts *model);
/* The text that can be kept, as it stands now. */
void ph_prompts_menu_set_question (PhPromptsMenu *self, const char *question);

G_END_DECLS

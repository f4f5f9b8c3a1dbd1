/* model-menu.h - the popover in which models are chosen, opened and closed
 *
 * Lists the catalogue with what each model is and how much memory it takes, shows how far
 * an opening is, and says there why one was refused, in the engine's sentence.  Reading
 * the catalogue runs on a thread of its own whenever the menu is shown.
 *
 * The engine is borrowed and must outlive the menu.  Main thread.
 *
 * Signals: "attention" (something happened that must be seen: show the menu).
 */
#pragma once

#include "core/engine/engine.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define PH_TYPE_MODEL_MENU (ph_model_menu_get_type ())
G_DECLARE_FINAL_TYPE (PhModelMenu, ph_model_menu, PH, MODEL_MENU, GtkPopover)

/* Once, before the menu is shown. */
void ph_model_menu_set_engine (PhModelMenu *self, PhEngine *engine);

/* Opens the model in @folder.  One that would be slow is asked about first. */
void ph_model_menu_open (PhModelMenu *self, const char *folder);

/* Says @sentence where a refusal stands; NULL takes it away. */
void ph_model_menu_set_problem (PhModelMenu *self, const char *sentence);

G_END_DECLS

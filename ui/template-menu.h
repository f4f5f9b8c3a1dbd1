/* template-menu.h - the words that are put around a question, shown and edited
 *
 * A popover: whether a template is used, the template, the way back to the model's own,
 * and the very prompt that the model will read.  Edits take effect as they are typed.
 */
#pragma once

#include "ui/asking.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define PH_TYPE_TEMPLATE_MENU (ph_template_menu_get_type ())
G_DECLARE_FINAL_TYPE (PhTemplateMenu, ph_template_menu, PH, TEMPLATE_MENU, GtkPopover)

/* Once. */
void ph_template_menu_set_asking (PhTemplateMenu *self, PhAsking *asking);
/* The question as it stands now, for the prompt that is shown. */
void ph_template_menu_set_question (PhTemplateMenu *self, const char *question);

G_END_DECLS

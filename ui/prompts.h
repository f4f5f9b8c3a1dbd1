/* prompts.h - questions that are kept to be asked again
 *
 * The user's own, newest first, in prompts.ini of the user's data folder, and starters
 * for each family of models.  The windows share one list.  What cannot be read of the
 * file is left out, and why is told in a line; before something else is written the file
 * is put aside as prompts.ini.damaged.  Main thread.
 */
#pragma once

#include "core/engine/engine.h"

G_BEGIN_DECLS

#define PH_TYPE_PROMPTS (ph_prompts_get_type ())
G_DECLARE_FINAL_TYPE (PhPrompts, ph_prompts, PH, PROMPTS, GObject)

/* The list that all windows share, read when the first of them asks; a reference. */
PhPrompts *ph_prompts_ref_shared (void) G_GNUC_WARN_UNUSED_RESULT;
/* That in the file at @path. */
PhPrompts *ph_prompts_new (const char *path);

/* Of GtkStringObject, borrowed. */
GListModel *ph_prompts_get_list (PhPrompts *self);
/* Why the file was not read or written, or NULL; borrowed. */
const char *ph_prompts_get_problem (PhPrompts *self);

gboolean ph_prompts_has (PhPrompts *self, const char *text);
/* At @position, 0 for the front; what is blank, there already, or one too many is not
 * added. */
void ph_prompts_add (PhPrompts *self, guint position, const char *text);
void ph_prompts_remove (PhPrompts *self, guint position);

/* To begin with, for @model or for none; NULL at the end. */
const char *const *ph_prompts_list_starters (const PhModelFacts *model);

G_END_DECLS

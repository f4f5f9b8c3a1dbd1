/* inspector.h - the ways of looking at an answer, one at a time
 *
 * Stands beside the picture and its conversation, with a switch for each view in
 * views/views.c.  Without a record it says what will be there.
 */
#pragma once

#include "ui/views/view.h"

G_BEGIN_DECLS

#define PH_TYPE_INSPECTOR (ph_inspector_get_type ())
G_DECLARE_FINAL_TYPE (PhInspector, ph_inspector, PH, INSPECTOR, GtkBox)

/* Once, before it is shown; makes the views. */
void ph_inspector_set_context (PhInspector *self, const PhViewContext *context);

/* The view of that name, as in views.c. */
void ph_inspector_show_view (PhInspector *self, const char *name);
const char *ph_inspector_get_view (PhInspector *self);

G_END_DECLS

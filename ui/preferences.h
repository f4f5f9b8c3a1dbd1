/* preferences.h - the window in which settings are changed
 *
 * Every row shows and changes one key of the settings (settings.h), at once.  To add one:
 * a row in preferences.ui, and a line in the table of preferences.c.
 */
#pragma once

#include "core/history/history.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* @history is borrowed and outlives @parent. */
void ph_preferences_show (GtkWindow *parent, PhHistory *history);

G_END_DECLS

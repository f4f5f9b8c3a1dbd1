/* turn-menu.h - all that can be done to a question, as a menu */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* One for all rows, as long as the program runs; borrowed.  The actions are turn-row.h's.
 */
GMenuModel *ph_turn_menu_get (void);

G_END_DECLS

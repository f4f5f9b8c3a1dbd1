/* application.h - the program with a window
 *
 * Owns what windows share: the engine with its model, and the history.  Every start is a
 * process of its own, so that --history and --model mean what they say; several may have
 * one history open.
 */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define PH_TYPE_APPLICATION (ph_application_get_type ())
G_DECLARE_FINAL_TYPE (PhApplication, ph_application, PH, APPLICATION, AdwApplication)

PhApplication *ph_application_new (void);

G_END_DECLS

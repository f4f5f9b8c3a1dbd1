/* application.h - the program with a window
 *
 * Owns what windows share: the engine with its model, and the history.  A second start
 * hands its pictures to the program that is running, unless an option such as --history
 * or --model asks for what that one could not follow: then it is a program of its own,
 * and several may have one history open.
 */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define PH_APPLICATION_ID "org.pinhole.Pinhole"

#define PH_TYPE_APPLICATION (ph_application_get_type ())
G_DECLARE_FINAL_TYPE (PhApplication, ph_application, PH, APPLICATION, AdwApplication)

PhApplication *ph_application_new (void);

G_END_DECLS

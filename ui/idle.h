/* idle.h - a model nobody uses leaves the memory, and comes back when somebody is there
 *
 * Every key and click in the window counts as use.  After "idle-unload-seconds" of the
 * settings without one, and once all answers are written, the engine's model is closed;
 * the next key or click opens it again.  What another part of the window opened or closed
 * meanwhile stays as it is.
 */
#pragma once

#include "core/engine/engine.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Once a window; @engine outlives it. */
void ph_idle_follow (GtkWidget *window, PhEngine *engine);

G_END_DECLS

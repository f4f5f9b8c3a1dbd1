/* window.h - one window: a picture, a chat about it, and the old chats
 *
 * Engine and history are borrowed and must outlive the window, which is the only one to
 * watch that history.  A window that closes stops what it asked for.
 */
#pragma once

#include "core/engine/engine.h"
#include "core/history/history.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define PH_TYPE_WINDOW (ph_window_get_type ())
G_DECLARE_FINAL_TYPE (PhWindow, ph_window, PH, WINDOW, AdwApplicationWindow)

PhWindow *
ph_window_new (GtkApplication *application, PhEngine *engine, PhHistory *history);

/* Why there is no model, in one sentence. */
void ph_window_set_model_problem (PhWindow *self, const char *sentence);

/* Begin a new chat, about a picture file or about a drawn scene.  A file that cannot be
 * opened leaves everything as it is and says so. */
void ph_window_open_path (PhWindow *self, const char *path);
void ph_window_show_scene (PhWindow *self, unsigned number);

G_END_DECLS

/* window-private.h - what the files of the window share
 *
 * window.c builds it and shows chats, window-open.c brings pictures in, window-model.c
 * shows which model answers, and window-actions.c does what menus, buttons and keys ask
 * for.
 */
#pragma once

#include "ui/chat-list.h"
#include "ui/chat.h"
#include "ui/composer.h"
#include "ui/conversation.h"
#include "ui/inspector.h"
#include "ui/look.h"
#include "ui/model-menu.h"
#include "ui/picture-pane.h"
#include "ui/window.h"

struct _PhWindow {
  AdwApplicationWindow parent_instance;

  /* Template children */
  AdwToastOverlay *toasts;
  AdwFlap *flap; /* the chats */
  AdwFlap *inspector_flap;
  PhInspector *inspector;
  GtkMenuButton *model_button;
  PhModelMenu *models;
  AdwWindowTitle *title;
  GtkInfoBar *history_problem;
  GtkLabel *history_problem_label;
  PhChatList *chats;
  PhPicturePane *picture_pane;
  PhConversation *conversation;
  PhComposer *composer;

  /* Owned */
  PhLook *look;
  PhChat *chat;
  GtkFileChooserNative *chooser; /* while it is open */

  /* Borrowed */
  PhEngine *engine;
  PhHistory *history;

  guint opening; /* number of the latest picture asked for: earlier ones come too late */
};

/* window.c */

/* Takes @chat in place of the present one, which is closed. */
void ph_window_take_chat (PhWindow *self, PhChat *chat);
void ph_window_open_chat (PhWindow *self, int64_t id);

/* window-open.c */

/* The file chooser; drops and the clipboard.  Pasting says whether there was a picture.
 */
void ph_window_choose_file (PhWindow *self);
gboolean ph_window_paste (PhWindow *self);
void ph_window_accept_drops (PhWindow *self);
void ph_window_show_new_scene (PhWindow *self);

/* window-model.c */

/* After the engine changed. */
void ph_window_show_model (PhWindow *self);
/* Whether a question can be asked: there is a picture, and a model that is not of those
 * that answer nothing. */
void ph_window_update_composer (PhWindow *self);
void ph_window_choose_model (PhWindow *self);

/* window-memory.c: size, flaps and choices, from one start to the next. */
void ph_window_restore (PhWindow *self);
void ph_window_remember (PhWindow *self);

/* window-actions.c */
void ph_window_install_actions (GtkWidgetClass *widget_class);
void ph_window_delete_chat (PhWindow *self, int64_t id);

/* window-private.h - what the files of the window share
 *
 * window.c builds it and shows chats, window-open.c brings pictures in,
 * window-pictures.c shows which there are and takes back what was removed,
 * window-turns.c asks and does what is done to a question, window-model.c shows which
 * model answers, window-chats.c takes chats out and in, and window-actions.c does what
 * menus, buttons and keys ask for.
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
#include "ui/strip.h"
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
  GtkInfoBar *temporary; /* says that nothing is kept */
  PhStrip *strip;
  PhConversation *conversation;
  PhComposer *composer;

  /* Owned */
  PhLook *look;
  PhChat *chat;
  GHashTable *drafts; /* the text that was begun, by the id of its chat */
  GtkFileChooserNative *chooser; /* while it is open */

  /* Borrowed */
  PhEngine *engine;
  PhHistory *history;

  int64_t awaited; /* a branch that is being written and will be opened; 0: none */
};

/* window.c */

/* Takes @chat in place of the present one, which is closed. */
void ph_window_take_chat (PhWindow *self, PhChat *chat);
void ph_window_open_chat (PhWindow *self, int64_t id);
/* A new one; @plate may be NULL. */
void ph_window_begin_chat (PhWindow *self, PhPlate *plate, gboolean temporary);

/* window-open.c */

/* The file chooser; drops and the clipboard.  Pasting says whether there was a picture.
 */
void ph_window_choose_file (PhWindow *self);
gboolean ph_window_paste (PhWindow *self);
void ph_window_accept_drops (PhWindow *self);
void ph_window_take_screenshot (PhWindow *self);
void ph_window_show_new_scene (PhWindow *self);
void ph_window_add_plate (PhWindow *self, PhPlate *plate);

/* window-pictures.c */

/* After another turn, picture or answer is to be seen; after pictures came or went. */
void ph_window_show_strip (PhWindow *self);
void ph_window_watch_plates (PhWindow *self);
/* With the last question about it. */
void ph_window_show_plate (PhWindow *self, PhPlate *plate);
/* Each with a way back, for some seconds. */
void ph_window_remove_plate (PhWindow *self, PhPlate *plate);
void ph_window_delete_exchange (PhWindow *self, PhExchange *exchange);
/* Says that a picture was added, and offers a chat of its own for it. */
void ph_window_offer_new_chat (PhWindow *self, PhPlate *plate);

/* window-turns.c */

/* About the current picture; waits while another answer is written. */
void ph_window_ask (PhWindow *self, const char *prompt);
/* What turn-row.h lists. */
void
ph_window_act (PhWindow *self, PhExchange *exchange, const char *name, const char *text);
/* The branch that was asked for, once it has been written. */
void ph_window_open_awaited (PhWindow *self);

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

/* window-chats.c */

/* Asks where to; @format is "json" or "markdown". */
void ph_window_export_chat (PhWindow *self, int64_t id, const char *format);
void ph_window_import_chat (PhWindow *self);

/* window-actions.c */
void ph_window_install_actions (GtkWidgetClass *widget_class);
void ph_window_delete_chat (PhWindow *self, int64_t id);

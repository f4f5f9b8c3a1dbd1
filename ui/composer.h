/* composer.h - where questions are written, and one button to send or to stop
 *
 * Above the entry a thin line says what the program is doing, and a sentence why no
 * question can be answered.  Enter sends; while an answer is written the button in the
 * same place stops it, and Enter sends a question that waits.  Below stand the menus that
 * say how the question is put.
 *
 * Signals: "ask" (string, stripped; empty asks for a description), "stop".
 */
#pragma once

#include "ui/asking.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define PH_TYPE_COMPOSER (ph_composer_get_type ())
G_DECLARE_FINAL_TYPE (PhComposer, ph_composer, PH, COMPOSER, GtkBox)

/* Counts tokens; borrowed, once. */
void ph_composer_set_engine (PhComposer *self, PhEngine *engine);
/* The model that is open, or NULL. */
void ph_composer_set_model (PhComposer *self, PhModelFacts *model);

/* Whether there is a picture to ask about. */
void ph_composer_set_can_ask (PhComposer *self, gboolean can_ask);

void ph_composer_set_busy (PhComposer *self, gboolean busy);
void ph_composer_set_stage (PhComposer *self, PhStage stage);

/* One sentence, or NULL. */
void ph_composer_set_problem (PhComposer *self, const char *sentence);

/* How @prompt is asked now, with its seed drawn: see ph_asking_make_request(). */
PhRequest ph_composer_make_request (PhComposer *self, const char *prompt);

const char *ph_composer_get_text (PhComposer *self);
void ph_composer_set_text (PhComposer *self, const char *text);

G_END_DECLS

/* turn.h - one question and its answer, live or out of the history
 *
 * A live turn follows its reply and keeps the history's record of it: the text as it
 * grows, then the whole answer with its attention.  A stored one is as it was left, and
 * becomes live again when its answer is continued.  Both look the same to a widget.
 * Main thread only.
 *
 * Properties, notified: "answer" (string), "state" (int, PhTurnState; also when it waits
 * no longer, or was edited), "stage" (int, PhStage; while the state is
 * PH_TURN_STREAMING).
 */
#pragma once

#include "core/engine/reply.h"
#include "core/history/history.h"
#include "ui/plate.h"

G_BEGIN_DECLS

#define PH_TYPE_TURN (ph_turn_get_type ())
G_DECLARE_FINAL_TYPE (PhTurn, ph_turn, PH, TURN, GObject)

/* @id is that of the turn in @history, which must outlive this; @plate is what it is
 * about, or NULL. */
PhTurn *ph_turn_new_live (PhHistory *history,
                          int64_t id,
                          const PhHistoryQuestion *question,
                          PhPlate *plate,
                          PhReply *reply);
PhTurn *
ph_turn_new_stored (PhHistory *history, const PhHistoryTurn *record, PhPlate *plate);

int64_t ph_turn_get_id (PhTurn *self);
PhPlate *ph_turn_get_plate (PhTurn *self); /* borrowed, or NULL */

const char *ph_turn_get_prompt (PhTurn *self);
/* Which model was asked, and how, as ph_request_read_settings() reads it; borrowed. */
const char *ph_turn_get_model (PhTurn *self);
const char *ph_turn_get_settings (PhTurn *self);
const char *ph_turn_get_answer (PhTurn *self);
PhTurnState ph_turn_get_state (PhTurn *self);
/* Others are answered before it. */
gboolean ph_turn_is_waiting (PhTurn *self);
gboolean ph_turn_is_edited (PhTurn *self);
PhStage ph_turn_get_stage (PhTurn *self);

/* "0.4 s · 12 tokens · 31 tokens/s · stopped by you"; empty while it streams. */
char *ph_turn_dup_meta (PhTurn *self);
/* Why it failed, or NULL; borrowed. */
const char *ph_turn_get_problem (PhTurn *self);

/* What the answer left behind, and of that what the queries looked at, borrowed; NULL if
 * there is none (yet), or with @error set if it cannot be read. */
PhRecord *ph_turn_get_record (PhTurn *self, GError **error);
PhSnapshot *ph_turn_get_snapshot (PhTurn *self, GError **error);

/* Puts @text in the place of what the model said, for good. */
void ph_turn_edit_answer (PhTurn *self, const char *text);

/* The tokens of an answer that was cut, and may be gone on with; NULL if it was not, or
 * was edited since.  Borrowed. */
const GArray *ph_turn_get_cut_ids (PhTurn *self);
/* Follows @reply, whose answer begins with those tokens. */
void ph_turn_continue (PhTurn *self, PhReply *reply);

/* Asks a live turn to stop.  It ends in the usual way. */
void ph_turn_stop (PhTurn *self);

/* Stops it for good, because nobody will be there to see it end: what was written so
 * far is kept at once. */
void ph_turn_abandon (PhTurn *self);

G_END_DECLS

/* past-turns.h - the turns of the history that another can be laid beside
 *
 * Reads where it is called (history.h).
 */
#pragma once

#include "core/history/history.h"

G_BEGIN_DECLS

typedef struct {
  int64_t id;
  int64_t chat;
  char *prompt;
  char *answer;
  char *model;
  char *picture_name; /* or NULL */
  char *picture_hash; /* or NULL */
} PhPastTurn;

/* PhPastTurn, those that left a record behind, of the @n_chats that were last spoken in:
 * the turns of the chat of @present first, without itself.  @same_picture leaves out
 * those about another picture than that of @present. */
GPtrArray *ph_past_turns_list (PhHistory *history,
                               int64_t present,
                               bool same_picture,
                               size_t n_chats,
                               GError **error);

void ph_past_turn_free (PhPastTurn *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PhPastTurn, ph_past_turn_free)

G_END_DECLS

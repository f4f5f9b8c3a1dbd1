/* history-print.h - chats, turns and what was found in them, as lines and as JSON */
#pragma once

#include "core/history/search.h"

#include <jansson.h>

/* With its turns where @turns is not NULL. */
json_t *ph_history_chat_to_json (const PhHistoryChat *chat, const GPtrArray *turns);
json_t *ph_history_found_to_json (const PhHistoryFound *found);

/* Prints one line and gives up @value. */
void ph_history_print_json (json_t *value);

/* "NUMBER  TIME  TITLE" */
void ph_history_print_chat (const PhHistoryChat *chat);
void ph_history_print_turn (const PhHistoryTurn *turn);

/* The chat, and beneath it the snippet with its hits. */
void ph_history_print_found (const PhHistoryFound *found);

#include "app/cli/history-print.h"

#include "app/cli/terminal.h"

#include <stdio.h>
#include <unistd.h>

/* --- chats and turns as JSON --- */

/* Microseconds since 1970 as 2026-08-01T12:30:00Z. */
static json_t *
time_to_json (int64_t time)
{
  g_autoptr (GDateTime) moment = g_date_time_new_from_unix_utc (time / G_USEC_PER_SEC);
  g_autofree char *text = moment != NULL ? g_date_time_format_iso8601 (moment) : NULL;

  return text != NULL ? json_string (text) : json_null ();
}

static json_t *
stored_to_json (const char *text)
{
  json_t *value = text != NULL ? json_loads (text, 0, NULL) : NULL;

  return value != NULL ? value : json_null ();
}

static json_t *
turn_to_json (const PhHistoryTurn *turn)
{
  json_t *ids = json_array ();

  for (size_t i = 0; i < turn->n_ids; i++)
    json_array_append_new (ids, json_integer (turn->ids[i]));
  return json_pack ("{s:s, s:s, s:s, s:s, s:s*, s:s*, s:s*, s:o, s:o, s:o, s:o}", "model",
                    turn->model, "prompt", turn->prompt, "answer", turn->answer, "state",
                    ph_turn_state_get_name (turn->state), "stop", turn->stop_reason,
                    "picture", turn->picture_name, "picture_hash", turn->picture_hash,
                    "ids", ids, "settings", stored_to_json (turn->settings), "timings",
                    stored_to_json (turn->timings), "created",
                    time_to_json (turn->created));
}

json_t *
ph_history_chat_to_json (const PhHistoryChat *chat, const GPtrArray *turns)
{
  json_t *object = json_pack (
      "{s:I, s:s, s:o, s:o, s:b, s:s?}", "id", (json_int_t) chat->id, "title",
      chat->title, "created", time_to_json (chat->created), "updated",
      time_to_json (chat->updated), "pinned", chat->pinned, "folder", chat->folder);
  json_t *list;

  if (turns == NULL)
    return object;

  list = json_array ();
  for (guint i = 0; i < turns->len; i++)
    json_array_append_new (list, turn_to_json (g_ptr_array_index (turns, i)));
  json_object_set_new (object, "turns", list);
  return object;
}

void
ph_history_print_json (json_t *value)
{
  json_dumpf (value, stdout, JSON_COMPACT | JSON_ENSURE_ASCII);
  putchar ('\n');
  json_decref (value);
}

/* --- as lines --- */

void
ph_history_print_chat (const PhHistoryChat *chat)
{
  g_autoptr (GDateTime) moment =
      g_date_time_new_from_unix_local (chat->updated / G_USEC_PER_SEC);
  g_autofree char *time =
      moment != NULL ? g_date_time_format (moment, "%Y-%m-%d %H:%M") : g_strdup ("");
  g_autofree char *title = ph_terminal_escape (chat->title);

  printf ("%" G_GINT64_FORMAT "\t%s\t%s\n", chat->id, time,
          g_strdelimit (title, "\n\t", ' '));
}

void
ph_history_print_turn (const PhHistoryTurn *turn)
{
  const char *name = turn->picture_name != NULL ? turn->picture_name : "no picture";
  g_autofree char *picture = ph_terminal_escape (name);
  g_autofree char *prompt = ph_terminal_escape (turn->prompt);
  g_autofree char *answer = ph_terminal_escape (turn->answer);

  printf ("[%s] %s\n%s\n", picture, prompt, answer);
  if (turn->state != PH_TURN_DONE)
    printf ("(%s)\n", ph_turn_state_get_name (turn->state));
}

json_t *
ph_history_found_to_json (const PhHistoryFound *found)
{
  json_t *object = ph_history_chat_to_json (found->chat, NULL);
  json_t *hits = json_array ();

  for (size_t i = 0; i < found->n_hits; i++)
    json_array_append_new (hits, json_pack ("[I, I]", (json_int_t) found->hits[i].begin,
                                            (json_int_t) found->hits[i].end));
  json_object_set_new (object, "turn", json_integer (found->turn));
  json_object_set_new (object, "snippet", json_string (found->snippet));
  json_object_set_new (object, "hits", hits);
  return object;
}

/* Bold, where the terminal has colors. */
void
ph_history_print_found (const PhHistoryFound *found)
{
  bool bold = ph_terminal_look (STDOUT_FILENO).colors != PH_COLORS_NONE;
  size_t at = 0;

  ph_history_print_chat (found->chat);
  printf ("  ");
  for (size_t i = 0; i < found->n_hits; i++) {
    const PhHistoryHit *hit = &found->hits[i];
    g_autofree char *before = g_strndup (found->snippet + at, hit->begin - at);
    g_autofree char *inside =
        g_strndup (found->snippet + hit->begin, hit->end - hit->begin);
    g_autofree char *plain = ph_terminal_escape (before);
    g_autofree char *marked = ph_terminal_escape (inside);

    printf ("%s%s%s%s", plain, bold ? "\033[1m" : "", marked, bold ? "\033[0m" : "");
    at = hit->end;
  }
  g_autofree char *rest = ph_terminal_escape (found->snippet + at);
  printf ("%s\n", rest);
}

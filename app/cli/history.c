#include "core/history/history.h"

#include "app/cli/command.h"
#include "app/cli/terminal.h"
#include "core/base/error.h"

#include <jansson.h>
#include <stdio.h>

#define ALL_CHATS ((size_t) 1 << 20)

static struct {
  const char *history;
  bool json, purge;
  int limit;
} given = { .limit = 20 };

static const PhOption options[] = {
  { "history", PH_OPTION_TEXT, &given.history },
  { "json", PH_OPTION_FLAG, &given.json },
  { "limit", PH_OPTION_COUNT, &given.limit, 1, ALL_CHATS },
  { "purge", PH_OPTION_FLAG, &given.purge },
  { 0 },
};

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

/* With its turns where @turns is not NULL. */
static json_t *
chat_to_json (const PhHistoryChat *chat, const GPtrArray *turns)
{
  json_t *object = json_pack (
      "{s:I, s:s, s:o, s:o}", "id", (json_int_t) chat->id, "title", chat->title,
      "created", time_to_json (chat->created), "updated", time_to_json (chat->updated));
  json_t *list;

  if (turns == NULL)
    return object;

  list = json_array ();
  for (guint i = 0; i < turns->len; i++)
    json_array_append_new (list, turn_to_json (g_ptr_array_index (turns, i)));
  json_object_set_new (object, "turns", list);
  return object;
}

/* Gives up @value. */
static void
print_json (json_t *value)
{
  json_dumpf (value, stdout, JSON_COMPACT | JSON_ENSURE_ASCII);
  putchar ('\n');
  json_decref (value);
}

/* --- as lines --- */

static void
print_chat_line (const PhHistoryChat *chat)
{
  g_autoptr (GDateTime) moment =
      g_date_time_new_from_unix_local (chat->updated / G_USEC_PER_SEC);
  g_autofree char *time =
      moment != NULL ? g_date_time_format (moment, "%Y-%m-%d %H:%M") : g_strdup ("");
  g_autofree char *title = ph_terminal_escape (chat->title);

  printf ("%" G_GINT64_FORMAT "\t%s\t%s\n", chat->id, time,
          g_strdelimit (title, "\n\t", ' '));
}

static void
print_turn (const PhHistoryTurn *turn)
{
  const char *name = turn->picture_name != NULL ? turn->picture_name : "no picture";
  g_autofree char *picture = ph_terminal_escape (name);
  g_autofree char *prompt = ph_terminal_escape (turn->prompt);
  g_autofree char *answer = ph_terminal_escape (turn->answer);

  printf ("[%s] %s\n%s\n", picture, prompt, answer);
  if (turn->state != PH_TURN_DONE)
    printf ("(%s)\n", ph_turn_state_get_name (turn->state));
}

/* Takes @chats. */
static void
print_chats (GPtrArray *chats)
{
  json_t *list = given.json ? json_array () : NULL;

  for (guint i = 0; i < chats->len; i++) {
    const PhHistoryChat *chat = g_ptr_array_index (chats, i);

    if (given.json)
      json_array_append_new (list, chat_to_json (chat, NULL));
    else
      print_chat_line (chat);
  }
  if (given.json)
    print_json (list);
  g_ptr_array_unref (chats);
}

/* --- finding --- */

/* The place in @chats of what the person calls @name: an id, or "last". */
static bool
find_chat (const GPtrArray *chats, const char *name, guint *at, GError **error)
{
  g_autofree char *shown = ph_printable (name);

  for (guint i = 0; i < chats->len; i++) {
    const PhHistoryChat *chat = g_ptr_array_index (chats, i);
    g_autofree char *id = g_strdup_printf ("%" G_GINT64_FORMAT, chat->id);

    if (g_str_equal (name, "last") || g_str_equal (name, id)) {
      *at = i;
      return true;
    }
  }
  return ph_fail (error, PH_ERROR_RANGE,
                  "no chat is called %s: `pinhole-cli history list` has the numbers",
                  shown);
}

static bool
holds (const char *text, const char *folded)
{
  g_autofree char *body = g_utf8_casefold (text, -1);

  return strstr (body, folded) != NULL;
}

static bool
chat_holds (const PhHistoryChat *chat, const GPtrArray *turns, const char *folded)
{
  bool found = holds (chat->title, folded);

  for (guint i = 0; i < turns->len && !found; i++) {
    const PhHistoryTurn *turn = g_ptr_array_index (turns, i);

    found = holds (turn->prompt, folded) || holds (turn->answer, folded);
  }
  return found;
}

/* --- what can be done --- */

static bool
list (PhHistory *history, const char *word, GError **error)
{
  GPtrArray *chats =
      ph_history_list_chats (history, false, 0, (size_t) given.limit, error);

  if (chats == NULL)
    return false;
  print_chats (chats);
  return true;
}

static bool
show (PhHistory *history, const char *word, GError **error)
{
  g_autoptr (GPtrArray) chats =
      ph_history_list_chats (history, false, 0, ALL_CHATS, error);
  g_autoptr (GPtrArray) turns = NULL;
  const PhHistoryChat *chat;
  guint at;

  if (chats == NULL || !find_chat (chats, word, &at, error))
    return false;
  chat = g_ptr_array_index (chats, at);
  turns = ph_history_load_turns (history, chat->id, error);
  if (turns == NULL)
    return false;

  if (given.json)
    print_json (chat_to_json (chat, turns));
  for (guint i = 0; i < turns->len && !given.json; i++)
    print_turn (g_ptr_array_index (turns, i));
  return true;
}

static bool
search (PhHistory *history, const char *word, GError **error)
{
  g_autofree char *folded = g_utf8_casefold (word, -1);
  g_autoptr (GPtrArray) chats =
      ph_history_list_chats (history, false, 0, ALL_CHATS, error);

  for (guint i = 0; chats != NULL && i < chats->len;) {
    const PhHistoryChat *chat = g_ptr_array_index (chats, i);
    g_autoptr (GPtrArray) turns = ph_history_load_turns (history, chat->id, error);

    if (turns == NULL)
      return false;
    if (chat_holds (chat, turns, folded))
      i++;
    else
      g_ptr_array_remove_index (chats, i);
  }
  if (chats == NULL)
    return false;
  print_chats (g_steal_pointer (&chats));
  return true;
}

static bool
delete_chat (PhHistory *history, const char *word, GError **error)
{
  g_autoptr (GPtrArray) chats =
      ph_history_list_chats (history, false, 0, ALL_CHATS, error);
  const PhHistoryChat *chat;
  guint at;

  if (chats == NULL || !find_chat (chats, word, &at, error))
    return false;

  chat = g_ptr_array_index (chats, at);
  ph_history_delete_chat (history, chat->id);
  if (given.purge)
    ph_history_purge_chat (history, chat->id);
  return ph_history_flush (history, error);
}

static bool
export_chats (PhHistory *history, const char *word, GError **error)
{
  g_autoptr (GPtrArray) chats =
      ph_history_list_chats (history, false, 0, ALL_CHATS, error);
  json_t *exported = chats != NULL ? json_array () : NULL;

  for (guint i = 0; chats != NULL && i < chats->len; i++) {
    const PhHistoryChat *chat = g_ptr_array_index (chats, i);
    g_autoptr (GPtrArray) turns = ph_history_load_turns (history, chat->id, error);

    if (turns == NULL) {
      json_decref (exported);
      return false;
    }
    json_array_append_new (exported, chat_to_json (chat, turns));
  }
  if (chats == NULL)
    return false;
  print_json (json_pack ("{s:i, s:o}", "version", 1, "chats", exported));
  return true;
}

typedef struct {
  const char *name;
  bool takes_word;
  bool (*run) (PhHistory *history, const char *word, GError **error);
} Action;

static const Action actions[] = {
  { "list", false, list },           { "show", true, show },
  { "search", true, search },        { "delete", true, delete_chat },
  { "export", false, export_chats },
};

static const Action *
find_action (const char *name)
{
  for (size_t i = 0; i < G_N_ELEMENTS (actions); i++)
    if (g_str_equal (actions[i].name, name))
      return &actions[i];
  return NULL;
}

static int
run (char **words)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PhHistory) history = NULL;
  const Action *action = find_action (words[0] != NULL ? words[0] : "list");
  const char *word = words[0] != NULL ? words[1] : NULL;

  if (action == NULL)
    return ph_refuse_usage (&ph_command_history,
                            "what can be done is list, show, search, delete, export");
  if (action->takes_word != (word != NULL))
    return ph_refuse_usage (&ph_command_history,
                            word != NULL ? "too many words" : "a word is missing");

  history = ph_history_open (given.history);
  return action->run (history, word, &error) ? PH_EXIT_DONE : ph_report (error);
}

const PhCommand ph_command_history = {
  .name = "history",
  .summary = "what was asked before",
  .help =
      "  pinhole-cli history list\n"
      "  pinhole-cli history show last\n"
      "  pinhole-cli history search star\n"
      "  pinhole-cli history delete 1234567890\n"
      "  pinhole-cli history export > chats.json\n"
      "\n"
      "A chat is called by its number in the list, or \"last\".  What is deleted can be\n"
      "restored in the window, unless it was purged.\n"
      "\n"
      "  --json           list, show and search as JSON\n"
      "  --limit N        list the last N chats; 20 if left out\n"
      "  --purge          erase the chat and its pictures for good\n"
      "  --history FILE   look in FILE instead of the usual place\n",
  .options = options,
  .max_words = 2,
  .run = run,
};

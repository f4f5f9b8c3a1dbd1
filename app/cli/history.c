#include "core/history/history.h"

#include "app/cli/command.h"
#include "app/cli/history-print.h"
#include "core/base/error.h"
#include "core/history/export.h"

#include <stdio.h>

#define ALL_CHATS ((size_t) 1 << 20)

static struct {
  const char *history, *format;
  bool json, purge, deleted;
  int limit;
} given = { .limit = 20, .format = "json" };

static const PhOption options[] = {
  { "deleted", PH_OPTION_FLAG, &given.deleted },
  { "format", PH_OPTION_TEXT, &given.format },
  { "history", PH_OPTION_TEXT, &given.history },
  { "json", PH_OPTION_FLAG, &given.json },
  { "limit", PH_OPTION_COUNT, &given.limit, 1, ALL_CHATS },
  { "purge", PH_OPTION_FLAG, &given.purge },
  { 0 },
};

/* --- finding --- */

/* Pinned chats stand first in the list, and the last one may not be pinned. */
static PhHistoryChat *
load_last (PhHistory *history, GError **error)
{
  g_autoptr (GPtrArray) chats =
      ph_history_list_chats (history, false, 0, ALL_CHATS, error);
  const PhHistoryChat *last = NULL;

  for (guint i = 0; chats != NULL && i < chats->len; i++) {
    const PhHistoryChat *chat = g_ptr_array_index (chats, i);

    if (last == NULL || chat->updated > last->updated)
      last = chat;
  }
  if (chats != NULL && last == NULL)
    ph_fail (error, PH_ERROR_RANGE, "no chat has been kept");
  return last != NULL ? ph_history_load_chat (history, last->id, error) : NULL;
}

/* What the person calls @name: the number of a chat, deleted or not, or "last". */
static PhHistoryChat *
find_chat (PhHistory *history, const char *name, GError **error)
{
  g_autofree char *shown = ph_printable (name);
  g_autoptr (GError) failure = NULL;
  PhHistoryChat *chat;
  gint64 id;

  if (g_str_equal (name, "last"))
    return load_last (history, error);
  if (!g_ascii_string_to_signed (name, 10, 1, G_MAXINT64, &id, NULL))
    id = 0;
  chat = ph_history_load_chat (history, id, &failure);
  if (g_error_matches (failure, PH_ERROR, PH_ERROR_RANGE))
    ph_fail (error, PH_ERROR_RANGE,
             "no chat is called %s: `pinhole-cli history list` has the numbers", shown);
  else if (failure != NULL)
    g_propagate_error (error, g_steal_pointer (&failure));
  return chat;
}

/* --- reading --- */

static bool
list (PhHistory *history, char **words, GError **error)
{
  g_autoptr (GPtrArray) chats =
      ph_history_list_chats (history, given.deleted, 0, (size_t) given.limit, error);
  json_t *all = given.json && chats != NULL ? json_array () : NULL;

  for (guint i = 0; chats != NULL && i < chats->len; i++)
    if (given.json)
      json_array_append_new (
          all, ph_history_chat_to_json (g_ptr_array_index (chats, i), NULL));
    else
      ph_history_print_chat (g_ptr_array_index (chats, i));
  if (all != NULL)
    ph_history_print_json (all);
  return chats != NULL;
}

static bool
show (PhHistory *history, char **words, GError **error)
{
  g_autoptr (PhHistoryChat) chat = find_chat (history, words[0], error);
  g_autoptr (GPtrArray) turns =
      chat != NULL ? ph_history_load_turns (history, chat->id, error) : NULL;

  if (turns != NULL && given.json)
    ph_history_print_json (ph_history_chat_to_json (chat, turns));
  for (guint i = 0; turns != NULL && i < turns->len && !given.json; i++)
    ph_history_print_turn (g_ptr_array_index (turns, i));
  return turns != NULL;
}

static bool
search (PhHistory *history, char **words, GError **error)
{
  g_autofree char *text = g_strjoinv (" ", words);
  g_autoptr (GPtrArray) all =
      ph_history_search (history, text, (size_t) given.limit, error);
  json_t *list = given.json && all != NULL ? json_array () : NULL;

  for (guint i = 0; all != NULL && i < all->len; i++)
    if (given.json)
      json_array_append_new (list, ph_history_found_to_json (g_ptr_array_index (all, i)));
    else
      ph_history_print_found (g_ptr_array_index (all, i));
  if (list != NULL)
    ph_history_print_json (list);
  return all != NULL;
}

/* --- writing --- */

static bool
rename_chat (PhHistory *history, char **words, GError **error)
{
  g_autoptr (PhHistoryChat) chat = find_chat (history, words[0], error);
  g_autofree char *title = g_strjoinv (" ", words + 1);

  if (chat != NULL)
    ph_history_rename_chat (history, chat->id, title);
  return chat != NULL && ph_history_flush (history, error);
}

static bool
set_pinned (PhHistory *history, const char *name, bool pinned, GError **error)
{
  g_autoptr (PhHistoryChat) chat = find_chat (history, name, error);

  if (chat != NULL)
    ph_history_pin_chat (history, chat->id, pinned);
  return chat != NULL && ph_history_flush (history, error);
}

static bool
pin (PhHistory *history, char **words, GError **error)
{
  return set_pinned (history, words[0], true, error);
}

static bool
unpin (PhHistory *history, char **words, GError **error)
{
  return set_pinned (history, words[0], false, error);
}

static bool
move (PhHistory *history, char **words, GError **error)
{
  g_autoptr (PhHistoryChat) chat = find_chat (history, words[0], error);

  if (chat != NULL)
    ph_history_move_chat (history, chat->id, words[1]);
  return chat != NULL && ph_history_flush (history, error);
}

static bool
delete_chat (PhHistory *history, char **words, GError **error)
{
  g_autoptr (PhHistoryChat) chat = find_chat (history, words[0], error);

  if (chat == NULL)
    return false;
  ph_history_delete_chat (history, chat->id);
  if (given.purge)
    ph_history_purge_chat (history, chat->id);
  return ph_history_flush (history, error);
}

static bool
restore (PhHistory *history, char **words, GError **error)
{
  g_autoptr (PhHistoryChat) chat = find_chat (history, words[0], error);

  if (chat != NULL)
    ph_history_restore_chat (history, chat->id);
  return chat != NULL && ph_history_flush (history, error);
}

/* --- out and in --- */

static bool
print_all (PhHistory *history, GError **error)
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
    json_array_append_new (exported, ph_history_chat_to_json (chat, turns));
  }
  if (chats == NULL)
    return false;
  ph_history_print_json (json_pack ("{s:i, s:o}", "version", 1, "chats", exported));
  return true;
}

/* Without words all chats are printed, as text alone. */
static bool export(PhHistory *history, char **words, GError **error)
{
  g_autoptr (PhHistoryChat) chat = NULL;

  if (words[0] == NULL)
    return print_all (history, error);
  if (words[1] == NULL)
    return ph_fail (error, PH_ERROR_RANGE,
                    "say where to, as in `history export last FILE`");
  chat = find_chat (history, words[0], error);
  if (chat == NULL)
    return false;
  if (g_str_equal (given.format, "markdown"))
    return ph_history_export_markdown (history, chat->id, words[1], error);
  return ph_history_export_json (history, chat->id, words[1], error);
}

static bool
import (PhHistory *history, char **words, GError **error)
{
  int64_t id;

  if (!ph_history_import (history, words[0], &id, error) ||
      !ph_history_flush (history, error))
    return false;
  printf ("%" G_GINT64_FORMAT "\n", id);
  return true;
}

#define ANY_WORDS 100

typedef struct {
  const char *name;
  unsigned min_words, max_words;
  bool (*run) (PhHistory *history, char **words, GError **error);
} Action;

static const Action actions[] = {
  { "list", 0, 0, list },
  { "show", 1, 1, show },
  { "search", 1, ANY_WORDS, search },
  { "rename", 2, ANY_WORDS, rename_chat },
  { "pin", 1, 1, pin },
  { "unpin", 1, 1, unpin },
  { "move", 1, 2, move },
  { "delete", 1, 1, delete_chat },
  { "restore", 1, 1, restore },
  { "export", 0, 2, export },
  { "import", 1, 1, import },
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
  char **rest = words[0] != NULL ? words + 1 : words;
  unsigned n_words = g_strv_length (rest);

  if (action == NULL)
    return ph_refuse_usage (&ph_command_history,
                            "what can be done is list, show, search, rename, pin, unpin, "
                            "move, delete, restore, export, import");
  if (n_words < action->min_words || n_words > action->max_words)
    return ph_refuse_usage (&ph_command_history, n_words > action->max_words
                                                     ? "too many words"
                                                     : "a word is missing");
  if (!g_str_equal (given.format, "json") && !g_str_equal (given.format, "markdown"))
    return ph_refuse_usage (&ph_command_history, "--format is json or markdown");

  history = ph_history_open (given.history);
  return action->run (history, rest, &error) ? PH_EXIT_DONE : ph_report (error);
}

const PhCommand ph_command_history = {
  .name = "history",
  .summary = "what was asked before",
  .help =
      "  pinhole-cli history list\n"
      "  pinhole-cli history show last\n"
      "  pinhole-cli history search red star\n"
      "  pinhole-cli history rename last Stars\n"
      "  pinhole-cli history pin last\n"
      "  pinhole-cli history move 1234567890 Astronomy\n"
      "  pinhole-cli history delete 1234567890\n"
      "  pinhole-cli history restore 1234567890\n"
      "  pinhole-cli history export last stars.json\n"
      "  pinhole-cli history export last stars --format markdown\n"
      "  pinhole-cli history import stars.json\n"
      "  pinhole-cli history export > chats.json\n"
      "\n"
      "A chat is called by its number in the list, or \"last\".  What is deleted can be\n"
      "restored for 30 days, unless it was purged.  A search finds the turns and titles\n"
      "in which every word begins a word.  `move` without a folder takes a chat out of\n"
      "its own, `unpin` is the reverse of `pin`.  JSON holds pictures and maps and can "
      "be\n"
      "imported; Markdown makes a folder of text and pictures.  `export` alone prints\n"
      "what was said in all chats.\n"
      "\n"
      "  --json           list, show and search as JSON\n"
      "  --limit N        list or find N chats; 20 if left out\n"
      "  --deleted        list those that are deleted\n"
      "  --format FORMAT  export as json or markdown; json if left out\n"
      "  --purge          erase the chat and its pictures for good\n"
      "  --history FILE   look in FILE instead of the usual place\n",
  .options = options,
  .max_words = ANY_WORDS,
  .run = run,
};

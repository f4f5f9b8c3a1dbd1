#include "app/cli/command.h"

#include "app/cli/exchange.h"
#include "app/cli/heat.h"
#include "app/cli/line.h"
#include "app/cli/loading.h"
#include "app/cli/sheet.h"
#include "core/base/error.h"
#include "core/base/memory.h"
#include "core/engine/catalogue.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A line is, in this order: a command of the list below, the path of a file that exists,
 * or an instruction. */

#define N_CHATS_LISTED 10

static struct {
  const char *model, *image, *history;
  bool no_history;
} given;

static const PhOption options[] = {
  { "image", PH_OPTION_TEXT, &given.image },
  { "model", PH_OPTION_TEXT, &given.model },
  { "history", PH_OPTION_TEXT, &given.history },
  { "no-history", PH_OPTION_FLAG, &given.no_history },
  { 0 },
};

typedef struct {
  PhEngine *engine;
  PhHistory *history; /* NULL: nothing is kept */
  int64_t chat;       /* in the history */

  char *picture_path; /* NULL: none is open */
  PhPicture *picture;
  PhReply *last; /* the answer that /heat is about */
  bool quits;
} Chat;

/* Prints a line that may hold names from outside. */
static void G_GNUC_PRINTF (1, 2) say (const char *format, ...)
{
  g_autofree char *text = NULL, *shown = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  shown = ph_terminal_escape (text);
  puts (shown);
}

/* --- pictures --- */

typedef struct {
  bool arrived;
  PhPicture *picture;
  GError *error;
} Opening;

static void
opened_cb (PhPicture *picture, const GError *error, gpointer data)
{
  Opening *self = data;

  self->arrived = true;
  self->picture = picture != NULL ? ph_picture_ref (picture) : NULL;
  self->error = error != NULL ? g_error_copy (error) : NULL;
}

static void
open_picture (Chat *self, const char *path)
{
  Opening opening = { 0 };

  ph_engine_open_picture (self->engine, path, opened_cb, &opening);
  while (!opening.arrived)
    g_main_context_iteration (NULL, TRUE);

  if (opening.picture == NULL) {
    say ("%s", opening.error->message);
    g_error_free (opening.error);
    return;
  }
  g_clear_pointer (&self->picture, ph_picture_unref);
  self->picture = opening.picture;
  g_free (self->picture_path);
  self->picture_path = g_strdup (path);
  say ("%s: %d by %d pixels.  Ask about it.", path, self->picture->width,
       self->picture->height);
}

/* --- the model --- */

static void
load_model (Chat *self, const char *folder)
{
  switch (ph_loading_run (self->engine, folder)) {
  case PH_LOAD_DONE:
    break;
  case PH_LOAD_CANCELLED:
    say ("(stopped)");
    break;
  default:
    say ("%s", ph_engine_get_problem (self->engine));
  }
}

/* By a name in the catalogue, else by its path. */
static void
choose_model (Chat *self, const char *text)
{
  g_autoptr (GPtrArray) entries = ph_catalogue_list ();
  g_autofree char *path = ph_path_from_text (text);
  const char *folder = path;

  for (guint i = 0; i < entries->len; i++) {
    const PhCatalogueEntry *entry = entries->pdata[i];

    if (g_str_equal (entry->name, text))
      folder = entry->folder;
  }
  load_model (self, folder);
  if (ph_engine_get_state (self->engine) == PH_ENGINE_READY)
    ph_catalogue_remember (folder);
}

static void
tell_model (Chat *self)
{
  const PhModelFacts *model = ph_engine_get_model (self->engine);

  if (model == NULL)
    say ("No model is open: /model FOLDER opens one.");
  else if (model->answers)
    say ("The model is %s.", model->info.name);
  else
    say ("The model is %s, which compares pictures with texts and writes none: "
         "`pinhole-cli match` does that.",
         model->info.name);
}

static void
add_entry (PhSheet *sheet, const PhCatalogueEntry *entry)
{
  g_autofree char *name = ph_terminal_escape (entry->name);
  g_autofree char *size = NULL, *need = NULL;

  if (entry->model == NULL) {
    ph_sheet_add (sheet, name, "cannot be opened", "", "", NULL);
    return;
  }
  size = ph_bytes_text (entry->model->need.soft);
  need = ph_bytes_text (entry->model->need.hard + entry->model->need.soft);
  ph_sheet_add (sheet, name, entry->model->info.family, size, need, NULL);
}

static void
catalogue_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GPtrArray **) data = ph_catalogue_read_finish (result, NULL);
}

static void
list_models (void)
{
  GPtrArray *entries = NULL;
  g_autoptr (PhSheet) sheet = ph_sheet_new ("<<>>");
  PhTerminal terminal = ph_terminal_look (STDOUT_FILENO);

  ph_catalogue_read_async (NULL, catalogue_cb, &entries);
  while (entries == NULL)
    g_main_context_iteration (NULL, TRUE);

  if (entries->len > 0)
    ph_sheet_add_heading (sheet, "name", "family", "size", "memory", NULL);
  for (guint i = 0; i < entries->len; i++)
    add_entry (sheet, entries->pdata[i]);
  ph_sheet_print (sheet, &terminal);
  g_ptr_array_unref (entries);
}

/* --- asking --- */

static void
ask (Chat *self, const char *prompt)
{
  PhRequest request = { .picture = self->picture,
                        .prompt = prompt,
                        .sampling = PH_SAMPLING_GREEDY };
  PhScribe scribe = { .history = self->history,
                      .chat = self->chat,
                      .model = ph_engine_get_model_name (self->engine),
                      .picture_path = self->picture_path,
                      .request = &request };

  if (self->picture == NULL) {
    say ("There is no picture yet: type the path of one.");
    return;
  }

  g_clear_object (&self->last);
  self->last = ph_exchange_run (self->engine, &(PhExchange){ &request, &scribe, true });
  if (ph_reply_get_error (self->last) != NULL)
    say ("%s", ph_reply_get_error (self->last)->message);
  if (ph_reply_get_state (self->last) == PH_REPLY_CANCELLED)
    say ("(stopped)");
}

/* --- commands --- */

static void
run_open (Chat *self, const char *argument)
{
  g_autofree char *path = ph_path_from_text (argument);

  if (*argument == '\0')
    say ("/open PATH opens a picture; so does the path alone.");
  else
    open_picture (self, path);
}

static void
run_heat (Chat *self, const char *argument)
{
  const PhAnswer *answer = self->last != NULL ? ph_reply_get_answer (self->last) : NULL;
  PhTerminal terminal = ph_terminal_look (STDOUT_FILENO);
  g_autoptr (GError) error = NULL;
  PhHeatChoice choice;

  if (answer == NULL || answer->snapshot == NULL)
    say ("There is no answer yet to show the heat of.");
  else if (!ph_heat_choose (answer->snapshot, argument, &choice, &error))
    say ("%s", error->message);
  else
    ph_heat_print (answer->snapshot, &choice, ph_reply_get_picture (self->last),
                   &terminal, stdout);
}

static void
run_model (Chat *self, const char *argument)
{
  if (*argument != '\0')
    choose_model (self, argument);
  else
    list_models ();
  tell_model (self);
}

static void
run_history (Chat *self, const char *argument)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) chats = NULL;

  if (self->history == NULL) {
    say ("This conversation is not kept.");
    return;
  }
  /* What was just said belongs in the list. */
  if (!ph_history_flush (self->history, &error)) {
    say ("%s", error->message);
    return;
  }
  chats = ph_history_list_chats (self->history, false, 0, N_CHATS_LISTED, &error);
  if (chats == NULL) {
    say ("%s", error->message);
    return;
  }
  for (guint i = 0; i < chats->len; i++) {
    const PhHistoryChat *chat = g_ptr_array_index (chats, i);

    say ("%" G_GINT64_FORMAT "  %s", chat->id, chat->title);
  }
  say ("`pinhole-cli history show NUMBER` prints one.");
}

static void
begin_chat (Chat *self)
{
  if (self->history != NULL)
    self->chat = ph_history_begin_chat (self->history);
}

static void
run_new (Chat *self, const char *argument)
{
  begin_chat (self);
  g_clear_object (&self->last);
  say ("A new chat begins with the next instruction.");
}

static void
run_quit (Chat *self, const char *argument)
{
  self->quits = true;
}

static void run_help (Chat *self, const char *argument);

typedef struct {
  const char *name;
  const char *argument;
  const char *summary;
  void (*run) (Chat *self, const char *argument);
} Command;

static const Command commands[] = {
  { "/open", "PATH", "open a picture; its path alone does the same", run_open },
  { "/heat", "[q=N] [l=N] [h=N]", "where the queries looked, all or one of them",
    run_heat },
  { "/model", "[NAME or FOLDER]", "the models there are, or open one", run_model },
  { "/history", "", "the last chats", run_history },
  { "/new", "", "begin a new chat", run_new },
  { "/help", "", "this list", run_help },
  { "/quit", "", "leave; Ctrl+D does the same", run_quit },
};

static void
run_help (Chat *self, const char *argument)
{
  say ("Type the path of a picture, then ask about it.  Tab completes commands and\n"
       "paths.  Ctrl+C stops an answer and keeps what came.\n");
  for (size_t i = 0; i < G_N_ELEMENTS (commands); i++)
    printf ("  %-8s %-18s %s\n", commands[i].name, commands[i].argument,
            commands[i].summary);
}

static const Command *
find_command (const char *line)
{
  size_t n_bytes = strcspn (line, " \t");

  for (size_t i = 0; i < G_N_ELEMENTS (commands); i++)
    if (strlen (commands[i].name) == n_bytes &&
        strncmp (commands[i].name, line, n_bytes) == 0)
      return &commands[i];
  return NULL;
}

/* --- lines --- */

static char **
list_commands (const char *prefix)
{
  GPtrArray *names = g_ptr_array_new ();

  for (size_t i = 0; i < G_N_ELEMENTS (commands); i++)
    if (g_str_has_prefix (commands[i].name, prefix))
      g_ptr_array_add (names, g_strdup (commands[i].name));
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (names, FALSE);
}

/* A command, its path, or a path. */
static PhCompletions
complete_cb (const char *text)
{
  const Command *command = find_command (text);
  PhCompletions names = { .n_typed = strlen (text) };

  if (command != NULL && text[strlen (command->name)] != '\0')
    return ph_path_complete (text + strlen (command->name));

  names.names = list_commands (*text == '/' ? text : "no command");
  if (names.names[0] != NULL)
    return names;
  ph_completions_clear (&names);
  return ph_path_complete (text);
}

/* A slash, tilde or address in front is meant as a path or command even if there is none:
 * a slip of the finger is not worth an answer. */
static bool
looks_like_path (const char *line)
{
  return *line == '/' || g_str_has_prefix (line, "~/") ||
         g_str_has_prefix (line, "file://");
}

static void
obey (Chat *self, const char *line)
{
  const char *text = line + strspn (line, " \t");
  const Command *command = find_command (text);
  g_autofree char *path = command == NULL ? ph_path_find_file (text) : NULL;

  if (*text == '\0')
    return;
  if (command != NULL) {
    const char *argument = text + strlen (command->name);

    command->run (self, argument + strspn (argument, " \t"));
  } else if (path != NULL)
    open_picture (self, path);
  else if (looks_like_path (text))
    say ("%s is neither a file nor a command: /help lists them.", text);
  else
    ask (self, text);
}

static void
converse (Chat *self)
{
  g_autoptr (PhLine) line = ph_line_new ("> ", "Ctrl+D or /quit leaves.", complete_cb);

  while (!self->quits) {
    g_autofree char *text = ph_line_read (line);

    if (text == NULL) {
      putchar ('\n');
      return;
    }
    obey (self, text);
  }
}

static void
open_model (Chat *self)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = ph_find_model (given.model, &error);

  if (folder != NULL)
    load_model (self, folder);
  else
    say ("%s", error->message);
}

static void
warn_of_history (Chat *self)
{
  g_autoptr (GError) error = NULL;

  if (self->history != NULL && !ph_history_flush (self->history, &error))
    say ("Nothing of this is saved: %s", error->message);
}

static void
begin (Chat *self)
{
  self->engine = ph_engine_new ();
  if (!given.no_history)
    self->history = ph_history_open (given.history);
  begin_chat (self);

  open_model (self);
  tell_model (self);
  warn_of_history (self);
  if (given.image != NULL)
    open_picture (self, given.image);
  else
    say ("Type the path of a picture, then ask about it.  /help says more.");
}

static void
end (Chat *self)
{
  g_clear_object (&self->last);
  g_clear_pointer (&self->picture, ph_picture_unref);
  g_free (self->picture_path);
  g_object_unref (self->engine);
  warn_of_history (self);
  g_clear_pointer (&self->history, ph_history_free);
}

static int
run (char **words)
{
  Chat chat = { 0 };

  if (!isatty (STDIN_FILENO) || !isatty (STDOUT_FILENO))
    return ph_refuse_usage (&ph_command_chat, "there is no terminal to converse on");

  begin (&chat);
  converse (&chat);
  end (&chat);
  return PH_EXIT_DONE;
}

const PhCommand ph_command_chat = {
  .name = "chat",
  .summary = "a conversation, as pinhole-cli alone opens it",
  .help = "  pinhole-cli chat --image scene.png\n"
          "\n"
          "Type the path of a picture, then ask about it; /help lists the commands.\n"
          "\n"
          "  --image FILE     begin with this picture\n"
          "  --model FOLDER   a model folder; the built-in model if left out\n"
          "  --history FILE   keep the turns in FILE instead of the usual place\n"
          "  --no-history     do not keep them\n",
  .options = options,
  .run = run,
};

/* pinhole-cli - ask about a picture, see where the model looked, train it */

#include "app/cli/command.h"

#include "app/cli/terminal.h"
#include "core/base/error.h"
#include "core/engine/catalogue.h"
#include "core/tensor/kernels/kernels.h"
#include "core/tensor/pool.h"

#include <cblas.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const PhCommand *const commands[] = {
  &ph_command_ask,   &ph_command_chat,  &ph_command_history,  &ph_command_trace,
  &ph_command_scene, &ph_command_train, &ph_command_evaluate, &ph_command_tokenize,
  &ph_command_inspect,
  &ph_command_match,
};

int
ph_report (const GError *error)
{
  g_autofree char *shown = ph_terminal_escape (error->message);

  fflush (stdout);
  fprintf (stderr, "pinhole-cli: %s\n", g_strdelimit (shown, "\n\t", ' '));
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) ? PH_EXIT_INTERRUPTED
                                                                   : PH_EXIT_FAILED;
}

void
ph_warn (const char *message)
{
  g_autofree char *shown = ph_terminal_escape (message);

  fprintf (stderr, "pinhole-cli: %s\n", g_strdelimit (shown, "\n\t", ' '));
}

int
ph_refuse_usage (const PhCommand *command, const char *message)
{
  g_autofree char *shown = ph_terminal_escape (message);

  if (command != NULL)
    fprintf (stderr, "pinhole-cli: %s: %s; see pinhole-cli %s --help\n", command->name,
             shown, command->name);
  else
    fprintf (stderr, "pinhole-cli: %s; see pinhole-cli --help\n", shown);
  return PH_EXIT_USAGE;
}

char *
ph_find_model (const char *name, GError **error)
{
  return name != NULL ? g_strdup (name) : ph_catalogue_find_builtin (error);
}

static void
print_help (void)
{
  puts ("Ask about a picture, and see where the model looked.\n"
        "\n"
        "  pinhole-cli                                   a conversation, on a terminal\n"
        "  pinhole-cli ask --image cat.png \"What is it?\"\n"
        "  pinhole-cli scene --seed 7 --output scene.png\n"
        "  pinhole-cli COMMAND --help\n"
        "\n"
        "Commands:");
  for (size_t i = 0; i < G_N_ELEMENTS (commands); i++)
    printf ("  %-10s %s\n", commands[i]->name, commands[i]->summary);
  puts ("\n"
        "  --help     this text\n"
        "  --version  version, libraries and what this machine offers\n"
        "\n"
        "Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.");
}

static void
print_version (void)
{
  g_autofree char *model = ph_catalogue_find_builtin (NULL);

  printf ("pinhole-cli %s\n", PINHOLE_VERSION);
  printf ("kernels: %s, %d processors\n", ph_kernels ()->name, ph_n_processors ());
  printf ("blas: %s\n", openblas_get_config ());
  printf ("built-in model: %s\n", model != NULL ? model : "none");
}

static bool
asks_for (char **arguments, const char *name)
{
  for (; *arguments != NULL && !g_str_equal (*arguments, "--"); arguments++)
    if (g_str_equal (*arguments, name))
      return true;
  return false;
}

static int
run_command (const PhCommand *command, char **arguments)
{
  g_autoptr (GError) error = NULL;
  int n_words;

  if (asks_for (arguments, "--help") || asks_for (arguments, "-h")) {
    printf ("%s: %s\n\n%s", command->name, command->summary, command->help);
    return PH_EXIT_DONE;
  }
  if (!ph_options_read (command->options, arguments, &error))
    return ph_refuse_usage (command, error->message);

  n_words = (int) g_strv_length (arguments);
  if (n_words < command->min_words)
    return ph_refuse_usage (command, "something is missing");
  if (n_words > command->max_words)
    return ph_refuse_usage (command, "too many words (an instruction stands in quotes)");
  return command->run (arguments);
}

static int
run (char **arguments)
{
  const char *name = arguments[0];
  g_autofree char *shown = NULL, *message = NULL;

  if (name == NULL)
    return isatty (STDIN_FILENO) && isatty (STDOUT_FILENO)
               ? run_command (&ph_command_chat, arguments)
               : ph_refuse_usage (NULL, "no command, and no terminal to converse on");
  if (g_str_equal (name, "--help") || g_str_equal (name, "-h"))
    return print_help (), PH_EXIT_DONE;
  if (g_str_equal (name, "--version"))
    return print_version (), PH_EXIT_DONE;

  for (size_t i = 0; i < G_N_ELEMENTS (commands); i++)
    if (g_str_equal (commands[i]->name, name))
      return run_command (commands[i], arguments + 1);

  shown = ph_printable (name);
  message = g_strdup_printf ("%s is not a command", shown);
  return ph_refuse_usage (NULL, message);
}

/* What was printed may still be on its way to a full disk. */
static int
finish_output (int status)
{
  if (fflush (stdout) == 0 && !ferror (stdout))
    return status;

  ph_warn ("the output could not be written");
  return status == PH_EXIT_DONE ? PH_EXIT_FAILED : status;
}

/* Were one of the three closed, the next file that is opened would take its number, and
 * the history would be what the answer is printed into. */
static void
open_standard_streams (void)
{
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
    if (fcntl (fd, F_GETFD) < 0 && open ("/dev/null", O_RDWR) < 0)
      _exit (PH_EXIT_FAILED);
}

int
main (int argc, char **argv)
{
  open_standard_streams ();
  setlocale (LC_ALL, "");
  setlocale (LC_NUMERIC, "C"); /* numbers are for programs too */
  signal (SIGPIPE, SIG_DFL);
  signal (SIGXFSZ, SIG_IGN); /* a limit on file sizes is told like a full disk */

  return finish_output (argc > 0 ? run (argv + 1) : PH_EXIT_USAGE);
}

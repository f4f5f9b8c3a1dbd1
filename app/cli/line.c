#include "app/cli/line.h"

#include "app/cli/terminal.h"

#include <histedit.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define N_KEPT 500 /* lines that the arrow keys reach */
#define MOST_LISTED 40

struct _PhLine {
  EditLine *edit;
  History *past;
  const char *prompt;
  const char *farewell;
  PhLineComplete complete;
};

static PhLine *
line_of (EditLine *edit)
{
  void *self = NULL;

  el_get (edit, EL_CLIENTDATA, &self);
  return self;
}

static char *
prompt_cb (EditLine *edit)
{
  return (char *) line_of (edit)->prompt;
}

/* --- keys --- */

static unsigned char
interrupt_cb (EditLine *edit, int key)
{
  const LineInfo *line = el_line (edit);
  int n_after = (int) (line->lastchar - line->cursor);
  int n_bytes = (int) (line->lastchar - line->buffer);

  el_cursor (edit, n_after);
  el_deletestr (edit, n_bytes);
  printf ("\n%s\n", line_of (edit)->farewell);
  return CC_REDISPLAY;
}

/* The terminal sends no signals while a line is edited, so this one is raised here. */
static unsigned char
suspend_cb (EditLine *edit, int key)
{
  el_set (edit, EL_PREP_TERM, 0);
  raise (SIGTSTP);
  el_set (edit, EL_PREP_TERM, 1);
  return CC_REDISPLAY;
}

static void
list_names (char **names)
{
  putchar ('\n');
  for (int i = 0; names[i] != NULL && i < MOST_LISTED; i++) {
    g_autofree char *shown = ph_terminal_escape (names[i]);

    printf ("%s  ", shown);
  }
  if (g_strv_length (names) > MOST_LISTED)
    printf ("and %u more", g_strv_length (names) - MOST_LISTED);
  putchar ('\n');
}

static unsigned char
complete_cb (EditLine *edit, int key)
{
  const LineInfo *line = el_line (edit);
  g_autofree char *text = g_strndup (line->buffer, (gsize) (line->cursor - line->buffer));
  g_auto (PhCompletions) completions = line_of (edit)->complete (text);
  g_autofree char *common = ph_completions_dup_common (&completions);

  if (completions.names[0] == NULL)
    return CC_ERROR;
  if (*common != '\0')
    return el_insertstr (edit, common) == 0 ? CC_REFRESH : CC_ERROR;

  list_names (completions.names);
  return CC_REDISPLAY;
}

/* --- lines --- */

static void
bind_keys (EditLine *edit)
{
  el_set (edit, EL_SETTY, "-d", "-isig", NULL);
  el_set (edit, EL_ADDFN, "ph-interrupt", "Drop the line", interrupt_cb);
  el_set (edit, EL_ADDFN, "ph-suspend", "Stop the program for now", suspend_cb);
  el_set (edit, EL_ADDFN, "ph-complete", "Complete a command or path", complete_cb);
  el_set (edit, EL_BIND, "^C", "ph-interrupt", NULL);
  el_set (edit, EL_BIND, "^Z", "ph-suspend", NULL);
  el_set (edit, EL_BIND, "^I", "ph-complete", NULL);
  el_set (edit, EL_BIND, "^R", "em-inc-search-prev", NULL);
}

PhLine *
ph_line_new (const char *prompt, const char *farewell, PhLineComplete complete)
{
  PhLine *self = g_new0 (PhLine, 1);
  HistEvent event;

  self->prompt = prompt;
  self->farewell = farewell;
  self->complete = complete;

  self->past = history_init ();
  history (self->past, &event, H_SETSIZE, N_KEPT);
  history (self->past, &event, H_SETUNIQUE, 1);

  self->edit = el_init ("pinhole-cli", stdin, stdout, stderr);
  el_set (self->edit, EL_CLIENTDATA, self);
  el_set (self->edit, EL_PROMPT, prompt_cb);
  el_set (self->edit, EL_EDITOR, "emacs");
  el_set (self->edit, EL_HIST, history, self->past);
  bind_keys (self->edit);
  return self;
}

void
ph_line_free (PhLine *self)
{
  el_end (self->edit);
  history_end (self->past);
  g_free (self);
}

char *
ph_line_read (PhLine *self)
{
  HistEvent event;
  int n;
  const char *line = el_gets (self->edit, &n);

  if (line == NULL || n <= 0)
    return NULL;
  if (strspn (line, " \t\n") < strlen (line))
    history (self->past, &event, H_ENTER, line);
  return g_strchomp (g_strdup (line));
}

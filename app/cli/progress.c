#include "app/cli/progress.h"

#include "app/cli/terminal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BAR_WIDTH 20
#define SECONDS_BETWEEN_LINES 10

void
ph_progress_begin (PhProgressLine *self)
{
  PhTerminal terminal = ph_terminal_look (STDERR_FILENO);

  *self = (PhProgressLine){
    .is_terminal = terminal.is_terminal && g_strcmp0 (g_getenv ("TERM"), "dumb") != 0,
    .width = terminal.width,
  };
}

static void
show_bar (PhProgressLine *self, double share, const char *note)
{
  g_autofree char *done = g_strnfill ((gsize) lround (share * BAR_WIDTH), '#');
  g_autofree char *line =
      g_strdup_printf ("[%-*s] %3.0f %%  %s", BAR_WIDTH, done, 100 * share, note);

  /* A line that wraps could not be written over. */
  if (strlen (line) >= (size_t) self->width)
    line[self->width - 1] = '\0';
  fprintf (stderr, "\r%s\033[K", line);
  fflush (stderr);
  self->is_open = true;
}

void
ph_progress_show (PhProgressLine *self, size_t n_done, size_t n_all, const char *note)
{
  /* Who asks for whole pictures may end a little above what was wanted. */
  double share = n_done < n_all ? (double) n_done / (double) n_all : 1;
  gint64 now = g_get_monotonic_time ();

  if (self->is_terminal) {
    show_bar (self, share, note);
    return;
  }
  if (self->last != 0 && n_done < n_all &&
      now - self->last < SECONDS_BETWEEN_LINES * G_USEC_PER_SEC)
    return;
  fprintf (stderr, "%3.0f %%  %s\n", 100 * share, note);
  self->last = now;
}

void
ph_progress_end (PhProgressLine *self)
{
  if (self->is_open)
    fputc ('\n', stderr);
  self->is_open = false;
}

char *
ph_progress_dup_time (double seconds)
{
  long whole = lround (seconds);

  if (whole >= 3600)
    return g_strdup_printf ("%ld h %ld min", whole / 3600, whole % 3600 / 60);
  if (whole >= 60)
    return g_strdup_printf ("%ld min %ld s", whole / 60, whole % 60);
  return g_strdup_printf ("%ld s", whole);
}

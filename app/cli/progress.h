/* progress.h - how far a long command has come, on stderr
 *
 * On a terminal one line that is written over; elsewhere a plain line every ten seconds.
 * Main thread.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct {
  bool is_terminal;
  int width;
  gint64 last;  /* when a line was printed, monotonic; 0: never */
  bool is_open; /* a line stands there that has no end yet */
} PhProgressLine;

void ph_progress_begin (PhProgressLine *self);
/* @note is what stands beside the share of @n_all that is done. */
void
ph_progress_show (PhProgressLine *self, size_t n_done, size_t n_all, const char *note);
/* So that what follows begins on a line of its own. */
void ph_progress_end (PhProgressLine *self);

/* "3 min 20 s".  The caller frees it. */
char *ph_progress_dup_time (double seconds);

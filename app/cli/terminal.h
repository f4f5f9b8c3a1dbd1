/* terminal.h - what the program's output goes to, and what may be written there
 *
 * A pipe and TERM=dumb get plain text: no colour, no control characters.  NO_COLOR
 * (https://no-color.org) is obeyed.  Everything is known from the environment and the
 * file descriptor; nothing is asked of the terminal, so nothing waits for it.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum {
  PH_COLORS_NONE,
  PH_COLORS_256,
  PH_COLORS_TRUE, /* 24 bits, as COLORTERM says */
} PhColors;

typedef struct {
  bool is_terminal;
  bool is_unicode; /* by the locale */
  PhColors colors;
  int width; /* columns; 80 where that is not known */
} PhTerminal;

PhTerminal ph_terminal_look (int fd);

/* A copy of @text that cannot steer a terminal: control characters but newline and tab,
 * invisible ones that turn or hide text, and broken UTF-8 become \xNN. */
char *ph_terminal_escape (const char *text);

/* input.h - text that comes from a file or from another program */
#pragma once

#include <glib.h>
#include <stdio.h>

/* All of @stream, without the white space at its end; the caller frees it.  Fails if it
 * is longer than @most bytes or holds a zero byte; @what names it in the error. */
char *ph_input_read (FILE *stream, const char *what, size_t most, GError **error);

/* plot.h - the curves of a training log
 *
 * A log is what the trainer writes: comma-separated, a line of names, the step first.
 */
#pragma once

#include <glib.h>

/* An SVG with the loss above and, where there are any, the shares of right answers below.
 * Where held-out.csv lies beside the log, its values are drawn as dots.  Errors name
 * file and line. */
char *ph_plot_dup_svg (const char *path, GError **error);

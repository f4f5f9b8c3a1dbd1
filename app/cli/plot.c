#include "app/cli/plot.h"

#include "core/base/error.h"

#include <math.h>
#include <string.h>

#define WIDTH 800
#define PANEL_HEIGHT 260
#define LEFT 60
#define RIGHT 170 /* where the names stand */
#define TOP 30
#define GAP 50 /* below each panel, for the steps */
#define N_MARKS 5

typedef struct {
  char **names; /* of columns, "step" first */
  int n_columns;
  GArray *values; /* of double: row by column */
} Table;

static void
table_clear (Table *self)
{
  g_clear_pointer (&self->names, g_strfreev);
  g_clear_pointer (&self->values, g_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Table, table_clear)

/* --- reading --- */

static bool
read_row (Table *self, const char *line, GError **error)
{
  g_auto (GStrv) cells = g_strsplit (line, ",", -1);

  if ((int) g_strv_length (cells) != self->n_columns)
    return ph_fail (error, PH_ERROR_FORMAT, "%u values, not %d", g_strv_length (cells),
                    self->n_columns);
  for (int i = 0; i < self->n_columns; i++) {
    char *end;
    double value = g_ascii_strtod (cells[i], &end);

    if (end == cells[i] || *end != '\0' || !isfinite (value)) {
      g_autofree char *shown = ph_printable (cells[i]);

      return ph_fail (error, PH_ERROR_FORMAT, "\"%s\" is no number", shown);
    }
    g_array_append_val (self->values, value);
  }
  return true;
}

static bool
read_names (Table *self, const char *line, GError **error)
{
  self->names = g_strsplit (line, ",", -1);
  self->n_columns = (int) g_strv_length (self->names);
  self->values = g_array_new (FALSE, FALSE, sizeof (double));

  return (self->n_columns >= 2 && g_str_equal (self->names[0], "step")) ||
         ph_fail (error, PH_ERROR_FORMAT, "not a training log: it begins with \"step,\"");
}

static bool
read_table (Table *self, const char *path, GError **error)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents (path, &text, NULL, error))
    return false;
  lines = g_strsplit (text, "\n", -1);
  for (int i = 0; lines[i] != NULL; i++) {
    if (i > 0 && *lines[i] == '\0')
      continue;
    if (!(i == 0 ? read_names (self, lines[i], error)
                 : read_row (self, lines[i], error))) {
      g_prefix_error (error, "%s: line %d: ", path, i + 1);
      return false;
    }
  }
  return true;
}

static int
n_rows (const Table *self)
{
  return self->values != NULL ? (int) self->values->len / self->n_columns : 0;
}

static double
cell (const Table *self, int row, int column)
{
  return g_array_index (self->values, double, row * self->n_columns + column);
}

/* --- drawing --- */

/* A panel draws the columns that @shows accepts. */
typedef struct {
  const char *title;
  bool (*shows) (const char *name);
  bool is_share; /* from 0 to 1, whatever the values are */
} Panel;

static bool
is_loss (const char *name)
{
  return g_str_equal (name, "loss");
}

static bool
is_right (const char *name)
{
  return g_str_has_suffix (name, "_right");
}

static const Panel panels[] = {
  { "loss", is_loss, false },
  { "share of right answers", is_right, true },
};

/* Okabe and Ito's colours, told apart by everybody. */
static const char *const inks[] = { "#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                    "#e69f00", "#56b4e9", "#000000" };

typedef struct {
  GString *svg;
  double top;                /* of the panel */
  double last_step, highest; /* what the axes end at */
} Drawing;

static double
at_step (const Drawing *self, double step)
{
  return LEFT + (WIDTH - LEFT - RIGHT) * step / self->last_step;
}

static double
at_value (const Drawing *self, double value)
{
  return self->top + PANEL_HEIGHT * (1 - CLAMP (value / self->highest, 0, 1));
}

static void G_GNUC_PRINTF (2, 3) draw (Drawing *self, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_string_append_vprintf (self->svg, format, args);
  va_end (args);
}

static bool
has_any (const Table *log, const Panel *panel)
{
  for (int i = 1; i < log->n_columns; i++)
    if (panel->shows (log->names[i]))
      return true;
  return false;
}

static double
find_highest (const Table *log, const Panel *panel)
{
  double highest = panel->is_share ? 1 : 1e-9;

  for (int row = 0; !panel->is_share && row < n_rows (log); row++)
    for (int i = 1; i < log->n_columns; i++)
      if (panel->shows (log->names[i]))
        highest = MAX (highest, cell (log, row, i));
  return highest;
}

static void
draw_axes (Drawing *self, const Panel *panel)
{
  draw (self, "<text x=\"%d\" y=\"%.1f\" font-weight=\"bold\">%s</text>\n", LEFT,
        self->top - 10, panel->title);
  for (int i = 0; i <= N_MARKS; i++) {
    double value = self->highest * i / N_MARKS;
    double step = self->last_step * i / N_MARKS;
    double y = at_value (self, value);

    draw (self,
          "<path d=\"M%d %.1fH%d\" stroke=\"#ddd\"/>"
          "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.3g</text>\n",
          LEFT, y, WIDTH - RIGHT, LEFT - 6, y + 4, value);
    draw (self, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%.0f</text>\n",
          at_step (self, step), self->top + PANEL_HEIGHT + 18, step);
  }
}

static void
draw_curve (Drawing *self, const Table *log, int column, const char *ink)
{
  draw (self, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"1.2\" points=\"",
        ink);
  for (int row = 0; row < n_rows (log); row++)
    draw (self, "%.1f,%.1f ", at_step (self, cell (log, row, 0)),
          at_value (self, cell (log, row, column)));
  draw (self, "\"/>\n");
}

/* The held-out values of the same name. */
static void
draw_dots (Drawing *self, const Table *held_out, const char *name, const char *ink)
{
  for (int i = 1; i < held_out->n_columns; i++)
    for (int row = 0; g_str_equal (held_out->names[i], name) && row < n_rows (held_out);
         row++)
      draw (self, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>\n",
            at_step (self, cell (held_out, row, 0)),
            at_value (self, cell (held_out, row, i)), ink);
}

static void
draw_panel (Drawing *self, const Panel *panel, const Table *log, const Table *held_out)
{
  size_t n = 0;

  self->highest = find_highest (log, panel);
  draw_axes (self, panel);
  for (int i = 1; i < log->n_columns; i++) {
    const char *ink = inks[n % G_N_ELEMENTS (inks)];
    g_autofree char *name = g_markup_escape_text (log->names[i], -1);

    if (!panel->shows (log->names[i]))
      continue;
    draw_curve (self, log, i, ink);
    draw_dots (self, held_out, log->names[i], ink);
    draw (self, "<text x=\"%d\" y=\"%.1f\" fill=\"%s\">%s</text>\n", WIDTH - RIGHT + 12,
          self->top + 14 + 18 * (double) n, ink, name);
    n++;
  }
  self->top += PANEL_HEIGHT + GAP;
}

static char *
draw_all (const Table *log, const Table *held_out)
{
  Drawing drawing = { .svg = g_string_new (NULL), .top = TOP };
  int n_panels = 0;

  for (size_t i = 0; i < G_N_ELEMENTS (panels); i++)
    n_panels += has_any (log, &panels[i]);
  drawing.last_step = MAX (cell (log, n_rows (log) - 1, 0), 1);

  draw (&drawing,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
        "font-family=\"sans-serif\" font-size=\"12\">\n"
        "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
        WIDTH, TOP + n_panels * (PANEL_HEIGHT + GAP));
  for (size_t i = 0; i < G_N_ELEMENTS (panels); i++)
    if (has_any (log, &panels[i]))
      draw_panel (&drawing, &panels[i], log, held_out);
  draw (&drawing, "</svg>\n");
  return g_string_free (drawing.svg, FALSE);
}

char *
ph_plot_dup_svg (const char *path, GError **error)
{
  g_auto (Table) log = { 0 };
  g_auto (Table) held_out = { 0 };
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *beside = g_build_filename (folder, "held-out.csv", NULL);

  if (!read_table (&log, path, error))
    return NULL;
  if (n_rows (&log) == 0) {
    ph_fail (error, PH_ERROR_FORMAT, "%s: no step was logged yet", path);
    return NULL;
  }
  if (g_file_test (beside, G_FILE_TEST_EXISTS) && !read_table (&held_out, beside, error))
    return NULL;
  return draw_all (&log, &held_out);
}

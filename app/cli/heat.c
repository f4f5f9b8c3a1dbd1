#include "app/cli/heat.h"

#include "core/base/colormap.h"
#include "core/base/error.h"

#include <chafa.h>
#include <string.h>

#define GAP 3 /* columns between picture and map */
#define N_STRONGEST 5
#define N_RAMP 16 /* columns of the legend's ramp */
#define RESET "\033[0m"
#define UPPER_HALF "\u2580"

typedef struct {
  int n_rows, n_columns;
  float *patches; /* row by column */
  float least, most;
  float class_share;
  const char *of; /* what the numbers are shares of */
} Map;

static void
map_clear (Map *self)
{
  g_clear_pointer (&self->patches, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Map, map_clear)

static Map
map_read (const PhSnapshot *snapshot, const PhHeatChoice *choice)
{
  const PhSnapshotShape *shape = ph_snapshot_get_shape (snapshot);
  Map map = { .n_rows = shape->n_rows,
              .n_columns = shape->n_columns,
              .of = choice->of != NULL ? choice->of : "the attention" };
  int n_patches = map.n_rows * map.n_columns;

  map.patches = g_new (float, n_patches);
  map.class_share =
      ph_snapshot_map (snapshot, choice->layer, choice->head, choice->query, map.patches);
  map.least = map.most = map.patches[0];
  for (int i = 1; i < n_patches; i++) {
    map.least = MIN (map.least, map.patches[i]);
    map.most = MAX (map.most, map.patches[i]);
  }
  return map;
}

/* Where a patch stands between the least and the most of its map, 0 to 1. */
static double
map_level (const Map *self, int row, int column)
{
  float range = self->most - self->least;
  float value = self->patches[row * self->n_columns + column];

  return range > 0 ? (value - self->least) / range : 0;
}

/* --- choosing --- */

static bool
read_index (const char *text, const char *what, int n, int *index, GError **error)
{
  gint64 value;

  if (!g_ascii_string_to_signed (text, 10, 0, n - 1, &value, NULL)) {
    g_autofree char *shown = ph_printable (text);

    return ph_fail (error, PH_ERROR_RANGE, "%s \"%s\": they are numbered 0 to %d", what,
                    shown, n - 1);
  }
  *index = (int) value;
  return true;
}

/* Layers are called by their number among all of them, as the trace calls them. */
static bool
read_layer (const PhSnapshotShape *shape, const char *text, int *index, GError **error)
{
  g_autofree char *shown = ph_printable (text);
  g_autoptr (GString) there = g_string_new (NULL);

  for (int i = 0; i < shape->n_layers; i++) {
    g_autofree char *number = g_strdup_printf ("%d", shape->layers[i]);

    if (g_str_equal (number, text)) {
      *index = i;
      return true;
    }
    g_string_append_printf (there, "%s%s", i > 0 ? ", " : "", number);
  }
  return ph_fail (error, PH_ERROR_RANGE, "layer \"%s\": those that look are %s", shown,
                  there->str);
}

static bool
read_choice (const PhSnapshotShape *shape,
             const char *word,
             PhHeatChoice *choice,
             GError **error)
{
  if (g_str_has_prefix (word, "q="))
    return read_index (word + 2, "query", shape->n_queries, &choice->query, error);
  if (g_str_has_prefix (word, "l="))
    return read_layer (shape, word + 2, &choice->layer, error);
  if (g_str_has_prefix (word, "h="))
    return read_index (word + 2, "head", shape->n_heads, &choice->head, error);
  return ph_fail (
      error, PH_ERROR_RANGE,
      "a map is chosen by q=QUERY l=LAYER h=HEAD; what is left out is the mean");
}

bool
ph_heat_choose (const PhSnapshot *snapshot,
                const char *text,
                PhHeatChoice *choice,
                GError **error)
{
  const PhSnapshotShape *shape = ph_snapshot_get_shape (snapshot);
  g_auto (GStrv) words = g_strsplit_set (text, " \t,", -1);

  *choice = (PhHeatChoice) PH_HEAT_MEAN;
  for (char **word = words; *word != NULL; word++)
    if (**word != '\0' && !read_choice (shape, *word, choice, error))
      return false;
  return true;
}

/* --- colours --- */

/* The nearest of the 6 by 6 by 6 colours of a terminal with 256. */
static int
index_of_color (PhColormapColor color)
{
  static const int levels[] = { 0, 95, 135, 175, 215, 255 };
  const uint8_t channels[] = { color.red, color.green, color.blue };
  int index = 0;

  for (size_t c = 0; c < G_N_ELEMENTS (channels); c++) {
    int nearest = 0;

    for (int i = 1; i < (int) G_N_ELEMENTS (levels); i++)
      if (ABS (levels[i] - channels[c]) < ABS (levels[nearest] - channels[c]))
        nearest = i;
    index = index * (int) G_N_ELEMENTS (levels) + nearest;
  }
  return 16 + index;
}

typedef enum { FOREGROUND = 38, BACKGROUND = 48 } Plane;

static void
set_color (FILE *out, PhColors colors, Plane plane, double level)
{
  PhColormapColor color = ph_colormap_color (PH_COLORMAP_VIOLET_YELLOW, level);

  if (colors == PH_COLORS_TRUE)
    fprintf (out, "\033[%d;2;%d;%d;%dm", plane, color.red, color.green, color.blue);
  else
    fprintf (out, "\033[%d;5;%dm", plane, index_of_color (color));
}

/* --- the map as cells --- */

/* A character shows two patches, one above the other, or with a scale of 2 a half of
 * one patch: both are squares, since characters are twice as high as wide. */
typedef struct {
  const PhTerminal *terminal;
  int scale;
  int n_columns, n_rows; /* characters */
  bool has_picture;
} Layout;

static Layout
choose_layout (const Map *map, const PhTerminal *terminal)
{
  Layout layout = { .terminal = terminal, .scale = 2 };

  if (2 * layout.scale * map->n_columns + GAP > terminal->width)
    layout.scale = 1;
  layout.n_columns = layout.scale * map->n_columns;
  layout.n_rows = (layout.scale * map->n_rows + 1) / 2;
  layout.has_picture = 2 * layout.n_columns + GAP <= terminal->width;
  return layout;
}

static void
print_cells (const Map *map, const Layout *layout, int line, FILE *out)
{
  PhColors colors = layout->terminal->colors;
  int upper = 2 * line / layout->scale;
  int lower = (2 * line + 1) / layout->scale;

  for (int x = 0; x < layout->n_columns; x++) {
    set_color (out, colors, FOREGROUND, map_level (map, upper, x / layout->scale));
    if (lower < map->n_rows)
      set_color (out, colors, BACKGROUND, map_level (map, lower, x / layout->scale));
    fputs (UPPER_HALF, out);
  }
  fputs (RESET "\n", out);
}

/* The picture in characters, squashed to the square that the model saw. */
static char **
draw_picture (const PhPicture *picture, const Layout *layout)
{
  ChafaCanvasConfig *config = chafa_canvas_config_new ();
  ChafaSymbolMap *symbols = chafa_symbol_map_new ();
  ChafaCanvas *canvas;
  GString *drawn;
  char **lines;

  chafa_canvas_config_set_geometry (config, layout->n_columns, layout->n_rows);
  chafa_canvas_config_set_canvas_mode (config, layout->terminal->colors == PH_COLORS_TRUE
                                                   ? CHAFA_CANVAS_MODE_TRUECOLOR
                                                   : CHAFA_CANVAS_MODE_INDEXED_240);
  chafa_symbol_map_add_by_tags (symbols, CHAFA_SYMBOL_TAG_BLOCK | CHAFA_SYMBOL_TAG_SPACE);
  chafa_canvas_config_set_symbol_map (config, symbols);
  canvas = chafa_canvas_new (config);
  chafa_canvas_draw_all_pixels (canvas, CHAFA_PIXEL_RGB8, ph_picture_get_rgb (picture),
                                picture->width, picture->height, 3 * picture->width);
  drawn = chafa_canvas_print (canvas, NULL);
  lines = g_strsplit (drawn->str, "\n", -1);

  g_string_free (drawn, TRUE);
  chafa_canvas_unref (canvas);
  chafa_symbol_map_unref (symbols);
  chafa_canvas_config_unref (config);
  return lines;
}

static void
print_picture_and_cells (const Map *map,
                         const Layout *layout,
                         const PhPicture *picture,
                         FILE *out)
{
  g_auto (GStrv) lines = NULL;

  if (layout->has_picture && picture != NULL)
    lines = draw_picture (picture, layout);
  for (int line = 0; line < layout->n_rows; line++) {
    if (lines != NULL && line < (int) g_strv_length (lines))
      fprintf (out, "%s" RESET "%*s", lines[line], GAP, "");
    print_cells (map, layout, line, out);
  }
}

static void
print_ramp (const Map *map, PhColors colors, FILE *out)
{
  fprintf (out, "%.2f %% ", 100 * map->least);
  for (int i = 0; i < N_RAMP; i++) {
    set_color (out, colors, BACKGROUND, i / (N_RAMP - 1.0));
    fputc (' ', out);
  }
  fprintf (out, RESET " %.2f %% of %s a patch\n", 100 * map->most, map->of);
}

/* --- the map as digits --- */

static void
print_digits (const Map *map, FILE *out)
{
  for (int row = 0; row < map->n_rows; row++) {
    for (int column = 0; column < map->n_columns; column++)
      fprintf (out, "%s%d", column > 0 ? " " : "",
               (int) (map_level (map, row, column) * 9 + 0.5));
    fputc ('\n', out);
  }
  fprintf (out, "0 is %.2f %% of %s, 9 is %.2f %%\n", 100 * map->least, map->of,
           100 * map->most);
}

/* --- in words --- */

static void
print_chosen (const char *one, const char *many, int number, int n, FILE *out)
{
  if (number == PH_SNAPSHOT_MEAN)
    fprintf (out, "mean of %d %s", n, n == 1 ? one : many);
  else
    fprintf (out, "%s %d", one, number);
}

static int
layer_number (const PhSnapshotShape *shape, int index)
{
  return index == PH_SNAPSHOT_MEAN ? PH_SNAPSHOT_MEAN : shape->layers[index];
}

/* Queries, or the tokens of a text with what they say. */
static void
print_who (const PhSnapshot *snapshot, int query, FILE *out)
{
  int n = ph_snapshot_get_shape (snapshot)->n_queries;
  const char *label = ph_snapshot_get_label (snapshot, MAX (query, 0));
  g_autofree char *shown = ph_printable (label != NULL ? label : "");

  fprintf (out, "Where the %s looked: ", label != NULL ? "text" : "queries");
  if (label == NULL)
    print_chosen ("query", "queries", query, n, out);
  else
    print_chosen ("token", "tokens", query, n, out);
  if (label != NULL && query != PH_SNAPSHOT_MEAN)
    fprintf (out, " \"%s\"", shown);
}

static void
print_title (const PhSnapshot *snapshot, const PhHeatChoice *choice, FILE *out)
{
  const PhSnapshotShape *shape = ph_snapshot_get_shape (snapshot);

  print_who (snapshot, choice->query, out);
  fputs (", ", out);
  print_chosen ("layer", "layers", layer_number (shape, choice->layer), shape->n_layers,
                out);
  fputs (", ", out);
  print_chosen ("head", "heads", choice->head, shape->n_heads, out);
  fputc ('\n', out);
}

/* The strongest patch that is not yet among the @n in @taken. */
static int
find_next_strongest (const Map *map, const int *taken, int n)
{
  int best = -1;

  for (int i = 0; i < map->n_rows * map->n_columns; i++) {
    bool is_taken = false;

    for (int t = 0; t < n; t++)
      is_taken = is_taken || taken[t] == i;
    if (!is_taken && (best < 0 || map->patches[i] > map->patches[best]))
      best = i;
  }
  return best;
}

static void
print_strongest (const Map *map, FILE *out)
{
  int strongest[N_STRONGEST];
  int n = MIN (N_STRONGEST, map->n_rows * map->n_columns);

  for (int i = 0; i < n; i++) {
    int patch = strongest[i] = find_next_strongest (map, strongest, i);

    fprintf (out, "row %d, column %d: %.2f %%\n", patch / map->n_columns + 1,
             patch % map->n_columns + 1, 100 * map->patches[patch]);
  }
}

void
ph_heat_print (const PhSnapshot *snapshot,
               const PhHeatChoice *choice,
               const PhPicture *picture,
               const PhTerminal *terminal,
               FILE *out)
{
  g_auto (Map) map = map_read (snapshot, choice);
  Layout layout = choose_layout (&map, terminal);

  print_title (snapshot, choice, out);
  if (terminal->colors != PH_COLORS_NONE && terminal->is_unicode &&
      layout.n_columns <= terminal->width) {
    print_picture_and_cells (&map, &layout, picture, out);
    print_ramp (&map, terminal->colors, out);
  } else
    print_digits (&map, out);
  if (choice->of == NULL)
    fprintf (out, "class token: %.2f %%\n", 100 * map.class_share);
  print_strongest (&map, out);
}

static json_t *
number_to_json (int number)
{
  return number == PH_SNAPSHOT_MEAN ? json_string ("mean") : json_integer (number);
}

json_t *
ph_heat_to_json (const PhSnapshot *snapshot, const PhHeatChoice *choice)
{
  g_auto (Map) map = map_read (snapshot, choice);
  json_t *rows = json_array ();

  for (int row = 0; row < map.n_rows; row++) {
    json_t *shares = json_array ();

    for (int column = 0; column < map.n_columns; column++)
      json_array_append_new (shares,
                             json_real (map.patches[row * map.n_columns + column]));
    json_array_append_new (rows, shares);
  }
  return json_pack (
      "{s:o, s:o, s:o, s:f, s:o}", "layer",
      number_to_json (layer_number (ph_snapshot_get_shape (snapshot), choice->layer)),
      "head", number_to_json (choice->head), "query", number_to_json (choice->query),
      "class_token", map.class_share, "patches", rows);
}

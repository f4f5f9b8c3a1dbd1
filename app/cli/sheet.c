#include "app/cli/sheet.h"

#include <stdio.h>
#include <string.h>

#define MARGIN 2
#define GAP 2

#define BOLD "\033[1m"
#define FAINT "\033[2m"
#define PLAIN "\033[0m"

struct _PhSheet {
  char *columns;
  GPtrArray *rows; /* of GStrv */
  bool has_heading;
};

PhSheet *
ph_sheet_new (const char *columns)
{
  PhSheet *self = g_new0 (PhSheet, 1);

  self->columns = g_strdup (columns);
  self->rows = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  return self;
}

void
ph_sheet_free (PhSheet *self)
{
  g_free (self->columns);
  g_ptr_array_unref (self->rows);
  g_free (self);
}

static void
add_row (PhSheet *self, va_list cells)
{
  char **row = g_new0 (char *, strlen (self->columns) + 1);
  size_t n = 0;

  for (const char *cell; (cell = va_arg (cells, const char *)) != NULL; n++) {
    g_assert (self->columns[n] != '\0');
    row[n] = g_strdup (cell);
  }
  g_assert (self->columns[n] == '\0');
  g_ptr_array_add (self->rows, row);
}

void
ph_sheet_add_heading (PhSheet *self, ...)
{
  va_list cells;

  g_assert (self->rows->len == 0);
  self->has_heading = true;
  va_start (cells, self);
  add_row (self, cells);
  va_end (cells);
}

void
ph_sheet_add (PhSheet *self, ...)
{
  va_list cells;

  va_start (cells, self);
  add_row (self, cells);
  va_end (cells);
}

/* Places that @text takes on a terminal. */
static int
measure (const char *text)
{
  int n = 0;

  for (; *text != '\0'; text = g_utf8_next_char (text)) {
    gunichar c = g_utf8_get_char (text);

    n += g_unichar_iszerowidth (c) ? 0 : g_unichar_iswide (c) ? 2 : 1;
  }
  return n;
}

static int
measure_column (const PhSheet *self, size_t column)
{
  int widest = 0;

  for (guint i = 0; i < self->rows->len; i++) {
    char **row = self->rows->pdata[i];

    widest = MAX (widest, measure (row[column]));
  }
  return widest;
}

/* Nothing is put behind the last cell of a row that is flush left. */
static void
print_cell (const PhSheet *self, char **row, size_t column, const char *style)
{
  int room = measure_column (self, column) - measure (row[column]);
  bool is_right = self->columns[column] == '>';
  bool is_last = row[column + 1] == NULL;

  printf ("%*s", column == 0 ? MARGIN : GAP, "");
  if (is_right)
    printf ("%*s", room, "");
  printf ("%s%s%s", style, row[column], *style != '\0' ? PLAIN : "");
  if (!is_right && !is_last)
    printf ("%*s", room, "");
}

void
ph_sheet_print (const PhSheet *self, const PhTerminal *terminal)
{
  bool is_plain = terminal->colors == PH_COLORS_NONE;

  for (guint i = 0; i < self->rows->len; i++) {
    char **row = self->rows->pdata[i];

    for (size_t column = 0; row[column] != NULL; column++) {
      bool is_name = self->has_heading ? i == 0 : column == 0;

      print_cell (self, row, column, is_name && !is_plain ? FAINT : "");
    }
    putchar ('\n');
  }
}

void
ph_sheet_print_title (const char *title, const PhTerminal *terminal)
{
  bool is_plain = terminal->colors == PH_COLORS_NONE;

  printf ("%s%s%s\n", is_plain ? "" : BOLD, title, is_plain ? "" : PLAIN);
}

char *
ph_sheet_dup_number (uint64_t n)
{
  g_autofree char *digits = g_strdup_printf ("%" G_GUINT64_FORMAT, n);
  GString *text = g_string_new (NULL);
  size_t length = strlen (digits);

  for (size_t i = 0; i < length; i++) {
    if (i > 0 && (length - i) % 3 == 0)
      g_string_append_c (text, ' ');
    g_string_append_c (text, digits[i]);
  }
  return g_string_free (text, FALSE);
}

/* sheet.h - rows of cells in columns as wide as they need be
 *
 *   g_autoptr (PhSheet) sheet = ph_sheet_new ("<>");    left, right
 *   ph_sheet_add_heading (sheet, "part", "size", NULL);
 *   ph_sheet_add (sheet, "Q-Former", "211 MB", NULL);
 *   ph_sheet_print (sheet, &terminal);
 *
 * Headings, and names in the first column of a sheet without, are set off on a terminal
 * that has colours.  Cells must be safe to print (ph_terminal_escape()).
 */
#pragma once

#include "app/cli/terminal.h"

#include <stdint.h>

typedef struct _PhSheet PhSheet;

/* One column for each character of @columns: '<' is flush left, '>' flush right. */
PhSheet *ph_sheet_new (const char *columns);
void ph_sheet_free (PhSheet *self);

/* As many cells as there are columns, and a NULL; copied. */
void ph_sheet_add_heading (PhSheet *self, ...) G_GNUC_NULL_TERMINATED;
void ph_sheet_add (PhSheet *self, ...) G_GNUC_NULL_TERMINATED;

/* To stdout. */
void ph_sheet_print (const PhSheet *self, const PhTerminal *terminal);
void ph_sheet_print_title (const char *title, const PhTerminal *terminal);

/* "3 744 761 856".  The caller frees it. */
char *ph_sheet_dup_number (uint64_t n);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PhSheet, ph_sheet_free)

#include "ui/views/choices.h"

/* Number @i of @n, or what @numbers call it from 0. */
static char *
dup_entry (const char *one, const int *numbers, int i)
{
  return g_strdup_printf ("%s %d", one, (numbers != NULL ? numbers[i] : i) + 1);
}

static gboolean
has_entries (GtkDropDown *self, GtkStringList *entries)
{
  GListModel *old = gtk_drop_down_get_model (self);
  guint n = g_list_model_get_n_items (G_LIST_MODEL (entries));

  if (old == NULL || g_list_model_get_n_items (old) != n)
    return FALSE;
  for (guint i = 0; i < n; i++)
    if (!g_str_equal (gtk_string_list_get_string (GTK_STRING_LIST (old), i),
                      gtk_string_list_get_string (entries, i)))
      return FALSE;
  return TRUE;
}

void
ph_choices_set_numbered (GtkDropDown *self,
                         const char *all,
                         const char *one,
                         const int *numbers,
                         int n)
{
  g_autoptr (GtkStringList) entries = gtk_string_list_new ((const char *[]){ all, NULL });
  guint chosen = gtk_drop_down_get_selected (self);

  for (int i = 0; i < n; i++)
    gtk_string_list_take (entries, dup_entry (one, numbers, i));
  if (has_entries (self, entries))
    return;

  gtk_drop_down_set_model (self, G_LIST_MODEL (entries));
  gtk_drop_down_set_selected (self, chosen <= (guint) n ? chosen : 0);
}

void
ph_choices_set (GtkDropDown *self, const char *all, const char *one, int n)
{
  ph_choices_set_numbered (self, all, one, NULL, n);
}

int
ph_choices_get (GtkDropDown *self)
{
  guint selected = gtk_drop_down_get_selected (self);

  return selected == GTK_INVALID_LIST_POSITION ? -1 : (int) selected - 1;
}

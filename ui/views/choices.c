#include "ui/views/choices.h"

void
ph_choices_set (GtkDropDown *self, const char *all, const char *one, int n)
{
  GListModel *old = gtk_drop_down_get_model (self);
  g_autoptr (GtkStringList) entries = NULL;
  guint chosen = gtk_drop_down_get_selected (self);

  if (old != NULL && g_list_model_get_n_items (old) == (guint) n + 1)
    return;

  entries = gtk_string_list_new ((const char *[]){ all, NULL });
  for (int i = 1; i <= n; i++)
    gtk_string_list_take (entries, g_strdup_printf ("%s %d", one, i));
  gtk_drop_down_set_model (self, G_LIST_MODEL (entries));
  gtk_drop_down_set_selected (self, chosen <= (guint) n ? chosen : 0);
}

int
ph_choices_get (GtkDropDown *self)
{
  guint selected = gtk_drop_down_get_selected (self);

  return selected == GTK_INVALID_LIST_POSITION ? -1 : (int) selected - 1;
}

#include "ui/names.h"

void
ph_name_widget (GtkWidget *widget, const char *name)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  name, -1);
}

void
ph_name_list (GtkDropDown *list, const char *name)
{
  ph_name_widget (GTK_WIDGET (list), name);
  ph_name_widget (gtk_widget_get_first_child (GTK_WIDGET (list)), name);
}

#include "ui/appearance-menu.h"

#include "ui/names.h"

#include <glib/gi18n.h>

struct _PhAppearanceMenu {
  GtkPopover parent_instance;

  /* Template children */
  GtkAdjustment *strength;
  GtkDropDown *scale;
  GtkDropDown *colors;
  GtkSwitch *smooth;
  GtkSwitch *hide_artefacts;
};

G_DEFINE_FINAL_TYPE (PhAppearanceMenu, ph_appearance_menu, GTK_TYPE_POPOVER)

void
ph_appearance_menu_set_look (PhAppearanceMenu *self, PhLook *look)
{
  PhAppearance *appearance = ph_look_get_appearance (look);
  const struct {
    const char *property;
    gpointer control;
    const char *value; /* of the control */
  } bound[] = {
    { "strength", self->strength, "value" },
    { "scale", self->scale, "selected" },
    { "colors", self->colors, "selected" },
    { "smooth", self->smooth, "active" },
    { "hide-artefacts", self->hide_artefacts, "active" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bound); i++)
    g_object_bind_property (appearance, bound[i].property, bound[i].control,
                            bound[i].value,
                            G_BINDING_SYNC_CREATE | G_BINDING_BIDIRECTIONAL);
}

/* Entries are in the order of their enumerations. */
static void
fill_lists (PhAppearanceMenu *self)
{
  const char *scales[] = { ph_scale_get_title (PH_SCALE_MAP),
                           ph_scale_get_title (PH_SCALE_SHARED),
                           ph_scale_get_title (PH_SCALE_ABSOLUTE), NULL };
  const char *colors[] = { ph_colormap_get_title (PH_COLORMAP_VIOLET_YELLOW),
                           ph_colormap_get_title (PH_COLORMAP_BLUE_YELLOW), NULL };
  g_autoptr (GtkStringList) scale_list = gtk_string_list_new (scales);
  g_autoptr (GtkStringList) color_list = gtk_string_list_new (colors);

  gtk_drop_down_set_model (self->scale, G_LIST_MODEL (scale_list));
  gtk_drop_down_set_model (self->colors, G_LIST_MODEL (color_list));
  ph_name_list (self->scale, _ ("Scale of the heatmap"));
  ph_name_list (self->colors, _ ("Colours of the heatmap"));
}

static void
ph_appearance_menu_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), PH_TYPE_APPEARANCE_MENU);
  G_OBJECT_CLASS (ph_appearance_menu_parent_class)->dispose (object);
}

static void
ph_appearance_menu_class_init (PhAppearanceMenuClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ph_appearance_menu_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/pinhole/Pinhole/appearance-menu.ui");
  gtk_widget_class_bind_template_child (widget_class, PhAppearanceMenu, strength);
  gtk_widget_class_bind_template_child (widget_class, PhAppearanceMenu, scale);
  gtk_widget_class_bind_template_child (widget_class, PhAppearanceMenu, colors);
  gtk_widget_class_bind_template_child (widget_class, PhAppearanceMenu, smooth);
  gtk_widget_class_bind_template_child (widget_class, PhAppearanceMenu, hide_artefacts);
}

static void
ph_appearance_menu_init (PhAppearanceMenu *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  fill_lists (self);
}

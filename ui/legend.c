#include "ui/legend.h"

#include "ui/color-bar.h"

struct _PhLegend {
  GtkBox parent_instance;

  /* Template children */
  PhColorBar *bar;
  GtkLabel *peak;
  GtkLabel *class_token;

  /* Owned */
  PhLook *look;
};

G_DEFINE_FINAL_TYPE (PhLegend, ph_legend, GTK_TYPE_BOX)

static void
map_changed_cb (PhLegend *self)
{
  const PhHeatMap *map = ph_look_get_map (self->look);
  g_autofree char *peak = NULL;
  g_autofree char *share = NULL;
  g_autofree char *class_token = NULL;

  if (map == NULL)
    return;

  peak = ph_heat_map_dup_share_text (map->peak);
  share = ph_heat_map_dup_share_text (map->class_share);
  class_token = g_strdup_printf ("class token %s", share);
  gtk_label_set_text (self->peak, peak);
  gtk_label_set_text (self->class_token, class_token);
}

static void
patch_changed_cb (PhLegend *self)
{
  const PhHeatMap *map = ph_look_get_map (self->look);
  int patch = ph_look_get_patch (self->look);
  gboolean marked = map != NULL && patch >= 0;

  ph_color_bar_set_mark (self->bar, marked ? ph_heat_map_get_relative (map, patch) : -1);
}

void
ph_legend_set_look (PhLegend *self, PhLook *look)
{
  g_assert (self->look == NULL);

  self->look = g_object_ref (look);
  g_signal_connect_object (look, "notify::map", G_CALLBACK (map_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (look, "notify::map", G_CALLBACK (patch_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (look, "notify::patch", G_CALLBACK (patch_changed_cb), self,
                           G_CONNECT_SWAPPED);
  map_changed_cb (self);
}

static void
ph_legend_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), PH_TYPE_LEGEND);
  G_OBJECT_CLASS (ph_legend_parent_class)->dispose (object);
}

static void
ph_legend_finalize (GObject *object)
{
  g_clear_object (&PH_LEGEND (object)->look);
  G_OBJECT_CLASS (ph_legend_parent_class)->finalize (object);
}

static void
ph_legend_class_init (PhLegendClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ph_legend_dispose;
  G_OBJECT_CLASS (klass)->finalize = ph_legend_finalize;
  g_type_ensure (PH_TYPE_COLOR_BAR);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/pinhole/Pinhole/legend.ui");
  gtk_widget_class_bind_template_child (widget_class, PhLegend, bar);
  gtk_widget_class_bind_template_child (widget_class, PhLegend, peak);
  gtk_widget_class_bind_template_child (widget_class, PhLegend, class_token);
}

static void
ph_legend_init (PhLegend *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

#include "ui/legend.h"

#include "ui/color-bar.h"
#include "ui/names.h"

#include <glib/gi18n.h>

struct _PhLegend {
  GtkBox parent_instance;

  /* Template children */
  GtkButton *button;
  GtkLabel *low, *top;
  PhColorBar *bar;
  GtkLabel *details;

  /* Owned */
  PhLook *look;
};

G_DEFINE_FINAL_TYPE (PhLegend, ph_legend, GTK_TYPE_BOX)

/* Each in a few words, as many as there are. */
static void
add_words (GPtrArray *details, char *words)
{
  g_ptr_array_add (details, words);
}

static void
add_artefacts (PhLegend *self, GPtrArray *details)
{
  gboolean hidden =
      ph_appearance_get_hide_artefacts (ph_look_get_appearance (self->look));
  size_t n;

  ph_look_get_artefacts (self->look, &n);
  if (n == 0)
    return;
  add_words (details,
             hidden ? g_strdup_printf (ngettext ("%zu suspected artefact hidden",
                                                 "%zu suspected artefacts hidden", n),
                                       n)
                    : g_strdup_printf (ngettext ("%zu suspected artefact patch",
                                                 "%zu suspected artefact patches", n),
                                       n));
}

static char *
dup_details (PhLegend *self, const PhHeatMap *map)
{
  PhAppearance *appearance = ph_look_get_appearance (self->look);
  PhColormap colors = ph_heat_map_get_colors (map, ph_appearance_get_colors (appearance));
  g_autoptr (GPtrArray) details = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *share = ph_heat_map_dup_share_text (map->class_share);

  add_words (details, g_strdup_printf (_ ("Class token %s"), share));
  add_words (details,
             g_strdup (ph_scale_get_title (ph_appearance_get_scale (appearance))));
  add_words (details, g_strdup (ph_colormap_get_title (colors)));
  if (ph_appearance_get_smooth (appearance))
    add_words (details, g_strdup (_ ("Smoothed between patches")));
  add_artefacts (self, details);
  g_ptr_array_add (details, NULL);
  return g_strjoinv (" · ", (char **) details->pdata);
}

static void
show_mark (PhLegend *self)
{
  const PhHeatMap *map = ph_look_get_map (self->look);
  int patch = ph_look_get_patch (self->look);
  gboolean marked = map != NULL && patch >= 0;

  ph_color_bar_set_mark (self->bar, marked ? ph_heat_map_get_relative (map, patch) : -1);
}

static void
show_scale (PhLegend *self)
{
  const PhHeatMap *map = ph_look_get_map (self->look);
  g_autofree char *low = NULL;
  g_autofree char *top = NULL;
  g_autofree char *details = NULL;
  g_autofree char *name = NULL;

  if (map == NULL)
    return;

  low = map->is_signed ? ph_heat_map_dup_share_text (-map->top) : g_strdup ("0");
  top = ph_heat_map_dup_share_text (map->top);
  details = dup_details (self, map);
  name = g_strdup_printf (_ ("Legend: %s to %s. %s"), low, top, details);
  gtk_label_set_text (self->low, low);
  gtk_label_set_text (self->top, top);
  gtk_label_set_text (self->details, details);
  ph_name_widget (GTK_WIDGET (self->button), name);
  ph_color_bar_set_colors (
      self->bar, ph_heat_map_get_colors (map, ph_appearance_get_colors (
                                                  ph_look_get_appearance (self->look))));
  show_mark (self);
}

void
ph_legend_set_look (PhLegend *self, PhLook *look)
{
  g_assert (self->look == NULL);

  self->look = g_object_ref (look);
  g_signal_connect_object (look, "notify::map", G_CALLBACK (show_scale), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (look, "notify::patch", G_CALLBACK (show_mark), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (ph_look_get_appearance (look), "notify",
                           G_CALLBACK (show_scale), self, G_CONNECT_SWAPPED);
  show_scale (self);
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
  gtk_widget_class_bind_template_child (widget_class, PhLegend, button);
  gtk_widget_class_bind_template_child (widget_class, PhLegend, low);
  gtk_widget_class_bind_template_child (widget_class, PhLegend, top);
  gtk_widget_class_bind_template_child (widget_class, PhLegend, bar);
  gtk_widget_class_bind_template_child (widget_class, PhLegend, details);
}

static void
ph_legend_init (PhLegend *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

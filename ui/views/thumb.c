#include "ui/views/thumb.h"

#include "ui/canvas.h"

#define LEAST 28 /* pixels a side */
#define WANTED 96

/* The square part: as high as it is wide. */
#define PH_TYPE_TILE (ph_tile_get_type ())
G_DECLARE_FINAL_TYPE (PhTile, ph_tile, PH, TILE, GtkWidget)

struct _PhTile {
  GtkWidget parent_instance;

  /* Owned */
  PhLook *look;
  PhHeatMap *map;
};

G_DEFINE_FINAL_TYPE (PhTile, ph_tile, GTK_TYPE_WIDGET)

static void
ph_tile_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  PhTile *self = PH_TILE (widget);
  graphene_size_t size = GRAPHENE_SIZE_INIT ((float) gtk_widget_get_width (widget),
                                             (float) gtk_widget_get_height (widget));
  graphene_rect_t area;

  ph_canvas_draw (snapshot, self->look, self->map, &size, &area);
}

static void
ph_tile_measure (GtkWidget *widget,
                 GtkOrientation orientation,
                 int for_size,
                 int *minimum,
                 int *natural,
                 int *minimum_baseline,
                 int *natural_baseline)
{
  if (orientation == GTK_ORIENTATION_HORIZONTAL) {
    *minimum = LEAST;
    *natural = WANTED;
  } else {
    *minimum = *natural = for_size < 0 ? WANTED : for_size;
  }
}

static GtkSizeRequestMode
ph_tile_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
ph_tile_finalize (GObject *object)
{
  PhTile *self = PH_TILE (object);

  g_clear_object (&self->look);
  g_clear_pointer (&self->map, ph_heat_map_free);
  G_OBJECT_CLASS (ph_tile_parent_class)->finalize (object);
}

static void
ph_tile_class_init (PhTileClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = ph_tile_finalize;
  widget_class->snapshot = ph_tile_snapshot;
  widget_class->measure = ph_tile_measure;
  widget_class->get_request_mode = ph_tile_get_request_mode;
}

static void
ph_tile_init (PhTile *self)
{
}

struct _PhThumb {
  GtkFlowBoxChild parent_instance;

  /* Borrowed */
  PhTile *tile;
  GtkLabel *label;

  int query;
};

G_DEFINE_FINAL_TYPE (PhThumb, ph_thumb, GTK_TYPE_FLOW_BOX_CHILD)

static void
name_thumb (PhThumb *self)
{
  const PhHeatMap *map = self->tile->map;
  g_autofree char *peak = ph_heat_map_dup_patch_text (map, map->peak_patch);
  g_autofree char *query = ph_look_dup_query_name (self->tile->look, self->query);
  g_autofree char *name = g_strdup_printf ("%s, most at %s", query, peak);
  g_autofree char *number = g_strdup_printf ("%d", self->query + 1);
  const char *token =
      ph_snapshot_get_label (ph_look_get_snapshot (self->tile->look), self->query);

  gtk_label_set_text (self->label, token != NULL ? token : number);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  name, -1);
}

void
ph_thumb_update (PhThumb *self)
{
  PhTile *tile = self->tile;

  g_clear_pointer (&tile->map, ph_heat_map_free);
  tile->map = ph_look_make_map (tile->look, ph_look_get_layer (tile->look),
                                ph_look_get_head (tile->look), self->query);
  name_thumb (self);
  gtk_widget_queue_draw (GTK_WIDGET (tile));
}

GtkWidget *
ph_thumb_new (PhLook *look, int query)
{
  PhThumb *self = g_object_new (PH_TYPE_THUMB, NULL);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  GtkWidget *label = gtk_label_new (NULL);

  self->query = query;
  self->label = GTK_LABEL (label);
  gtk_label_set_ellipsize (self->label, PANGO_ELLIPSIZE_END);
  self->tile = g_object_new (PH_TYPE_TILE, NULL);
  self->tile->look = g_object_ref (look);
  g_signal_connect_object (ph_look_get_appearance (look), "notify::strength",
                           G_CALLBACK (gtk_widget_queue_draw), self->tile,
                           G_CONNECT_SWAPPED);

  gtk_widget_add_css_class (label, "caption");
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->tile));
  gtk_box_append (GTK_BOX (box), label);
  gtk_flow_box_child_set_child (GTK_FLOW_BOX_CHILD (self), box);
  return GTK_WIDGET (self);
}

static void
ph_thumb_class_init (PhThumbClass *klass)
{
}

static void
ph_thumb_init (PhThumb *self)
{
  gtk_widget_add_css_class (GTK_WIDGET (self), "thumb");
}

#include "ui/views/thumb.h"

#include "ui/map-paint.h"
#include "ui/names.h"
#include "ui/patch-grid.h"

#define LEAST 28 /* pixels a side */
#define WANTED 32

/* The square part: as high as it is wide. */
#define PH_TYPE_TILE (ph_tile_get_type ())
G_DECLARE_FINAL_TYPE (PhTile, ph_tile, PH, TILE, GtkWidget)

struct _PhTile {
  GtkWidget parent_instance;

  /* Owned */
  PhLook *look;
  PhHeatMap *map;
  GdkTexture *painted; /* the map in its colours and size, or NULL */
};

G_DEFINE_FINAL_TYPE (PhTile, ph_tile, GTK_TYPE_WIDGET)

static void
get_area (PhTile *self, graphene_rect_t *area)
{
  GdkTexture *picture = ph_look_get_texture (self->look);

  ph_patch_grid_fit ((float) gtk_widget_get_width (GTK_WIDGET (self)),
                     (float) gtk_widget_get_height (GTK_WIDGET (self)),
                     picture != NULL ? gdk_texture_get_width (picture) : 1,
                     picture != NULL ? gdk_texture_get_height (picture) : 1, area);
}

/* Of as many pixels as the screen has there: patches stay sharp. */
static GdkTexture *
get_painted (PhTile *self, const graphene_size_t *size)
{
  PhAppearance *appearance = ph_look_get_appearance (self->look);
  PhMapPaint paint = { ph_appearance_get_colors (appearance),
                       ph_appearance_get_smooth (appearance) };
  int scale = gtk_widget_get_scale_factor (GTK_WIDGET (self));
  int width = MAX ((int) size->width, 1) * scale;
  int height = MAX ((int) size->height, 1) * scale;

  if (self->painted != NULL && (gdk_texture_get_width (self->painted) != width ||
                                gdk_texture_get_height (self->painted) != height))
    g_clear_object (&self->painted);
  if (self->painted == NULL)
    self->painted = ph_map_paint_texture (self->map, paint, width, height);
  return self->painted;
}

static void
ph_tile_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  PhTile *self = PH_TILE (widget);
  GdkTexture *picture = ph_look_get_small_texture (self->look);
  PhAppearance *appearance = ph_look_get_appearance (self->look);
  graphene_rect_t area;

  get_area (self, &area);
  if (picture != NULL)
    gtk_snapshot_append_texture (snapshot, picture, &area);
  if (self->map == NULL)
    return;

  gtk_snapshot_push_opacity (
      snapshot, picture != NULL ? ph_appearance_get_strength (appearance) : 1);
  gtk_snapshot_append_texture (snapshot, get_painted (self, &area.size), &area);
  gtk_snapshot_pop (snapshot);
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
repaint (PhTile *self)
{
  g_clear_object (&self->painted);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
ph_tile_finalize (GObject *object)
{
  PhTile *self = PH_TILE (object);

  g_clear_object (&self->look);
  g_clear_pointer (&self->map, ph_heat_map_free);
  g_clear_object (&self->painted);
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

static PhTile *
tile_new (PhLook *look)
{
  PhTile *self = g_object_new (PH_TYPE_TILE, NULL);

  self->look = g_object_ref (look);
  g_signal_connect_object (ph_look_get_appearance (look), "notify", G_CALLBACK (repaint),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (look, "notify::texture", G_CALLBACK (repaint), self,
                           G_CONNECT_SWAPPED);
  return self;
}

struct _PhThumb {
  GtkFlowBoxChild parent_instance;

  /* Borrowed */
  PhTile *tile;
  GtkLabel *caption;
  GtkLabel *value;

  int number;
};

G_DEFINE_FINAL_TYPE (PhThumb, ph_thumb, GTK_TYPE_FLOW_BOX_CHILD)

int
ph_thumb_get_number (PhThumb *self)
{
  return self->number;
}

void
ph_thumb_take_map (PhThumb *self, PhHeatMap *map)
{
  g_clear_pointer (&self->tile->map, ph_heat_map_free);
  self->tile->map = map;
  repaint (self->tile);
}

void
ph_thumb_set_text (PhThumb *self,
                   const char *caption,
                   const char *value,
                   const char *name)
{
  gtk_label_set_text (self->caption, caption);
  gtk_label_set_text (self->value, value != NULL ? value : "");
  gtk_widget_set_visible (GTK_WIDGET (self->value), value != NULL);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), name);
  ph_name_widget (GTK_WIDGET (self), name);
}

static GtkLabel *
add_label (GtkWidget *box, const char *style)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_widget_add_css_class (label, "caption");
  gtk_widget_add_css_class (label, style);
  gtk_box_append (GTK_BOX (box), label);
  return GTK_LABEL (label);
}

static GtkWidget *
thumb_new (PhLook *look, int number)
{
  PhThumb *self = g_object_new (PH_TYPE_THUMB, NULL);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  self->number = number;
  self->tile = tile_new (look);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->tile));
  self->caption = add_label (box, "numeric");
  gtk_label_set_ellipsize (self->caption, PANGO_ELLIPSIZE_END);
  self->value = add_label (box, "value");
  gtk_flow_box_child_set_child (GTK_FLOW_BOX_CHILD (self), box);
  return GTK_WIDGET (self);
}

static int
count_children (GtkFlowBox *sheet)
{
  int n = 0;

  while (gtk_flow_box_get_child_at_index (sheet, n) != NULL)
    n++;
  return n;
}

void
ph_sheet_set_n_thumbs (GtkFlowBox *sheet, PhLook *look, int n)
{
  int n_before = count_children (sheet);

  /* Sorted, the last ones may stand anywhere. */
  for (int i = n_before - 1; n < n_before && i >= 0; i--) {
    GtkFlowBoxChild *child = gtk_flow_box_get_child_at_index (sheet, i);

    if (ph_thumb_get_number (PH_THUMB (child)) >= n)
      gtk_flow_box_remove (sheet, GTK_WIDGET (child));
  }
  for (int i = n_before; i < n; i++)
    gtk_flow_box_append (sheet, thumb_new (look, i));
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

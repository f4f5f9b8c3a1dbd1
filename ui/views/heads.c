#include "ui/names.h"
#include "ui/views/thumb.h"
#include "ui/views/view.h"

#include <glib/gi18n.h>

/* The chosen query in every layer and head: a row for the mean of all layers and one for
 * each, a column for the mean of all heads and one for each.  Choosing one chooses layer
 * and head in every view. */
#define PH_TYPE_HEADS (ph_heads_get_type ())
G_DECLARE_FINAL_TYPE (PhHeads, ph_heads, PH, HEADS, GtkWidget)

struct _PhHeads {
  GtkWidget parent_instance;

  /* Owned */
  PhLook *look;

  /* Borrowed */
  GtkFlowBox *sheet;
  GtkLabel *title;
};

G_DEFINE_FINAL_TYPE (PhHeads, ph_heads, GTK_TYPE_WIDGET)

typedef struct {
  int layer, head; /* or PH_SNAPSHOT_MEAN, which comes first */
} Place;

static const PhSnapshotShape *
get_shape (PhHeads *self)
{
  return ph_snapshot_get_shape (ph_look_get_snapshot (self->look));
}

static Place
place_of (PhHeads *self, int number)
{
  int n_columns = 1 + get_shape (self)->n_heads;

  return (Place){ number / n_columns - 1, number % n_columns - 1 };
}

static int
number_of (PhHeads *self, Place place)
{
  return (place.layer + 1) * (1 + get_shape (self)->n_heads) + place.head + 1;
}

static char *
dup_caption (PhHeads *self, Place place)
{
  int layer = place.layer >= 0 ? get_shape (self)->layers[place.layer] + 1 : 0;

  if (place.layer < 0 && place.head < 0)
    return g_strdup (_ ("all"));
  if (place.layer < 0)
    /* Translators: H is for head, L for layer. */
    return g_strdup_printf (_ ("H%d"), place.head + 1);
  if (place.head < 0)
    return g_strdup_printf (_ ("L%d"), layer);
  return g_strdup_printf (_ ("L%d H%d"), layer, place.head + 1);
}

/* "Layer 3, head 2, peak 18.9 % at row 8, column 8" */
static char *
dup_name (PhHeads *self, const PhHeatMap *map, Place place)
{
  g_autofree char *layer = ph_look_dup_layer_name (self->look, place.layer);
  g_autofree char *head = ph_look_dup_head_name (self->look, place.head);
  g_autofree char *peak = ph_heat_map_dup_share_text (map->peak);

  layer[0] = g_ascii_toupper (layer[0]);
  return g_strdup_printf (_ ("%s, %s, peak %s at row %d, column %d"), layer, head, peak,
                          map->peak_patch / map->n_columns + 1,
                          map->peak_patch % map->n_columns + 1);
}

static void
draw_sheet (PhHeads *self)
{
  const PhSnapshotShape *shape = get_shape (self);
  int n_columns = 1 + shape->n_heads;
  int n = (1 + shape->n_layers) * n_columns;
  g_autofree PhHeatMap **maps = g_new (PhHeatMap *, n);

  for (int i = 0; i < n; i++) {
    Place place = place_of (self, i);

    maps[i] = ph_look_make_map (self->look, place.layer, place.head,
                                ph_look_get_query (self->look));
  }
  ph_heat_maps_scale (maps, (size_t) n,
                      ph_appearance_get_scale (ph_look_get_appearance (self->look)));

  gtk_flow_box_set_min_children_per_line (self->sheet, (guint) n_columns);
  gtk_flow_box_set_max_children_per_line (self->sheet, (guint) n_columns);
  ph_sheet_set_n_thumbs (self->sheet, self->look, n);
  for (int i = 0; i < n; i++) {
    PhThumb *thumb = PH_THUMB (gtk_flow_box_get_child_at_index (self->sheet, i));
    g_autofree char *caption = dup_caption (self, place_of (self, i));
    g_autofree char *name = dup_name (self, maps[i], place_of (self, i));

    ph_thumb_set_text (thumb, caption, NULL, name);
    ph_thumb_take_map (thumb, maps[i]);
  }
}

static void
selected_cb (PhHeads *self)
{
  g_autoptr (GList) children = gtk_flow_box_get_selected_children (self->sheet);
  Place place;

  if (children == NULL || ph_look_get_snapshot (self->look) == NULL)
    return;

  place = place_of (self, ph_thumb_get_number (children->data));
  ph_look_set_layer_and_head (self->look, place.layer, place.head);
}

static void
show_choice (PhHeads *self)
{
  Place place = { ph_look_get_layer (self->look), ph_look_get_head (self->look) };
  GtkFlowBoxChild *child =
      gtk_flow_box_get_child_at_index (self->sheet, number_of (self, place));
  int query = ph_look_get_query (self->look);
  g_autofree char *text = query >= 0 ? ph_look_dup_query_name (self->look, query)
                                     : g_strdup (_ ("Mean of all"));
  g_autofree char *title = g_strdup_printf (_ ("%s in every layer and head"), text);

  gtk_label_set_text (self->title, title);
  g_signal_handlers_block_by_func (self->sheet, selected_cb, self);
  gtk_flow_box_select_child (self->sheet, child);
  g_signal_handlers_unblock_by_func (self->sheet, selected_cb, self);
}

/* A sheet that nobody sees is drawn when it is seen. */
static void
update (PhHeads *self)
{
  if (ph_look_get_snapshot (self->look) == NULL ||
      !gtk_widget_get_mapped (GTK_WIDGET (self)))
    return;

  draw_sheet (self);
  show_choice (self);
}

static void
ph_heads_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (ph_heads_parent_class)->map (widget);
  update (PH_HEADS (widget));
}

static void
ph_heads_dispose (GObject *object)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (object))) != NULL)
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (ph_heads_parent_class)->dispose (object);
}

static void
ph_heads_finalize (GObject *object)
{
  g_clear_object (&PH_HEADS (object)->look);
  G_OBJECT_CLASS (ph_heads_parent_class)->finalize (object);
}

static void
ph_heads_class_init (PhHeadsClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ph_heads_dispose;
  G_OBJECT_CLASS (klass)->finalize = ph_heads_finalize;
  widget_class->map = ph_heads_map;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BOX_LAYOUT);
}

static void
ph_heads_init (PhHeads *self)
{
  GtkWidget *title = gtk_label_new (NULL);
  GtkWidget *scroller = gtk_scrolled_window_new ();
  GtkWidget *sheet = gtk_flow_box_new ();
  GtkLayoutManager *layout = gtk_widget_get_layout_manager (GTK_WIDGET (self));

  gtk_orientable_set_orientation (GTK_ORIENTABLE (layout), GTK_ORIENTATION_VERTICAL);
  gtk_box_layout_set_spacing (GTK_BOX_LAYOUT (layout), 6);
  self->title = GTK_LABEL (title);
  gtk_label_set_wrap (self->title, TRUE);
  gtk_widget_add_css_class (title, "dim-label");
  self->sheet = GTK_FLOW_BOX (sheet);
  gtk_flow_box_set_homogeneous (self->sheet, TRUE);
  gtk_widget_set_valign (sheet, GTK_ALIGN_START);
  ph_name_widget (sheet, _ ("Maps of all layers and heads"));
  g_signal_connect_swapped (sheet, "selected-children-changed", G_CALLBACK (selected_cb),
                            self);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), sheet);
  gtk_widget_set_vexpand (scroller, TRUE);
  gtk_widget_set_parent (title, GTK_WIDGET (self));
  gtk_widget_set_parent (scroller, GTK_WIDGET (self));
}

static GtkWidget *
heads_new (const PhViewContext *context)
{
  PhHeads *self = g_object_new (PH_TYPE_HEADS, NULL);

  self->look = g_object_ref (context->look);
  g_signal_connect_object (self->look, "notify::map", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  return GTK_WIDGET (self);
}

const PhViewClass ph_view_heads = {
  .name = "heads",
  .title = N_ ("Heads"),
  .hint = N_ ("One query in every layer and head"),
  .create = heads_new,
};

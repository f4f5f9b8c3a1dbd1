#include "ui/views/thumb.h"
#include "ui/views/view.h"

#include <glib/gi18n.h>

#define FEW_QUERIES 12 /* up to which the sheet has half of its columns */
#define N_COLUMNS 8

/* The contact sheet: the maps of all queries for the chosen layer and head, each on a
 * scale of its own.  Choosing one chooses the query in every view. */
#define PH_TYPE_BOARD (ph_board_get_type ())
G_DECLARE_FINAL_TYPE (PhBoard, ph_board, PH, BOARD, GtkWidget)

struct _PhBoard {
  GtkWidget parent_instance;

  /* Owned */
  PhLook *look;
  PhSnapshot *shown; /* the record, layer and head the sheet was drawn for */
  int layer, head;

  /* Borrowed */
  GtkFlowBox *sheet;
};

G_DEFINE_FINAL_TYPE (PhBoard, ph_board, GTK_TYPE_WIDGET)

static void
set_n_thumbs (PhBoard *self, int n)
{
  GtkFlowBoxChild *extra;

  while ((extra = gtk_flow_box_get_child_at_index (self->sheet, n)) != NULL)
    gtk_flow_box_remove (self->sheet, GTK_WIDGET (extra));
  for (int i = 0; i < n; i++)
    if (gtk_flow_box_get_child_at_index (self->sheet, i) == NULL)
      gtk_flow_box_append (self->sheet, ph_thumb_new (self->look, i));
}

static void
draw_sheet (PhBoard *self)
{
  int n = ph_snapshot_get_shape (self->shown)->n_queries;
  guint n_columns = n <= FEW_QUERIES ? N_COLUMNS / 2 : N_COLUMNS;

  gtk_flow_box_set_min_children_per_line (self->sheet, n_columns);
  gtk_flow_box_set_max_children_per_line (self->sheet, n_columns);
  set_n_thumbs (self, n);
  for (int i = 0; i < n; i++)
    ph_thumb_update (PH_THUMB (gtk_flow_box_get_child_at_index (self->sheet, i)));
}

static void
show_choice (PhBoard *self)
{
  int query = ph_look_get_query (self->look);

  if (query < 0)
    gtk_flow_box_unselect_all (self->sheet);
  else
    gtk_flow_box_select_child (self->sheet,
                               gtk_flow_box_get_child_at_index (self->sheet, query));
}

/* Another query only moves the mark. */
static gboolean
is_drawn_for_look (PhBoard *self)
{
  return self->shown == ph_look_get_snapshot (self->look) &&
         self->layer == ph_look_get_layer (self->look) &&
         self->head == ph_look_get_head (self->look);
}

/* A sheet that nobody sees is drawn when it is seen. */
static void
update (PhBoard *self)
{
  PhSnapshot *snapshot = ph_look_get_snapshot (self->look);

  if (snapshot == NULL || !gtk_widget_get_mapped (GTK_WIDGET (self)))
    return;

  if (!is_drawn_for_look (self)) {
    g_clear_pointer (&self->shown, ph_snapshot_unref);
    self->shown = ph_snapshot_ref (snapshot);
    self->layer = ph_look_get_layer (self->look);
    self->head = ph_look_get_head (self->look);
    draw_sheet (self);
  }
  show_choice (self);
}

static void
chosen_cb (PhBoard *self, GtkFlowBoxChild *entry)
{
  ph_look_set_query (self->look, gtk_flow_box_child_get_index (entry));
}

static void
ph_board_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (ph_board_parent_class)->map (widget);
  update (PH_BOARD (widget));
}

static void
ph_board_dispose (GObject *object)
{
  GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (object));

  if (child != NULL)
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (ph_board_parent_class)->dispose (object);
}

static void
ph_board_finalize (GObject *object)
{
  PhBoard *self = PH_BOARD (object);

  g_clear_pointer (&self->shown, ph_snapshot_unref);
  g_clear_object (&self->look);
  G_OBJECT_CLASS (ph_board_parent_class)->finalize (object);
}

static void
ph_board_class_init (PhBoardClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ph_board_dispose;
  G_OBJECT_CLASS (klass)->finalize = ph_board_finalize;
  widget_class->map = ph_board_map;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
}

static void
ph_board_init (PhBoard *self)
{
  GtkWidget *scroller = gtk_scrolled_window_new ();
  GtkWidget *sheet = gtk_flow_box_new ();

  self->sheet = GTK_FLOW_BOX (sheet);
  gtk_flow_box_set_homogeneous (self->sheet, TRUE);
  gtk_flow_box_set_activate_on_single_click (self->sheet, TRUE);
  gtk_widget_set_valign (sheet, GTK_ALIGN_CENTER);
  gtk_accessible_update_property (GTK_ACCESSIBLE (sheet), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  "Maps of all queries", -1);
  g_signal_connect_swapped (sheet, "child-activated", G_CALLBACK (chosen_cb), self);

  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), sheet);
  gtk_widget_set_parent (scroller, GTK_WIDGET (self));
}

static GtkWidget *
board_new (const PhViewContext *context)
{
  PhBoard *self = g_object_new (PH_TYPE_BOARD, NULL);

  self->look = g_object_ref (context->look);
  g_signal_connect_object (self->look, "notify::map", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  return GTK_WIDGET (self);
}

const PhViewClass ph_view_board = {
  .name = "board",
  .title = N_ ("Queries"),
  .hint = N_ ("The maps of all queries at once"),
  .create = board_new,
};

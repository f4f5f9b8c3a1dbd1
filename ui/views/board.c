#include "ui/names.h"
#include "ui/views/query-order.h"
#include "ui/views/thumb.h"
#include "ui/views/view.h"
#include "ui/wrap.h"

#include <glib/gi18n.h>

#define FEWEST_COLUMNS 4
#define N_COLUMNS 8
#define FEW_QUERIES 12 /* up to which half of the columns do */

/* The contact sheet: the maps of all queries for the chosen layer and head.  Choosing one
 * chooses the query in every view; several that are chosen are combined. */
#define PH_TYPE_BOARD (ph_board_get_type ())
G_DECLARE_FINAL_TYPE (PhBoard, ph_board, PH, BOARD, GtkWidget)

struct _PhBoard {
  GtkWidget parent_instance;

  /* Owned */
  PhLook *look;
  float *values; /* one a query, of the chosen order */

  /* Borrowed */
  GtkFlowBox *sheet;
  GtkDropDown *orders;
  GtkDropDown *combine;
  GtkLabel *chosen;
};

G_DEFINE_FINAL_TYPE (PhBoard, ph_board, GTK_TYPE_WIDGET)

static const PhQueryOrder *
get_order (PhBoard *self)
{
  return &ph_query_orders[gtk_drop_down_get_selected (self->orders)];
}

static int
compare_thumbs (GtkFlowBoxChild *a, GtkFlowBoxChild *b, gpointer data)
{
  PhBoard *self = data;
  const PhQueryOrder *order = get_order (self);
  int x = ph_thumb_get_number (PH_THUMB (a)), y = ph_thumb_get_number (PH_THUMB (b));
  float value_x = self->values != NULL ? self->values[x] : 0;
  float value_y = self->values != NULL ? self->values[y] : 0;

  if (value_x == value_y)
    return x - y;
  return (value_x < value_y) == order->ascending ? -1 : 1;
}

/* "Query 7, entropy 4.21 bits, most at row 4, column 9: 6.1 %" */
static char *
dup_name (PhBoard *self, const PhHeatMap *map, int query)
{
  const PhQueryOrder *order = get_order (self);
  g_autofree char *name = ph_look_dup_query_name (self->look, query);
  g_autofree char *peak = ph_heat_map_dup_patch_text (map, map->peak_patch);
  g_autofree char *value = NULL;

  if (order->measure == NULL)
    return g_strdup_printf (_ ("%s, most at %s"), name, peak);

  value = ph_query_order_dup_text (order, self->values[query]);
  /* Translators: "Query 7, entropy 4.21 bits, most at row 4, column 9: 6.1 %" */
  return g_strdup_printf (_ ("%s, %s %s, most at %s"), name, _ (order->what), value,
                          peak);
}

static void
show_thumb (PhBoard *self, PhThumb *thumb, PhHeatMap *map)
{
  int query = ph_thumb_get_number (thumb);
  const PhQueryOrder *order = get_order (self);
  const char *token = ph_snapshot_get_label (ph_look_get_snapshot (self->look), query);
  g_autofree char *number = g_strdup_printf ("%d", query + 1);
  g_autofree char *name = dup_name (self, map, query);
  g_autofree char *value = order->measure != NULL
                               ? ph_query_order_dup_number (order, self->values[query])
                               : NULL;

  ph_thumb_set_text (thumb, token != NULL ? token : number, value, name);
  ph_thumb_take_map (thumb, map);
}

static void
measure (PhBoard *self, PhHeatMap *const *maps, int n)
{
  const PhQueryOrder *order = get_order (self);
  size_t n_artefacts;
  PhQueryMaps all = { maps, n, ph_look_get_map (self->look),
                      ph_look_get_artefacts (self->look, &n_artefacts) };

  g_clear_pointer (&self->values, g_free);
  if (order->measure == NULL)
    return;

  self->values = g_new (float, n);
  for (int query = 0; query < n; query++)
    self->values[query] = order->measure (&all, query);
}

static void
draw_sheet (PhBoard *self)
{
  int n = ph_snapshot_get_shape (ph_look_get_snapshot (self->look))->n_queries;
  g_autofree PhHeatMap **maps = g_new (PhHeatMap *, n);

  for (int query = 0; query < n; query++)
    maps[query] = ph_look_make_map (self->look, ph_look_get_layer (self->look),
                                    ph_look_get_head (self->look), query);
  measure (self, maps, n);
  gtk_flow_box_set_max_children_per_line (self->sheet,
                                          n <= FEW_QUERIES ? N_COLUMNS / 2 : N_COLUMNS);
  ph_sheet_set_n_thumbs (self->sheet, self->look, n);
  for (int i = 0; i < n; i++) {
    PhThumb *thumb = PH_THUMB (gtk_flow_box_get_child_at_index (self->sheet, i));

    show_thumb (self, thumb, maps[ph_thumb_get_number (thumb)]);
  }
  gtk_flow_box_invalidate_sort (self->sheet);
}

static void
selected_cb (PhBoard *self)
{
  g_autoptr (GList) children = gtk_flow_box_get_selected_children (self->sheet);
  g_autoptr (GArray) queries = g_array_new (FALSE, FALSE, sizeof (int));

  for (GList *child = children; child != NULL; child = child->next) {
    int query = ph_thumb_get_number (child->data);

    g_array_append_val (queries, query);
  }
  ph_look_set_queries (self->look, (const int *) (void *) queries->data, queries->len);
}

static void
select_chosen (PhBoard *self)
{
  GtkFlowBoxChild *child;

  g_signal_handlers_block_by_func (self->sheet, selected_cb, self);
  for (int i = 0; (child = gtk_flow_box_get_child_at_index (self->sheet, i)) != NULL; i++)
    if (ph_look_has_query (self->look, ph_thumb_get_number (PH_THUMB (child))))
      gtk_flow_box_select_child (self->sheet, child);
    else
      gtk_flow_box_unselect_child (self->sheet, child);
  g_signal_handlers_unblock_by_func (self->sheet, selected_cb, self);
}

static void
show_choice (PhBoard *self)
{
  g_autofree char *text = NULL;
  size_t n;

  ph_look_get_queries (self->look, &n);
  select_chosen (self);
  text =
      n > 0
          ? g_strdup_printf (ngettext ("%zu query chosen", "%zu queries together", n), n)
          : g_strdup (_ ("Mean of all"));
  gtk_label_set_text (self->chosen, text);
  gtk_widget_set_visible (GTK_WIDGET (self->combine), n > 1);
}

/* A sheet that nobody sees is drawn when it is seen. */
static void
update (PhBoard *self)
{
  if (ph_look_get_snapshot (self->look) == NULL ||
      !gtk_widget_get_mapped (GTK_WIDGET (self)))
    return;

  draw_sheet (self);
  show_choice (self);
}

/* What GTK calls activation, a press of Enter, isolates. */
static void
activated_cb (PhBoard *self, GtkFlowBoxChild *child)
{
  ph_look_set_query (self->look, ph_thumb_get_number (PH_THUMB (child)));
}

/* Shift would choose all between: here it adds one. */
static void
pressed_cb (PhBoard *self, int n_press, double x, double y, GtkGesture *gesture)
{
  GdkModifierType state =
      gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (gesture));
  GtkFlowBoxChild *child = gtk_flow_box_get_child_at_pos (self->sheet, (int) x, (int) y);

  if (!(state & GDK_SHIFT_MASK) || child == NULL)
    return;

  gtk_gesture_set_state (gesture, GTK_EVENT_SEQUENCE_CLAIMED);
  gtk_widget_grab_focus (GTK_WIDGET (child));
  ph_look_toggle_query (self->look, ph_thumb_get_number (PH_THUMB (child)));
}

/* The keys of GTK isolate what they toggle. */
static gboolean
key_cb (PhBoard *self, guint key, guint code, GdkModifierType state)
{
  GtkWidget *focus = gtk_root_get_focus (gtk_widget_get_root (GTK_WIDGET (self)));
  gboolean is_enter = key == GDK_KEY_Return || key == GDK_KEY_KP_Enter;
  gboolean is_space = key == GDK_KEY_space || key == GDK_KEY_KP_Space;
  gboolean adds = (is_enter && (state & GDK_SHIFT_MASK) != 0) ||
                  (is_space && (state & GDK_CONTROL_MASK) != 0);

  if (!adds || !PH_IS_THUMB (focus))
    return FALSE;

  ph_look_toggle_query (self->look, ph_thumb_get_number (PH_THUMB (focus)));
  return TRUE;
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
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (object))) != NULL)
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (ph_board_parent_class)->dispose (object);
}

static void
ph_board_finalize (GObject *object)
{
  PhBoard *self = PH_BOARD (object);

  g_clear_object (&self->look);
  g_free (self->values);
  G_OBJECT_CLASS (ph_board_parent_class)->finalize (object);
}

static void
ph_board_class_init (PhBoardClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ph_board_dispose;
  G_OBJECT_CLASS (klass)->finalize = ph_board_finalize;
  widget_class->map = ph_board_map;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BOX_LAYOUT);
}

static GtkDropDown *
make_list (const char *const *titles, const char *name)
{
  GtkWidget *list = gtk_drop_down_new_from_strings (titles);

  gtk_widget_set_tooltip_text (list, name);
  ph_name_list (GTK_DROP_DOWN (list), name);
  return GTK_DROP_DOWN (list);
}

static GtkWidget *
make_header (PhBoard *self)
{
  GtkWidget *header = g_object_new (PH_TYPE_WRAP, NULL);
  g_autofree const char **titles = g_new0 (const char *, ph_n_query_orders + 1);
  const char *combinations[] = { _ ("Their mean"), _ ("Their highest"), NULL };

  for (int i = 0; i < ph_n_query_orders; i++)
    titles[i] = _ (ph_query_orders[i].title);
  self->orders = make_list (titles, _ ("Order of the queries"));
  self->combine = make_list (combinations, _ ("How queries are combined"));
  self->chosen = GTK_LABEL (gtk_label_new (NULL));
  gtk_widget_add_css_class (GTK_WIDGET (self->chosen), "dim-label");
  gtk_widget_set_valign (GTK_WIDGET (self->chosen), GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->chosen),
                               _ ("Shift-click adds a query or takes it away"));
  gtk_widget_set_parent (GTK_WIDGET (self->orders), header);
  gtk_widget_set_parent (GTK_WIDGET (self->chosen), header);
  gtk_widget_set_parent (GTK_WIDGET (self->combine), header);
  return header;
}

static void
make_sheet (PhBoard *self)
{
  GtkWidget *sheet = gtk_flow_box_new ();
  GtkGesture *click = gtk_gesture_click_new ();
  GtkEventController *key = gtk_event_controller_key_new ();

  self->sheet = GTK_FLOW_BOX (sheet);
  gtk_flow_box_set_homogeneous (self->sheet, TRUE);
  gtk_flow_box_set_selection_mode (self->sheet, GTK_SELECTION_MULTIPLE);
  gtk_flow_box_set_activate_on_single_click (self->sheet, FALSE);
  gtk_flow_box_set_min_children_per_line (self->sheet, FEWEST_COLUMNS);
  gtk_flow_box_set_sort_func (self->sheet, compare_thumbs, self, NULL);
  gtk_widget_set_valign (sheet, GTK_ALIGN_START);
  ph_name_widget (sheet, _ ("Maps of all queries"));
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (click),
                                              GTK_PHASE_CAPTURE);
  gtk_event_controller_set_propagation_phase (key, GTK_PHASE_CAPTURE);
  gtk_widget_add_controller (sheet, GTK_EVENT_CONTROLLER (click));
  gtk_widget_add_controller (sheet, key);
  g_signal_connect_swapped (click, "pressed", G_CALLBACK (pressed_cb), self);
  g_signal_connect_swapped (key, "key-pressed", G_CALLBACK (key_cb), self);
  g_signal_connect_swapped (sheet, "child-activated", G_CALLBACK (activated_cb), self);
  g_signal_connect_swapped (sheet, "selected-children-changed", G_CALLBACK (selected_cb),
                            self);
}

static void
ph_board_init (PhBoard *self)
{
  GtkWidget *header = make_header (self);
  GtkWidget *scroller = gtk_scrolled_window_new ();
  GtkLayoutManager *layout = gtk_widget_get_layout_manager (GTK_WIDGET (self));

  gtk_orientable_set_orientation (GTK_ORIENTABLE (layout), GTK_ORIENTATION_VERTICAL);
  gtk_box_layout_set_spacing (GTK_BOX_LAYOUT (layout), 6);
  make_sheet (self);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller),
                                 GTK_WIDGET (self->sheet));
  gtk_widget_set_vexpand (scroller, TRUE);
  gtk_widget_set_parent (header, GTK_WIDGET (self));
  gtk_widget_set_parent (scroller, GTK_WIDGET (self));
  g_signal_connect_swapped (self->orders, "notify::selected", G_CALLBACK (update), self);
}

static GtkWidget *
board_new (const PhViewContext *context)
{
  PhBoard *self = g_object_new (PH_TYPE_BOARD, NULL);

  self->look = g_object_ref (context->look);
  g_object_bind_property (self->look, "combine", self->combine, "selected",
                          G_BINDING_SYNC_CREATE | G_BINDING_BIDIRECTIONAL);
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

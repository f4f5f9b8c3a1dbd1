#include "ui/views/panes.h"

#include "ui/color-bar.h"
#include "ui/names.h"
#include "ui/views/choices.h"
#include "ui/views/other-turn.h"
#include "ui/views/pair.h"
#include "ui/views/pane.h"
#include "ui/views/turn-chooser.h"

#include <adwaita.h>
#include <glib/gi18n.h>

struct _PhPanes {
  GtkBox parent_instance;

  /* Template children */
  GtkWidget *note;
  GtkWidget *content;
  PhTurnChooser *chooser;
  GtkDropDown *layers;
  PhPane *left;
  PhPane *right;
  PhPane *difference;
  GtkLabel *left_title;
  GtkLabel *right_title;
  PhColorBar *bar;
  GtkLabel *top;
  GtkLabel *said;
  GtkWidget *differing;
  PhColorBar *signed_bar;
  GtkLabel *lowest;
  GtkLabel *highest;
  GtkWidget *window_button;

  /* Owned */
  PhLook *look;
  PhOtherTurn *other; /* NULL: the right shows this turn, too */
  PhPair *pair;       /* NULL: nobody sees it, or there are no maps */

  /* Borrowed */
  PhEngine *engine;
  PhHistory *history;
};

G_DEFINE_FINAL_TYPE (PhPanes, ph_panes, GTK_TYPE_BOX)

/* --- the two sides --- */

static PhSnapshot *
get_right_snapshot (PhPanes *self)
{
  return self->other != NULL
             ? ph_record_get_snapshot (ph_other_turn_get_record (self->other))
             : ph_look_get_snapshot (self->look);
}

static PhPairSide
get_left (PhPanes *self)
{
  return (PhPairSide){ ph_look_get_snapshot (self->look), ph_look_get_layer (self->look),
                       ph_look_get_head (self->look), ph_look_get_query (self->look) };
}

static PhPairSide
get_right (PhPanes *self)
{
  PhPairSide side = get_left (self);
  int layer = ph_choices_get (self->layers);

  side.snapshot = get_right_snapshot (self);
  side.layer = layer >= 0 ? layer : side.layer;
  return side;
}

/* "“What color is it?”, scenes: query 7, layer 3" */
static char *
dup_title (const char *of, const PhPairSide *side)
{
  const PhSnapshotShape *shape = ph_snapshot_get_shape (side->snapshot);
  g_autofree char *query = side->query >= 0 && side->query < shape->n_queries
                               ? g_strdup_printf (_ ("query %d"), side->query + 1)
                               : g_strdup (_ ("mean of the queries"));
  g_autofree char *layer =
      side->layer >= 0 && side->layer < shape->n_layers
          ? g_strdup_printf (_ ("layer %d"), shape->layers[side->layer] + 1)
          : g_strdup (_ ("mean of the layers"));

  return g_strdup_printf ("%s: %s, %s", of, query, layer);
}

static char *
dup_present (PhPanes *self)
{
  PhTurn *turn = ph_look_get_turn (self->look);

  if (turn == NULL)
    return g_strdup (_ ("This turn"));
  return g_strdup_printf (_ ("“%s”, %s"), ph_turn_get_prompt (turn),
                          ph_turn_get_model (turn));
}

/* --- showing --- */

static void
show_titles (PhPanes *self)
{
  PhPairSide left = get_left (self), right = get_right (self);
  g_autofree char *present = dup_present (self);
  g_autofree char *left_title = dup_title (present, &left);
  g_autofree char *right_title = dup_title (
      self->other != NULL ? ph_other_turn_get_title (self->other) : present, &right);

  gtk_label_set_text (self->left_title, left_title);
  gtk_label_set_text (self->right_title, right_title);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->left_title), left_title);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->right_title), right_title);
}

static char *
dup_whole_text (PhPanes *self)
{
  const PhHeatMap *left = self->pair->left, *right = self->pair->right;
  const PhHeatMap *difference = self->pair->difference;

  if (difference == NULL)
    return g_strdup_printf (_ ("The grids differ, %d × %d and %d × %d: places compare, "
                               "shares of a patch do not."),
                            left->n_rows, left->n_columns, right->n_rows,
                            right->n_columns);
  if (difference->peak == 0)
    return g_strdup (_ ("Both are the same. Choose another turn or another layer for the "
                        "right."));
  return g_strdup_printf (_ ("They differ most at row %d, column %d: %+.1f points."),
                          difference->peak_patch / difference->n_columns + 1,
                          difference->peak_patch % difference->n_columns + 1,
                          100 * (double) difference->patches[difference->peak_patch]);
}

/* The patch that is pointed at, in all panes. */
static void
show_patch (PhPanes *self)
{
  int patch = ph_look_get_patch (self->look);
  g_autofree char *text = NULL;

  if (self->pair == NULL)
    return;
  text = patch >= 0 ? ph_pair_dup_text (self->pair, patch) : dup_whole_text (self);
  gtk_label_set_text (self->said, text);
  ph_pane_mark (self->left, patch, text);
  ph_pane_mark (self->right, ph_pair_carry (self->pair->left, self->pair->right, patch),
                text);
  ph_pane_mark (self->difference, self->pair->difference != NULL ? patch : -1, text);
}

static void
show_scales (PhPanes *self)
{
  const PhHeatMap *difference = self->pair->difference;
  PhAppearance *appearance = ph_look_get_appearance (self->look);
  g_autofree char *top = ph_heat_map_dup_share_text (self->pair->left->top);
  double end = difference != NULL ? 100 * (double) difference->top : 0;
  g_autofree char *lowest = g_strdup_printf ("−%.1f", end);
  g_autofree char *highest = g_strdup_printf ("+%.1f", end);

  gtk_label_set_text (self->top, top);
  gtk_label_set_text (self->lowest, lowest);
  gtk_label_set_text (self->highest, highest);
  ph_color_bar_set_colors (self->bar, ph_appearance_get_colors (appearance));
}

static void
drop_pair (PhPanes *self)
{
  ph_pane_show (self->left, NULL, NULL);
  ph_pane_show (self->right, NULL, NULL);
  ph_pane_show (self->difference, NULL, NULL);
  g_clear_pointer (&self->pair, ph_pair_free);
}

static void
show_pair (PhPanes *self)
{
  GdkTexture *here = ph_look_get_texture (self->look);
  GdkTexture *there =
      self->other != NULL ? ph_other_turn_get_texture (self->other) : here;
  PhPairSide left = get_left (self), right = get_right (self);
  gboolean has_maps = left.snapshot != NULL && right.snapshot != NULL;

  drop_pair (self);
  gtk_widget_set_visible (self->note, !has_maps);
  gtk_widget_set_visible (self->content, has_maps);
  if (!has_maps || !gtk_widget_get_mapped (GTK_WIDGET (self)))
    return;

  self->pair = ph_pair_new (&left, &right);
  ph_pane_show (self->left, here, self->pair->left);
  ph_pane_show (self->right, there, self->pair->right);
  ph_pane_show (self->difference, here, self->pair->difference);
  gtk_widget_set_visible (self->differing, self->pair->difference != NULL);
  show_titles (self);
  show_scales (self);
  show_patch (self);
}

/* The layers of what is on the right. */
static void
show_layers (PhPanes *self)
{
  PhSnapshot *snapshot = get_right_snapshot (self);
  const PhSnapshotShape *shape;

  if (snapshot == NULL)
    return;
  shape = ph_snapshot_get_shape (snapshot);
  ph_choices_set_numbered (self->layers, _ ("Same Layer"), _ ("Layer"), shape->layers,
                           shape->n_layers);
}

static void
show_record (PhPanes *self)
{
  show_layers (self);
  show_pair (self);
}

/* --- what is chosen --- */

static void
set_other (PhPanes *self, PhOtherTurn *other)
{
  if (self->other != NULL)
    g_signal_handlers_disconnect_by_data (self->other, self);
  g_clear_object (&self->other);
  self->other = other;
  if (other != NULL)
    g_signal_connect_object (other, "notify::texture", G_CALLBACK (show_pair), self,
                             G_CONNECT_SWAPPED);
  show_record (self);
}

static void
other_chosen_cb (PhPanes *self, const PhPastTurn *turn)
{
  g_autoptr (GError) error = NULL;
  PhOtherTurn *other =
      turn != NULL ? ph_other_turn_new (self->engine, self->history, turn, &error) : NULL;

  set_other (self, other);
  if (error == NULL)
    return;
  ph_turn_chooser_say (self->chooser, NULL);
  gtk_label_set_text (self->said, error->message);
}

static void
choice_changed_cb (PhPanes *self)
{
  if (self->look != NULL)
    show_pair (self);
}

static int
carry_back (PhPanes *self, int patch)
{
  return self->pair != NULL ? ph_pair_carry (self->pair->right, self->pair->left, patch)
                            : -1;
}

static void
left_pointed_cb (PhPanes *self, int patch)
{
  ph_look_point_at (self->look, patch);
}

static void
left_pinned_cb (PhPanes *self, int patch)
{
  ph_look_pin (self->look, patch);
}

static void
right_pointed_cb (PhPanes *self, int patch)
{
  ph_look_point_at (self->look, carry_back (self, patch));
}

static void
right_pinned_cb (PhPanes *self, int patch)
{
  ph_look_pin (self->look, carry_back (self, patch));
}

static gboolean
key_cb (PhPanes *self, guint key, guint code, GdkModifierType modifiers)
{
  return key == GDK_KEY_Escape && ph_look_release (self->look);
}

/* Panes that show the same, and are a window's only ones. */
static GtkWidget *
make_copy (PhPanes *self)
{
  PhViewContext context = { self->look, self->engine, self->history };
  PhPanes *copy = PH_PANES (ph_panes_new (&context));

  gtk_widget_set_visible (copy->window_button, FALSE);
  if (self->other != NULL) {
    set_other (copy, g_object_ref (self->other));
    ph_turn_chooser_say (copy->chooser, ph_other_turn_get_title (self->other));
  }
  show_layers (copy);
  gtk_drop_down_set_selected (copy->layers, gtk_drop_down_get_selected (self->layers));
  return GTK_WIDGET (copy);
}

/* Larger, and beside any other view of the same look. */
static void
open_window_cb (PhPanes *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkWidget *window = adw_window_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *panes = make_copy (self);

  gtk_widget_add_css_class (panes, "inspector-window");
  gtk_widget_set_vexpand (panes, TRUE);
  gtk_box_append (GTK_BOX (box), adw_header_bar_new ());
  gtk_box_append (GTK_BOX (box), panes);
  adw_window_set_content (ADW_WINDOW (window), box);
  gtk_window_set_title (GTK_WINDOW (window), _ ("Two Panes"));
  gtk_window_set_default_size (GTK_WINDOW (window), 720, 780);
  gtk_window_set_application (GTK_WINDOW (window),
                              gtk_window_get_application (GTK_WINDOW (root)));
  gtk_window_set_transient_for (GTK_WINDOW (window), GTK_WINDOW (root));
  gtk_window_set_destroy_with_parent (GTK_WINDOW (window), TRUE);
  gtk_window_present (GTK_WINDOW (window));
}

/* --- the type --- */

static void
ph_panes_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (ph_panes_parent_class)->map (widget);
  show_record (PH_PANES (widget));
}

static void
ph_panes_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), PH_TYPE_PANES);
  G_OBJECT_CLASS (ph_panes_parent_class)->dispose (object);
}

static void
ph_panes_finalize (GObject *object)
{
  PhPanes *self = PH_PANES (object);

  g_clear_pointer (&self->pair, ph_pair_free);
  g_clear_object (&self->other);
  g_clear_object (&self->look);
  G_OBJECT_CLASS (ph_panes_parent_class)->finalize (object);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/pinhole/Pinhole/views/panes.ui");
  gtk_widget_class_bind_template_child (widget_class, PhPanes, note);
  gtk_widget_class_bind_template_child (widget_class, PhPanes, content);
  gtk_widget_class_bind_template_child (widget_class, PhPanes, chooser);
  gtk_widget_class_bind_template_child (widget_class, PhPanes, layers);
  gtk_widget_class_bind_template_child (widget_class, PhPanes, left);
  gtk_widget_class_bind_template_child (widget_class, PhPanes, right);
  gtk_widget_class_bind_template_child (widget_class, PhPanes, difference);
  gtk_widget_class_bind_template_child (widget_class, PhPanes, left_title);
  gtk_widget_class_bind_template_child (widget_class, PhPanes, right_title);
  gtk_widget_class_bind_template_child (widget_class, PhPanes, bar);
  gtk_widget_class_bind_template_child (widget_class, PhPanes, top);
  gtk_widget_class_bind_template_child (widget_class, PhPanes, said);
  gtk_widget_class_bind_template_child (widget_class, PhPanes, differing);
  gtk_widget_class_bind_template_child (widget_class, PhPanes, signed_bar);
  gtk_widget_class_bind_template_child (widget_class, PhPanes, lowest);
  gtk_widget_class_bind_template_child (widget_class, PhPanes, highest);
  gtk_widget_class_bind_template_child (widget_class, PhPanes, window_button);
  gtk_widget_class_bind_template_callback (widget_class, other_chosen_cb);
  gtk_widget_class_bind_template_callback (widget_class, choice_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, left_pointed_cb);
  gtk_widget_class_bind_template_callback (widget_class, left_pinned_cb);
  gtk_widget_class_bind_template_callback (widget_class, right_pointed_cb);
  gtk_widget_class_bind_template_callback (widget_class, right_pinned_cb);
  gtk_widget_class_bind_template_callback (widget_class, open_window_cb);
}

static void
ph_panes_class_init (PhPanesClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ph_panes_dispose;
  G_OBJECT_CLASS (klass)->finalize = ph_panes_finalize;
  GTK_WIDGET_CLASS (klass)->map = ph_panes_map;
  g_type_ensure (PH_TYPE_COLOR_BAR);
  g_type_ensure (PH_TYPE_PANE);
  g_type_ensure (PH_TYPE_TURN_CHOOSER);
  bind_template (GTK_WIDGET_CLASS (klass));
}

static void
name_parts (PhPanes *self)
{
  ph_name_list (self->layers, _ ("Layer of the right pane"));
  ph_name_widget (GTK_WIDGET (self->left), _ ("Left pane"));
  ph_name_widget (GTK_WIDGET (self->right), _ ("Right pane"));
  ph_name_widget (GTK_WIDGET (self->difference), _ ("Difference of the panes"));
  ph_name_widget (GTK_WIDGET (self->bar), _ ("Colour scale of both panes"));
  ph_name_widget (GTK_WIDGET (self->signed_bar), _ ("Colour scale of the difference"));
  ph_turn_chooser_name (self->chooser, _ ("Turn of the right pane"), _ ("This Turn"));
}

static void
ph_panes_init (PhPanes *self)
{
  GtkEventController *keys = gtk_event_controller_key_new ();

  gtk_widget_init_template (GTK_WIDGET (self));
  name_parts (self);
  ph_color_bar_set_colors (self->signed_bar, PH_COLORMAP_SIGNED);
  g_signal_connect_swapped (keys, "key-pressed", G_CALLBACK (key_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
}

GtkWidget *
ph_panes_new (const PhViewContext *context)
{
  static const char *const watched[] = { "notify::record", "notify::texture",
                                         "notify::layer", "notify::head",
                                         "notify::query" };
  PhPanes *self = g_object_new (PH_TYPE_PANES, NULL);
  PhAppearance *appearance = ph_look_get_appearance (context->look);

  self->look = g_object_ref (context->look);
  self->engine = context->engine;
  self->history = context->history;
  ph_turn_chooser_set_context (self->chooser, context->history, context->look, FALSE);
  ph_pane_set_appearance (self->left, appearance);
  ph_pane_set_appearance (self->right, appearance);
  ph_pane_set_appearance (self->difference, appearance);
  for (gsize i = 0; i < G_N_ELEMENTS (watched); i++)
    g_signal_connect_object (self->look, watched[i], G_CALLBACK (show_record), self,
                             G_CONNECT_SWAPPED);
  g_signal_connect_object (self->look, "notify::patch", G_CALLBACK (show_patch), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (appearance, "notify::colors", G_CALLBACK (show_pair), self,
                           G_CONNECT_SWAPPED);
  return GTK_WIDGET (self);
}

const PhViewClass ph_view_panes = {
  .name = "panes",
  .title = N_ ("Two Panes"),
  .hint = N_ ("Two pictures, instructions, models or layers side by side"),
  .create = ph_panes_new,
};

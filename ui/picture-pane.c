#include "ui/picture-pane.h"

#include "ui/appearance-menu.h"
#include "ui/canvas.h"
#include "ui/legend.h"
#include "ui/patch-table.h"
#include "ui/selectors.h"
#include "ui/viewport.h"
#include "ui/wrap.h"

#include <glib/gi18n.h>

struct _PhPicturePane {
  GtkBox parent_instance;

  /* Template children */
  GtkInfoBar *problem;
  GtkLabel *problem_label;
  GtkStack *pages; /* "empty" or "picture" */
  GtkBox *frame;   /* canvas and tools */
  GtkToggleButton *sight;
  GtkMenuButton *appearance;
  PhAppearanceMenu *appearance_menu;
  GtkStack *below; /* "suggestions" or "controls" */
  PhWrap *suggestions;
  GtkBox *controls;
  PhSelectors *selectors;
  PhLegend *legend;
  GtkLabel *status;

  /* Borrowed */
  PhCanvas *canvas;

  /* Owned */
  PhLook *look;
};

G_DEFINE_FINAL_TYPE (PhPicturePane, ph_picture_pane, GTK_TYPE_BOX)

enum { SUGGESTION, N_SIGNALS };

static guint signals[N_SIGNALS];

static void
show_page (PhPicturePane *self)
{
  gboolean has_map = ph_look_get_map (self->look) != NULL;
  gboolean has_picture = ph_look_get_picture (self->look) != NULL;

  gtk_stack_set_visible_child_name (self->pages,
                                    has_map || has_picture ? "picture" : "empty");
  gtk_widget_set_sensitive (GTK_WIDGET (self->controls), has_map);
  gtk_widget_set_sensitive (GTK_WIDGET (self->appearance), has_map);
  gtk_widget_set_sensitive (GTK_WIDGET (self->sight), ph_look_has_sight (self->look));
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "picture.show-table", has_map);
}

static void
show_status (PhPicturePane *self)
{
  g_autofree char *status = ph_look_dup_status (self->look);

  gtk_label_set_text (
      self->status,
      *status != '\0' ? status : _ ("An answer shows here what the queries looked at"));
}

static void
show_zoom (PhPicturePane *self)
{
  double zoom = ph_canvas_get_zoom (self->canvas);
  GtkWidget *widget = GTK_WIDGET (self);

  gtk_widget_action_set_enabled (widget, "picture.zoom-in", zoom < PH_VIEWPORT_MOST);
  gtk_widget_action_set_enabled (widget, "picture.zoom-out", zoom > 1);
  gtk_widget_action_set_enabled (widget, "picture.zoom-fit", zoom > 1);
}

static void
add_canvas (PhPicturePane *self)
{
  GtkWidget *canvas = ph_canvas_new (self->look);

  self->canvas = PH_CANVAS (canvas);
  gtk_widget_set_hexpand (canvas, TRUE);
  gtk_box_prepend (self->frame, canvas);
  g_signal_connect_object (canvas, "notify::zoom", G_CALLBACK (show_zoom), self,
                           G_CONNECT_SWAPPED);
  show_zoom (self);
}

static void
look_changed_cb (PhPicturePane *self)
{
  show_page (self);
  show_status (self);
}

void
ph_picture_pane_set_look (PhPicturePane *self, PhLook *look)
{
  static const char *const watched[] = { "notify::picture", "notify::map",
                                         "notify::patch", "notify::pinned",
                                         "notify::record" };

  g_assert (self->look == NULL);

  self->look = g_object_ref (look);
  ph_selectors_set_look (self->selectors, look);
  ph_legend_set_look (self->legend, look);
  ph_appearance_menu_set_look (self->appearance_menu, look);
  add_canvas (self);
  g_object_bind_property (look, "sight", self->sight, "active",
                          G_BINDING_SYNC_CREATE | G_BINDING_BIDIRECTIONAL);
  for (gsize i = 0; i < G_N_ELEMENTS (watched); i++)
    g_signal_connect_object (look, watched[i], G_CALLBACK (look_changed_cb), self,
                             G_CONNECT_SWAPPED);
  look_changed_cb (self);
}

static void
suggestion_clicked_cb (PhPicturePane *self, GtkButton *button)
{
  g_signal_emit (self, signals[SUGGESTION], 0, gtk_button_get_label (button));
}

void
ph_picture_pane_set_suggestions (PhPicturePane *self, const char *const *texts)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->suggestions))) != NULL)
    gtk_widget_unparent (child);

  gtk_stack_set_visible_child_name (self->below,
                                    texts != NULL ? "suggestions" : "controls");
  for (; texts != NULL && *texts != NULL; texts++) {
    GtkWidget *button = gtk_button_new_with_label (*texts);

    gtk_widget_add_css_class (button, "pill");
    gtk_widget_add_css_class (button, "suggestion");
    g_signal_connect_swapped (button, "clicked", G_CALLBACK (suggestion_clicked_cb),
                              self);
    gtk_widget_set_parent (button, GTK_WIDGET (self->suggestions));
  }
}

void
ph_picture_pane_set_problem (PhPicturePane *self, const char *sentence)
{
  if (sentence != NULL)
    gtk_label_set_text (self->problem_label, sentence);
  gtk_info_bar_set_revealed (self->problem, sentence != NULL);
}

static void
problem_closed_cb (GtkButton *button, PhPicturePane *self)
{
  ph_picture_pane_set_problem (self, NULL);
}

static void
zoom_in_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  ph_canvas_zoom (PH_PICTURE_PANE (widget)->canvas, 1);
}

static void
zoom_out_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  ph_canvas_zoom (PH_PICTURE_PANE (widget)->canvas, -1);
}

static void
zoom_fit_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  ph_canvas_fit (PH_PICTURE_PANE (widget)->canvas);
}

static void
show_table_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  ph_patch_table_present (PH_PICTURE_PANE (widget)->look,
                          GTK_WINDOW (gtk_widget_get_root (widget)));
}

/* Wherever the focus is in the window. */
static void
add_shortcuts (PhPicturePane *self)
{
  static const struct {
    guint key;
    const char *action;
  } shortcuts[] = {
    { GDK_KEY_plus, "picture.zoom-in" },         { GDK_KEY_equal, "picture.zoom-in" },
    { GDK_KEY_KP_Add, "picture.zoom-in" },       { GDK_KEY_minus, "picture.zoom-out" },
    { GDK_KEY_KP_Subtract, "picture.zoom-out" }, { GDK_KEY_0, "picture.zoom-fit" },
    { GDK_KEY_KP_0, "picture.zoom-fit" },
  };
  GtkEventController *keys = gtk_shortcut_controller_new ();

  gtk_shortcut_controller_set_scope (GTK_SHORTCUT_CONTROLLER (keys),
                                     GTK_SHORTCUT_SCOPE_GLOBAL);
  for (gsize i = 0; i < G_N_ELEMENTS (shortcuts); i++)
    gtk_shortcut_controller_add_shortcut (
        GTK_SHORTCUT_CONTROLLER (keys),
        gtk_shortcut_new (gtk_keyval_trigger_new (shortcuts[i].key, GDK_CONTROL_MASK),
                          gtk_named_action_new (shortcuts[i].action)));
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
}

static void
ph_picture_pane_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), PH_TYPE_PICTURE_PANE);
  G_OBJECT_CLASS (ph_picture_pane_parent_class)->dispose (object);
}

static void
ph_picture_pane_finalize (GObject *object)
{
  g_clear_object (&PH_PICTURE_PANE (object)->look);
  G_OBJECT_CLASS (ph_picture_pane_parent_class)->finalize (object);
}

static void
ph_picture_pane_class_init (PhPicturePaneClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ph_picture_pane_dispose;
  G_OBJECT_CLASS (klass)->finalize = ph_picture_pane_finalize;
  signals[SUGGESTION] =
      g_signal_new ("suggestion", G_OBJECT_CLASS_TYPE (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                    NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);

  g_type_ensure (PH_TYPE_APPEARANCE_MENU);
  g_type_ensure (PH_TYPE_LEGEND);
  g_type_ensure (PH_TYPE_SELECTORS);
  g_type_ensure (PH_TYPE_WRAP);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/pinhole/Pinhole/picture-pane.ui");
  gtk_widget_class_bind_template_child (widget_class, PhPicturePane, problem);
  gtk_widget_class_bind_template_child (widget_class, PhPicturePane, problem_label);
  gtk_widget_class_bind_template_child (widget_class, PhPicturePane, pages);
  gtk_widget_class_bind_template_child (widget_class, PhPicturePane, below);
  gtk_widget_class_bind_template_child (widget_class, PhPicturePane, suggestions);
  gtk_widget_class_bind_template_child (widget_class, PhPicturePane, controls);
  gtk_widget_class_bind_template_child (widget_class, PhPicturePane, selectors);
  gtk_widget_class_bind_template_child (widget_class, PhPicturePane, legend);
  gtk_widget_class_bind_template_child (widget_class, PhPicturePane, frame);
  gtk_widget_class_bind_template_child (widget_class, PhPicturePane, sight);
  gtk_widget_class_bind_template_child (widget_class, PhPicturePane, appearance);
  gtk_widget_class_bind_template_child (widget_class, PhPicturePane, appearance_menu);
  gtk_widget_class_bind_template_child (widget_class, PhPicturePane, status);
  gtk_widget_class_bind_template_callback (widget_class, problem_closed_cb);
  gtk_widget_class_install_action (widget_class, "picture.zoom-in", NULL, zoom_in_action);
  gtk_widget_class_install_action (widget_class, "picture.zoom-out", NULL,
                                   zoom_out_action);
  gtk_widget_class_install_action (widget_class, "picture.zoom-fit", NULL,
                                   zoom_fit_action);
  gtk_widget_class_install_action (widget_class, "picture.show-table", NULL,
                                   show_table_action);
}

static void
ph_picture_pane_init (PhPicturePane *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  add_shortcuts (self);
}

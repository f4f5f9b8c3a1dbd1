#include "ui/picture-pane.h"

#include "ui/canvas.h"
#include "ui/legend.h"
#include "ui/selectors.h"
#include "ui/wrap.h"

struct _PhPicturePane {
  GtkBox parent_instance;

  /* Template children */
  GtkInfoBar *problem;
  GtkLabel *problem_label;
  GtkStack *pages; /* "empty" or "picture" */
  GtkStack *below; /* "suggestions" or "controls" */
  PhWrap *suggestions;
  GtkBox *controls;
  PhSelectors *selectors;
  PhLegend *legend;
  GtkAdjustment *strength;
  GtkLabel *status;

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
}

static void
show_status (PhPicturePane *self)
{
  g_autofree char *status = ph_look_dup_status (self->look);

  gtk_label_set_text (
      self->status,
      *status != '\0' ? status : "An answer shows here what the queries looked at");
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
                                         "notify::patch", "notify::pinned" };

  g_assert (self->look == NULL);

  self->look = g_object_ref (look);
  ph_selectors_set_look (self->selectors, look);
  ph_legend_set_look (self->legend, look);
  gtk_stack_add_named (self->pages, ph_canvas_new (look), "picture");
  g_object_bind_property (ph_look_get_appearance (look), "strength", self->strength, "value",
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
  gtk_widget_class_bind_template_child (widget_class, PhPicturePane, strength);
  gtk_widget_class_bind_template_child (widget_class, PhPicturePane, status);
  gtk_widget_class_bind_template_callback (widget_class, problem_closed_cb);
}

static void
ph_picture_pane_init (PhPicturePane *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

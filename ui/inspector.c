#include "ui/inspector.h"

#include "ui/wrap.h"

#include <glib/gi18n.h>

struct _PhInspector {
  GtkBox parent_instance;

  /* Template children */
  PhWrap *switches;
  GtkStack *pages; /* "empty", or one of the views */

  /* Shared */
  PhLook *look;

  /* Borrowed */
  const char *view; /* the chosen one's name */
};

G_DEFINE_FINAL_TYPE (PhInspector, ph_inspector, GTK_TYPE_BOX)

static void
show_page (PhInspector *self)
{
  gboolean has_record = ph_look_get_record (self->look) != NULL;

  gtk_stack_set_visible_child_name (self->pages, has_record ? self->view : "empty");
}

static void
switched_cb (GtkToggleButton *button, PhInspector *self)
{
  if (!gtk_toggle_button_get_active (button))
    return;

  self->view = gtk_widget_get_name (GTK_WIDGET (button));
  show_page (self);
}

static GtkWidget *
make_switch (PhInspector *self, const PhViewClass *view)
{
  GtkWidget *first = gtk_widget_get_first_child (GTK_WIDGET (self->switches));
  GtkWidget *button = gtk_toggle_button_new_with_label (_ (view->title));

  gtk_widget_set_name (button, view->name);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, _ (view->hint));
  gtk_toggle_button_set_group (GTK_TOGGLE_BUTTON (button), GTK_TOGGLE_BUTTON (first));
  g_signal_connect (button, "toggled", G_CALLBACK (switched_cb), self);
  gtk_widget_set_parent (button, GTK_WIDGET (self->switches));
  return button;
}

void
ph_inspector_set_context (PhInspector *self, const PhViewContext *context)
{
  g_assert (self->look == NULL);

  self->look = g_object_ref (context->look);
  for (const PhViewClass *const *view = ph_views; *view != NULL; view++) {
    make_switch (self, *view);
    gtk_stack_add_named (self->pages, (*view)->create (context), (*view)->name);
  }
  ph_inspector_show_view (self, ph_views[0]->name);
  g_signal_connect_object (self->look, "notify::record", G_CALLBACK (show_page), self,
                           G_CONNECT_SWAPPED);
}

void
ph_inspector_show_view (PhInspector *self, const char *name)
{
  GtkWidget *button = gtk_widget_get_first_child (GTK_WIDGET (self->switches));

  while (button != NULL && !g_str_equal (gtk_widget_get_name (button), name))
    button = gtk_widget_get_next_sibling (button);
  if (button != NULL)
    gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (button), TRUE);
}

const char *
ph_inspector_get_view (PhInspector *self)
{
  return self->view;
}

static void
ph_inspector_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), PH_TYPE_INSPECTOR);
  G_OBJECT_CLASS (ph_inspector_parent_class)->dispose (object);
}

static void
ph_inspector_finalize (GObject *object)
{
  g_clear_object (&PH_INSPECTOR (object)->look);
  G_OBJECT_CLASS (ph_inspector_parent_class)->finalize (object);
}

static void
ph_inspector_class_init (PhInspectorClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ph_inspector_dispose;
  G_OBJECT_CLASS (klass)->finalize = ph_inspector_finalize;
  g_type_ensure (PH_TYPE_WRAP);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/pinhole/Pinhole/inspector.ui");
  gtk_widget_class_bind_template_child (widget_class, PhInspector, switches);
  gtk_widget_class_bind_template_child (widget_class, PhInspector, pages);
}

static void
ph_inspector_init (PhInspector *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

#include "ui/turn-editor.h"

struct _PhTurnEditor {
  GtkBox parent_instance;

  /* Template children */
  GtkTextView *view;
  GtkButton *take;
};

G_DEFINE_FINAL_TYPE (PhTurnEditor, ph_turn_editor, GTK_TYPE_BOX)

enum { TAKEN, LEFT, N_SIGNALS };

static guint signals[N_SIGNALS];

static char *
dup_text (PhTurnEditor *self)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (self->view);
  GtkTextIter start, end;

  gtk_text_buffer_get_bounds (buffer, &start, &end);
  return g_strstrip (gtk_text_buffer_get_text (buffer, &start, &end, FALSE));
}

GtkWidget *
ph_turn_editor_new (const char *text, const char *name, const char *take)
{
  PhTurnEditor *self = g_object_new (PH_TYPE_TURN_EDITOR, NULL);

  gtk_text_buffer_set_text (gtk_text_view_get_buffer (self->view), text, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->view),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  gtk_button_set_label (self->take, take);
  return GTK_WIDGET (self);
}

/* The handler takes the editor away. */
void
ph_turn_editor_leave (PhTurnEditor *self)
{
  g_object_ref (self);
  g_signal_emit (self, signals[LEFT], 0);
  g_object_unref (self);
}

static void
leave_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  ph_turn_editor_leave (PH_TURN_EDITOR (widget));
}

static void
take_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  PhTurnEditor *self = PH_TURN_EDITOR (widget);
  g_autofree char *text = dup_text (self);

  g_object_ref (self);
  g_signal_emit (self, signals[TAKEN], 0, text);
  g_object_unref (self);
}

static gboolean
ph_turn_editor_grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (GTK_WIDGET (PH_TURN_EDITOR (widget)->view));
}

static void
ph_turn_editor_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), PH_TYPE_TURN_EDITOR);
  G_OBJECT_CLASS (ph_turn_editor_parent_class)->dispose (object);
}

static void
ph_turn_editor_class_init (PhTurnEditorClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ph_turn_editor_dispose;
  widget_class->grab_focus = ph_turn_editor_grab_focus;
  signals[TAKEN] = g_signal_new ("taken", G_OBJECT_CLASS_TYPE (klass), G_SIGNAL_RUN_LAST,
                                 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[LEFT] = g_signal_new ("left", G_OBJECT_CLASS_TYPE (klass), G_SIGNAL_RUN_LAST, 0,
                                NULL, NULL, NULL, G_TYPE_NONE, 0);

  gtk_widget_class_install_action (widget_class, "editor.leave", NULL, leave_action);
  gtk_widget_class_install_action (widget_class, "editor.take", NULL, take_action);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/pinhole/Pinhole/turn-editor.ui");
  gtk_widget_class_bind_template_child (widget_class, PhTurnEditor, view);
  gtk_widget_class_bind_template_child (widget_class, PhTurnEditor, take);
}

/* Before the text takes it for a new line. */
static gboolean
key_pressed_cb (PhTurnEditor *self, guint key, guint code, GdkModifierType state)
{
  if (!(state & GDK_CONTROL_MASK) || (key != GDK_KEY_Return && key != GDK_KEY_KP_Enter))
    return FALSE;

  gtk_widget_activate_action (GTK_WIDGET (self), "editor.take", NULL);
  return TRUE;
}

static void
ph_turn_editor_init (PhTurnEditor *self)
{
  GtkEventController *key = gtk_event_controller_key_new ();

  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_event_controller_set_propagation_phase (key, GTK_PHASE_CAPTURE);
  g_signal_connect_swapped (key, "key-pressed", G_CALLBACK (key_pressed_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), key);
}

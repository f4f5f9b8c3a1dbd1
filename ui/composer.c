#include "ui/composer.h"

struct _PhComposer {
  GtkBox parent_instance;

  /* Template children */
  GtkLabel *problem;
  GtkRevealer *progress;
  GtkLabel *stage;
  GtkProgressBar *bar;
  GtkEntry *entry;
  GtkButton *button;

  gboolean can_ask;
  gboolean busy;
};

G_DEFINE_FINAL_TYPE (PhComposer, ph_composer, GTK_TYPE_BOX)

enum { ASK, STOP, N_SIGNALS };

static guint signals[N_SIGNALS];

/* How far along each stage is when it begins.  Writing takes as long as it takes. */
static const struct {
  const char *text;
  double done;
} stages[] = {
  [PH_STAGE_PICTURE] = { "Opening the picture…", 0.05 },
  [PH_STAGE_VISION] = { "Reading the picture…", 0.15 },
  [PH_STAGE_QUERIES] = { "Asking the queries…", 0.55 },
  [PH_STAGE_PROMPT] = { "Reading the question…", 0.7 },
  [PH_STAGE_WRITING] = { "Writing…", 0.85 },
};

static char *
dup_question (PhComposer *self)
{
  return g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->entry))));
}

static void
update_button (PhComposer *self)
{
  g_autofree char *question = dup_question (self);
  GtkWidget *button = GTK_WIDGET (self->button);
  const char *label = self->busy ? "Stop" : "Send";

  gtk_button_set_icon_name (self->button, self->busy ? "media-playback-stop-symbolic"
                                                     : "go-up-symbolic");
  gtk_widget_set_tooltip_text (button, self->busy ? "Stop (Esc)" : "Send (Enter)");
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  label, -1);
  if (self->busy) {
    gtk_widget_remove_css_class (button, "suggested-action");
    gtk_widget_add_css_class (button, "destructive-action");
  } else {
    gtk_widget_remove_css_class (button, "destructive-action");
    gtk_widget_add_css_class (button, "suggested-action");
  }
  gtk_widget_set_sensitive (button, self->busy || (self->can_ask && *question != '\0'));
}

static void
send (PhComposer *self)
{
  g_autofree char *question = dup_question (self);

  if (self->busy || !self->can_ask || *question == '\0')
    return;

  gtk_editable_set_text (GTK_EDITABLE (self->entry), "");
  g_signal_emit (self, signals[ASK], 0, question);
}

static void
activate_cb (GtkEntry *entry, PhComposer *self)
{
  send (self);
}

static void
clicked_cb (GtkButton *button, PhComposer *self)
{
  if (self->busy)
    g_signal_emit (self, signals[STOP], 0);
  else
    send (self);
}

static void
changed_cb (GtkEditable *editable, PhComposer *self)
{
  update_button (self);
}

void
ph_composer_set_can_ask (PhComposer *self, gboolean can_ask)
{
  self->can_ask = can_ask;
  update_button (self);
}

void
ph_composer_set_busy (PhComposer *self, gboolean busy)
{
  if (self->busy == busy)
    return;

  self->busy = busy;
  gtk_revealer_set_reveal_child (self->progress, busy);
  update_button (self);
}

void
ph_composer_set_stage (PhComposer *self, PhStage stage)
{
  gtk_label_set_text (self->stage, stages[stage].text);
  gtk_progress_bar_set_fraction (self->bar, stages[stage].done);
}

void
ph_composer_set_problem (PhComposer *self, const char *sentence)
{
  gtk_label_set_text (self->problem, sentence != NULL ? sentence : "");
  gtk_widget_set_visible (GTK_WIDGET (self->problem), sentence != NULL);
}

const char *
ph_composer_get_text (PhComposer *self)
{
  return gtk_editable_get_text (GTK_EDITABLE (self->entry));
}

void
ph_composer_set_text (PhComposer *self, const char *text)
{
  gtk_editable_set_text (GTK_EDITABLE (self->entry), text);
  gtk_editable_set_position (GTK_EDITABLE (self->entry), -1);
}

static gboolean
ph_composer_grab_focus (GtkWidget *widget)
{
  return gtk_entry_grab_focus_without_selecting (PH_COMPOSER (widget)->entry);
}

static void
ph_composer_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), PH_TYPE_COMPOSER);
  G_OBJECT_CLASS (ph_composer_parent_class)->dispose (object);
}

static guint
add_signal (PhComposerClass *klass, const char *name, guint n_params)
{
  return g_signal_new (name, G_OBJECT_CLASS_TYPE (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                       NULL, NULL, G_TYPE_NONE, n_params, G_TYPE_STRING);
}

static void
ph_composer_class_init (PhComposerClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ph_composer_dispose;
  widget_class->grab_focus = ph_composer_grab_focus;
  signals[ASK] = add_signal (klass, "ask", 1);
  signals[STOP] = add_signal (klass, "stop", 0);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/pinhole/Pinhole/composer.ui");
  gtk_widget_class_bind_template_child (widget_class, PhComposer, problem);
  gtk_widget_class_bind_template_child (widget_class, PhComposer, progress);
  gtk_widget_class_bind_template_child (widget_class, PhComposer, stage);
  gtk_widget_class_bind_template_child (widget_class, PhComposer, bar);
  gtk_widget_class_bind_template_child (widget_class, PhComposer, entry);
  gtk_widget_class_bind_template_child (widget_class, PhComposer, button);
  gtk_widget_class_bind_template_callback (widget_class, activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, clicked_cb);
  gtk_widget_class_bind_template_callback (widget_class, changed_cb);
}

static void
ph_composer_init (PhComposer *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  update_button (self);
}

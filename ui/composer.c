#include "ui/composer.h"

#include "ui/context-meter.h"
#include "ui/prompts-menu.h"
#include "ui/sampling-menu.h"
#include "ui/template-menu.h"

#include <glib/gi18n.h>

struct _PhComposer {
  GtkBox parent_instance;

  /* Template children */
  GtkLabel *problem;
  GtkRevealer *progress;
  GtkLabel *stage;
  GtkProgressBar *bar;
  GtkEntry *entry;
  GtkButton *button;
  GtkMenuButton *template_button;
  PhTemplateMenu *template_menu;
  GtkMenuButton *sampling_button;
  PhSamplingMenu *sampling_menu;
  PhPromptsMenu *prompts_menu;
  PhContextMeter *meter;
  GtkLabel *warning;

  /* Owned */
  PhAsking *asking;

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

/* What the one button does. */
typedef enum { SEND, DESCRIBE, STOP_IT } Task;

static const struct {
  const char *label, *tooltip, *icon, *css_class;
} tasks[] = {
  [SEND] = { N_ ("Send"), N_ ("Send (Enter)"), "go-up-symbolic", "suggested-action" },
  [DESCRIBE] = { N_ ("Describe"), N_ ("Describe the picture, without a question (Enter)"),
                 NULL, "suggested-action" },
  [STOP_IT] = { N_ ("Stop"), N_ ("Stop (Esc)"), "media-playback-stop-symbolic",
                "destructive-action" },
};

static Task
find_task (PhComposer *self, const char *question)
{
  if (self->busy)
    return STOP_IT;
  return *question == '\0' && ph_asking_describes (self->asking) ? DESCRIBE : SEND;
}

static gboolean
can_send (PhComposer *self, const char *question)
{
  return self->can_ask &&
         (*question != '\0' || (!self->busy && ph_asking_describes (self->asking)));
}

static void
update_button (PhComposer *self)
{
  g_autofree char *question = dup_question (self);
  Task task = find_task (self, question);
  GtkWidget *button = GTK_WIDGET (self->button);

  if (tasks[task].icon != NULL)
    gtk_button_set_icon_name (self->button, tasks[task].icon);
  else
    gtk_button_set_label (self->button, _ (tasks[task].label));
  gtk_widget_set_tooltip_text (button, _ (tasks[task].tooltip));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ (tasks[task].label), -1);
  gtk_widget_remove_css_class (button, "suggested-action");
  gtk_widget_remove_css_class (button, "destructive-action");
  gtk_widget_add_css_class (button, tasks[task].css_class);
  gtk_widget_set_sensitive (button, self->busy || can_send (self, question));
}

/* The button in a menu button takes its words; the one around it has to be told. */
static void
label_menu (GtkMenuButton *button, const char *label)
{
  gtk_menu_button_set_label (button, label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  label, -1);
}

/* What the question, as it stands, means for the menus and the meter. */
static void
update_ways (PhComposer *self)
{
  g_autofree char *question = dup_question (self);
  PhRequest request = ph_asking_make_request (self->asking, "…");
  PhRequest present = ph_asking_make_request (self->asking, question);

  label_menu (self->template_button,
              request.template != NULL ? _ ("Template") : _ ("No Template"));
  ph_template_menu_set_question (self->template_menu, question);
  ph_prompts_menu_set_question (self->prompts_menu, question);
  ph_context_meter_measure (self->meter, &present);
}

static void
asking_changed_cb (PhComposer *self)
{
  PhSampling sampling = ph_asking_get_sampling (self->asking);
  g_autofree char *way = ph_sampling_dup_name (&sampling);

  label_menu (self->sampling_button, way);
  update_button (self);
  update_ways (self);
}

static void
send (PhComposer *self)
{
  g_autofree char *question = dup_question (self);

  if (!can_send (self, question))
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
  update_ways (self);
}

static void
warning_cb (PhContextMeter *meter, GParamSpec *pspec, PhComposer *self)
{
  g_autofree char *warning = NULL;

  g_object_get (meter, "warning", &warning, NULL);
  gtk_label_set_text (self->warning, warning);
  gtk_widget_set_visible (GTK_WIDGET (self->warning), *warning != '\0');
}

void
ph_composer_set_engine (PhComposer *self, PhEngine *engine)
{
  ph_context_meter_set_engine (self->meter, engine);
}

void
ph_composer_set_model (PhComposer *self, PhModelFacts *model)
{
  ph_asking_set_model (self->asking, model);
  ph_prompts_menu_set_model (self->prompts_menu, model);
}

static void
insert_cb (PhPromptsMenu *menu, const char *prompt, PhComposer *self)
{
  ph_composer_set_text (self, prompt);
  gtk_widget_grab_focus (GTK_WIDGET (self));
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

PhRequest
ph_composer_make_request (PhComposer *self, const char *prompt)
{
  ph_asking_prepare (self->asking);
  return ph_asking_make_request (self->asking, prompt);
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

static void
ph_composer_finalize (GObject *object)
{
  g_object_unref (PH_COMPOSER (object)->asking);
  G_OBJECT_CLASS (ph_composer_parent_class)->finalize (object);
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
  G_OBJECT_CLASS (klass)->finalize = ph_composer_finalize;
  widget_class->grab_focus = ph_composer_grab_focus;
  signals[ASK] = add_signal (klass, "ask", 1);
  signals[STOP] = add_signal (klass, "stop", 0);
  g_type_ensure (PH_TYPE_CONTEXT_METER);
  g_type_ensure (PH_TYPE_PROMPTS_MENU);
  g_type_ensure (PH_TYPE_SAMPLING_MENU);
  g_type_ensure (PH_TYPE_TEMPLATE_MENU);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/pinhole/Pinhole/composer.ui");
  gtk_widget_class_bind_template_child (widget_class, PhComposer, problem);
  gtk_widget_class_bind_template_child (widget_class, PhComposer, progress);
  gtk_widget_class_bind_template_child (widget_class, PhComposer, stage);
  gtk_widget_class_bind_template_child (widget_class, PhComposer, bar);
  gtk_widget_class_bind_template_child (widget_class, PhComposer, entry);
  gtk_widget_class_bind_template_child (widget_class, PhComposer, button);
  gtk_widget_class_bind_template_child (widget_class, PhComposer, template_button);
  gtk_widget_class_bind_template_child (widget_class, PhComposer, template_menu);
  gtk_widget_class_bind_template_child (widget_class, PhComposer, sampling_button);
  gtk_widget_class_bind_template_child (widget_class, PhComposer, sampling_menu);
  gtk_widget_class_bind_template_child (widget_class, PhComposer, meter);
  gtk_widget_class_bind_template_child (widget_class, PhComposer, warning);
  gtk_widget_class_bind_template_child (widget_class, PhComposer, prompts_menu);
  gtk_widget_class_bind_template_callback (widget_class, activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, insert_cb);
  gtk_widget_class_bind_template_callback (widget_class, warning_cb);
  gtk_widget_class_bind_template_callback (widget_class, clicked_cb);
  gtk_widget_class_bind_template_callback (widget_class, changed_cb);
}

static void
ph_composer_init (PhComposer *self)
{
  self->asking = ph_asking_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  ph_template_menu_set_asking (self->template_menu, self->asking);
  ph_sampling_menu_set_asking (self->sampling_menu, self->asking);
  g_signal_connect_object (self->asking, "changed", G_CALLBACK (asking_changed_cb), self,
                           G_CONNECT_SWAPPED);
  asking_changed_cb (self);
}

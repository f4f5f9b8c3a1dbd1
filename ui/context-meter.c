#include "ui/context-meter.h"

#include <glib/gi18n.h>

struct _PhContextMeter {
  AdwBin parent_instance;

  /* Borrowed */
  GtkLabel *label; /* the child */
  PhEngine *engine;

  /* Owned */
  char *prompt; /* to be measured next, or NULL */
  char *warning;

  gsize n_wanted;    /* the longest answer that was asked for */
  gboolean measures; /* at most one question is on its way to the engine */
};

G_DEFINE_FINAL_TYPE (PhContextMeter, ph_context_meter, ADW_TYPE_BIN)

enum { PROP_WARNING = 1, N_PROPS };

static GParamSpec *properties[N_PROPS];

static char *
dup_warning (PhContextMeter *self, const PhPromptSize *size)
{
  if (size == NULL || size->n_answer >= self->n_wanted)
    return g_strdup ("");
  if (size->n_answer == 0)
    return g_strdup (_ ("The question is longer than the model can read."));
  return g_strdup_printf (
      ngettext ("The answer is cut after %zu token, when the context is full.",
                "The answer is cut after %zu tokens, when the context is full.",
                size->n_answer),
      size->n_answer);
}

static void
show_warning (PhContextMeter *self, const PhPromptSize *size)
{
  g_autofree char *warning = dup_warning (self, size);

  if (g_strcmp0 (self->warning, warning) == 0)
    return;

  g_free (self->warning);
  self->warning = g_steal_pointer (&warning);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_WARNING]);
}

static void
show_size (PhContextMeter *self, const PhPromptSize *size)
{
  g_autofree char *text = NULL;
  g_autofree char *tooltip = NULL;

  if (size != NULL) {
    text = g_strdup_printf (_ ("%zu of %zu tokens"), size->n_queries + size->n_prompt,
                            size->n_positions);
    tooltip = g_strdup_printf (_ ("Picture %zu, prompt %zu; %zu are left to the answer"),
                               size->n_queries, size->n_prompt, size->n_answer);
  }
  gtk_label_set_text (self->label, text != NULL ? text : "");
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->label), tooltip);
  show_warning (self, size);
}

static void measure_next (PhContextMeter *self);

static void
measured_cb (GObject *asker, const PhPromptSize *size)
{
  PhContextMeter *self = PH_CONTEXT_METER (asker);

  self->measures = FALSE;
  show_size (self, size);
  measure_next (self);
}

static void
measure_next (PhContextMeter *self)
{
  g_autofree char *prompt = NULL;

  if (self->prompt == NULL || self->engine == NULL || self->measures)
    return;

  self->measures = TRUE;
  prompt = g_steal_pointer (&self->prompt);
  ph_engine_measure_prompt (self->engine, &(PhRequest){ .prompt = prompt },
                            G_OBJECT (self), measured_cb);
}

void
ph_context_meter_set_engine (PhContextMeter *self, PhEngine *engine)
{
  self->engine = engine;
  measure_next (self);
}

void
ph_context_meter_measure (PhContextMeter *self, const PhRequest *request)
{
  g_free (self->prompt);
  self->prompt = ph_request_dup_prompt (request);
  self->n_wanted = (gsize) request->sampling.max_new_tokens;
  measure_next (self);
}

static void
ph_context_meter_get_property (GObject *object,
                               guint id,
                               GValue *value,
                               GParamSpec *pspec)
{
  g_value_set_string (value, PH_CONTEXT_METER (object)->warning);
}

static void
ph_context_meter_finalize (GObject *object)
{
  PhContextMeter *self = PH_CONTEXT_METER (object);

  g_free (self->prompt);
  g_free (self->warning);
  G_OBJECT_CLASS (ph_context_meter_parent_class)->finalize (object);
}

static void
ph_context_meter_class_init (PhContextMeterClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = ph_context_meter_finalize;
  object_class->get_property = ph_context_meter_get_property;
  properties[PROP_WARNING] = g_param_spec_string (
      "warning", NULL, NULL, "",
      G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
ph_context_meter_init (PhContextMeter *self)
{
  GtkWidget *label = gtk_label_new ("");

  self->warning = g_strdup ("");
  self->label = GTK_LABEL (label);
  gtk_label_set_xalign (self->label, 1);
  gtk_label_set_ellipsize (self->label, PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class (label, "caption");
  gtk_widget_add_css_class (label, "dim-label");
  adw_bin_set_child (ADW_BIN (self), label);
}

#include "ui/context-meter.h"

#include <glib/gi18n.h>

struct _PhContextMeter {
  AdwBin parent_instance;

  /* Borrowed */
  GtkLabel *label; /* the child */
  PhEngine *engine;

  /* Owned */
  char *prompt; /* to be measured next, or NULL */

  gsize n_wanted;    /* the longest answer that was asked for */
  gboolean measures; /* at most one question is on its way to the engine */
};

G_DEFINE_FINAL_TYPE (PhContextMeter, ph_context_meter, ADW_TYPE_BIN)

static char *
dup_text (PhContextMeter *self, const PhPromptSize *size)
{
  gsize n = size->n_queries + size->n_prompt;

  if (size->n_answer == 0)
    return g_strdup_printf (_ ("Too long: %zu of %zu tokens"), n, size->n_positions);
  if (size->n_answer < self->n_wanted)
    return g_strdup_printf (_ ("%zu of %zu tokens, the answer is cut after %zu"), n,
                            size->n_positions, size->n_answer);
  return g_strdup_printf (_ ("%zu of %zu tokens"), n, size->n_positions);
}

static char *
dup_tooltip (const PhPromptSize *size)
{
  if (size->n_answer == 0)
    return g_strdup (_ ("The question does not fit into what the model can read: make "
                        "it shorter"));
  return g_strdup_printf (_ ("Picture %zu, prompt %zu. %zu are left to the answer, which "
                             "ends there when the context is full."),
                          size->n_queries, size->n_prompt, size->n_answer);
}

static void
show_size (PhContextMeter *self, const PhPromptSize *size)
{
  g_autofree char *text = size != NULL ? dup_text (self, size) : g_strdup ("");
  g_autofree char *tooltip = size != NULL ? dup_tooltip (size) : NULL;
  GtkWidget *label = GTK_WIDGET (self->label);
  gboolean is_over = size != NULL && size->n_answer == 0;
  gboolean is_short = size != NULL && !is_over && size->n_answer < self->n_wanted;
  const char *const classes[] = {
    "caption",
    is_over    ? "error"
    : is_short ? "warning"
               : "dim-label",
    NULL,
  };

  gtk_label_set_text (self->label, text);
  gtk_widget_set_tooltip_text (label, tooltip);
  gtk_widget_set_css_classes (label, (const char **) classes);
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
ph_context_meter_finalize (GObject *object)
{
  g_free (PH_CONTEXT_METER (object)->prompt);
  G_OBJECT_CLASS (ph_context_meter_parent_class)->finalize (object);
}

static void
ph_context_meter_class_init (PhContextMeterClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ph_context_meter_finalize;
}

static void
ph_context_meter_init (PhContextMeter *self)
{
  GtkWidget *label = gtk_label_new ("");

  self->label = GTK_LABEL (label);
  gtk_label_set_wrap (self->label, TRUE);
  gtk_label_set_xalign (self->label, 1);
  gtk_label_set_justify (self->label, GTK_JUSTIFY_RIGHT);
  adw_bin_set_child (ADW_BIN (self), label);
}

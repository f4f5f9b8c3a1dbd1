/* How the answer fares with fewer and fewer queries.  Each order has an experiment of its
 * own, which is kept for as long as its answer is looked at. */
#include "ui/heat-map.h"
#include "ui/names.h"
#include "ui/views/asked-again.h"
#include "ui/views/kept-curve.h"
#include "ui/views/kept-run.h"
#include "ui/views/outcome.h"
#include "ui/views/view.h"

#include <glib/gi18n.h>

#define N_ORDERS (PH_ORDER_IMPORTANCE + 1)

#define PH_TYPE_KEPT (ph_kept_get_type ())
G_DECLARE_FINAL_TYPE (PhKept, ph_kept, PH, KEPT, GtkBox)

struct _PhKept {
  GtkBox parent_instance;

  /* Template children */
  GtkDropDown *order;
  GtkButton *run;
  GtkLabel *obstacle;
  GtkProgressBar *progress;
  GtkWidget *outcomes;
  PhKeptCurve *curve;
  GtkScale *scale;
  GtkAdjustment *adjustment;
  PhOutcome *outcome;
  GtkLabel *reach, *verdict;

  /* Owned */
  PhExperiment *experiments[N_ORDERS]; /* or NULL */
  PhRecord *doubted;                   /* the one they are about */

  PhViewContext context; /* borrowed */
  int n_queries;         /* of the record; 0: none */
};

G_DEFINE_FINAL_TYPE (PhKept, ph_kept, GTK_TYPE_BOX)

/* --- which queries --- */

static PhOrder
get_order (PhKept *self)
{
  return (PhOrder) gtk_drop_down_get_selected (self->order);
}

static PhExperiment *
get_experiment (PhKept *self)
{
  return self->experiments[get_order (self)];
}

/* --- what came of it --- */

static const PhExperimentResult *
find_result (PhKept *self, int kept)
{
  return ph_kept_run_find (get_experiment (self), self->n_queries, kept);
}

static void
draw_curve (PhKept *self, const double *reach)
{
  ph_kept_curve_clear (self->curve, self->n_queries);
  for (int kept = 1; kept <= self->n_queries; kept++) {
    const PhExperimentResult *result = find_result (self, kept);

    if (result != NULL)
      ph_kept_curve_set (self->curve, kept, result->probability, reach[kept - 1]);
  }
}

static char *
dup_verdict (PhKept *self)
{
  const char *warning = ph_asked_again_get_warning (get_experiment (self));
  int fewest = ph_kept_run_find_fewest (get_experiment (self), self->n_queries);

  if (warning != NULL)
    return g_strdup (warning);
  if (fewest == 0)
    return g_strdup ("");
  return g_strdup_printf (ngettext ("The answer stays the same down to %d query.",
                                    "The answer stays the same down to %d queries.",
                                    fewest),
                          fewest);
}

static void
show_result (PhKept *self, int kept, const double *reach)
{
  const PhExperimentResult *result = find_result (self, kept);
  g_autofree char *heading =
      g_strdup_printf (ngettext ("With %d of %d queries", "With %d of %d queries", kept),
                       kept, self->n_queries);
  g_autofree char *share = NULL, *reached = NULL;

  gtk_widget_set_visible (GTK_WIDGET (self->reach), result != NULL);
  if (result == NULL) {
    ph_outcome_set_text (self->outcome, heading, _ ("Not tried yet"),
                         _ ("not tried yet"));
    ph_outcome_set_probability (self->outcome, 0, 0, 0);
    return;
  }
  ph_asked_again_show_result (get_experiment (self), result, heading, self->outcome);
  share = ph_heat_map_dup_share_text ((float) reach[kept - 1]);
  reached =
      g_strdup_printf (_ ("Half of what they look at lies in %s of the patches"), share);
  gtk_label_set_label (self->reach, reached);
}

/* Everything that depends on how many are kept. */
static void
show_choice (PhKept *self)
{
  PhExperiment *experiment = get_experiment (self);
  int kept = (int) gtk_adjustment_get_value (self->adjustment);
  g_autofree int *order = NULL;
  g_autofree double *reach = NULL;

  if (experiment == NULL || ph_experiment_get_n_results (experiment) == 0)
    return;
  order = ph_kept_run_dup_order (experiment, ph_look_get_snapshot (self->context.look),
                                 get_order (self));
  reach = ph_order_measure_reach (ph_look_get_snapshot (self->context.look), order);
  ph_kept_curve_set_chosen (self->curve, kept);
  draw_curve (self, reach);
  show_result (self, kept, reach);
}

static void
chosen_cb (PhKept *self, int kept)
{
  gtk_adjustment_set_value (self->adjustment, kept);
}

static void
show_outcomes (PhKept *self)
{
  PhExperiment *experiment = get_experiment (self);
  int n = experiment != NULL ? ph_experiment_get_n_results (experiment) : 0;
  g_autofree char *verdict = n > 0 ? dup_verdict (self) : g_strdup ("");

  gtk_widget_set_visible (self->outcomes, n > 0);
  gtk_label_set_label (self->verdict, verdict);
  show_choice (self);
}

/* --- the controls --- */

static void
forget (PhKept *self)
{
  for (int i = 0; i < N_ORDERS; i++) {
    if (self->experiments[i] != NULL) {
      g_signal_handlers_disconnect_by_data (self->experiments[i], self);
      ph_experiment_cancel (self->experiments[i]);
    }
    g_clear_object (&self->experiments[i]);
  }
  g_clear_pointer (&self->doubted, ph_record_unref);
}

static void
set_n_queries (PhKept *self, int n_queries)
{
  if (self->n_queries == n_queries)
    return;

  self->n_queries = n_queries;
  gtk_scale_clear_marks (self->scale);
  for (int mark = 1; mark <= n_queries; mark *= 2) {
    g_autofree char *number = g_strdup_printf ("%d", mark);

    /* Between 1 and 4 there is no room for it. */
    gtk_scale_add_mark (self->scale, mark, GTK_POS_BOTTOM, mark != 2 ? number : NULL);
  }
  gtk_adjustment_set_upper (self->adjustment, MAX (n_queries, 1));
  gtk_adjustment_set_value (self->adjustment, n_queries);
}

static void
take_record (PhKept *self)
{
  PhRecord *record = ph_look_get_record (self->context.look);
  PhSnapshot *snapshot = ph_look_get_snapshot (self->context.look);
  bool has_queries = snapshot != NULL && ph_snapshot_get_label (snapshot, 0) == NULL;

  if (self->doubted == record)
    return;

  forget (self);
  self->doubted = record != NULL ? ph_record_ref (record) : NULL;
  set_n_queries (self, has_queries ? ph_snapshot_get_shape (snapshot)->n_queries : 0);
}

static char *
dup_obstacle (PhKept *self)
{
  char *obstacle = ph_asked_again_dup_obstacle (&self->context);

  if (obstacle == NULL && self->n_queries == 0)
    return g_strdup (
        _ ("In this model words look at the picture themselves: there are no "
           "queries to leave out"));
  return obstacle;
}

static void
update (PhKept *self)
{
  g_autofree char *obstacle = NULL, *notice = NULL;

  take_record (self);
  obstacle = dup_obstacle (self);
  notice = obstacle != NULL ? g_strdup (obstacle)
                            : ph_asked_again_dup_notice (get_experiment (self));
  gtk_button_set_label (self->run, ph_asked_again_goes_on (get_experiment (self))
                                       ? _ ("Stop Leaving Out")
                                       : _ ("Leave Out One by One"));
  gtk_widget_set_sensitive (GTK_WIDGET (self->run),
                            ph_asked_again_goes_on (get_experiment (self)) ||
                                obstacle == NULL);
  gtk_label_set_label (self->obstacle, notice != NULL ? notice : "");
  gtk_widget_set_visible (GTK_WIDGET (self->obstacle), notice != NULL);
  ph_asked_again_show_progress (get_experiment (self), self->progress);
  show_outcomes (self);
}

static void
run_cb (PhKept *self)
{
  PhOrder order = get_order (self);
  PhExperiment **experiment = &self->experiments[order];

  if (ph_asked_again_goes_on (get_experiment (self))) {
    ph_experiment_cancel (*experiment);
    return;
  }
  g_clear_object (experiment);
  *experiment = ph_kept_run_begin (&self->context, order);
  g_signal_connect_object (*experiment, "notify", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  update (self);
}

/* --- the widget --- */

static void
ph_kept_dispose (GObject *object)
{
  forget (PH_KEPT (object));
  gtk_widget_dispose_template (GTK_WIDGET (object), PH_TYPE_KEPT);
  G_OBJECT_CLASS (ph_kept_parent_class)->dispose (object);
}

static void
ph_kept_class_init (PhKeptClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ph_kept_dispose;
  g_type_ensure (PH_TYPE_KEPT_CURVE);
  g_type_ensure (PH_TYPE_OUTCOME);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/pinhole/Pinhole/views/kept.ui");
  gtk_widget_class_bind_template_child (widget_class, PhKept, order);
  gtk_widget_class_bind_template_child (widget_class, PhKept, run);
  gtk_widget_class_bind_template_child (widget_class, PhKept, obstacle);
  gtk_widget_class_bind_template_child (widget_class, PhKept, progress);
  gtk_widget_class_bind_template_child (widget_class, PhKept, outcomes);
  gtk_widget_class_bind_template_child (widget_class, PhKept, curve);
  gtk_widget_class_bind_template_child (widget_class, PhKept, scale);
  gtk_widget_class_bind_template_child (widget_class, PhKept, adjustment);
  gtk_widget_class_bind_template_child (widget_class, PhKept, outcome);
  gtk_widget_class_bind_template_child (widget_class, PhKept, reach);
  gtk_widget_class_bind_template_child (widget_class, PhKept, verdict);
  gtk_widget_class_bind_template_callback (widget_class, run_cb);
  gtk_widget_class_bind_template_callback (widget_class, chosen_cb);
  gtk_widget_class_bind_template_callback (widget_class, show_choice);
}

static void
ph_kept_init (PhKept *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  ph_name_list (self->order, _ ("Which queries are kept"));
}

static GtkWidget *
kept_new (const PhViewContext *context)
{
  PhKept *self = g_object_new (PH_TYPE_KEPT, NULL);

  self->context = *context;
  ph_asked_again_watch (context, G_CALLBACK (update), self);
  g_signal_connect_object (self->order, "notify::selected", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  update (self);
  return GTK_WIDGET (self);
}

const PhViewClass ph_view_kept = {
  .name = "kept",
  .title = N_ ("Kept"),
  .hint = N_ ("How many of the queries this answer needs"),
  .create = kept_new,
};

/* How the answer fares with fewer and fewer queries.  Each order has an experiment of its
 * own, which is kept for as long as its answer is looked at. */
#include "ui/heat-map.h"
#include "ui/names.h"
#include "ui/views/asked-again.h"
#include "ui/views/kept-curve.h"
#include "ui/views/order.h"
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

static bool
is_running (PhKept *self)
{
  PhExperiment *experiment = get_experiment (self);

  return experiment != NULL && !ph_experiment_is_over (experiment);
}

/* The numbers on the scale first, so that the curve's form shows early. */
static GArray *
list_numbers (int n_queries)
{
  GArray *numbers = g_array_new (FALSE, FALSE, sizeof (int));

  for (int kept = 16; kept >= 1; kept /= 2)
    if (kept < n_queries)
      g_array_append_val (numbers, kept);
  for (int kept = n_queries - 1; kept >= 1; kept--)
    if ((kept & (kept - 1)) != 0 || kept > 16)
      g_array_append_val (numbers, kept);
  return numbers;
}

/* What an order lets go stands at its end, whatever number is kept. */
static PhExperiment *
try_order (PhKept *self, PhOrder order)
{
  g_autofree int *queries =
      ph_order_queries (ph_look_get_snapshot (self->context.look), order);
  g_autoptr (GArray) numbers = list_numbers (self->n_queries);
  g_autofree PhIntervention *list = g_new0 (PhIntervention, numbers->len);

  for (guint i = 0; i < numbers->len; i++) {
    int kept = g_array_index (numbers, int, i);

    list[i].dropped = queries + kept;
    list[i].n_dropped = (size_t) (self->n_queries - kept);
  }
  return ph_asked_again_begin (
      &self->context,
      (PhExperimentAsked){ .interventions = list, .n_interventions = numbers->len });
}

/* --- what came of it --- */

static int
count_kept (PhKept *self, const PhExperimentResult *result)
{
  return self->n_queries -
         (result->without != NULL ? (int) result->without->n_dropped : 0);
}

static const PhExperimentResult *
find_result (PhKept *self, int kept)
{
  PhExperiment *experiment = get_experiment (self);

  for (int i = 0; i < ph_experiment_get_n_results (experiment); i++) {
    const PhExperimentResult *result = ph_experiment_get_result (experiment, i);

    if (count_kept (self, result) == kept)
      return result;
  }
  return NULL;
}

/* Of an experiment by importance, what has gone so far: the first to go stands last. */
static int *
dup_order (PhKept *self)
{
  PhSnapshot *snapshot = ph_look_get_snapshot (self->context.look);
  PhExperiment *experiment = get_experiment (self);
  int n_results = ph_experiment_get_n_results (experiment), n = 0;
  g_autofree bool *is_kept = g_new (bool, self->n_queries);
  const PhIntervention *last;
  int *order;

  if (get_order (self) != PH_ORDER_IMPORTANCE)
    return ph_order_queries (snapshot, get_order (self));
  last = ph_experiment_get_result (experiment, n_results - 1)->without;
  order = g_new (int, self->n_queries);
  ph_intervention_keep (last, (size_t) self->n_queries, is_kept);
  for (int i = 0; i < self->n_queries; i++)
    if (is_kept[i])
      order[n++] = i;
  for (int i = 0; n < self->n_queries; i++, n++)
    order[self->n_queries - 1 - i] = last->dropped[i];
  return order;
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

/* The fewest queries from which on, with more of them, the answer is always the same; 0
 * where there is more to come. */
static int
find_fewest (PhKept *self)
{
  int fewest = self->n_queries;

  if (ph_experiment_get_state (get_experiment (self)) != PH_EXPERIMENT_DONE)
    return 0;
  for (int kept = self->n_queries; kept >= 1; kept--) {
    const PhExperimentResult *result = find_result (self, kept);

    if (result == NULL || !g_str_equal (result->answer.text,
                                        ph_experiment_get_text (get_experiment (self))))
      break;
    fewest = kept;
  }
  return fewest;
}

static char *
dup_verdict (PhKept *self)
{
  int fewest = find_fewest (self);

  if (find_result (self, self->n_queries)->words->len > 1)
    return g_strdup (_ ("Asked again with nothing taken away, the model gives another "
                        "answer: the two cannot be compared."));
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
  g_autofree char *markup = NULL, *spoken = NULL, *share = NULL, *reached = NULL;

  gtk_widget_set_visible (GTK_WIDGET (self->reach), result != NULL);
  if (result == NULL) {
    ph_outcome_set_text (self->outcome, heading, _ ("Not tried yet"),
                         _ ("not tried yet"));
    ph_outcome_set_probability (self->outcome, 0, 0, 0);
    return;
  }
  markup =
      ph_asked_again_dup_markup (ph_experiment_get_text (get_experiment (self)), result);
  spoken =
      ph_asked_again_dup_spoken (ph_experiment_get_text (get_experiment (self)), result);
  ph_outcome_set_text (self->outcome, heading, markup, spoken);
  ph_outcome_set_probability (self->outcome, result->probability, result->probability,
                              result->probability);
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
  order = dup_order (self);
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

/* Why it cannot begin, or how the last one ended if that is worth a word. */
static char *
dup_notice (PhKept *self, const char *obstacle)
{
  PhExperiment *experiment = get_experiment (self);

  if (obstacle != NULL || experiment == NULL)
    return g_strdup (obstacle);
  if (ph_experiment_get_state (experiment) == PH_EXPERIMENT_FAILED)
    return g_strdup (ph_experiment_get_error (experiment)->message);
  if (ph_experiment_get_state (experiment) == PH_EXPERIMENT_CANCELLED)
    return g_strdup (_ ("Stopped before the end"));
  return NULL;
}

static void
show_progress (PhKept *self)
{
  PhExperiment *experiment = get_experiment (self);
  int n_planned = experiment != NULL ? ph_experiment_get_n_planned (experiment) : 0;

  gtk_widget_set_visible (GTK_WIDGET (self->progress), is_running (self));
  gtk_progress_bar_set_fraction (
      self->progress,
      n_planned > 0 ? (double) ph_experiment_get_n_results (experiment) / n_planned : 0);
}

static void
update (PhKept *self)
{
  g_autofree char *obstacle = NULL, *notice = NULL;

  take_record (self);
  obstacle = dup_obstacle (self);
  notice = dup_notice (self, obstacle);
  gtk_button_set_label (self->run, is_running (self) ? _ ("Stop Leaving Out")
                                                     : _ ("Leave Out One by One"));
  gtk_widget_set_sensitive (GTK_WIDGET (self->run),
                            is_running (self) || obstacle == NULL);
  gtk_label_set_label (self->obstacle, notice != NULL ? notice : "");
  gtk_widget_set_visible (GTK_WIDGET (self->obstacle), notice != NULL);
  show_progress (self);
  show_outcomes (self);
}

static void
run_cb (PhKept *self)
{
  PhOrder order = get_order (self);
  PhExperiment **experiment = &self->experiments[order];

  if (is_running (self)) {
    ph_experiment_cancel (*experiment);
    return;
  }
  g_clear_object (experiment);
  *experiment = order == PH_ORDER_IMPORTANCE
                    ? ph_asked_again_begin (&self->context,
                                            (PhExperimentAsked){ .by_importance = true })
                    : try_order (self, order);
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

/* Covers what the map shows, or switches off what is chosen, asks again with the same
 * seed, and does as much at random beside it. */
#include "ui/names.h"
#include "ui/views/asked-again.h"
#include "ui/views/outcome.h"
#include "ui/views/plan.h"
#include "ui/views/verdict.h"
#include "ui/views/view.h"

#include <glib/gi18n.h>

#define FIRST_DRAW 2   /* behind the plain result and the one that is tested */
#define MOST_LISTED 80 /* characters of other answers that are read out */

typedef enum { PATCHES, QUERY, HEAD } What;

/* Entries of the list of amounts, in order. */
static const struct {
  float part; /* of the map; 0: a number of patches */
  size_t n_patches;
} amounts[] = { { 0.1f, 0 }, { 0.25f, 0 }, { 0.5f, 0 }, { 0, 1 }, { 0, 4 }, { 0, 16 } };

#define PH_TYPE_DOUBT (ph_doubt_get_type ())
G_DECLARE_FINAL_TYPE (PhDoubt, ph_doubt, PH, DOUBT, GtkBox)

struct _PhDoubt {
  GtkBox parent_instance;

  /* Template children */
  GtkDropDown *what, *amount, *cover;
  GtkWidget *covering;
  GtkButton *run;
  GtkLabel *obstacle;
  GtkProgressBar *progress;
  GtkWidget *outcomes;
  PhOutcome *first, *without, *random;
  GtkLabel *verdict;

  /* Owned */
  PhExperiment *experiment; /* or NULL */
  PhRecord *doubted;        /* the one it is about */
  char *taken;              /* "Without 12 patches" */

  PhViewContext context; /* borrowed */
};

G_DEFINE_FINAL_TYPE (PhDoubt, ph_doubt, GTK_TYPE_BOX)

/* --- what is taken away --- */

static char *
dup_choice_obstacle (PhDoubt *self)
{
  static char *(*const obstacles[]) (PhLook *) = { [PATCHES] = ph_plan_dup_no_patches,
                                                   [QUERY] = ph_plan_dup_no_query,
                                                   [HEAD] = ph_plan_dup_no_head };

  return obstacles[gtk_drop_down_get_selected (self->what)](self->context.look);
}

static PhPlan *
make_plan (PhDoubt *self)
{
  static const PhCover covers[] = { PH_COVER_MEAN, PH_COVER_GREY, PH_COVER_BLUR };
  PhLook *look = self->context.look;
  guint amount = gtk_drop_down_get_selected (self->amount);

  switch ((What) gtk_drop_down_get_selected (self->what)) {
  case QUERY:
    return ph_plan_queries (look);
  case HEAD:
    return ph_plan_head (look);
  default:
    return ph_plan_patches (look, covers[gtk_drop_down_get_selected (self->cover)],
                            amounts[amount].part, amounts[amount].n_patches);
  }
}

/* --- what came of it --- */

/* Each answer of the draws that is not the doubted one, once. */
static GPtrArray *
list_other_answers (PhDoubt *self, int n)
{
  GPtrArray *others = g_ptr_array_new ();
  const char *doubted = ph_experiment_get_text (self->experiment);

  for (int i = FIRST_DRAW; i < n; i++) {
    char *text = ph_experiment_get_result (self->experiment, i)->answer.text;

    if (!g_str_equal (text, doubted) &&
        !g_ptr_array_find_with_equal_func (others, text, g_str_equal, NULL))
      g_ptr_array_add (others, text);
  }
  return others;
}

static int
count_same (PhDoubt *self, int n)
{
  int n_same = 0;

  for (int i = FIRST_DRAW; i < n; i++)
    n_same += g_str_equal (ph_experiment_get_result (self->experiment, i)->answer.text,
                           ph_experiment_get_text (self->experiment));
  return n_same;
}

/* "The same answer in 4 of 5 draws; else: grey". */
static char *
dup_draws_text (PhDoubt *self, int n)
{
  g_autoptr (GPtrArray) others = list_other_answers (self, n);
  g_autofree char *same = g_strdup_printf (_ ("The same answer in %d of %d draws"),
                                           count_same (self, n), n - FIRST_DRAW);
  g_autofree char *list = NULL;

  if (others->len == 0)
    return g_steal_pointer (&same);
  g_ptr_array_add (others, NULL);
  list = g_strjoinv (", ", (char **) others->pdata);
  if (g_utf8_strlen (list, -1) <= MOST_LISTED)
    return g_strdup_printf (_ ("%s; else: %s"), same, list);
  return g_strdup_printf (
      ngettext ("%s; else %u other", "%s; else %u others", others->len - 1), same,
      others->len - 1);
}

static void
show_draws (PhDoubt *self, int n)
{
  double sum = 0, low = 1, high = 0;
  g_autofree char *text = dup_draws_text (self, n);
  g_autofree char *markup = g_markup_escape_text (text, -1);

  for (int i = FIRST_DRAW; i < n; i++) {
    double p = ph_experiment_get_result (self->experiment, i)->probability;

    sum += p;
    low = MIN (low, p);
    high = MAX (high, p);
  }
  ph_outcome_set_text (self->random, _ ("As much at random instead"), markup, text);
  ph_outcome_set_probability (self->random, sum / (n - FIRST_DRAW), low, high);
}

static char *
dup_verdict (PhDoubt *self, int n)
{
  const char *warning = ph_asked_again_get_warning (self->experiment);
  g_autofree double *random = g_new (double, n);

  if (warning != NULL)
    return g_strdup (warning);
  if (ph_experiment_get_state (self->experiment) != PH_EXPERIMENT_DONE)
    return g_strdup ("");
  for (int i = FIRST_DRAW; i < n; i++)
    random[i - FIRST_DRAW] = ph_experiment_get_result (self->experiment, i)->log_change;
  return ph_verdict_dup (ph_experiment_get_result (self->experiment, 1)->log_change,
                         random, (size_t) (n - FIRST_DRAW));
}

static void
show_result (PhDoubt *self, int i, const char *heading, PhOutcome *outcome)
{
  ph_asked_again_show_result (
      self->experiment, ph_experiment_get_result (self->experiment, i), heading, outcome);
}

static void
show_outcomes (PhDoubt *self)
{
  int n = self->experiment != NULL ? ph_experiment_get_n_results (self->experiment) : 0;
  g_autofree char *verdict = n > 0 ? dup_verdict (self, n) : g_strdup ("");

  gtk_widget_set_visible (self->outcomes, n > 0);
  gtk_widget_set_visible (GTK_WIDGET (self->without), n > 1);
  gtk_widget_set_visible (GTK_WIDGET (self->random), n > FIRST_DRAW);
  if (n > 0)
    show_result (self, 0, _ ("The answer, asked again"), self->first);
  if (n > 1)
    show_result (self, 1, self->taken, self->without);
  if (n > FIRST_DRAW)
    show_draws (self, n);
  gtk_label_set_label (self->verdict, verdict);
}

/* --- the controls --- */

static void
forget (PhDoubt *self)
{
  if (self->experiment != NULL) {
    g_signal_handlers_disconnect_by_data (self->experiment, self);
    ph_experiment_cancel (self->experiment);
  }
  g_clear_object (&self->experiment);
  g_clear_pointer (&self->doubted, ph_record_unref);
  g_clear_pointer (&self->taken, g_free);
}

static void
update (PhDoubt *self)
{
  What what = gtk_drop_down_get_selected (self->what);
  g_autofree char *obstacle = ph_asked_again_dup_obstacle (&self->context);
  g_autofree char *notice = NULL;

  if (self->doubted != ph_look_get_record (self->context.look))
    forget (self);
  if (obstacle == NULL)
    obstacle = dup_choice_obstacle (self);
  notice = obstacle != NULL ? g_strdup (obstacle)
                            : ph_asked_again_dup_notice (self->experiment);
  gtk_widget_set_visible (self->covering, what == PATCHES);
  gtk_button_set_label (self->run, ph_asked_again_goes_on (self->experiment)
                                       ? _ ("Stop Doubting")
                                   : what == PATCHES ? _ ("Cover What It Looked At")
                                                     : _ ("Switch It Off"));
  gtk_widget_set_sensitive (GTK_WIDGET (self->run),
                            ph_asked_again_goes_on (self->experiment) ||
                                obstacle == NULL);
  gtk_label_set_label (self->obstacle, notice != NULL ? notice : "");
  gtk_widget_set_visible (GTK_WIDGET (self->obstacle), notice != NULL);
  ph_asked_again_show_progress (self->experiment, self->progress);
  show_outcomes (self);
}

static void
begin (PhDoubt *self)
{
  g_autoptr (PhPlan) plan = make_plan (self);

  forget (self);
  self->doubted = ph_record_ref (ph_look_get_record (self->context.look));
  self->taken = g_steal_pointer (&plan->taken);
  self->experiment = ph_asked_again_begin (
      &self->context,
      (PhExperimentAsked){ .interventions = (const PhIntervention *) plan->list->data,
                           .n_interventions = plan->list->len });
  g_signal_connect_swapped (self->experiment, "notify", G_CALLBACK (update), self);
  update (self);
}

static void
run_cb (PhDoubt *self)
{
  if (ph_asked_again_goes_on (self->experiment))
    ph_experiment_cancel (self->experiment);
  else
    begin (self);
}

/* --- the widget --- */

static void
ph_doubt_dispose (GObject *object)
{
  forget (PH_DOUBT (object));
  gtk_widget_dispose_template (GTK_WIDGET (object), PH_TYPE_DOUBT);
  G_OBJECT_CLASS (ph_doubt_parent_class)->dispose (object);
}

static void
ph_doubt_class_init (PhDoubtClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ph_doubt_dispose;
  g_type_ensure (PH_TYPE_OUTCOME);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/pinhole/Pinhole/views/doubt.ui");
  gtk_widget_class_bind_template_child (widget_class, PhDoubt, what);
  gtk_widget_class_bind_template_child (widget_class, PhDoubt, covering);
  gtk_widget_class_bind_template_child (widget_class, PhDoubt, amount);
  gtk_widget_class_bind_template_child (widget_class, PhDoubt, cover);
  gtk_widget_class_bind_template_child (widget_class, PhDoubt, run);
  gtk_widget_class_bind_template_child (widget_class, PhDoubt, obstacle);
  gtk_widget_class_bind_template_child (widget_class, PhDoubt, progress);
  gtk_widget_class_bind_template_child (widget_class, PhDoubt, outcomes);
  gtk_widget_class_bind_template_child (widget_class, PhDoubt, first);
  gtk_widget_class_bind_template_child (widget_class, PhDoubt, without);
  gtk_widget_class_bind_template_child (widget_class, PhDoubt, random);
  gtk_widget_class_bind_template_child (widget_class, PhDoubt, verdict);
  gtk_widget_class_bind_template_callback (widget_class, run_cb);
}

static void
ph_doubt_init (PhDoubt *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  ph_name_list (self->what, _ ("What is taken away"));
  ph_name_list (self->amount, _ ("How much is covered"));
  ph_name_list (self->cover, _ ("What covers it"));
}

static GtkWidget *
doubt_new (const PhViewContext *context)
{
  PhDoubt *self = g_object_new (PH_TYPE_DOUBT, NULL);

  self->context = *context;
  ph_asked_again_watch (context, G_CALLBACK (update), self);
  g_signal_connect_object (context->look, "notify::map", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->what, "notify::selected", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  update (self);
  return GTK_WIDGET (self);
}

const PhViewClass ph_view_doubt = {
  .name = "doubt",
  .title = N_ ("Doubt"),
  .hint = N_ ("Cover what it looked at, ask again, and see whether it mattered"),
  .create = doubt_new,
};

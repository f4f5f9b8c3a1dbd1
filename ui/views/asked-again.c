#include "ui/views/asked-again.h"

#include "core/engine/json.h"

#include <glib/gi18n.h>

/* --- whether it can be --- */

static char *
dup_model_obstacle (PhEngine *engine, const char *asked)
{
  PhModelFacts *model = ph_engine_get_model (engine);

  if (asked == NULL)
    return g_strdup (_ ("It is not known which model gave this answer"));
  if (model != NULL && g_str_equal (model->info.name, asked))
    return NULL;
  if (ph_engine_get_state (engine) == PH_ENGINE_LOADING)
    return g_strdup (_ ("A model is being loaded"));
  return g_strdup_printf (_ ("Load the model “%s”, which gave this answer, to doubt it"),
                          asked);
}

char *
ph_asked_again_dup_obstacle (const PhViewContext *context)
{
  PhTurn *turn = ph_look_get_turn (context->look);
  PhRecord *record = ph_look_get_record (context->look);

  if (turn == NULL || record == NULL || ph_record_get_n_tokens (record) == 0)
    return g_strdup (_ ("Choose an answer of which the words are kept"));
  if (ph_turn_get_state (turn) == PH_TURN_STREAMING)
    return g_strdup (_ ("Wait until the answer is written"));
  if (ph_look_get_picture (context->look) == NULL)
    return g_strdup (_ ("The picture of this answer is not there"));
  return dup_model_obstacle (context->engine, ph_turn_get_model (turn));
}

void
ph_asked_again_watch (const PhViewContext *context, GCallback changed, gpointer view)
{
  static const char *const of_look[] = { "notify::record", "notify::picture",
                                         "notify::turn" };
  static const char *const of_engine[] = { "notify::state", "notify::model-name" };

  for (size_t i = 0; i < G_N_ELEMENTS (of_look); i++)
    g_signal_connect_object (context->look, of_look[i], changed, view, G_CONNECT_SWAPPED);
  for (size_t i = 0; i < G_N_ELEMENTS (of_engine); i++)
    g_signal_connect_object (context->engine, of_engine[i], changed, view,
                             G_CONNECT_SWAPPED);
}

/* --- asking --- */

static GArray *
dup_ids (const PhRecord *record)
{
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (int32_t));

  for (size_t i = 0; i < ph_record_get_n_tokens (record); i++)
    g_array_append_val (ids, ph_record_get_token (record, i)->chosen.id);
  return ids;
}

PhExperiment *
ph_asked_again_begin (const PhViewContext *context, PhExperimentAsked asked)
{
  PhTurn *turn = ph_look_get_turn (context->look);
  g_autoptr (GArray) ids = dup_ids (ph_look_get_record (context->look));
  PhRequest request = { .picture = ph_look_get_picture (context->look),
                        .prompt = ph_turn_get_prompt (turn) };
  g_autofree char *template =
      ph_request_read_settings (&request.sampling, ph_turn_get_settings (turn));

  request.template = template;
  asked.request = &request;
  asked.ids = (const int32_t *) ids->data;
  asked.n_ids = ids->len;
  return ph_engine_experiment (context->engine, &asked);
}

/* --- how it goes --- */

bool
ph_asked_again_goes_on (PhExperiment *experiment)
{
  return experiment != NULL && !ph_experiment_is_over (experiment);
}

char *
ph_asked_again_dup_notice (PhExperiment *experiment)
{
  if (experiment == NULL)
    return NULL;
  if (ph_experiment_get_state (experiment) == PH_EXPERIMENT_FAILED)
    return g_strdup (ph_experiment_get_error (experiment)->message);
  if (ph_experiment_get_state (experiment) == PH_EXPERIMENT_CANCELLED)
    return g_strdup (_ ("Stopped before the end"));
  return NULL;
}

const char *
ph_asked_again_get_warning (PhExperiment *experiment)
{
  const GArray *words = ph_experiment_get_result (experiment, 0)->words;

  for (guint i = 0; i < words->len; i++)
    if (g_array_index (words, PhWordRun, i).change != PH_WORD_KEPT)
      return _ (
          "Asked again with nothing taken away, the model gives another answer: the "
          "two cannot be compared.");
  return NULL;
}

void
ph_asked_again_show_progress (PhExperiment *experiment, GtkProgressBar *bar)
{
  int n_planned = experiment != NULL ? ph_experiment_get_n_planned (experiment) : 0;

  gtk_widget_set_visible (GTK_WIDGET (bar), ph_asked_again_goes_on (experiment));
  if (n_planned > 0)
    gtk_progress_bar_set_fraction (
        bar, (double) ph_experiment_get_n_results (experiment) / n_planned);
}

/* --- words --- */

static const char *
text_of (const PhWordRun *run, const char *doubted, const PhExperimentResult *result)
{
  return run->change == PH_WORD_GONE ? doubted : result->answer.text;
}

static char *
dup_markup (const char *doubted, const PhExperimentResult *result)
{
  static const char *const begins[] = { "", "<s>", "<b><u>" };
  static const char *const ends[] = { "", "</s>", "</u></b>" };
  GString *markup = g_string_new (NULL);

  for (guint i = 0; i < result->words->len; i++) {
    const PhWordRun *run = &g_array_index (result->words, PhWordRun, i);
    const char *text = text_of (run, doubted, result);
    g_autofree char *words =
        g_markup_escape_text (text + run->begin, (gssize) (run->end - run->begin));

    if (i > 0 && run->begin > 0 && g_ascii_isspace (text[run->begin - 1]))
      g_string_append_c (markup, ' ');
    g_string_append_printf (markup, "%s%s%s", begins[run->change], words,
                            ends[run->change]);
  }
  return g_string_free (markup, FALSE);
}

static char *
dup_spoken (const char *doubted, const PhExperimentResult *result)
{
  GString *spoken = g_string_new (result->answer.text);

  for (guint i = 0; i < result->words->len; i++) {
    const PhWordRun *run = &g_array_index (result->words, PhWordRun, i);
    g_autofree char *words =
        g_strndup (text_of (run, doubted, result) + run->begin, run->end - run->begin);

    if (run->change == PH_WORD_KEPT)
      continue;
    g_string_append (spoken, "; ");
    g_string_append_printf (
        spoken, run->change == PH_WORD_GONE ? _ ("gone: %s") : _ ("new: %s"), words);
  }
  return g_string_free (spoken, FALSE);
}

void
ph_asked_again_show_result (PhExperiment *experiment,
                            const PhExperimentResult *result,
                            const char *heading,
                            PhOutcome *outcome)
{
  const char *doubted = ph_experiment_get_text (experiment);
  g_autofree char *markup = dup_markup (doubted, result);
  g_autofree char *spoken = dup_spoken (doubted, result);

  ph_outcome_set_text (outcome, heading, markup, spoken);
  ph_outcome_set_probability (outcome, result->probability, result->probability,
                              result->probability);
}

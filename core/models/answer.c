#include "core/models/answer-record.h"
#include "core/models/model-private.h"
#include "core/models/recorder.h"
#include "core/models/writing.h"

#include "core/base/error.h"
#include "core/tensor/ops.h"

#include <math.h>
#include <string.h>

/* --- what is given back --- */

void
ph_answer_clear (PhAnswer *self)
{
  g_clear_pointer (&self->text, g_free);
  g_clear_pointer (&self->ids, g_array_unref);
  g_clear_pointer (&self->probabilities, g_array_unref);
  g_clear_pointer (&self->prompt_ids, g_array_unref);
  g_clear_pointer (&self->snapshot, ph_snapshot_unref);
  g_clear_pointer (&self->record, ph_record_unref);
  *self = (PhAnswer){ 0 };
}

void
ph_answer_init (PhAnswer *self)
{
  *self = (PhAnswer){
    .text = g_strdup (""),
    .ids = g_array_new (FALSE, FALSE, sizeof (int32_t)),
    .probabilities = g_array_new (FALSE, FALSE, sizeof (float)),
    .prompt_ids = g_array_new (FALSE, FALSE, sizeof (int32_t)),
    .stop = PH_STOP_CANCELLED,
  };
}

void
ph_match_clear (PhMatch *self)
{
  g_clear_pointer (&self->ids, g_array_unref);
  g_clear_pointer (&self->snapshot, ph_snapshot_unref);
  *self = (PhMatch){ 0 };
}

double
ph_run_stage (const PhRun *run, PhStage stage)
{
  if (run->stage != NULL)
    run->stage (run->data, stage);
  return g_get_monotonic_time () / 1e6;
}

/* --- asking --- */

/* Stands among ids of rows for the row that Grad-CAM has the mean of others in. */
static const int32_t mean_of_rows = -1;

/* How the tokens are spelt that looked at the picture, or NULL where queries did. */
static char **
dup_labels (const PhModel *self, const GArray *row_ids)
{
  char **labels = row_ids->len > 0 ? g_new0 (char *, row_ids->len + 1) : NULL;

  for (guint i = 0; i < row_ids->len; i++) {
    int32_t id = g_array_index (row_ids, int32_t, i);
    const char *token = ph_tokenizer_get_token (self->tokenizer, id);

    labels[i] = id == mean_of_rows ? g_strdup ("(mean)")
                : token != NULL    ? g_strdup (token)
                                   : g_strdup_printf ("%d", id);
  }
  return labels;
}

static PhSnapshot *
finish_recorder (PhModel *self, PhRecorder *recorder, const PhRun *run, bool wanted)
{
  g_auto (GStrv) labels = dup_labels (self, run->row_ids);

  return ph_recorder_finish (recorder, self->info.patch_rows, self->info.patch_columns,
                             (const char *const *) labels, wanted);
}

static bool
wants_recall (PhModel *self, const PhPass *pass, const PhAnswer *answer)
{
  return self->class->recall != NULL && answer->stop != PH_STOP_CANCELLED &&
         ph_probe_wants (pass, PH_PROBE_CROSS_ATTENTION);
}

static PhPass
heard_by (const PhPass *pass, PhListener *listener)
{
  PhPass heard = *pass;

  if (listener != NULL)
    heard.probe = &listener->probe;
  return heard;
}

/* Beams are not listened to: only at the end is known which of them is the answer, and
 * that is read once more. */
static bool
write_heard (PhModel *self,
             const PhPass *pass,
             PhWriting *writing,
             PhTensor *prompt,
             GError **error)
{
  PhListener *listener = writing->listener;
  bool has_beams = writing->asked->sampling.n_beams > 1;
  PhPass heard = heard_by (pass, has_beams ? NULL : listener);
  const GArray *ids = writing->answer->ids;

  if (listener != NULL)
    listener->n_prompt = prompt->dims[1];
  if (!ph_writing_run (writing, &heard, prompt, error))
    return false;
  if (listener != NULL && has_beams && ids->len > 0 && !ph_stopped (pass->context))
    ph_listener_reread (listener, self->lm, pass->context, prompt,
                        (const int32_t *) ids->data, ids->len);
  return true;
}

/* @looked says whether those who look at the picture did before a stop: queries before
 * the prompt is read, a question with it, a caption when it is written. */
static bool
run_all (PhModel *self,
         const PhPass *pass,
         PhWriting *writing,
         bool *looked,
         GError **error)
{
  PhPass heard = heard_by (pass, writing->listener);
  PhTensor *prompt = self->class->look (self, &heard, writing->run);

  *looked = !ph_stopped (pass->context);
  if (!*looked)
    return true;
  if (!write_heard (self, pass, writing, prompt, error))
    return false;

  if (wants_recall (self, pass, writing->answer)) {
    self->class->recall (self, pass, writing->run, writing->answer->ids);
    *looked = !ph_stopped (pass->context);
  } else if (writing->run->row_ids->len > 0) {
    *looked = writing->answer->ids->len > 0;
  }
  return true;
}

/* The same, with snapshot and record. */
static bool
run_noted (PhModel *self, const PhPass *pass, PhWriting *writing, GError **error)
{
  PhAnswer *answer = writing->answer;
  PhListenerSizes sizes = ph_answer_get_sizes (self, writing->run);
  PhRecorder recorder;
  PhListener listener;
  PhPass recorded = ph_recorder_start (&recorder, pass, PH_PROBE_CROSS_ATTENTION);
  bool done, looked = false;

  ph_listener_start (&listener, recorded.probe, &sizes);
  writing->listener = &listener;
  done = run_all (self, &recorded, writing, &looked, error);
  answer->snapshot = finish_recorder (self, &recorder, writing->run, looked);
  if (done)
    answer->record = ph_answer_make_record (self, writing->run, answer, &listener);
  ph_listener_clear (&listener);
  return done;
}

bool
ph_model_ask (PhModel *self,
              const PhPass *pass,
              const PhQuestionAsked *question,
              PhAnswer *answer,
              GError **error)
{
  g_autoptr (GArray) qformer_ids = g_array_new (FALSE, FALSE, sizeof (int32_t));
  g_autoptr (GArray) row_ids = g_array_new (FALSE, FALSE, sizeof (int32_t));
  size_t scope = ph_arena_mark (pass->context->arena);
  PhRun run = { .picture = question->picture,
                .qformer_ids = qformer_ids,
                .row_ids = row_ids,
                .timings = &answer->timings,
                .stage = question->stage,
                .data = question->data };
  PhWriting writing = { .model = self, .asked = question, .run = &run, .answer = answer };
  bool done, looked;

  ph_answer_clear (answer);
  ph_answer_init (answer);
  if (!ph_question_check (self, question, answer->prompt_ids, qformer_ids, error))
    return false;

  run.ids = answer->prompt_ids;
  done = question->wants_snapshot ? run_noted (self, pass, &writing, error)
                                  : run_all (self, pass, &writing, &looked, error);
  ph_arena_reset (pass->context->arena, scope);
  return done;
}

/* --- comparing --- */

/* Weights that hold no numbers make scores that are none. */
static bool
check_scores (const PhMatch *match, GError **error)
{
  if (match->stopped || isfinite (match->itc + match->itm[0] + match->itm[1]))
    return true;
  return ph_fail (error, PH_ERROR_FORMAT,
                  "the scores are no numbers: the weights are damaged");
}

bool
ph_model_match (PhModel *self,
                const PhPass *pass,
                const PhMatchAsked *asked,
                PhMatch *match,
                GError **error)
{
  g_autoptr (GArray) row_ids = g_array_new (FALSE, FALSE, sizeof (int32_t));
  size_t scope = ph_arena_mark (pass->context->arena);
  PhRun run = { .picture = asked->picture,
                .row_ids = row_ids,
                .timings = &match->timings,
                .stage = asked->stage,
                .data = asked->data };
  PhRecorder recorder;
  PhPass recorded;
  bool done;

  ph_match_clear (match);
  match->ids = g_array_new (FALSE, FALSE, sizeof (int32_t));
  if (!ph_match_check (self, asked, match->ids, &run.grad_cam_layer, error))
    return false;

  run.ids = match->ids;
  recorded = ph_recorder_start (&recorder, pass,
                                asked->wants_grad_cam ? PH_PROBE_GRAD_CAM
                                                      : PH_PROBE_CROSS_ATTENTION);
  done = self->class->match (self, asked->wants_snapshot ? &recorded : pass, &run, match,
                             error);
  match->stopped = ph_stopped (pass->context);
  done = done && check_scores (match, error);
  match->probability = 1 / (1 + exp ((double) match->itm[0] - match->itm[1]));
  if (asked->wants_grad_cam && row_ids->len > 0)
    g_array_insert_val (row_ids, 1, mean_of_rows);
  match->snapshot = finish_recorder (self, &recorder, &run, done && !match->stopped);
  ph_arena_reset (pass->context->arena, scope);
  return done;
}

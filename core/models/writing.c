#include "core/models/writing.h"

#include <string.h>

/* Drops what a character cut in the middle decodes to: the next token may complete it. */
static void
drop_broken_end (char *text)
{
  while (g_str_has_suffix (text, "\xef\xbf\xbd"))
    text[strlen (text) - 3] = '\0';
}

static void
written_cb (void *data, const int32_t *ids, const float *probabilities, size_t n)
{
  PhWriting *self = data;
  const PhQuestionAsked *asked = self->asked;
  PhAnswer *answer = self->answer;

  if (answer->ids->len == 0)
    answer->timings.prompt = ph_run_stage (self->run, PH_STAGE_WRITING) - self->start;
  g_array_set_size (answer->ids, 0);
  g_array_append_vals (answer->ids, ids, (guint) n);
  g_array_set_size (answer->probabilities, 0);
  g_array_append_vals (answer->probabilities, probabilities, (guint) n);
  g_free (answer->text);
  answer->text =
      ph_tokenizer_decode (self->model->tokenizer, (const int32_t *) answer->ids->data,
                           answer->ids->len, true);
  if (asked->text != NULL) {
    g_autofree char *shown = g_strdup (answer->text);

    drop_broken_end (shown);
    asked->text (asked->data, shown, (int) answer->ids->len);
  }
}

static void
scored_cb (void *data, const float *scores, size_t n, double total)
{
  PhWriting *self = data;

  if (self->listener != NULL)
    ph_listener_score (self->listener, scores, n, total);
}

/* What a penalty for repetition takes as said: the placeholder that newer folders have
 * for the queries, and the prompt. */
static GArray *
dup_said (const PhModel *self, const GArray *prompt_ids)
{
  GArray *said = g_array_new (FALSE, FALSE, sizeof (int32_t));

  if (self->info.image_token >= 0)
    g_array_append_val (said, self->info.image_token);
  g_array_append_vals (said, prompt_ids->data, prompt_ids->len);
  return said;
}

bool
ph_writing_run (PhWriting *self, const PhPass *pass, PhTensor *prompt, GError **error)
{
  PhModel *model = self->model;
  PhAnswer *answer = self->answer;
  g_autoptr (GArray) said = dup_said (model, answer->prompt_ids);
  bool done;

  self->start = ph_run_stage (self->run, PH_STAGE_PROMPT);
  done = ph_generate (
      &(PhGeneration){ .lm = model->lm,
                       .pass = pass,
                       .prompt = prompt,
                       .prompt_ids = (const int32_t *) said->data,
                       .n_prompt_ids = said->len,
                       .sampling = &self->asked->sampling,
                       .begun = self->asked->begun,
                       .n_begun = self->asked->n_begun,
                       .stop_ids = model->info.stop_ids,
                       .n_stop_ids = model->info.n_stop_ids,
                       .newline_id = ph_tokenizer_find (model->tokenizer, "Ċ"),
                       .written = written_cb,
                       .scored = scored_cb,
                       .data = self },
      &answer->stop, error);
  answer->timings.writing =
      g_get_monotonic_time () / 1e6 - self->start - answer->timings.prompt;
  return done;
}

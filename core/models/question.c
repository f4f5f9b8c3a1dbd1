/* What is asked, held against the room there is. */
#include "core/models/model-private.h"

#include "core/base/error.h"

static bool
is_blank (const char *text)
{
  while (g_ascii_isspace (*text))
    text++;
  return *text == '\0';
}

static bool
read_text (PhModel *self, const char *text, GArray *ids, GError **error)
{
  if (self->class->read_prompt != NULL)
    return self->class->read_prompt (self, text, ids, error);
  return ph_tokenizer_encode (self->tokenizer, text, true, ids, error);
}

static bool
check_room (const GArray *ids,
            const char *what,
            const char *whose,
            size_t room,
            GError **error)
{
  if (ids->len <= room)
    return true;
  return ph_fail (error, PH_ERROR_RANGE, "the %s has %u tokens%s, and at most %zu fit",
                  what, ids->len, whose, room);
}

/* Positions that the queries and one token of an answer leave to the prompt. */
static size_t
prompt_room (const PhModel *self)
{
  size_t n_queries = (size_t) self->info.n_queries, n = self->lm->n_positions;

  return n > n_queries ? n - n_queries - 1 : 0;
}

static bool
read_prompt (PhModel *self,
             const char *prompt,
             GArray *ids,
             GArray *qformer_ids,
             GError **error)
{
  if (self->info.needs_prompt && is_blank (prompt))
    return ph_fail (error, PH_ERROR_RANGE,
                    "the instruction is empty: ask something about the picture");
  if (!read_text (self, prompt, ids, error))
    return false;
  if (self->qformer_tokenizer == NULL)
    return true;
  return ph_tokenizer_encode (self->qformer_tokenizer, prompt, true, qformer_ids,
                              error) &&
         check_room (qformer_ids, "instruction", " for the Q-Former",
                     self->n_text_positions, error);
}

/* They come out of a file, and another model may have written them. */
static bool
check_begun (PhModel *self, const PhQuestionAsked *question, GError **error)
{
  size_t most = (size_t) question->sampling.max_new_tokens;

  if (question->n_begun == 0)
    return true;
  if (question->sampling.n_beams > 1)
    return ph_fail (error, PH_ERROR_UNSUPPORTED,
                    "%d beams, which do not go on with an answer: ask for one",
                    question->sampling.n_beams);
  if (question->n_begun >= most)
    return ph_fail (error, PH_ERROR_RANGE,
                    "an answer of %zu tokens cannot be gone on with up to %zu",
                    question->n_begun, most);
  for (size_t i = 0; i < question->n_begun; i++)
    if (question->begun[i] < 0 || (size_t) question->begun[i] >= self->lm->n_vocabulary)
      return ph_fail (error, PH_ERROR_RANGE, "token %d of the answer, not 0 to %zu",
                      question->begun[i], self->lm->n_vocabulary - 1);
  return true;
}

bool
ph_question_check (PhModel *self,
                   const PhQuestionAsked *question,
                   GArray *ids,
                   GArray *qformer_ids,
                   GError **error)
{
  if (self->lm == NULL)
    return ph_fail (error, PH_ERROR_UNSUPPORTED,
                    "%s compares pictures with texts and writes none: use match",
                    self->info.name);
  return ph_sampling_check (&question->sampling, error) &&
         check_begun (self, question, error) &&
         ph_store_is_unchanged (self->store, error) &&
         read_prompt (self, question->prompt, ids, qformer_ids, error) &&
         check_room (ids, "instruction", "", prompt_room (self), error);
}

/* The Q-Former has a room of its own for the instruction. */
static bool
fits_qformer (PhModel *self, const char *prompt)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (int32_t));

  return self->qformer_tokenizer == NULL ||
         (ph_tokenizer_encode (self->qformer_tokenizer, prompt, true, ids, NULL) &&
          ids->len <= self->n_text_positions);
}

bool
ph_model_measure_prompt (PhModel *self, const char *prompt, PhPromptSize *size)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (int32_t));
  bool fits;

  if (self->lm == NULL || !read_text (self, prompt, ids, NULL))
    return false;

  fits = ids->len <= prompt_room (self) && fits_qformer (self, prompt);
  *size = (PhPromptSize){ .n_queries = (size_t) self->info.n_queries,
                          .n_prompt = ids->len,
                          .n_positions = self->lm->n_positions };
  if (fits)
    size->n_answer = ph_lm_get_room (self->lm, size->n_queries + size->n_prompt);
  return true;
}

bool
ph_match_check (PhModel *self,
                const PhMatchAsked *asked,
                GArray *ids,
                int *layer,
                GError **error)
{
  if (self->class->match == NULL)
    return ph_fail (error, PH_ERROR_UNSUPPORTED,
                    "%s answers and cannot compare pictures with texts: use ask",
                    self->info.name);
  if (is_blank (asked->text))
    return ph_fail (error, PH_ERROR_RANGE,
                    "the text is empty: say something to compare the picture with");
  return ph_store_is_unchanged (self->store, error) &&
         read_text (self, asked->text, ids, error) &&
         check_room (ids, "text", "", self->n_text_positions, error) &&
         ph_grad_cam_choose_layer (asked->grad_cam_layer, self->n_cross_layers,
                                   self->cross_frequency, layer, error);
}

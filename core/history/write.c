#include "core/history/store.h"

static const char *
keep (PhWrite *self, const char *text)
{
  return text != NULL ? g_string_chunk_insert (self->strings, text) : NULL;
}

PhWrite *
ph_write_new (PhWriteKind kind, int64_t id)
{
  PhWrite *self = g_new0 (PhWrite, 1);

  self->kind = kind;
  self->id = id;
  self->time = g_get_real_time ();
  self->strings = g_string_chunk_new (256);
  return self;
}

void
ph_write_set_text (PhWrite *self, const char *text)
{
  self->text = keep (self, text);
}

void
ph_write_set_edit (PhWrite *self, const char *prompt, const char *answer)
{
  self->prompt = keep (self, prompt);
  self->reply = keep (self, answer);
}

void
ph_write_set_question (PhWrite *self, const PhHistoryQuestion *question)
{
  self->has_question = true;
  self->question = *question;
  if (question->picture != NULL)
    ph_picture_ref (question->picture);
  if (question->picture_file != NULL)
    g_bytes_ref (question->picture_file);
  self->question.picture_name = keep (self, question->picture_name);
  self->question.model = keep (self, question->model ?: "");
  self->question.prompt = keep (self, question->prompt ?: "");
  self->question.settings = keep (self, question->settings ?: "{}");
}

void
ph_write_set_answer (PhWrite *self, const PhHistoryAnswer *answer)
{
  self->has_answer = true;
  self->answered = g_get_real_time ();
  self->answer = *answer;
  if (answer->record != NULL)
    ph_record_ref (answer->record);
  self->record = ph_random_id ();
  self->answer.text = keep (self, answer->text ?: "");
  self->answer.stop_reason = keep (self, answer->stop_reason);
  self->answer.timings = keep (self, answer->timings);
  self->answer.ids = g_memdup2 (answer->ids, answer->n_ids * sizeof *answer->ids);
}

void
ph_write_free (PhWrite *self)
{
  g_clear_pointer (&self->question.picture, ph_picture_unref);
  g_clear_pointer (&self->question.picture_file, g_bytes_unref);
  g_clear_pointer (&self->answer.record, ph_record_unref);
  g_clear_pointer (&self->import, ph_import_free);
  g_free ((void *) self->answer.ids);
  g_string_chunk_free (self->strings);
  g_free (self);
}

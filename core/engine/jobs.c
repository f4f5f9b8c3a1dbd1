#include "core/engine/jobs.h"

#include "core/base/error.h"
#include "core/engine/load-private.h"
#include "core/engine/reply-private.h"
#include "core/vision/decode.h"

/* --- opening a model --- */

typedef struct {
  PhJob job;
  PhLoad *load; /* NULL: the model is to be closed */
  PhLoadHow how;
  PhModelFacts *model; /* that is open afterwards, or NULL */
  PhLoadState end;
  GError *error;
} LoadJob;

static bool
opened_cb (void *data, const PhModelFacts *model, const char *warning)
{
  LoadJob *self = data;

  if (warning == NULL)
    return true;
  ph_load_set_warning (self->load, warning);
  if (self->how == PH_LOAD_UNLESS_SLOW)
    self->end = PH_LOAD_SLOW;
  return self->how != PH_LOAD_UNLESS_SLOW;
}

static void
progress_cb (size_t n_done, size_t n_bytes, gpointer data)
{
  LoadJob *self = data;

  ph_load_set_progress (self->load, n_done, n_bytes);
}

static void
load_model (LoadJob *self, PhRunner *runner)
{
  const PhOpening opening = { .folder = ph_load_get_folder (self->load),
                              .stop = ph_load_get_stop (self->load),
                              .opened = opened_cb,
                              .progress = progress_cb,
                              .data = self };

  self->end = PH_LOAD_CANCELLED;
  if (!ph_load_begin (self->load))
    return;
  if (ph_runner_load_model (runner, &opening, &self->error))
    self->end = PH_LOAD_DONE;
  else if (g_error_matches (self->error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_clear_error (&self->error);
  else
    self->end = PH_LOAD_FAILED;
}

static void
load_run (PhJob *job, PhRunner *runner)
{
  LoadJob *self = (LoadJob *) job;

  if (self->load != NULL)
    load_model (self, runner);
  else
    g_clear_pointer (&runner->model, ph_model_free);
  self->model = runner->model != NULL ? ph_model_facts_new (runner->model) : NULL;
}

static void
load_cancel (PhJob *job)
{
  LoadJob *self = (LoadJob *) job;

  if (self->load != NULL)
    ph_load_cancel (self->load);
}

/* The load ends after the engine knows, so that who hears of it finds the new model. */
static void
load_arrive (PhJob *job, gpointer owner)
{
  LoadJob *self = (LoadJob *) job;

  ph_engine_end_load (owner, self->model, self->error);
  if (self->load != NULL)
    ph_load_end (self->load, self->end, self->error);
  g_clear_object (&self->load);
}

/* One that never arrived, since the engine went away, was stopped by that. */
static void
load_free (PhJob *job)
{
  LoadJob *self = (LoadJob *) job;

  if (self->load != NULL)
    ph_load_end (self->load, PH_LOAD_CANCELLED, NULL);
  g_clear_object (&self->load);
  g_clear_pointer (&self->model, ph_model_facts_unref);
  g_clear_error (&self->error);
  g_free (self);
}

static const PhJobClass load_class = { load_run, load_cancel, load_arrive, load_free };

PhJob *
ph_load_job_new (PhLoad *load, PhLoadHow how)
{
  LoadJob *self = g_new0 (LoadJob, 1);

  self->job.class = &load_class;
  self->load = g_object_ref (load);
  self->how = how;
  return &self->job;
}

PhJob *
ph_unload_job_new (void)
{
  LoadJob *self = g_new0 (LoadJob, 1);

  self->job.class = &load_class;
  return &self->job;
}

/* --- asking it --- */

typedef struct {
  PhJob job;
  PhReply *reply;
  char *path;
  PhPicture *picture;
  char *prompt;
  PhSampling sampling;
  int32_t *begun;
  size_t n_begun;
} AskJob;

static void
stage_cb (void *data, PhStage stage)
{
  ph_reply_set_stage (data, stage);
}

static void
text_cb (void *data, const char *text, int n_tokens)
{
  ph_reply_set_text (data, text, n_tokens);
}

static bool
find_picture (AskJob *self, GError **error)
{
  if (self->path != NULL)
    self->picture =
        ph_picture_load (self->path, ph_reply_get_cancellable (self->reply), error);
  else if (self->picture == NULL)
    ph_fail (error, PH_ERROR_RANGE, "there is no picture to ask about");

  if (self->picture == NULL)
    return false;

  ph_reply_set_picture (self->reply, self->picture);
  return true;
}

static bool
answer (AskJob *self, PhRunner *runner, PhAnswer *answer, GError **error)
{
  PhPass pass = { .context = &runner->context };
  PhQuestionAsked question = {
    .prompt = self->prompt,
    .sampling = self->sampling,
    .begun = self->begun,
    .n_begun = self->n_begun,
    .wants_snapshot = true,
    .stage = stage_cb,
    .text = text_cb,
    .data = self->reply,
  };
  bool succeeded;

  if (runner->model == NULL)
    return ph_fail (error, PH_ERROR_UNSUPPORTED, "no model is open");
  if (!find_picture (self, error))
    return false;

  question.picture = self->picture;
  runner->context.stop = ph_reply_get_stop (self->reply);
  succeeded = ph_model_ask (runner->model, &pass, &question, answer, error);
  runner->context.stop = NULL;
  return succeeded;
}

static void
ask_run (PhJob *job, PhRunner *runner)
{
  AskJob *self = (AskJob *) job;
  g_auto (PhAnswer) result = { 0 };
  g_autoptr (GError) error = NULL;

  if (!ph_reply_begin (self->reply))
    return;

  if (answer (self, runner, &result, &error))
    ph_reply_take_answer (self->reply, &result);
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    ph_reply_end_unanswered (self->reply);
  else
    ph_reply_take_error (self->reply, g_steal_pointer (&error));
}

static void
ask_cancel (PhJob *job)
{
  AskJob *self = (AskJob *) job;

  ph_reply_cancel (self->reply);
}

/* The reply has told all there is to tell in its own idle. */
static void
ask_arrive (PhJob *job, gpointer owner)
{
}

static void
ask_free (PhJob *job)
{
  AskJob *self = (AskJob *) job;

  g_object_unref (self->reply);
  g_free (self->path);
  g_clear_pointer (&self->picture, ph_picture_unref);
  g_free (self->prompt);
  g_free (self->begun);
  g_free (self);
}

static const PhJobClass ask_class = { ask_run, ask_cancel, ask_arrive, ask_free };

PhJob *
ph_ask_job_new (PhReply *reply, const PhRequest *request)
{
  AskJob *self = g_new0 (AskJob, 1);

  self->job.class = &ask_class;
  self->reply = g_object_ref (reply);
  self->path = g_strdup (request->path);
  if (request->path == NULL && request->picture != NULL)
    self->picture = ph_picture_ref (request->picture);
  self->prompt = ph_request_dup_prompt (request);
  self->sampling = request->sampling;
  self->begun = g_memdup2 (request->begun, request->n_begun * sizeof *request->begun);
  self->n_begun = request->n_begun;
  return &self->job;
}

/* --- opening a picture --- */

typedef struct {
  PhJob job;
  char *path;
  GBytes *bytes;
  GCancellable *cancellable;
  PhPictureCallback callback;
  gpointer data;
  PhPicture *picture;
  GError *error;
} PictureJob;

static void
picture_run (PhJob *job, PhRunner *runner)
{
  PictureJob *self = (PictureJob *) job;

  if (self->path != NULL)
    self->picture = ph_picture_load (self->path, self->cancellable, &self->error);
  else
    self->picture = ph_picture_load_bytes (self->bytes, self->cancellable, &self->error);
}

static void
picture_cancel (PhJob *job)
{
  PictureJob *self = (PictureJob *) job;

  g_cancellable_cancel (self->cancellable);
}

static void
picture_arrive (PhJob *job, gpointer owner)
{
  PictureJob *self = (PictureJob *) job;

  self->callback (self->picture, self->error, self->data);
}

static void
picture_free (PhJob *job)
{
  PictureJob *self = (PictureJob *) job;

  g_free (self->path);
  g_clear_pointer (&self->bytes, g_bytes_unref);
  g_object_unref (self->cancellable);
  g_clear_pointer (&self->picture, ph_picture_unref);
  g_clear_error (&self->error);
  g_free (self);
}

static const PhJobClass picture_class = { picture_run, picture_cancel, picture_arrive,
                                          picture_free };

PhJob *
ph_picture_job_new (const char *path,
                    GBytes *bytes,
                    PhPictureCallback callback,
                    gpointer data)
{
  PictureJob *self = g_new0 (PictureJob, 1);

  self->job.class = &picture_class;
  self->path = g_strdup (path);
  if (path == NULL)
    self->bytes = g_bytes_ref (bytes);
  self->cancellable = g_cancellable_new ();
  self->callback = callback;
  self->data = data;
  return &self->job;
}

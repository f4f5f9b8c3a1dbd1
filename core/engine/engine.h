/* engine.h - one worker, one model, and answers that arrive while you watch
 *
 * The engine owns a worker thread; the worker owns the model.  Every call here comes
 * from the main thread and returns at once.  Asking gives a live PhReply (reply.h) whose
 * properties change on the main context that asked, at most once a main-loop turn.
 * Requests are answered one after another in the order they were made.
 *
 * Dropping the last reference cancels what runs and joins the worker; a picture that was
 * being opened then never arrives.
 */
#pragma once

#include "core/engine/experiment.h"
#include "core/engine/load.h"
#include "core/engine/reply.h"

G_BEGIN_DECLS

#define PH_TYPE_ENGINE (ph_engine_get_type ())
G_DECLARE_FINAL_TYPE (PhEngine, ph_engine, PH, ENGINE, GObject)

typedef enum {
  PH_ENGINE_EMPTY,
  PH_ENGINE_LOADING,
  PH_ENGINE_READY,
  PH_ENGINE_FAILED, /* the last load failed: "problem" says why */
} PhEngineState;

/* Starts the worker.  Properties, all read-only and notified on the main context:
 * "state" (int, PhEngineState), "model-name" (string or NULL), "problem" (string). */
PhEngine *ph_engine_new (void);

/* Opens the model in @folder instead of the present one.  A load that fails or is stopped
 * keeps the present model, but for one that would not fit beside the other and is gone
 * from the disk since.  The caller owns the result, by which it is watched and stopped.
 */
PhLoad *ph_engine_begin_load (PhEngine *self,
                              const char *folder,
                              PhLoadHow how) G_GNUC_WARN_UNUSED_RESULT;
/* The same for who does not watch; opened even if it will be slow. */
void ph_engine_load (PhEngine *self, const char *folder);

/* Closes the model, after what was asked of it is answered. */
void ph_engine_unload (PhEngine *self);

PhEngineState ph_engine_get_state (PhEngine *self);
/* What is known of the model that is open, or NULL; borrowed until the next notify. */
PhModelFacts *ph_engine_get_model (PhEngine *self);
/* The folder's last part, NULL without a model; borrowed until the next notify. */
const char *ph_engine_get_model_name (PhEngine *self);
const char *ph_engine_get_problem (PhEngine *self);

typedef struct {
  const char *path;   /* a file to decode, or NULL */
  PhPicture *picture; /* an open picture, where @path is NULL; a reference is taken */
  const char *prompt;
  const char *template; /* how it is put, with {} where it goes; NULL: as it is */
  PhSampling sampling;
  /* The tokens of an answer by the same model that is gone on with; none: a new one.
   * Copied.  The text of the reply begins with them. */
  const int32_t *begun;
  size_t n_begun;
} PhRequest;

/* What the model reads of it: the prompt in its template. */
char *ph_request_dup_prompt (const PhRequest *self);

/* Queues a request and returns its reply, which the caller owns.  Without a model, or
 * with a request that cannot be answered, the reply fails with the reason. */
PhReply *
ph_engine_ask (PhEngine *self, const PhRequest *request) G_GNUC_WARN_UNUSED_RESULT;

typedef struct {
  const PhRequest *request; /* as it was asked, with an open picture */
  /* The tokens of the answer that is doubted; none: of what the first run says. */
  const int32_t *ids;
  size_t n_ids;

  const PhIntervention *interventions; /* tried in this order */
  size_t n_interventions;
  /* Instead of those: leaves out one query after another until one is left, each time the
   * one that the doubted answer misses least (greedy; the answer's probability decides,
   * by scoring alone).  Scores n (n + 1) / 2 - 1 times for n queries. */
  bool by_importance;
} PhExperimentAsked;

/* Queues an experiment, which the caller owns; everything is copied or referenced. */
PhExperiment *
ph_engine_experiment (PhEngine *self,
                      const PhExperimentAsked *asked) G_GNUC_WARN_UNUSED_RESULT;

/* Counts the tokens of @request, after what was asked before it, and hands them over on
 * the asking main context, unless @asker has gone by then; @size is NULL without a model
 * that can read the prompt, and borrowed by the callback. */
typedef void (*PhPromptSizeCallback) (GObject *asker, const PhPromptSize *size);
void ph_engine_measure_prompt (PhEngine *self,
                               const PhRequest *request,
                               GObject *asker,
                               PhPromptSizeCallback callback);

/* Decodes a picture on the worker and hands it over on the asking main context;
 * @picture is NULL if @error is set.  Both are borrowed by the callback. */
typedef void (*PhPictureCallback) (PhPicture *picture,
                                   const GError *error,
                                   gpointer data);
void ph_engine_open_picture (PhEngine *self,
                             const char *path,
                             PhPictureCallback callback,
                             gpointer data);
/* The same for the bytes of a picture file, as they come from the clipboard. */
void ph_engine_open_picture_bytes (PhEngine *self,
                                   GBytes *bytes,
                                   PhPictureCallback callback,
                                   gpointer data);

G_END_DECLS

/* jobs.h - the kinds of work that the engine gives to its worker
 *
 * Made on the main thread and given to ph_worker_take_job(); their owner is a PhEngine.
 */
#pragma once

#include "core/engine/engine.h"
#include "core/engine/worker.h"

G_BEGIN_DECLS

/* Takes a reference to @load. */
PhJob *ph_load_job_new (PhLoad *load, PhLoadHow how);

PhJob *ph_unload_job_new (void);

/* Takes a reference to @reply and, of @request, copies or references what it needs. */
PhJob *ph_ask_job_new (PhReply *reply, const PhRequest *request);

/* The same of @experiment and @asked. */
PhJob *ph_experiment_job_new (PhExperiment *experiment, const PhExperimentAsked *asked);

/* The call of @callback with @asker, which is not kept alive. */
PhJob *ph_measure_job_new (const PhRequest *request,
                           GObject *asker,
                           PhPromptSizeCallback callback);

/* The picture in the file at @path, or where that is NULL in @bytes. */
PhJob *ph_picture_job_new (const char *path,
                           GBytes *bytes,
                           PhPictureCallback callback,
                           gpointer data);

/* How a load tells the engine its end: @model is the one that is open now, or NULL;
 * @error is why it is not the one that was asked for, unless somebody stopped it. */
void ph_engine_end_load (PhEngine *self, PhModelFacts *model, const GError *error);

G_END_DECLS

/* worker.h - one thread that does jobs in the order they were given
 *
 * A job is made on the main thread, queued, run on the worker, and travels back to the
 * main thread, where it arrives and is freed: nothing that the main thread knows is ever
 * dropped by the worker.  However many jobs are done, at most one idle waits to bring
 * them back.
 *
 * To add a kind of job: a struct that begins with PhJob and a const PhJobClass in jobs.c.
 */
#pragma once

#include "core/engine/runner.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _PhJob PhJob;

typedef struct {
  /* On the worker. */
  void (*run) (PhJob *self, PhRunner *runner);
  /* On the main thread, when the worker is to stop: makes a run() that goes on or is yet
   * to come return soon. */
  void (*cancel) (PhJob *self);
  /* On the main thread, after run(); not after the worker was freed. */
  void (*arrive) (PhJob *self, gpointer owner);
  /* On the main thread. */
  void (*free) (PhJob *self);
} PhJobClass;

struct _PhJob {
  const PhJobClass *class;
  GList link; /* in the queue it is in */
};

typedef struct _PhWorker PhWorker;

/* Jobs arrive on the calling thread's default main context, with @owner, borrowed. */
PhWorker *ph_worker_new (gpointer owner);

/* Cancels all jobs and joins the thread. */
void ph_worker_free (PhWorker *self);

void ph_worker_take_job (PhWorker *self, PhJob *job);

G_END_DECLS

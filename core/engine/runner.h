/* runner.h - a model with what it takes to run it
 *
 * An arena, the threads and the model that is open, if one is.  The engine's worker has
 * one; programs that run a model without an engine (trace, evaluate) have their own.
 *
 * Threads.  OpenBLAS and the pool split the same products in different ways, and both
 * lose when they wait for each other: models of less than PH_LARGE_MODEL parameters
 * leave OpenBLAS one thread, larger ones give it all.  OpenBLAS keeps that number for
 * the whole process, so the model opened last decides.
 *
 * Belongs to one thread, the one that called ph_runner_init().
 */
#pragma once

#include "core/models/facts.h"

G_BEGIN_DECLS

#define PH_LARGE_MODEL 100000000

typedef struct {
  PhModel *model; /* or NULL */
  PhContext context;
} PhRunner;

void ph_runner_init (PhRunner *self);
void ph_runner_clear (PhRunner *self);

/* Opens the model in @folder instead of the present one, which is kept on failure.
 * Memory is held against what it needs (preflight.h); its weights are read when they are
 * used. */
bool ph_runner_open_model (PhRunner *self, const char *folder, GError **error);

typedef struct {
  const char *folder;
  const atomic_bool *stop;
  /* Told before anything is read: @warning says that it will be slow, or is NULL.
   * Returns whether to go on. */
  bool (*opened) (void *data, const PhModelFacts *model, const char *warning);
  PhModelProgress progress;
  void *data;
} PhOpening;

/* The same, and reads the weights into memory, unless they are more than there is of it.
 * Where two models do not fit beside each other, the present one is given up before that
 * and opened again if the other is stopped; it may have gone by then.  Fails with
 * G_IO_ERROR_CANCELLED after a stop, or if opened() said no. */
bool ph_runner_load_model (PhRunner *self, const PhOpening *opening, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PhRunner, ph_runner_clear)

G_END_DECLS

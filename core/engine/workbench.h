/* workbench.h - a model with what it takes to run it
 *
 * An arena, the threads and the model that is open, if one is.  The engine's worker has
 * one; programs that run a model without an engine (trace, evaluate) have their own.
 *
 * Threads.  OpenBLAS and the pool split the same products in different ways, and both
 * lose when they wait for each other: models of less than PH_LARGE_MODEL parameters
 * leave OpenBLAS one thread, larger ones give it all.  OpenBLAS keeps that number for
 * the whole process, so the model opened last decides.
 *
 * Belongs to one thread, the one that called ph_workbench_init().
 */
#pragma once

#include "core/models/model.h"

G_BEGIN_DECLS

#define PH_LARGE_MODEL 100000000

typedef struct {
  PhModel *model; /* or NULL */
  PhContext context;
} PhWorkbench;

void ph_workbench_init (PhWorkbench *self);
void ph_workbench_clear (PhWorkbench *self);

/* Opens the model in @folder instead of the present one, which is kept on failure. */
bool ph_workbench_open_model (PhWorkbench *self, const char *folder, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PhWorkbench, ph_workbench_clear)

G_END_DECLS

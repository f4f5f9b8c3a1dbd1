#include "core/engine/runner.h"

#include "core/engine/preflight.h"
#include "core/tensor/kernels/kernels.h"
#include "core/tensor/pool.h"

#include <cblas.h>
#include <gio/gio.h>

void
ph_runner_init (PhRunner *self)
{
  ph_flush_denormals ();
  *self = (PhRunner){
    .context.arena = ph_arena_new (),
    .context.pool = ph_pool_new (ph_n_processors ()),
  };
}

void
ph_runner_clear (PhRunner *self)
{
  g_clear_pointer (&self->model, ph_model_free);
  g_clear_pointer (&self->context.pool, ph_pool_free);
  g_clear_pointer (&self->context.arena, ph_arena_free);
}

static void
share_processors (const PhModelInfo *info)
{
  openblas_set_num_threads (info->n_parameters < PH_LARGE_MODEL ? 1 : ph_n_processors ());
}

/* Takes @model in place of the present one. */
static void
take_model (PhRunner *self, PhModel *model)
{
  g_clear_pointer (&self->model, ph_model_free);
  self->model = model;
  share_processors (ph_model_get_info (model));
}

bool
ph_runner_open_model (PhRunner *self, const char *folder, GError **error)
{
  g_autoptr (PhModel) model = ph_model_open (folder, error);
  g_autoptr (PhModelFacts) facts = model != NULL ? ph_model_facts_new (model) : NULL;
  PhMemory memory = ph_preflight_look ();

  if (facts == NULL || !ph_preflight_check (facts, &memory, error))
    return false;
  take_model (self, g_steal_pointer (&model));
  return true;
}

/* --- with its weights --- */

static bool
is_stopped (const PhOpening *opening)
{
  return atomic_load_explicit (opening->stop, memory_order_relaxed);
}

static bool
fail_cancelled (GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED,
                       "opening the model was stopped");
  return false;
}

/* Pages of the present model would be thrown out by those of @model, and read again. */
static bool
crowds_out (PhRunner *self, const PhModelFacts *model, const PhMemory *memory)
{
  return self->model != NULL && model->need.hard + model->need.soft +
                                        ph_model_get_info (self->model)->n_weight_bytes >
                                    ph_memory_available (memory);
}

static bool
read_weights (const PhModel *model, const PhOpening *opening, GError **error)
{
  if (!ph_model_prefetch (model, opening->stop, opening->progress, opening->data, error))
    return false;
  return !is_stopped (opening) || fail_cancelled (error);
}

/* Reads @model with the present one out of the way. */
static bool
read_alone (PhRunner *self,
            const PhModel *model,
            const PhOpening *opening,
            GError **error)
{
  g_autofree char *folder = g_strdup (ph_model_get_info (self->model)->folder);

  g_clear_pointer (&self->model, ph_model_free);
  if (read_weights (model, opening, error))
    return true;
  self->model = ph_model_open (folder, NULL);
  return false;
}

bool
ph_runner_load_model (PhRunner *self, const PhOpening *opening, GError **error)
{
  g_autoptr (PhModel) model = ph_model_open (opening->folder, error);
  g_autoptr (PhModelFacts) facts = model != NULL ? ph_model_facts_new (model) : NULL;
  PhMemory memory = ph_preflight_look ();
  g_autofree char *warning = NULL;

  if (facts == NULL || !ph_preflight_check (facts, &memory, error))
    return false;

  warning = ph_preflight_dup_warning (facts, &memory);
  if (!opening->opened (opening->data, facts, warning) || is_stopped (opening))
    return fail_cancelled (error);
  if (warning == NULL &&
      !(crowds_out (self, facts, &memory) ? read_alone (self, model, opening, error)
                                          : read_weights (model, opening, error)))
    return false;

  take_model (self, g_steal_pointer (&model));
  return true;
}

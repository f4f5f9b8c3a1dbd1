#include "core/engine/runner.h"

#include "core/tensor/kernels/kernels.h"
#include "core/tensor/pool.h"

#include <cblas.h>

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

bool
ph_runner_open_model (PhRunner *self, const char *folder, GError **error)
{
  PhModel *model = ph_model_open (folder, error);

  if (model == NULL)
    return false;

  g_clear_pointer (&self->model, ph_model_free);
  self->model = model;
  share_processors (ph_model_get_info (model));
  return true;
}

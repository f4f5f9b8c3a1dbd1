#include "core/models/facts.h"

#include "core/models/model-private.h"

#include <string.h>

static void
clear_file (gpointer data)
{
  PhModelFile *file = data;

  g_free (file->name);
}

static GArray *
list_files (const PhStore *store)
{
  GArray *files = g_array_new (FALSE, FALSE, sizeof (PhModelFile));

  g_array_set_clear_func (files, clear_file);
  for (size_t i = 0; i < ph_store_get_n_files (store); i++) {
    const PhMap *map = ph_store_get_file (store, i);
    PhModelFile file = { .name = g_path_get_basename (ph_map_get_path (map)),
                         .n_bytes = ph_map_get_size (map) };

    g_array_append_val (files, file);
  }
  return files;
}

PhModelFacts *
ph_model_facts_new (const PhModel *model)
{
  PhModelFacts *self = g_atomic_rc_box_new0 (PhModelFacts);

  self->info = model->info;
  self->info.folder = g_strdup (model->info.folder);
  self->info.name = g_strdup (model->info.name);
  self->info.language_model = g_strdup (model->info.language_model);
  self->need = ph_model_count_need (model);
  self->files = list_files (model->store);
  self->answers = model->lm != NULL;
  self->compares = model->class->match != NULL;
  return self;
}

PhModelFacts *
ph_model_facts_read (const char *folder, GError **error)
{
  g_autoptr (PhModel) model = ph_model_open (folder, error);

  return model != NULL ? ph_model_facts_new (model) : NULL;
}

PhModelFacts *
ph_model_facts_ref (PhModelFacts *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
clear (gpointer data)
{
  PhModelFacts *self = data;

  g_free (self->info.folder);
  g_free (self->info.name);
  g_free (self->info.language_model);
  g_array_unref (self->files);
}

void
ph_model_facts_unref (PhModelFacts *self)
{
  g_atomic_rc_box_release_full (self, clear);
}

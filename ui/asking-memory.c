#include "ui/asking-memory.h"

#include "core/engine/json.h"
#include "ui/settings.h"

#include <stdlib.h>

#define KEY "asked-models"
#define MOST_MODELS 40

/* An object, whatever is there; the caller gives it up. */
static json_t *
load (void)
{
  g_autofree char *line = ph_settings_dup_string (KEY);
  json_t *models = json_loads (line, JSON_REJECT_DUPLICATES, NULL);

  if (json_is_object (models))
    return models;
  json_decref (models);
  return json_object ();
}

static gboolean
read_switch (const json_t *object, const char *name)
{
  return !json_is_false (json_object_get (object, name));
}

PhAskingChoice *
ph_asking_memory_recall (const char *folder)
{
  PhAskingChoice *choice = g_new0 (PhAskingChoice, 1);
  json_t *models = load ();
  const json_t *kept = json_object_get (models, folder);
  const json_t *sampling = json_object_get (kept, "sampling");

  choice->template = g_strdup (json_string_value (json_object_get (kept, "template")));
  choice->uses_template = read_switch (kept, "uses_template");
  choice->has_sampling = json_is_object (sampling);
  choice->sampling = ph_sampling_from_settings (sampling);
  choice->new_seeds = read_switch (kept, "new_seeds");
  json_decref (models);
  return choice;
}

static json_t *
describe (const PhAskingChoice *choice)
{
  json_t *kept = json_object ();

  if (choice->template != NULL)
    json_object_set_new (kept, "template", json_string (choice->template));
  if (!choice->uses_template)
    json_object_set_new (kept, "uses_template", json_false ());
  if (choice->has_sampling)
    json_object_set_new (kept, "sampling", ph_sampling_to_json (&choice->sampling));
  if (!choice->new_seeds)
    json_object_set_new (kept, "new_seeds", json_false ());
  return kept;
}

/* The newest stands last.  A model of which nothing was chosen is not remembered. */
void
ph_asking_memory_keep (const char *folder, const PhAskingChoice *choice)
{
  json_t *models = load (), *kept = describe (choice);
  char *line;

  json_object_del (models, folder);
  if (json_object_size (kept) > 0)
    json_object_set (models, folder, kept);
  while (json_object_size (models) > MOST_MODELS)
    json_object_del (models, json_object_iter_key (json_object_iter (models)));

  line = json_dumps (models, PH_JSON_LINE);
  if (line != NULL)
    ph_settings_set_string (KEY, line);
  free (line);
  json_decref (kept);
  json_decref (models);
}

void
ph_asking_choice_free (PhAskingChoice *self)
{
  g_free (self->template);
  g_free (self);
}

#include "core/engine/preflight.h"

#include "core/base/error.h"

/* The rest is for what the estimate does not know. */
static uint64_t
nine_tenths (uint64_t n)
{
  return n / 10 * 9;
}

PhMemory
ph_preflight_look (void)
{
  const char *root = g_getenv ("PINHOLE_SYSTEM_ROOT");

  return ph_memory_look (root != NULL && *root != '\0' ? root : "/");
}

bool
ph_preflight_check (const PhModelFacts *model, const PhMemory *memory, GError **error)
{
  const struct {
    uint64_t left;
    const char *where, *help;
  } limits[] = {
    { memory->machine, "", "close other programs" },
    { memory->group, " in its control group", "raise the group's limit" },
    { memory->process, " to this process", "raise ulimit -v and -d" },
  };
  size_t least = 0;
  g_autofree char *needed = NULL, *left = NULL;

  for (size_t i = 1; i < G_N_ELEMENTS (limits); i++)
    if (limits[i].left < limits[least].left)
      least = i;
  if (model->need.hard <= nine_tenths (limits[least].left))
    return true;

  needed = ph_bytes_text (model->need.hard);
  left = ph_bytes_text (limits[least].left);
  return ph_fail (error, PH_ERROR_MEMORY,
                  "%s needs %s of memory and %s are free%s: %s or open a smaller model",
                  model->info.name, needed, left, limits[least].where,
                  limits[least].help);
}

char *
ph_preflight_dup_warning (const PhModelFacts *model, const PhMemory *memory)
{
  uint64_t available = ph_memory_available (memory);
  uint64_t wanted = model->need.hard + model->need.soft;
  g_autofree char *needed = ph_bytes_text (wanted);
  g_autofree char *left = ph_bytes_text (available);

  if (wanted <= available)
    return NULL;
  return g_strdup_printf ("%s needs %s to be fast; %s are free", model->info.name, needed,
                          left);
}

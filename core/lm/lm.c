#include "core/lm/lm.h"
#include "core/lm/llama.h"
#include "core/lm/opt.h"
#include "core/lm/t5.h"

#include "core/base/error.h"

static const PhLmClass *const classes[] = {
  &ph_lm_llama,
  &ph_lm_opt,
  &ph_lm_t5,
  NULL,
};

const PhLmClass *const *
ph_lm_classes (void)
{
  return classes;
}

PhLm *
ph_lm_new (const json_t *text_config, const char *default_type, GError **error)
{
  const json_t *type = json_object_get (text_config, "model_type");
  const char *name = type == NULL ? default_type : json_string_value (type);
  g_autofree char *shown = ph_printable (name != NULL ? name : "(not a string)");

  for (const PhLmClass *const *class = classes; *class != NULL; class ++)
    if (name != NULL && g_str_equal ((*class)->name, name))
      return (*class)->new (text_config, error);

  ph_fail (error, PH_ERROR_UNSUPPORTED,
           "text_config.model_type is \"%s\", not a language model that Pinhole has",
           shown);
  return NULL;
}

void
ph_lm_free (PhLm *self)
{
  if (self != NULL)
    self->class->free (self);
}

size_t
ph_lm_count_positions (const PhLm *self, size_t n_prompt, size_t n_answer)
{
  return self->reads_prompt_apart ? n_answer : n_prompt + n_answer;
}

size_t
ph_lm_get_room (const PhLm *self, size_t n_prompt)
{
  size_t n_taken = ph_lm_count_positions (self, n_prompt, 0);

  return self->n_positions > n_taken ? self->n_positions - n_taken : 0;
}

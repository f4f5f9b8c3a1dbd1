#include "core/models/family.h"

#include "core/base/error.h"

static const PhModelClass *const classes[] = {
  &ph_model_blip2,        &ph_model_blip2_retrieval, &ph_model_instructblip,
  &ph_model_blip_caption, &ph_model_blip_answer,     &ph_model_blip_retrieval,
};

#define WHAT_WORKS                                                                       \
  "Pinhole opens Salesforce's BLIP-2, InstructBLIP and BLIP (blip-2, instructblip, "     \
  "blip)"

static bool
names_architecture (const json_t *config, const char *name)
{
  const json_t *list = json_object_get (config, "architectures");

  for (size_t i = 0; i < json_array_size (list); i++)
    if (g_strcmp0 (json_string_value (json_array_get (list, i)), name) == 0)
      return true;
  /* A config without architectures means the first class of its model_type. */
  return json_array_size (list) == 0;
}

/* --- what is not opened --- */

static const struct {
  const char *model_type, *what;
} strangers[] = {
  { "instructblipvideo", "a model for videos" },
  { "video_llava", "a model for videos" },
  { "video_blip", "a model for videos" },
  { "opt", "a language model alone, which sees no pictures" },
  { "t5", "a language model alone, which sees no pictures" },
  { "llama", "a language model alone, which sees no pictures" },
  { "gpt2", "a language model alone, which sees no pictures" },
  { "mistral", "a language model alone, which sees no pictures" },
  { "bert", "a text encoder alone, which sees no pictures" },
  { "vit", "a vision model alone, which writes no text" },
  { "clip", "a CLIP" },
  { "llava", "a LLaVA" },
};

static bool
refuse_type (const json_t *config, const char *type, GError **error)
{
  g_autofree char *shown = ph_printable (type != NULL ? type : "");

  if (type == NULL)
    return ph_fail (error, PH_ERROR_UNSUPPORTED, "no model_type; " WHAT_WORKS);
  for (size_t i = 0; i < G_N_ELEMENTS (strangers); i++)
    if (g_str_equal (strangers[i].model_type, type))
      return ph_fail (error, PH_ERROR_UNSUPPORTED,
                      "model_type is \"%s\": %s; " WHAT_WORKS, shown, strangers[i].what);
  return ph_fail (error, PH_ERROR_UNSUPPORTED, "model_type is \"%s\"; " WHAT_WORKS,
                  shown);
}

/* Of a model_type that is opened, with other heads or none. */
static bool
refuse_architecture (const json_t *config, const char *type, GError **error)
{
  const json_t *list = json_object_get (config, "architectures");
  const char *name = json_string_value (json_array_get (list, 0));
  g_autofree char *shown = ph_printable (name != NULL ? name : "not a name");
  g_autoptr (GString) known = g_string_new (NULL);

  for (size_t i = 0; i < G_N_ELEMENTS (classes); i++)
    if (g_str_equal (classes[i]->model_type, type))
      g_string_append_printf (known, "%s%s", known->len > 0 ? ", " : "",
                              classes[i]->architecture);
  return ph_fail (error, PH_ERROR_UNSUPPORTED,
                  "architectures is %s; of model_type \"%s\" Pinhole opens %s", shown,
                  type, known->str);
}

static bool
check_quantization (const json_t *config, GError **error)
{
  const json_t *settings = json_object_get (config, "quantization_config");
  const char *method = json_string_value (json_object_get (settings, "quant_method"));
  bool is_bitsandbytes = json_object_get (settings, "load_in_8bit") != NULL ||
                         json_object_get (settings, "load_in_4bit") != NULL;
  g_autofree char *shown = NULL;

  if (!json_is_object (settings))
    return true;
  if (method == NULL)
    method = is_bitsandbytes ? "bitsandbytes" : "a method without a name";
  shown = ph_printable (method);
  return ph_fail (
      error, PH_ERROR_UNSUPPORTED,
      "the weights are quantised by %s; Pinhole reads f32, f16 and bf16: take "
      "the repository they were made from",
      shown);
}

const PhModelClass *
ph_family_find (const json_t *config, GError **error)
{
  const char *type = json_string_value (json_object_get (config, "model_type"));
  bool type_is_known = false;

  for (size_t i = 0; type != NULL && i < G_N_ELEMENTS (classes); i++) {
    if (!g_str_equal (classes[i]->model_type, type))
      continue;
    if (names_architecture (config, classes[i]->architecture))
      return check_quantization (config, error) ? classes[i] : NULL;
    type_is_known = true;
  }

  if (type_is_known)
    refuse_architecture (config, type, error);
  else
    refuse_type (config, type, error);
  return NULL;
}

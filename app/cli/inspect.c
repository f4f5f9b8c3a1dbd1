#include "app/cli/inspect.h"

#include "app/cli/command.h"
#include "core/base/error.h"
#include "core/engine/preflight.h"
#include "core/formats/foreign.h"
#include "core/formats/safetensors.h"
#include "core/formats/torch.h"

#include <stdio.h>

/* A folder is opened as if it were to be used, which maps its files and reads no weights.
 * A file in a model's folder stands for the folder; one alone is told what it is. */

static struct {
  bool json;
} given;

static const PhOption options[] = {
  { "json", PH_OPTION_FLAG, &given.json },
  { 0 },
};

/* --- folders --- */

static int
report (const char *path, const GError *error)
{
  if (given.json)
    ph_inspect_print_problem_json (path, error->message);
  return ph_report (error);
}

static int
inspect_folder (const char *folder)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PhModelFacts) model = ph_model_facts_read (folder, &error);
  PhMemory memory = ph_preflight_look ();

  if (model == NULL)
    return report (folder, error);

  if (given.json)
    ph_inspect_print_model_json (model, &memory);
  else
    ph_inspect_print_model (model, &memory);
  return PH_EXIT_DONE;
}

/* --- files of weights --- */

static void
print_file (const char *path,
            const char *format,
            const PhMap *map,
            const PhStoredTensor *tensors,
            size_t n_tensors)
{
  const PhInspectedFile file = { .path = path,
                                 .format = format,
                                 .n_file_bytes = ph_map_get_size (map),
                                 .tensors = tensors,
                                 .n_tensors = n_tensors };

  if (given.json)
    ph_inspect_print_file_json (&file);
  else
    ph_inspect_print_file (&file);
}

static bool
inspect_safetensors (const char *path, GError **error)
{
  g_autoptr (PhSafetensors) file = ph_safetensors_open (path, error);
  const PhStoredTensor *tensors;
  size_t n;

  if (file == NULL)
    return false;
  tensors = ph_safetensors_get_tensors (file, &n);
  print_file (path, "safetensors", ph_safetensors_get_map (file), tensors, n);
  return true;
}

static bool
inspect_torch (const char *path, GError **error)
{
  g_autoptr (PhTorch) file = ph_torch_open (path, error);
  const PhStoredTensor *tensors;
  size_t n;

  if (file == NULL)
    return false;
  tensors = ph_torch_get_tensors (file, &n);
  print_file (path, "PyTorch", ph_torch_get_map (file), tensors, n);
  return true;
}

static const struct {
  const char *ends;
  bool (*inspect) (const char *path, GError **error);
} formats[] = {
  { ".safetensors", inspect_safetensors },
  { ".bin", inspect_torch },
  { ".pt", inspect_torch },
  { ".pth", inspect_torch },
};

static bool
inspect_weights (const char *path, GError **error)
{
  if (!ph_foreign_check_file (path, error))
    return false;
  for (size_t i = 0; i < G_N_ELEMENTS (formats); i++)
    if (g_str_has_suffix (path, formats[i].ends))
      return formats[i].inspect (path, error);

  ph_fail (error, PH_ERROR_UNSUPPORTED,
           "neither a model's folder nor weights (.safetensors, .bin) nor config.json");
  return ph_prefix_path (error, path);
}

/* Weights without their folder can be looked at, and not used. */
static int
inspect_lone_file (const char *path)
{
  g_autoptr (GError) error = NULL;

  if (!inspect_weights (path, &error))
    return report (path, error);
  if (!given.json)
    ph_warn ("this is a file of weights alone: without config.json and a tokenizer "
             "beside it there is no model to open");
  return PH_EXIT_FAILED;
}

static int
run (char **words)
{
  const char *path = words[0];
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *config = g_build_filename (folder, "config.json", NULL);

  if (!g_file_test (path, G_FILE_TEST_IS_REGULAR))
    return inspect_folder (path);
  return g_file_test (config, G_FILE_TEST_IS_REGULAR) ? inspect_folder (folder)
                                                      : inspect_lone_file (path);
}

const PhCommand ph_command_inspect = {
  .name = "inspect",
  .summary = "what a model is made of, and whether it can be opened",
  .help =
      "  pinhole-cli inspect blip2-opt-2.7b\n"
      "  pinhole-cli inspect --json blip2-opt-2.7b/config.json\n"
      "\n"
      "Takes a folder, or a file in it.  Weights are not read, so that this is quick\n"
      "for a model of any size.  One that cannot be opened is told why, and the exit\n"
      "code is 1.\n"
      "\n"
      "  --json   one object\n",
  .options = options,
  .min_words = 1,
  .max_words = 1,
  .run = run,
};

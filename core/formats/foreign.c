#include "core/formats/foreign.h"

#include "core/base/error.h"
#include "core/formats/map.h"

#include <string.h>

/* Where the hub's own client keeps what it has not finished, below the folder. */
#define HUB_DOWNLOADS ".cache/huggingface/download"

#define PLAIN "f32, f16 or bf16"
#define WANTED "model.safetensors or pytorch_model.bin"

/* By how a file begins. */
static const struct {
  const char *begins;
  const char *what;
} beginnings[] = {
  { "version https://git-lfs",
    "is a Git LFS pointer, not the file itself, which `git lfs pull` fetches" },
  { "<!DOCTYPE", "is a web page, not weights: the download went wrong" },
  { "<!doctype", "is a web page, not weights: the download went wrong" },
  { "<html", "is a web page, not weights: the download went wrong" },
  { "GGUF", "is a GGUF file; the repository it was made from has " WANTED },
  { "\x89HDF", "is an HDF5 file of TensorFlow; PyTorch's " WANTED " can be read" },
};

/* By how a tensor's name ends. */
static const struct {
  const char *ends;
  const char *what;
} quantised[] = {
  { ".SCB", "int8 weights of bitsandbytes" },
  { ".quant_state.bitsandbytes__nf4", "4-bit weights of bitsandbytes" },
  { ".quant_state.bitsandbytes__fp4", "4-bit weights of bitsandbytes" },
  { ".qweight", "quantised weights of GPTQ or AWQ" },
  { ".qzeros", "quantised weights of GPTQ or AWQ" },
  { ".weight_scale", "quantised weights with scales" },
  { ".weight_scale_inv", "quantised weights with scales" },
};

/* By how a file's name ends; what is more telling stands first. */
static const struct {
  const char *ends;
  const char *what;
} neighbours[] = {
  { "adapter_model.safetensors", "an adapter (LoRA) without the model it belongs to" },
  { "adapter_model.bin", "an adapter (LoRA) without the model it belongs to" },
  { ".gguf", "a GGUF file of llama.cpp" },
  { ".h5", "TensorFlow weights" },
  { ".msgpack", "Flax weights" },
  { ".onnx", "an ONNX graph" },
  { ".pth", "a training checkpoint, which transformers' conversion script converts" },
  { ".pt", "a training checkpoint, which transformers' conversion script converts" },
  { ".ckpt", "a training checkpoint, which transformers' conversion script converts" },
  { ".safetensors", "weights under another name" },
  { ".bin", "weights under another name" },
};

static const char *const downloads[] = { ".incomplete", ".part", ".crdownload",
                                         ".aria2" };

/* The first name in @folder, in order, that ends with @end; NULL for none. */
static char *
find_ending (const char *folder, const char *end)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_autofree char *found = NULL;
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    if (!g_str_has_suffix (name, end) || (found != NULL && strcmp (found, name) < 0))
      continue;
    g_free (found);
    found = g_strdup (name);
  }
  return g_steal_pointer (&found);
}

char *
ph_foreign_dup_download (const char *folder)
{
  g_autofree char *hub = g_build_filename (folder, HUB_DOWNLOADS, NULL);
  char *found = NULL;

  for (size_t i = 0; i < G_N_ELEMENTS (downloads) && found == NULL; i++)
    found = find_ending (folder, downloads[i]);
  return found != NULL ? found : find_ending (hub, downloads[0]);
}

static bool
refuse_neighbour (const char *folder, GError **error)
{
  for (size_t i = 0; i < G_N_ELEMENTS (neighbours); i++) {
    g_autofree char *name = find_ending (folder, neighbours[i].ends);
    g_autofree char *shown = name != NULL ? ph_printable (name) : NULL;

    if (name != NULL)
      return ph_fail (error, PH_ERROR_UNSUPPORTED, "no " WANTED ", but %s: %s", shown,
                      neighbours[i].what);
  }
  return ph_fail (
      error, PH_ERROR_FORMAT,
      "no weights: neither model.safetensors nor pytorch_model.bin nor an index "
      "of either");
}

bool
ph_foreign_refuse_folder (const char *folder, GError **error)
{
  g_autofree char *download = NULL, *shown = NULL;

  if (!g_file_test (folder, G_FILE_TEST_IS_DIR)) {
    ph_fail (error, PH_ERROR_IO, "is not a folder");
    return ph_prefix_path (error, folder);
  }

  download = ph_foreign_dup_download (folder);
  if (download != NULL) {
    shown = ph_printable (download);
    ph_fail (error, PH_ERROR_FORMAT, "no weights yet: %s is not fetched to its end",
             shown);
  } else
    refuse_neighbour (folder, error);
  return ph_prefix_path (error, folder);
}

bool
ph_foreign_check_file (const char *path, GError **error)
{
  g_autoptr (PhMap) map = ph_map_open (path, error);

  if (map == NULL)
    return false;

  for (size_t i = 0; i < G_N_ELEMENTS (beginnings); i++) {
    size_t length = strlen (beginnings[i].begins);

    if (ph_map_get_size (map) >= length &&
        memcmp (ph_map_get_bytes (map), beginnings[i].begins, length) == 0) {
      ph_fail (error, PH_ERROR_UNSUPPORTED, "%s", beginnings[i].what);
      return ph_prefix_path (error, path);
    }
  }
  return true;
}

bool
ph_foreign_check_tensor (const PhStoredTensor *tensor, GError **error)
{
  for (size_t i = 0; i < G_N_ELEMENTS (quantised); i++) {
    g_autofree char *shown = NULL;

    if (!g_str_has_suffix (tensor->name, quantised[i].ends))
      continue;
    shown = ph_printable (tensor->name);
    return ph_fail (error, PH_ERROR_UNSUPPORTED,
                    "holds %s (\"%s\"); the " PLAIN
                    " files of the model it was made from can be read",
                    quantised[i].what, shown);
  }
  return true;
}

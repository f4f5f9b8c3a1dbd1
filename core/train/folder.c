#include "core/train/folder.h"

#include "core/base/error.h"
#include "core/scenes/questions.h"
#include "core/text/wordpiece-files.h"

#include <errno.h>

static const char *const lm_specials[] = { "<pad>", "<s>",     "</s>",
                                           "<unk>", "<image>", NULL };
static const char *const qformer_specials[] = { "[PAD]",  "[UNK]", "[CLS]", "[SEP]",
                                                "[MASK]", "[DEC]", NULL };

enum { PAD, BOS, EOS, UNK, IMAGE };

#define MAX_TEXT 128 /* tokens; the longest description of five things has 60 */

static bool
write_json (const char *folder, const char *name, json_t *document, GError **error)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  char *text = json_dumps (document, JSON_INDENT (2));
  bool written = g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT,
                                           0644, error);

  free (text);
  json_decref (document);
  return written;
}

static bool
write_tokenizers (const char *folder, size_t *n_lm, size_t *n_qformer, GError **error)
{
  g_autofree char *below = g_build_filename (folder, "qformer_tokenizer", NULL);
  g_auto (GStrv) words = ph_scene_dup_vocabulary ();
  g_auto (GStrv) lm = ph_wordpiece_vocabulary (lm_specials, (const char *const *) words);
  g_auto (GStrv) qformer =
      ph_wordpiece_vocabulary (qformer_specials, (const char *const *) words);
  const PhWordPieceFiles lm_files = {
    .tokens = (const char *const *) lm,
    .specials = lm_specials,
    .roles = { .bos = "<s>", .eos = "</s>", .pad = "<pad>", .unk = "<unk>" },
    .before = "<s>",
    .padding_side = "left",
    .max_length = MAX_TEXT,
  };
  const PhWordPieceFiles qformer_files = {
    .tokens = (const char *const *) qformer,
    .specials = qformer_specials,
    .roles = { .bos = "[DEC]",
               .unk = "[UNK]",
               .pad = "[PAD]",
               .cls = "[CLS]",
               .sep = "[SEP]",
               .mask = "[MASK]" },
    .before = "[CLS]",
    .after = "[SEP]",
    .padding_side = "right",
    .max_length = MAX_TEXT,
  };

  *n_lm = g_strv_length (lm);
  *n_qformer = g_strv_length (qformer);
  return ph_wordpiece_write (folder, &lm_files, error) &&
         ph_wordpiece_write (below, &qformer_files, error);
}

/* The sizes of @model with what follows from the vocabulary. */
static json_t *
make_config (const json_t *model, size_t n_lm, size_t n_qformer)
{
  json_t *config = json_deep_copy (model);
  json_t *text = json_object_get (config, "text_config");

  json_object_set_new (config, "architectures",
                       json_pack ("[s]", "InstructBlipForConditionalGeneration"));
  json_object_set_new (config, "model_type", json_string ("instructblip"));
  json_object_set_new (config, "image_token_index", json_integer (IMAGE));
  json_object_set_new (config, "use_decoder_only_language_model", json_true ());
  /* What it is computed in; it may be stored in half. */
  json_object_set_new (config, "torch_dtype", json_string ("float32"));
  json_object_set_new (json_object_get (config, "qformer_config"), "vocab_size",
                       json_integer ((json_int_t) n_qformer));
  json_object_set_new (text, "vocab_size", json_integer ((json_int_t) n_lm));
  json_object_set_new (text, "pad_token_id", json_integer (PAD));
  json_object_set_new (text, "bos_token_id", json_integer (BOS));
  json_object_set_new (text, "eos_token_id", json_integer (EOS));
  return config;
}

/* Mean and deviation as the published models have them: those of CLIP. */
static json_t *
make_preprocessor (const json_t *model)
{
  json_int_t side = json_integer_value (
      json_object_get (json_object_get (model, "vision_config"), "image_size"));

  return json_pack (
      "{s:b, s:b, s:b, s:b, s:[f,f,f], s:[f,f,f], s:s, s:s, s:i, s:f, s:{s:I, s:I}}",
      "do_convert_rgb", 1, "do_normalize", 1, "do_rescale", 1, "do_resize", 1,
      "image_mean", 0.48145466, 0.4578275, 0.40821073, "image_std", 0.26862954,
      0.26130258, 0.27577711, "image_processor_type", "BlipImageProcessor",
      "processor_class", "InstructBlipProcessor", "resample", 3, "rescale_factor",
      1.0 / 255.0, "size", "height", side, "width", side);
}

bool
ph_folder_write (const char *folder, const json_t *model, GError **error)
{
  size_t n_lm, n_qformer;
  json_int_t n_queries = json_integer_value (json_object_get (model, "num_query_tokens"));

  if (g_mkdir_with_parents (folder, 0755) != 0)
    return ph_fail_errno (error, errno, "%s: cannot be made", folder);

  return write_tokenizers (folder, &n_lm, &n_qformer, error) &&
         write_json (folder, "config.json", make_config (model, n_lm, n_qformer),
                     error) &&
         write_json (folder, "generation_config.json",
                     json_pack ("{s:i, s:i, s:i}", "bos_token_id", BOS, "eos_token_id",
                                EOS, "pad_token_id", PAD),
                     error) &&
         write_json (folder, "preprocessor_config.json", make_preprocessor (model),
                     error) &&
         write_json (folder, "processor_config.json",
                     json_pack ("{s:I, s:s}", "num_query_tokens", n_queries,
                                "processor_class", "InstructBlipProcessor"),
                     error);
}

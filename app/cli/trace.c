#include "app/cli/command.h"

#include "core/base/error.h"
#include "core/engine/runner.h"
#include "core/formats/safetensors.h"
#include "core/vision/decode.h"

#include <string.h>

/* A probe that wants everything copies each tensor as it is made; the copies are written
 * under the names that reference implementations are compared by. */

static struct {
  const char *model, *image, *prompt, *output;
  int max_new_tokens;
  bool grad_cam;
  int layer;
} given = { .prompt = "", .max_new_tokens = 64, .layer = PH_GRAD_CAM_USUAL };

static const PhOption options[] = {
  { "image", PH_OPTION_TEXT, &given.image },
  { "prompt", PH_OPTION_TEXT, &given.prompt },
  { "output", PH_OPTION_TEXT, &given.output },
  { "model", PH_OPTION_TEXT, &given.model },
  { "max-new-tokens", PH_OPTION_COUNT, &given.max_new_tokens, 1, 4096 },
  { "grad-cam", PH_OPTION_FLAG, &given.grad_cam },
  { "layer", PH_OPTION_COUNT, &given.layer, 0, PH_SNAPSHOT_MAX_LAYERS - 1 },
  { 0 },
};

/* What is written at a point: its last @n_dims axes, those before being 1. */
typedef struct {
  PhProbePoint point;
  const char *name;
  bool is_numbered; /* by layer */
  int n_dims;
} Point;

static const Point points[] = {
  { PH_PROBE_PIXELS, "pixel_values", false, 3 },
  { PH_PROBE_VISION_BLOCK, "vision.block", true, 2 },
  { PH_PROBE_VISION_OUTPUT, "vision.output", false, 2 },
  { PH_PROBE_SELF_ATTENTION, "qformer.self_attention", true, 3 },
  { PH_PROBE_CROSS_ATTENTION, "qformer.cross_attention", true, 3 },
  { PH_PROBE_QFORMER_OUTPUT, "qformer.output", false, 2 },
  { PH_PROBE_PROJECTION, "projection", false, 2 },
  { PH_PROBE_FIRST_LOGITS, "lm.first_logits", false, 1 },
  { PH_PROBE_GRAD_CAM, "gradcam", true, 2 },
};

typedef struct {
  PhProbe probe;
  GArray *tensors; /* of PhTensorToWrite, whose name and data are owned */
} Trace;

static void
trace_clear (Trace *self)
{
  for (guint i = 0; i < self->tensors->len; i++) {
    PhTensorToWrite *tensor = &g_array_index (self->tensors, PhTensorToWrite, i);

    g_free ((char *) tensor->name);
    g_free ((void *) tensor->data);
  }
  g_array_unref (self->tensors);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Trace, trace_clear)

static void
keep (Trace *self, const Point *point, int layer, const PhTensor *values)
{
  PhTensorToWrite tensor = { .type = PH_ON_DISK_F32, .n_dims = point->n_dims };
  size_t n = 1;

  for (int d = 0; d < point->n_dims; d++) {
    tensor.dims[d] = values->dims[values->n_dims - point->n_dims + d];
    n *= tensor.dims[d];
  }
  g_assert (n == ph_n_elements (values));

  tensor.data = g_memdup2 (values->data, n * sizeof *values->data);
  tensor.name = point->is_numbered ? g_strdup_printf ("%s.%d", point->name, layer)
                                   : g_strdup (point->name);
  g_array_append_val (self->tensors, tensor);
}

static void
see (PhProbe *probe, PhProbePoint seen, int layer, PhTensor *values)
{
  for (size_t i = 0; i < G_N_ELEMENTS (points); i++)
    if (points[i].point == seen)
      keep ((Trace *) probe, &points[i], layer, values);
}

static void
keep_ids (Trace *self, const char *name, const GArray *ids)
{
  PhTensorToWrite tensor = {
    .name = g_strdup (name),
    .type = PH_ON_DISK_I32,
    .n_dims = 1,
    .dims = { ids->len },
    .data = g_memdup2 (ids->data, ids->len * sizeof (int32_t)),
  };

  g_array_append_val (self->tensors, tensor);
}

static void
keep_scores (Trace *self, const char *name, const float *scores, size_t n)
{
  PhTensorToWrite tensor = {
    .name = g_strdup (name),
    .type = PH_ON_DISK_F32,
    .n_dims = 1,
    .dims = { n },
    .data = g_memdup2 (scores, n * sizeof *scores),
  };

  g_array_append_val (self->tensors, tensor);
}

/* All, but for what costs a way back and was not asked for. */
static unsigned
wanted_points (void)
{
  unsigned wanted = 0;

  for (size_t i = 0; i < G_N_ELEMENTS (points); i++)
    if (points[i].point != PH_PROBE_GRAD_CAM || given.grad_cam)
      wanted |= PH_WANTED (points[i].point);
  return wanted;
}

static bool
trace_answer (Trace *self,
              PhModel *model,
              const PhPass *pass,
              const PhPicture *picture,
              GError **error)
{
  g_auto (PhAnswer) answer = { 0 };
  PhQuestionAsked question = { .picture = picture,
                               .prompt = given.prompt,
                               .sampling = PH_SAMPLING_GREEDY };

  question.sampling.max_new_tokens = given.max_new_tokens;
  if (given.grad_cam)
    return ph_fail (error, PH_ERROR_UNSUPPORTED,
                    "%s answers, and --grad-cam is of models that compare pictures with "
                    "texts",
                    ph_model_get_info (model)->name);
  if (!ph_model_ask (model, pass, &question, &answer, error))
    return false;
  keep_ids (self, "lm.prompt_ids", answer.prompt_ids);
  keep_ids (self, "generated_ids", answer.ids);
  return true;
}

static bool
trace_match (Trace *self,
             PhModel *model,
             const PhPass *pass,
             const PhPicture *picture,
             GError **error)
{
  g_auto (PhMatch) match = { 0 };
  PhMatchAsked asked = { .picture = picture,
                         .text = given.prompt,
                         .grad_cam_layer = given.layer };

  if (!ph_model_match (model, pass, &asked, &match, error))
    return false;
  keep_ids (self, "lm.prompt_ids", match.ids);
  keep_scores (self, "itc", &match.itc, 1);
  keep_scores (self, "itm", match.itm, G_N_ELEMENTS (match.itm));
  return true;
}

static bool
trace (PhRunner *runner, const PhPicture *picture, GError **error)
{
  g_auto (Trace) traced = {
    .probe = { .wanted = wanted_points (), .see = see },
    .tensors = g_array_new (FALSE, FALSE, sizeof (PhTensorToWrite)),
  };
  PhPass pass = { &runner->context, &traced.probe };
  bool writes = ph_model_get_info (runner->model)->language_model != NULL;

  if (!(writes ? trace_answer : trace_match) (&traced, runner->model, &pass, picture,
                                              error))
    return false;
  return ph_safetensors_write (given.output,
                               (const PhTensorToWrite *) traced.tensors->data,
                               traced.tensors->len, error);
}

static int
run (char **words)
{
  g_autoptr (GError) error = NULL;
  g_auto (PhRunner) runner = { 0 };
  g_autofree char *model = NULL;
  g_autoptr (PhPicture) picture = NULL;

  if (given.image == NULL || given.output == NULL)
    return ph_refuse_usage (&ph_command_trace,
                            "--image FILE or --output FILE is missing");
  if (given.layer != PH_GRAD_CAM_USUAL && !given.grad_cam)
    return ph_refuse_usage (&ph_command_trace, "--layer goes with --grad-cam");

  ph_runner_init (&runner);
  model = ph_find_model (given.model, &error);
  if (model == NULL || !ph_runner_open_model (&runner, model, &error))
    return ph_report (error);

  picture = ph_picture_load (given.image, NULL, &error);
  if (picture == NULL || !trace (&runner, picture, &error))
    return ph_report (error);
  return PH_EXIT_DONE;
}

const PhCommand ph_command_trace = {
  .name = "trace",
  .summary = "write every tensor of a run to a file",
  .help =
      "  pinhole-cli trace --image scene.png --prompt \"What color is the star?\" \\\n"
      "                    --output trace.safetensors\n"
      "\n"
      "Writes pixel_values, vision.block.N, vision.output, qformer.self_attention.N,\n"
      "qformer.cross_attention.N (head by row by key), qformer.output, projection,\n"
      "lm.prompt_ids, lm.first_logits and generated_ids of a greedy answer; of models\n"
      "that compare, itc and itm (no match, match) with PROMPT as the text, and with\n"
      "--grad-cam gradcam.N (row by key).\n"
      "\n"
      "  --image FILE         the picture\n"
      "  --prompt TEXT        the instruction, or the text to compare with\n"
      "  --output FILE        a safetensors file\n"
      "  --model FOLDER       a model folder; the built-in model if left out\n"
      "  --max-new-tokens N   stop after N tokens; 64 if left out\n"
      "  --grad-cam           also what of where the model looked spoke for a match\n"
      "  --layer N            in layer N, counted from 0; the middle one if left out\n",
  .options = options,
  .run = run,
};

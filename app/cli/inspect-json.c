#include "app/cli/inspect.h"

#include "app/cli/terminal.h"
#include "core/engine/json.h"
#include "core/formats/weights.h"

#include <stdio.h>

/* --- models --- */

static json_t *
part_to_json (const PhModelPart *part)
{
  json_t *bytes = json_object ();

  for (size_t type = 0; type < G_N_ELEMENTS (part->n_bytes); type++)
    if (part->n_bytes[type] > 0)
      json_object_set_new (bytes, ph_type_name ((PhType) type),
                           json_integer ((json_int_t) part->n_bytes[type]));
  return json_pack ("{s:s, s:I, s:I, s:o}", "name", part->name, "layers",
                    (json_int_t) part->n_layers, "parameters",
                    (json_int_t) part->n_parameters, "bytes", bytes);
}

static json_t *
parts_to_json (const PhModelInfo *info)
{
  json_t *parts = json_array ();

  for (size_t i = 0; i < info->n_parts; i++)
    json_array_append_new (parts, part_to_json (&info->parts[i]));
  return parts;
}

static json_t *
files_to_json (const GArray *files)
{
  json_t *list = json_array ();

  for (guint i = 0; i < files->len; i++) {
    const PhModelFile *file = &g_array_index (files, PhModelFile, i);
    g_autofree char *name = ph_terminal_escape (file->name);

    json_array_append_new (list, json_pack ("{s:s, s:I}", "name", name, "bytes",
                                            (json_int_t) file->n_bytes));
  }
  return list;
}

static json_t *
picture_to_json (const PhModelInfo *info)
{
  return json_pack ("{s:i, s:i, s:i, s:i}", "side", info->image_side, "trained_side",
                    info->trained_side, "patch_rows", info->patch_rows, "patch_columns",
                    info->patch_columns);
}

static json_t *
text_to_json (const PhModelInfo *info)
{
  json_t *stops = json_array ();

  for (size_t i = 0; i < info->n_stop_ids; i++)
    json_array_append_new (stops, json_integer (info->stop_ids[i]));
  return json_pack ("{s:s?, s:I, s:I, s:i, s:o, s:s?}", "language_model",
                    info->language_model, "vocabulary", (json_int_t) info->n_vocabulary,
                    "context", (json_int_t) info->n_positions, "image_token",
                    (int) info->image_token, "stop_ids", stops, "template",
                    info->template);
}

/* null where nothing limits. */
static json_t *
limit_to_json (uint64_t n)
{
  return n != PH_MEMORY_UNLIMITED ? json_integer ((json_int_t) n) : json_null ();
}

static json_t *
memory_to_json (const PhNeed *need, const PhMemory *memory)
{
  return json_pack (
      "{s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o}", "hard", (json_int_t) need->hard,
      "activations", (json_int_t) need->activations, "cache", (json_int_t) need->cache,
      "copies", (json_int_t) need->copies, "soft", (json_int_t) need->soft, "machine",
      limit_to_json (memory->machine), "group", limit_to_json (memory->group), "process",
      limit_to_json (memory->process));
}

static json_t *
model_to_json (const PhModelFacts *model, const PhMemory *memory)
{
  const PhModelInfo *info = &model->info;
  g_autofree char *folder = ph_terminal_escape (info->folder);
  g_autofree char *name = ph_terminal_escape (info->name);

  return json_pack ("{s:s, s:s, s:s, s:b, s:b, s:I, s:I, s:o, s:o, s:i, s:o, s:o, s:o}",
                    "folder", folder, "name", name, "family", info->family, "answers",
                    model->answers, "compares", model->compares, "parameters",
                    (json_int_t) info->n_parameters, "weight_bytes",
                    (json_int_t) info->n_weight_bytes, "parts", parts_to_json (info),
                    "picture", picture_to_json (info), "queries", info->n_queries, "text",
                    text_to_json (info), "files", files_to_json (model->files), "memory",
                    memory_to_json (&model->need, memory));
}

static void
print_json (json_t *object)
{
  json_dumpf (object, stdout, PH_JSON_LINE);
  putchar ('\n');
  json_decref (object);
}

void
ph_inspect_print_model_json (const PhModelFacts *model, const PhMemory *memory)
{
  print_json (model_to_json (model, memory));
}

/* --- files --- */

static json_t *
tensor_to_json (const PhStoredTensor *tensor)
{
  g_autofree char *name = ph_terminal_escape (tensor->name);
  json_t *shape = json_array ();

  for (int i = 0; i < tensor->n_dims; i++)
    json_array_append_new (shape, json_integer ((json_int_t) tensor->dims[i]));
  return json_pack ("{s:s, s:s, s:o, s:I}", "name", name, "type", tensor->type, "shape",
                    shape, "bytes", (json_int_t) tensor->n_bytes);
}

void
ph_inspect_print_file_json (const PhInspectedFile *file)
{
  g_autofree char *path = ph_terminal_escape (file->path);
  json_t *tensors = json_array ();

  for (size_t i = 0; i < file->n_tensors; i++)
    json_array_append_new (tensors, tensor_to_json (&file->tensors[i]));
  print_json (json_pack ("{s:s, s:s, s:I, s:o}", "path", path, "format", file->format,
                         "bytes", (json_int_t) file->n_file_bytes, "tensors", tensors));
}

void
ph_inspect_print_problem_json (const char *path, const char *problem)
{
  g_autofree char *shown = ph_terminal_escape (path);
  g_autofree char *sentence = ph_terminal_escape (problem);

  print_json (json_pack ("{s:s, s:s}", "path", shown, "problem", sentence));
}

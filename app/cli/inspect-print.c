#include "app/cli/inspect.h"

#include "app/cli/sheet.h"
#include "core/engine/preflight.h"
#include "core/formats/weights.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* --- models --- */

static char *
types_of (const PhModelPart *part)
{
  GString *types = g_string_new (NULL);

  for (size_t type = 0; type < G_N_ELEMENTS (part->n_bytes); type++)
    if (part->n_bytes[type] > 0)
      g_string_append_printf (types, "%s%s", types->len > 0 ? ", " : "",
                              ph_type_name ((PhType) type));
  return g_string_free (types, FALSE);
}

static uint64_t
bytes_of (const PhModelPart *part)
{
  uint64_t total = 0;

  for (size_t type = 0; type < G_N_ELEMENTS (part->n_bytes); type++)
    total += part->n_bytes[type];
  return total;
}

static void
add_part (PhSheet *sheet, const PhModelPart *part)
{
  g_autofree char *layers =
      part->n_layers > 0 ? g_strdup_printf ("%zu", part->n_layers) : g_strdup ("");
  g_autofree char *parameters = ph_sheet_dup_number (part->n_parameters);
  g_autofree char *types = types_of (part);
  g_autofree char *bytes = ph_bytes_text (bytes_of (part));

  ph_sheet_add (sheet, part->name, layers, parameters, types, bytes, NULL);
}

static void
print_parts (const PhModelInfo *info, const PhTerminal *terminal)
{
  g_autoptr (PhSheet) sheet = ph_sheet_new ("<>><>");
  g_autofree char *parameters = ph_sheet_dup_number (info->n_parameters);
  g_autofree char *bytes = ph_bytes_text (info->n_weight_bytes);

  ph_sheet_add_heading (sheet, "part", "layers", "parameters", "type", "size", NULL);
  for (size_t i = 0; i < info->n_parts; i++)
    add_part (sheet, &info->parts[i]);
  ph_sheet_add (sheet, "together", "", parameters, "", bytes, NULL);
  ph_sheet_print (sheet, terminal);
}

static const char *
describe_use (const PhModelFacts *model)
{
  return model->answers ? "answers about pictures (ask)"
                        : "compares pictures with texts (match) and writes none";
}

static char *
describe_picture (const PhModelInfo *info)
{
  GString *text = g_string_new (NULL);

  g_string_printf (text, "%d × %d pixels in %d × %d patches", info->image_side,
                   info->image_side, info->patch_columns, info->patch_rows);
  if (info->trained_side != info->image_side)
    g_string_append_printf (text, "; trained with %d × %d, positions are interpolated",
                            info->trained_side, info->trained_side);
  return g_string_free (text, FALSE);
}

static char *
describe_tokens (const PhModelInfo *info)
{
  GString *text = g_string_new (NULL);
  g_autofree char *vocabulary = ph_sheet_dup_number (info->n_vocabulary);
  g_autofree char *context = ph_sheet_dup_number (info->n_positions);

  g_string_printf (text, "%s in the vocabulary, %s in the context", vocabulary, context);
  if (info->image_token >= 0)
    g_string_append_printf (text, "; %d stands for a query", info->image_token);
  for (size_t i = 0; i < info->n_stop_ids; i++)
    g_string_append_printf (text, "%s%d", i > 0 ? ", " : "; an answer ends at ",
                            info->stop_ids[i]);
  return g_string_free (text, FALSE);
}

static char *
describe_need (const PhNeed *need)
{
  g_autofree char *hard = ph_bytes_text (need->hard);
  g_autofree char *all = ph_bytes_text (need->hard + need->soft);

  return g_strdup_printf ("%s must be free, %s to be fast", hard, all);
}

static char *
describe_memory (const PhMemory *memory)
{
  static const struct {
    size_t offset;
    const char *whose;
  } limits[] = {
    { offsetof (PhMemory, machine), "on this machine" },
    { offsetof (PhMemory, group), "in its control group" },
    { offsetof (PhMemory, process), "to this process" },
  };
  GString *text = g_string_new (NULL);

  for (size_t i = 0; i < G_N_ELEMENTS (limits); i++) {
    uint64_t left = G_STRUCT_MEMBER (uint64_t, memory, limits[i].offset);
    g_autofree char *shown = ph_bytes_text (left);

    if (left != PH_MEMORY_UNLIMITED)
      g_string_append_printf (text, "%s%s %s", text->len > 0 ? ", " : "", shown,
                              limits[i].whose);
  }
  return g_string_free (text, FALSE);
}

static void
add_fact (PhSheet *sheet, const char *name, char *text)
{
  ph_sheet_add (sheet, name, text, NULL);
  g_free (text);
}

static void
add_files (PhSheet *sheet, const GArray *files)
{
  for (guint i = 0; i < files->len; i++) {
    const PhModelFile *file = &g_array_index (files, PhModelFile, i);
    g_autofree char *name = ph_terminal_escape (file->name);
    g_autofree char *bytes = ph_bytes_text (file->n_bytes);

    add_fact (sheet, i == 0 ? "files" : "", g_strdup_printf ("%s, %s", name, bytes));
  }
}

static void
print_facts (const PhModelFacts *model,
             const PhMemory *memory,
             const PhTerminal *terminal)
{
  const PhModelInfo *info = &model->info;
  g_autoptr (PhSheet) sheet = ph_sheet_new ("<<");
  g_autofree char *warning = ph_preflight_dup_warning (model, memory);

  ph_sheet_add (sheet, "use", describe_use (model), NULL);
  add_fact (sheet, "picture", describe_picture (info));
  if (info->n_queries > 0)
    add_fact (sheet, "queries", g_strdup_printf ("%d", info->n_queries));
  if (info->language_model != NULL) {
    add_fact (sheet, "language", g_strdup (info->language_model));
    add_fact (sheet, "tokens", describe_tokens (info));
    add_fact (sheet, "template",
              g_strdup (info->template != NULL ? info->template : "{}"));
  }
  add_files (sheet, model->files);
  add_fact (sheet, "memory", describe_need (&model->need));
  add_fact (sheet, "free", describe_memory (memory));
  if (warning != NULL)
    add_fact (sheet, "", g_strdup ("it will be slow"));
  ph_sheet_print (sheet, terminal);
}

void
ph_inspect_print_model (const PhModelFacts *model, const PhMemory *memory)
{
  PhTerminal terminal = ph_terminal_look (STDOUT_FILENO);
  g_autofree char *name = ph_terminal_escape (model->info.name);
  g_autofree char *title = g_strdup_printf ("%s: %s", name, model->info.family);

  ph_sheet_print_title (title, &terminal);
  putchar ('\n');
  print_parts (&model->info, &terminal);
  putchar ('\n');
  print_facts (model, memory, &terminal);
}

/* --- files --- */

/* Tensors, numbers and bytes of one type, or of one beginning of names. */
typedef struct {
  char *name;
  uint64_t n_tensors, n_numbers, n_bytes;
} Heap;

static void
clear_heap (gpointer data)
{
  Heap *heap = data;

  g_free (heap->name);
}

static Heap *
get_heap (GArray *heaps, const char *name)
{
  Heap fresh = { .name = NULL };

  for (guint i = 0; i < heaps->len; i++)
    if (g_str_equal (g_array_index (heaps, Heap, i).name, name))
      return &g_array_index (heaps, Heap, i);

  fresh.name = g_strdup (name);
  g_array_append_val (heaps, fresh);
  return &g_array_index (heaps, Heap, heaps->len - 1);
}

/* By what their names begin with and their types: vision_model, F16. */
static GArray *
heap_up (const PhInspectedFile *file)
{
  GArray *heaps = g_array_new (FALSE, FALSE, sizeof (Heap));

  g_array_set_clear_func (heaps, clear_heap);
  for (size_t i = 0; i < file->n_tensors; i++) {
    const PhStoredTensor *tensor = &file->tensors[i];
    size_t length = strcspn (tensor->name, ".");
    g_autofree char *name =
        g_strdup_printf ("%.*s\t%s", (int) length, tensor->name, tensor->type);
    Heap *heap = get_heap (heaps, name);
    uint64_t n = 1;

    for (int d = 0; d < tensor->n_dims; d++)
      n *= tensor->dims[d];
    heap->n_tensors++;
    heap->n_numbers += n;
    heap->n_bytes += tensor->n_bytes;
  }
  return heaps;
}

static void
add_heap (PhSheet *sheet, const Heap *heap)
{
  g_auto (GStrv) names = g_strsplit (heap->name, "\t", 2);
  g_autofree char *shown = ph_terminal_escape (names[0]);
  g_autofree char *n_tensors = ph_sheet_dup_number (heap->n_tensors);
  g_autofree char *n_numbers = ph_sheet_dup_number (heap->n_numbers);
  g_autofree char *bytes = ph_bytes_text (heap->n_bytes);

  ph_sheet_add (sheet, shown, n_tensors, n_numbers, names[1], bytes, NULL);
}

void
ph_inspect_print_file (const PhInspectedFile *file)
{
  PhTerminal terminal = ph_terminal_look (STDOUT_FILENO);
  g_autoptr (PhSheet) sheet = ph_sheet_new ("<>><>");
  g_autoptr (GArray) heaps = heap_up (file);
  g_autofree char *path = ph_terminal_escape (file->path);
  g_autofree char *bytes = ph_bytes_text (file->n_file_bytes);
  g_autofree char *title = g_strdup_printf ("%s: %s, %s", path, file->format, bytes);

  ph_sheet_print_title (title, &terminal);
  ph_sheet_add_heading (sheet, "names", "tensors", "numbers", "type", "size", NULL);
  for (guint i = 0; i < heaps->len; i++)
    add_heap (sheet, &g_array_index (heaps, Heap, i));
  ph_sheet_print (sheet, &terminal);
}

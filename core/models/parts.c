/* What a model is made of, counted by the names of its tensors. */
#include "core/models/model-private.h"

#include <stdlib.h>
#include <string.h>

static const struct {
  const char *prefix, *part;
} names[] = {
  { "vision_model.", "vision transformer" },
  { "query_tokens", "Q-Former" },
  { "qformer.", "Q-Former" },
  { "embeddings.", "Q-Former" },
  { "language_projection.", "projection" },
  { "language_model.", "language model" },
  { "text_encoder.", "text encoder" },
  { "text_decoder.", "text decoder" },
  { "", "heads" },
};

static const char *
find_part (const char *tensor)
{
  size_t i = 0;

  while (!g_str_has_prefix (tensor, names[i].prefix))
    i++;
  return names[i].part;
}

/* The part called @name, which is made if there is none yet. */
static PhModelPart *
get_part (PhModelInfo *info, const char *name)
{
  size_t i = 0;

  while (i < info->n_parts && strcmp (info->parts[i].name, name) != 0)
    i++;
  g_assert (i < PH_MODEL_MAX_PARTS);
  if (i == info->n_parts) {
    info->parts[i].name = name;
    info->n_parts++;
  }
  return &info->parts[i];
}

size_t
ph_model_count_layers (const char *tensor)
{
  static const char *const lists[] = { ".layers.", ".block.", ".layer." };

  for (size_t i = 0; i < G_N_ELEMENTS (lists); i++) {
    const char *list = strstr (tensor, lists[i]);

    if (list != NULL)
      return (size_t) g_ascii_strtoull (list + strlen (lists[i]), NULL, 10) + 1;
  }
  return 0;
}

static void
add_tensor (PhModelInfo *info, const PhStoredTensor *tensor)
{
  static const char *const types[] = {
    [PH_F32] = "F32", [PH_F16] = "F16", [PH_BF16] = "BF16"
  };
  PhModelPart *part;
  size_t n = 1;

  for (size_t i = 0; i < G_N_ELEMENTS (types); i++) {
    if (strcmp (types[i], tensor->type) != 0)
      continue;
    part = get_part (info, find_part (tensor->name));
    for (int d = 0; d < tensor->n_dims; d++)
      n *= tensor->dims[d];
    part->n_parameters += n;
    part->n_layers = MAX (part->n_layers, ph_model_count_layers (tensor->name));
    part->n_bytes[i] += tensor->n_bytes;
  }
}

/* The place of a part in the list above, which follows the picture on its way. */
static size_t
rank (const PhModelPart *part)
{
  size_t i = 0;

  while (strcmp (names[i].part, part->name) != 0)
    i++;
  return i;
}

static int
compare_ranks (const void *a, const void *b)
{
  size_t first = rank (a), second = rank (b);

  return first < second ? -1 : first > second;
}

void
ph_model_count_parts (PhModel *self)
{
  PhModelInfo *info = &self->info;
  size_t n = ph_store_get_n_tensors (self->store);

  for (size_t i = 0; i < n; i++)
    add_tensor (info, ph_store_get (self->store, i, NULL));
  qsort (info->parts, info->n_parts, sizeof *info->parts, compare_ranks);
}

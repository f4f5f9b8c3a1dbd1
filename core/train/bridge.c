#include "core/train/bridge.h"

#include "core/base/error.h"
#include "core/tensor/ops.h"

#include <string.h>

bool
ph_bridge_check (const PhWorkbench *bench, size_t n_grounded_heads, GError **error)
{
  const PhVitConfig *vision = &bench->net.vit.config;
  const PhQformerConfig *qformer = &bench->net.qformer.config;

  if (qformer->width != vision->width || vision->side / vision->patch != PH_SCENE_GRID ||
      qformer->n_heads < n_grounded_heads || qformer->n_layers > PH_MAX_TERMS)
    return ph_fail (
        error, PH_ERROR_UNSUPPORTED,
        "%s: needs one width for picture and queries, %d by %d patches, %zu heads or "
        "more and %d layers or fewer in the Q-Former",
        bench->recipe->path, PH_SCENE_GRID, PH_SCENE_GRID, n_grounded_heads,
        PH_MAX_TERMS);
  return true;
}

PhTensor *
ph_bridge_features (PhWorkbench *bench, PhShard *shard, const float *pixels)
{
  PhContext *c = shard->pass->context;
  PhPass quiet = { c, NULL };
  PhTape *tape = c->tape;
  PhTensor *features;

  c->tape = NULL;
  features = ph_vit_encode (&bench->net.vit, &quiet, pixels, shard->n_pictures);
  c->tape = tape;
  features->wants_gradient = false;
  return features;
}

PhTexts
ph_texts_new (PhShard *shard, size_t n, size_t length)
{
  PhTexts texts = { .n = n, .length = length };

  texts.ids = ph_shard_take (shard, n * length * sizeof *texts.ids);
  texts.lengths = ph_shard_take (shard, n * sizeof *texts.lengths);
  memset (texts.ids, 0, n * length * sizeof *texts.ids);
  return texts;
}

uint8_t *
ph_texts_mask (PhShard *shard, const PhTexts *texts, size_t n_queries, PhSees sees)
{
  size_t n = n_queries + texts->length;
  uint8_t *mask = ph_shard_take (shard, texts->n * n * n);

  for (size_t i = 0; i < texts->n * n * n; i++) {
    size_t row = i / n % n, key = i % n, text = i / n / n;
    bool is_there = key < n_queries + texts->lengths[text];
    bool is_past = key < n_queries || (row >= n_queries && key <= row);

    mask[i] = is_there && (sees == PH_SEES_ALL || is_past);
  }
  return mask;
}

static void
see (PhProbe *probe, PhProbePoint point, int layer, PhTensor *values)
{
  PhCrossMaps *self = (PhCrossMaps *) probe;

  g_assert (layer < PH_MAX_TERMS);
  self->maps[layer] = values;
  self->n_layers = layer + 1;
}

void
ph_cross_maps_init (PhCrossMaps *self)
{
  *self = (PhCrossMaps){ .probe = { PH_WANTED (PH_PROBE_CROSS_ATTENTION), see } };
}

/* question by query by key: 1 on the patches of the things in each question's mask. */
static uint8_t *
mark_patches (PhShard *shard,
              const PhPictures *pictures,
              const PhAskedList *asked,
              size_t n_queries,
              bool answers)
{
  size_t n_keys = 1 + PH_SCENE_N_PATCHES;
  uint8_t *marks = ph_shard_take (shard, asked->n * n_queries * n_keys);

  memset (marks, 0, asked->n * n_queries * n_keys);
  for (size_t i = 0; i < asked->n; i++) {
    const PhAsked *item = &asked->items[i];
    const PhSceneLabels *labels = &pictures->samples[item->picture].labels;
    uint32_t things = answers ? item->question->answers : item->question->about;
    uint8_t *first = marks + i * n_queries * n_keys;

    for (size_t patch = 0; patch < PH_SCENE_N_PATCHES; patch++)
      first[1 + patch] =
          labels->thing[patch] >= 0 && (things >> labels->thing[patch] & 1);
    for (size_t q = 1; q < n_queries; q++)
      memcpy (first + q * n_keys, first, n_keys);
  }
  return marks;
}

PhTensor *
ph_bridge_grounding (PhShard *shard,
                     const PhCrossMaps *maps,
                     const PhPictures *pictures,
                     const PhAskedList *asked,
                     size_t n_queries,
                     size_t n_heads)
{
  uint8_t *about = mark_patches (shard, pictures, asked, n_queries, false);
  uint8_t *answers = mark_patches (shard, pictures, asked, n_queries, true);
  PhTensor *terms[PH_MAX_TERMS] = { 0 };
  float weights[PH_MAX_TERMS];
  size_t n_maps = 0;

  for (int layer = 0; layer < maps->n_layers; layer++)
    if (maps->maps[layer] != NULL)
      terms[n_maps++] =
          ph_attention_mass (shard->pass->context, maps->maps[layer],
                             2 * layer < maps->n_layers ? about : answers, n_heads);
  for (size_t i = 0; i < n_maps; i++)
    weights[i] = 1.0f / (float) n_maps;
  return ph_weighted_sum (shard->pass->context, terms, weights, n_maps);
}

PhTensor *
ph_bridge_sharpness (PhShard *shard, const PhCrossMaps *maps, double limit)
{
  PhTensor *terms[PH_MAX_TERMS] = { 0 };
  float weights[PH_MAX_TERMS];
  size_t n_maps = 0;

  for (int layer = 0; layer < maps->n_layers; layer++)
    if (maps->maps[layer] != NULL)
      terms[n_maps++] =
          ph_attention_sharpness (shard->pass->context, maps->maps[layer], (float) limit);
  for (size_t i = 0; i < n_maps; i++)
    weights[i] = 1.0f / (float) n_maps;
  return ph_weighted_sum (shard->pass->context, terms, weights, n_maps);
}

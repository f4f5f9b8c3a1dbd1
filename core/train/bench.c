#include "core/train/objective.h"

/* Pictures come to a model in all sizes, and most are shrunk on the way. */
static const int sides[] = { 112, 112, 112, 168, 224, 300 };

void
ph_terms_set (PhTerms *self, const char *name, double value)
{
  g_assert (self->n < PH_MAX_TERMS);
  self->names[self->n] = name;
  self->values[self->n] = value;
  self->n++;
}

void *
ph_shard_take (const PhShard *shard, size_t n_bytes)
{
  return ph_arena_take (shard->pass->context->arena, n_bytes);
}

static uint64_t
scene_seed (const PhWorkbench *bench, const PhShard *shard, size_t picture)
{
  uint64_t seed = (uint64_t) bench->recipe->seed;
  uint64_t index =
      (shard->step * bench->recipe->shards + shard->shard) * shard->n_pictures + picture;

  return shard->held_out ? ph_scene_seed_held_out (seed, index)
                         : ph_scene_seed_train (seed, index);
}

PhSample *
ph_shard_draw_scenes (const PhWorkbench *bench, PhShard *shard)
{
  PhSample *samples = ph_shard_take (shard, shard->n_pictures * sizeof *samples);

  for (size_t i = 0; i < shard->n_pictures; i++)
    ph_scene_draw (&samples[i].scene, &shard->scene_options,
                   scene_seed (bench, shard, i));
  return samples;
}

PhPictures
ph_shard_draw (const PhWorkbench *bench, PhShard *shard)
{
  size_t n_pixels = 3 * (size_t) bench->preprocess.side * (size_t) bench->preprocess.side;
  PhPictures pictures = {
    .samples = ph_shard_draw_scenes (bench, shard),
    .pixels = ph_shard_take (shard, shard->n_pictures * n_pixels * sizeof (float)),
  };

  for (size_t i = 0; i < shard->n_pictures; i++) {
    PhSample *sample = &pictures.samples[i];
    int side = sides[ph_random_below (&shard->random, G_N_ELEMENTS (sides))];
    g_autoptr (PhPicture) picture = NULL;

    ph_scene_label (&sample->scene, &sample->labels);
    picture = ph_scene_render (&sample->scene, side);
    ph_preprocess (&bench->preprocess, picture, pictures.pixels + i * n_pixels);
  }
  return pictures;
}

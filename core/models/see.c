#include "core/models/model-private.h"

#include <string.h>

static bool
wants_vision (const PhPass *pass)
{
  return ph_probe_wants (pass, PH_PROBE_PIXELS) ||
         ph_probe_wants (pass, PH_PROBE_VISION_BLOCK) ||
         ph_probe_wants (pass, PH_PROBE_VISION_OUTPUT);
}

static void
remember (PhSeen *self, const PhPicture *picture, const PhTensor *tokens)
{
  size_t n = ph_n_elements (tokens);

  if (self->tokens == NULL)
    self->tokens = g_new (float, n);
  memcpy (self->tokens, tokens->data, n * sizeof *self->tokens);
  g_clear_pointer (&self->picture, ph_picture_unref);
  self->picture = ph_picture_ref ((PhPicture *) picture);
}

void
ph_seen_clear (PhSeen *self)
{
  g_clear_pointer (&self->picture, ph_picture_unref);
  g_clear_pointer (&self->tokens, g_free);
}

PhTensor *
ph_model_see (PhModel *self, PhVit *vit, const PhPass *pass, const PhRun *run)
{
  PhContext *c = pass->context;
  const PhVitConfig *vision = &vit->config;
  PhTensor *pixels, *tokens;
  bool changes = ph_intervention_changes_picture (run->without);
  double start = ph_run_stage (run, PH_STAGE_PICTURE), decoded;

  if (run->picture == self->seen.picture && !changes && !wants_vision (pass)) {
    tokens = ph_tensor_new (c, PH_DIMS (1, ph_vit_n_tokens (vision), vision->width));
    memcpy (tokens->data, self->seen.tokens, ph_n_elements (tokens) * sizeof (float));
    return tokens;
  }

  pixels = ph_tensor_new (c, PH_DIMS (3, vision->side, vision->side));
  ph_preprocess (&self->preprocess, run->picture, pixels->data);
  if (changes)
    ph_cover_patches (&self->preprocess, pixels->data, (int) vision->patch,
                      run->without->covered, run->without->n_covered,
                      run->without->cover);
  ph_probe (pass, PH_PROBE_PIXELS, 0, pixels);
  decoded = ph_run_stage (run, PH_STAGE_VISION);
  tokens = ph_vit_encode (vit, pass, pixels->data, 1);
  if (!changes && !ph_stopped (c))
    remember (&self->seen, run->picture, tokens);

  run->timings->picture = decoded - start;
  run->timings->vision = g_get_monotonic_time () / 1e6 - decoded;
  return tokens;
}

bool
ph_model_fit_pictures (PhModel *self, PhVit *vit, GError **error)
{
  PhModelInfo *info = &self->info;

  info->trained_side = (int) vit->config.side;
  if (!ph_vit_set_side (vit, (size_t) self->preprocess.side, error))
    return false;
  info->image_side = (int) vit->config.side;
  info->patch_rows = info->patch_columns = (int) ph_vit_n_patches (&vit->config);
  return true;
}

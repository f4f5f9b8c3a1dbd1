#include "core/lm/decoder.h"

struct _PhLmState {
  PhLmCache *cache;
};

PhTensor *
ph_decoder_attend (const PhPass *pass,
                   PhLmCache *cache,
                   size_t layer,
                   PhAttention attention)
{
  PhContext *c = pass->context;
  PhTensor *probabilities = NULL, *x;

  if (cache != NULL)
    ph_lm_cache_append (cache, c, layer, &attention.k, &attention.v);
  if (ph_probe_wants (pass, PH_PROBE_LM_SELF_ATTENTION))
    attention.probabilities = &probabilities;
  attention.causal = true;

  x = ph_attention (c, &attention);
  ph_probe (pass, PH_PROBE_LM_SELF_ATTENTION, (int) layer, probabilities);
  return x;
}

PhTensor *
ph_decoder_embed (PhLm *lm,
                  const PhPass *pass,
                  const int32_t *ids,
                  size_t n_batch,
                  size_t n_ids)
{
  PhDecoder *self = (PhDecoder *) lm;
  PhContext *c = pass->context;
  PhTensor *rows = ph_take (c, &self->embedding, ids, n_batch * n_ids);

  return ph_reshape (c, rows, PH_DIMS (n_batch, n_ids, lm->width));
}

PhLmState *
ph_decoder_state_new (PhLm *lm, size_t n_rows, size_t n_positions)
{
  PhDecoder *self = (PhDecoder *) lm;
  PhLmCache *cache =
      ph_lm_cache_new (self->n_layers, n_rows, n_positions, self->key_width);
  PhLmState *state;

  if (cache == NULL)
    return NULL;
  state = g_new0 (PhLmState, 1);
  state->cache = cache;
  return state;
}

void
ph_decoder_state_free (PhLmState *state)
{
  if (state == NULL)
    return;
  ph_lm_cache_free (state->cache);
  g_free (state);
}

void
ph_decoder_state_select (PhLmState *state, const size_t *from, size_t n)
{
  ph_lm_cache_select (state->cache, from, n);
}

PhTensor *
ph_decoder_hidden (PhLm *lm, const PhPass *pass, PhTensor *inputs)
{
  PhDecoder *self = (PhDecoder *) lm;

  return self->forward (self, pass, inputs, NULL);
}

PhTensor *
ph_decoder_logits (PhLm *lm, const PhPass *pass, PhTensor *hidden)
{
  PhDecoder *self = (PhDecoder *) lm;
  PhTensor *table = self->head.stored != NULL ? &self->head : &self->embedding;

  return ph_linear (pass->context, hidden, table, NULL);
}

/* Of the prompt only what follows its last position is scored: the table of outputs is
 * the largest of all. */
PhTensor *
ph_decoder_begin (PhLm *lm, const PhPass *pass, PhLmState *state, PhTensor *prompt)
{
  PhDecoder *self = (PhDecoder *) lm;
  PhTensor *hidden;

  ph_lm_cache_clear (state->cache);
  hidden = self->forward (self, pass, prompt, state->cache);
  return ph_decoder_logits (lm, pass,
                            ph_tokens (pass->context, hidden, hidden->dims[1] - 1, 1));
}

PhTensor *
ph_decoder_next (PhLm *lm,
                 const PhPass *pass,
                 PhLmState *state,
                 const int32_t *ids,
                 size_t n_ids)
{
  PhDecoder *self = (PhDecoder *) lm;
  size_t n_rows = ph_lm_cache_get_n_rows (state->cache);
  PhTensor *x = ph_decoder_embed (lm, pass, ids, n_rows, n_ids);

  return ph_decoder_logits (lm, pass, self->forward (self, pass, x, state->cache));
}

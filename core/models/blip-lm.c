/*   caption:  x = decoder ([start, prompt, caption …], picture)
 *   answer:   x = decoder ([start, answer …], encoder (question, picture))
 *   scores = W norm (gelu (transform x)) + b
 */
#include "core/models/blip-lm.h"

#include "core/base/error.h"
#include "core/tensor/ops.h"

typedef struct {
  PhLm lm;
  PhBlipTask task;
  PhBlipText encoder; /* of answers alone */
  PhBlipText decoder;

  PhAffine transform, transform_norm;
  PhTensor head;             /* without data: the decoder's word table */
  PhTensor bias, other_bias; /* the same numbers: either may be without data */

  PhBlipSeen picture; /* by the encoder of answers, by the decoder of captions */
} BlipLm;

struct _PhLmState {
  PhLmCache *cache;
  PhBlipSeen question; /* by the decoder of answers */
};

/* --- weights --- */

enum { WIDTH, VOCABULARY, N_SIZES };

#define HEAD "cls.predictions."

static const PhWeight head_weights[] = {
  PH_AFFINE (BlipLm, transform, HEAD "transform.dense", WIDTH, WIDTH),
  PH_NORM (BlipLm, transform_norm, HEAD "transform.LayerNorm", WIDTH),
  { HEAD "decoder.weight", offsetof (BlipLm, head), 2, { VOCABULARY, WIDTH }, true },
  { HEAD "decoder.bias", offsetof (BlipLm, bias), 1, { VOCABULARY }, true },
  { HEAD "bias", offsetof (BlipLm, other_bias), 1, { VOCABULARY }, true },
};

static bool
bind_text (BlipLm *self,
           PhBlipText *text,
           PhBinder *binder,
           const char *prefix,
           const char *name,
           GError **error)
{
  g_autofree char *whole = g_strconcat (prefix, name, NULL);

  text->config.n_vocabulary = self->lm.n_vocabulary;
  return ph_blip_text_bind (text, binder, whole, error);
}

static bool
blip_bind (PhLm *lm, PhBinder *binder, const char *prefix, GError **error)
{
  BlipLm *self = (BlipLm *) lm;
  const size_t sizes[N_SIZES] = { [WIDTH] = lm->width, [VOCABULARY] = lm->n_vocabulary };
  g_autofree char *head = g_strconcat (prefix, "text_decoder.", NULL);

  if (self->task == PH_BLIP_ANSWER &&
      !bind_text (self, &self->encoder, binder, prefix, "text_encoder.", error))
    return false;
  if (!bind_text (self, &self->decoder, binder, prefix, "text_decoder.bert.", error) ||
      !ph_weights_bind (binder, head, head_weights, G_N_ELEMENTS (head_weights), self,
                        sizes, error))
    return false;
  if (self->bias.stored == NULL && self->other_bias.stored == NULL)
    return ph_fail (error, PH_ERROR_FORMAT,
                    "there is neither \"%s" HEAD "decoder.bias\" nor \"%s" HEAD "bias\"",
                    head, head);
  return true;
}

static void
blip_free (PhLm *lm)
{
  BlipLm *self = (BlipLm *) lm;

  ph_blip_text_clear (&self->encoder);
  ph_blip_text_clear (&self->decoder);
  ph_blip_seen_clear (&self->picture);
  g_free (self);
}

/* --- state --- */

static PhLmState *
blip_state_new (PhLm *lm, size_t n_rows, size_t n_positions)
{
  const PhBlipTextConfig *config = &((BlipLm *) lm)->decoder.config;
  PhLmState *state = g_new0 (PhLmState, 1);

  state->cache = ph_lm_cache_new (config->n_layers, n_rows, n_positions, config->width);
  if (state->cache == NULL) {
    g_free (state);
    return NULL;
  }
  return state;
}

static void
blip_state_free (PhLmState *state)
{
  if (state == NULL)
    return;
  ph_lm_cache_free (state->cache);
  ph_blip_seen_clear (&state->question);
  g_free (state);
}

static void
blip_state_select (PhLmState *state, const size_t *from, size_t n)
{
  ph_lm_cache_select (state->cache, from, n);
}

/* --- reading and writing --- */

static PhBlipText *
looker (BlipLm *self)
{
  return self->task == PH_BLIP_ANSWER ? &self->encoder : &self->decoder;
}

static PhTensor *
blip_embed (PhLm *lm,
            const PhPass *pass,
            const int32_t *ids,
            size_t n_batch,
            size_t n_ids)
{
  return ph_blip_text_words (looker ((BlipLm *) lm), pass->context, ids, n_batch, n_ids);
}

static PhTensor *
score (BlipLm *self, PhContext *c, PhTensor *x)
{
  PhTensor *head =
      self->head.stored != NULL ? &self->head : &self->decoder.word_embedding;
  PhTensor *bias = self->bias.stored != NULL ? &self->bias : &self->other_bias;

  x = ph_gelu (c, ph_linear (c, x, &self->transform.w, &self->transform.b));
  x = ph_layer_norm (c, x, &self->transform_norm.w, &self->transform_norm.b,
                     self->decoder.config.eps);
  return ph_linear (c, x, head, bias);
}

/* Nobody listens while a caption is written: the probe sees it whole, in recall. */
static PhTensor *
go_on (BlipLm *self, PhContext *c, PhLmState *state, PhTensor *words)
{
  const PhPass unheard = { .context = c };

  return ph_blip_text_run (&self->decoder, &unheard,
                           &(PhBlipTextInput){
                               .words = words,
                               .seen = self->task == PH_BLIP_ANSWER ? state->question.keys
                                                                    : self->picture.keys,
                               .past = state->cache,
                           });
}

static PhTensor *
blip_next (PhLm *lm,
           const PhPass *pass,
           PhLmState *state,
           const int32_t *ids,
           size_t n_ids)
{
  BlipLm *self = (BlipLm *) lm;
  PhContext *c = pass->context;
  PhTensor *words = ph_blip_text_words (&self->decoder, c, ids,
                                        ph_lm_cache_get_n_rows (state->cache), n_ids);

  return score (self, c, go_on (self, c, state, words));
}

static void
read_question (BlipLm *self, const PhPass *pass, PhLmState *state, PhTensor *words)
{
  PhContext *c = pass->context;
  size_t mark = ph_arena_mark (c->arena);
  PhTensor *states =
      ph_blip_text_run (&self->encoder, pass,
                        &(PhBlipTextInput){ .words = words, .seen = self->picture.keys });

  ph_blip_seen_keep (&state->question, ph_blip_text_see (&self->decoder, c, states),
                     self->decoder.config.n_layers);
  ph_arena_reset (c->arena, mark);
}

static PhTensor *
blip_begin (PhLm *lm, const PhPass *pass, PhLmState *state, PhTensor *prompt)
{
  BlipLm *self = (BlipLm *) lm;
  PhContext *c = pass->context;
  PhTensor *x;

  ph_lm_cache_clear (state->cache);
  if (self->task == PH_BLIP_ANSWER) {
    read_question (self, pass, state, prompt);
    return blip_next (lm, pass, state, &lm->start_id, 1);
  }
  x = go_on (self, c, state, prompt);
  return score (self, c, ph_tokens (c, x, x->dims[1] - 1, 1));
}

static const PhLmClass blip_class = {
  .name = "blip",
  .free = blip_free,
  .bind = blip_bind,
  .embed = blip_embed,
  .state_new = blip_state_new,
  .state_free = blip_state_free,
  .state_select = blip_state_select,
  .begin = blip_begin,
  .next = blip_next,
};

PhLm *
ph_blip_lm_new (const PhBlipTextConfig *config, PhBlipTask task, int32_t start_id)
{
  BlipLm *self = g_new0 (BlipLm, 1);

  g_assert (task == PH_BLIP_CAPTION || config->seen_width == config->width);
  self->lm = (PhLm){ .class = &blip_class,
                     .width = config->width,
                     .n_vocabulary = config->n_vocabulary,
                     .n_positions = config->n_positions,
                     .reads_prompt_apart = task == PH_BLIP_ANSWER,
                     .start_id = start_id };
  self->task = task;
  if (task == PH_BLIP_ANSWER)
    ph_blip_text_init (&self->encoder, config);
  ph_blip_text_init (&self->decoder, config);
  return &self->lm;
}

void
ph_blip_lm_show (PhLm *lm, PhContext *c, PhTensor *picture)
{
  PhBlipText *text = looker ((BlipLm *) lm);
  size_t mark = ph_arena_mark (c->arena);

  ph_blip_seen_keep (&((BlipLm *) lm)->picture, ph_blip_text_see (text, c, picture),
                     text->config.n_layers);
  ph_arena_reset (c->arena, mark);
}

void
ph_blip_lm_recall (PhLm *lm, const PhPass *pass, const int32_t *ids, size_t n_ids)
{
  BlipLm *self = (BlipLm *) lm;
  PhContext *c = pass->context;
  size_t mark = ph_arena_mark (c->arena);

  g_assert (self->task == PH_BLIP_CAPTION);
  ph_blip_text_run (
      &self->decoder, pass,
      &(PhBlipTextInput){ .words = ph_blip_text_words (&self->decoder, c, ids, 1, n_ids),
                          .seen = self->picture.keys,
                          .causal = true });
  ph_arena_reset (c->arena, mark);
}

#include "ui/asking.h"

#include "ui/asking-memory.h"

#define BARE "{}"

struct _PhAsking {
  GObject parent_instance;

  /* Owned */
  PhModelFacts *model;    /* or NULL */
  PhAskingChoice *choice; /* of the present model */

  gboolean changed; /* since it was remembered */
};

G_DEFINE_FINAL_TYPE (PhAsking, ph_asking, G_TYPE_OBJECT)

enum { CHANGED, N_SIGNALS };

static guint signals[N_SIGNALS];

static void
tell (PhAsking *self)
{
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
tell_choice (PhAsking *self)
{
  self->changed = TRUE;
  tell (self);
}

PhAsking *
ph_asking_new (void)
{
  return g_object_new (PH_TYPE_ASKING, NULL);
}

/* Without a model, choices are those of a folder that no model has. */
static const char *
get_folder (PhAsking *self)
{
  return self->model != NULL ? self->model->info.folder : "";
}

static void
remember (PhAsking *self)
{
  if (self->changed)
    ph_asking_memory_keep (get_folder (self), self->choice);
  self->changed = FALSE;
}

void
ph_asking_set_model (PhAsking *self, PhModelFacts *model)
{
  if (self->model == model)
    return;

  remember (self);
  g_clear_pointer (&self->model, ph_model_facts_unref);
  self->model = model != NULL ? ph_model_facts_ref (model) : NULL;
  ph_asking_choice_free (self->choice);
  self->choice = ph_asking_memory_recall (get_folder (self));
  tell (self);
}

gboolean
ph_asking_describes (PhAsking *self)
{
  return self->model != NULL && self->model->answers && !self->model->info.needs_prompt;
}

/* --- the template --- */

const char *
ph_asking_get_own_template (PhAsking *self)
{
  const char *own = self->model != NULL ? self->model->info.template : NULL;

  return own != NULL ? own : BARE;
}

const char *
ph_asking_get_template (PhAsking *self)
{
  const char *template = self->choice->template;

  return template != NULL ? template : ph_asking_get_own_template (self);
}

void
ph_asking_set_template (PhAsking *self, const char *template)
{
  if (g_str_equal (template, ph_asking_get_template (self)))
    return;

  g_free (self->choice->template);
  self->choice->template = g_strdup (template);
  tell_choice (self);
}

gboolean
ph_asking_get_uses_template (PhAsking *self)
{
  return self->choice->uses_template;
}

void
ph_asking_set_uses_template (PhAsking *self, gboolean uses)
{
  if (self->choice->uses_template == uses)
    return;

  self->choice->uses_template = uses;
  tell_choice (self);
}

void
ph_asking_reset_template (PhAsking *self)
{
  g_clear_pointer (&self->choice->template, g_free);
  self->choice->uses_template = TRUE;
  tell_choice (self);
}

/* --- how tokens are chosen --- */

PhSampling
ph_asking_get_sampling (PhAsking *self)
{
  return self->choice->has_sampling ? self->choice->sampling
                                    : ph_asking_get_own_sampling (self);
}

PhSampling
ph_asking_get_own_sampling (PhAsking *self)
{
  PhSampling greedy = PH_SAMPLING_GREEDY;

  return self->model != NULL && self->model->answers ? self->model->info.sampling
                                                     : greedy;
}

static gboolean
is_same (const PhSampling *a, const PhSampling *b)
{
  return a->sampled == b->sampled && a->temperature == b->temperature &&
         a->top_k == b->top_k && a->top_p == b->top_p && a->seed == b->seed &&
         a->n_beams == b->n_beams && a->length_penalty == b->length_penalty &&
         a->early_stopping == b->early_stopping &&
         a->repetition_penalty == b->repetition_penalty &&
         a->min_new_tokens == b->min_new_tokens && a->max_new_tokens == b->max_new_tokens;
}

void
ph_asking_set_sampling (PhAsking *self, const PhSampling *sampling)
{
  PhSampling own = ph_asking_get_own_sampling (self);
  PhSampling present = ph_asking_get_sampling (self);

  if (is_same (&present, sampling))
    return;

  self->choice->has_sampling = !is_same (&own, sampling);
  self->choice->sampling = *sampling;
  tell_choice (self);
}

void
ph_asking_reset_sampling (PhAsking *self)
{
  self->choice->has_sampling = FALSE;
  self->choice->new_seeds = TRUE;
  tell_choice (self);
}

gboolean
ph_asking_get_new_seeds (PhAsking *self)
{
  return self->choice->new_seeds;
}

void
ph_asking_set_new_seeds (PhAsking *self, gboolean new_seeds)
{
  if (self->choice->new_seeds == new_seeds)
    return;

  self->choice->new_seeds = new_seeds;
  tell_choice (self);
}

void
ph_asking_prepare (PhAsking *self)
{
  PhSampling sampling = ph_asking_get_sampling (self);

  if (sampling.sampled && self->choice->new_seeds) {
    sampling.seed = ph_sampling_draw_seed ();
    ph_asking_set_sampling (self, &sampling);
  }
  remember (self);
}

PhRequest
ph_asking_make_request (PhAsking *self, const char *prompt)
{
  PhRequest request = { .prompt = prompt, .sampling = ph_asking_get_sampling (self) };
  const char *template = ph_asking_get_template (self);

  if (self->choice->uses_template && *prompt != '\0' && !g_str_equal (template, BARE))
    request.template = template;
  return request;
}

/* --- the object --- */

static void
ph_asking_finalize (GObject *object)
{
  PhAsking *self = PH_ASKING (object);

  remember (self);
  ph_asking_choice_free (self->choice);
  g_clear_pointer (&self->model, ph_model_facts_unref);
  G_OBJECT_CLASS (ph_asking_parent_class)->finalize (object);
}

static void
ph_asking_class_init (PhAskingClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ph_asking_finalize;
  signals[CHANGED] =
      g_signal_new ("changed", G_OBJECT_CLASS_TYPE (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                    NULL, NULL, G_TYPE_NONE, 0);
}

static void
ph_asking_init (PhAsking *self)
{
  self->choice = ph_asking_memory_recall (get_folder (self));
}

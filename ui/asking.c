#include "ui/asking.h"

#define BARE "{}"

/* Of one model. */
typedef struct {
  char *template; /* NULL: the model's own */
  gboolean uses_template;
  PhSampling sampling;
  gboolean new_seeds;
} Choice;

struct _PhAsking {
  GObject parent_instance;

  /* Owned */
  PhModelFacts *model; /* or NULL */
  GHashTable *choices; /* by the folder of the model */
  Choice *choice;      /* of the present model, in there */
};

G_DEFINE_FINAL_TYPE (PhAsking, ph_asking, G_TYPE_OBJECT)

enum { CHANGED, N_SIGNALS };

static guint signals[N_SIGNALS];

static void
free_choice (gpointer data)
{
  Choice *choice = data;

  g_free (choice->template);
  g_free (choice);
}

static void
tell (PhAsking *self)
{
  g_signal_emit (self, signals[CHANGED], 0);
}

PhAsking *
ph_asking_new (void)
{
  return g_object_new (PH_TYPE_ASKING, NULL);
}

/* No model has choices of its own, under a name that no folder has. */
static Choice *
find_choice (PhAsking *self)
{
  const char *folder = self->model != NULL ? self->model->info.folder : "";
  Choice *choice = g_hash_table_lookup (self->choices, folder);

  if (choice == NULL) {
    choice = g_new0 (Choice, 1);
    choice->uses_template = TRUE;
    choice->sampling = ph_asking_get_own_sampling (self);
    choice->new_seeds = TRUE;
    g_hash_table_insert (self->choices, g_strdup (folder), choice);
  }
  return choice;
}

void
ph_asking_set_model (PhAsking *self, PhModelFacts *model)
{
  if (self->model == model)
    return;

  g_clear_pointer (&self->model, ph_model_facts_unref);
  self->model = model != NULL ? ph_model_facts_ref (model) : NULL;
  self->choice = find_choice (self);
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
  tell (self);
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
  tell (self);
}

void
ph_asking_reset_template (PhAsking *self)
{
  g_clear_pointer (&self->choice->template, g_free);
  self->choice->uses_template = TRUE;
  tell (self);
}

/* --- how tokens are chosen --- */

const PhSampling *
ph_asking_get_sampling (PhAsking *self)
{
  return &self->choice->sampling;
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
  if (is_same (&self->choice->sampling, sampling))
    return;

  self->choice->sampling = *sampling;
  tell (self);
}

void
ph_asking_reset_sampling (PhAsking *self)
{
  self->choice->sampling = ph_asking_get_own_sampling (self);
  self->choice->new_seeds = TRUE;
  tell (self);
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
  tell (self);
}

void
ph_asking_draw_seed (PhAsking *self)
{
  if (!self->choice->sampling.sampled || !self->choice->new_seeds)
    return;

  self->choice->sampling.seed = ph_sampling_draw_seed ();
  tell (self);
}

PhRequest
ph_asking_make_request (PhAsking *self, const char *prompt)
{
  PhRequest request = { .prompt = prompt, .sampling = self->choice->sampling };
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

  g_clear_pointer (&self->model, ph_model_facts_unref);
  g_hash_table_unref (self->choices);
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
  self->choices = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, free_choice);
  self->choice = find_choice (self);
}

#include "core/text/steps.h"

#include "core/base/error.h"
#include "core/formats/json.h"

#include <string.h>

static const PhStepClass *const normalizers[] = {
  &ph_step_bert_normalizer,
  &ph_step_lowercase,
  &ph_step_nfc,
  &ph_step_nfd,
  &ph_step_nfkc,
  &ph_step_nfkd,
  &ph_step_precompiled,
  &ph_step_prepend,
  &ph_step_replace,
  &ph_step_strip,
  &ph_step_strip_accents,
  NULL,
};
static const PhStepClass *const pre_tokenizers[] = {
  &ph_step_bert_pre_tokenizer,
  &ph_step_byte_level,
  &ph_step_digits,
  &ph_step_metaspace,
  &ph_step_split,
  &ph_step_whitespace,
  &ph_step_whitespace_split,
  NULL,
};
static const PhStepClass *const decoders[] = {
  &ph_step_byte_fallback,
  &ph_step_byte_level_decoder,
  &ph_step_fuse,
  &ph_step_metaspace_decoder,
  &ph_step_replace_decoder,
  &ph_step_strip_decoder,
  &ph_step_wordpiece_decoder,
  NULL,
};
/* BPE first: WordPiece's mark may stand in its files too. */
static const PhTokenModelClass *const models[] = {
  &ph_token_model_bpe,
  &ph_token_model_unigram,
  &ph_token_model_wordpiece,
  NULL,
};

/* What differs between the three chains of a file. */
typedef struct {
  const char *name;                  /* of the member that holds the chain */
  const char *sequence;              /* of the list inside of a Sequence */
  const PhStepClass *const *classes; /* NULL at the end */
} Chain;

typedef struct {
  const PhStepClass *class;
  gpointer self;
} Step;

struct _PhSteps {
  GArray *steps; /* of Step */
};

static void
clear_step (gpointer data)
{
  Step *step = data;

  if (step->class->free != NULL)
    step->class->free (step->self);
}

static const PhStepClass *
find_class (const Chain *chain, const char *type)
{
  for (const PhStepClass *const *class = chain->classes; *class != NULL; class ++)
    if (strcmp ((*class)->type, type) == 0)
      return *class;
  return NULL;
}

/* The `type` of the object at @where, or NULL with an error. */
static const char *
get_type (const json_t *json, const char *where, GError **error)
{
  static const PhJsonField field = { "type", PH_JSON_TEXT, .required = true };
  const char *type = NULL;

  if (!json_is_object (json)) {
    ph_fail (error, PH_ERROR_FORMAT, "%s is not an object", where);
    return NULL;
  }
  return ph_json_read (json, where, &field, 1, &type, error) ? type : NULL;
}

static bool
add_step (PhSteps *self,
          const Chain *chain,
          const char *type,
          const json_t *json,
          const char *where,
          GError **error)
{
  Step step = { find_class (chain, type) };

  if (step.class == NULL) {
    g_autofree char *shown = ph_printable (type);

    return ph_fail (error, PH_ERROR_UNSUPPORTED,
                    "%s is of the type \"%s\", which is not known", where, shown);
  }
  if (step.class->read != NULL) {
    step.self = step.class->read (json, where, error);
    if (step.self == NULL)
      return false;
  }
  g_array_append_val (self->steps, step);
  return true;
}

/* Sequences may hold sequences, no deeper than the JSON may nest. */
static bool
add_steps (PhSteps *self,
           const Chain *chain,
           const json_t *json,
           const char *where,
           GError **error)
{
  const char *type = get_type (json, where, error);
  json_t *list;

  if (type == NULL)
    return false;
  if (strcmp (type, "Sequence") != 0)
    return add_step (self, chain, type, json, where, error);

  list = ph_json_get_array (json, where, chain->sequence, error);
  for (size_t i = 0; i < json_array_size (list); i++) {
    g_autofree char *inner = g_strdup_printf ("%s.%s[%zu]", where, chain->sequence, i);

    if (!add_steps (self, chain, json_array_get (list, i), inner, error))
      return false;
  }
  return list != NULL;
}

static PhSteps *
read_chain (const Chain *chain, const json_t *json, GError **error)
{
  g_autoptr (PhSteps) self = g_new0 (PhSteps, 1);

  self->steps = g_array_new (FALSE, FALSE, sizeof (Step));
  g_array_set_clear_func (self->steps, clear_step);
  if (json != NULL && !json_is_null (json) &&
      !add_steps (self, chain, json, chain->name, error))
    return NULL;
  return g_steal_pointer (&self);
}

PhSteps *
ph_steps_read_normalizers (const json_t *json, GError **error)
{
  static const Chain chain = { "normalizer", "normalizers", normalizers };

  return read_chain (&chain, json, error);
}

PhSteps *
ph_steps_read_pre_tokenizers (const json_t *json, GError **error)
{
  static const Chain chain = { "pre_tokenizer", "pretokenizers", pre_tokenizers };

  return read_chain (&chain, json, error);
}

PhSteps *
ph_steps_read_decoders (const json_t *json, GError **error)
{
  static const Chain chain = { "decoder", "decoders", decoders };

  return read_chain (&chain, json, error);
}

void
ph_steps_free (PhSteps *self)
{
  g_array_unref (self->steps);
  g_free (self);
}

void
ph_steps_normalize (const PhSteps *self, GString *text)
{
  for (guint i = 0; i < self->steps->len; i++) {
    const Step *step = &g_array_index (self->steps, Step, i);

    step->class->normalize (step->self, text);
  }
}

GPtrArray *
ph_steps_split (const PhSteps *self, const char *text, bool first)
{
  GPtrArray *words = g_ptr_array_new_with_free_func (g_free);

  g_ptr_array_add (words, g_strdup (text));
  for (guint i = 0; i < self->steps->len; i++) {
    const Step *step = &g_array_index (self->steps, Step, i);
    g_autoptr (GPtrArray) whole = g_steal_pointer (&words);

    words = g_ptr_array_new_with_free_func (g_free);
    for (guint w = 0; w < whole->len; w++)
      step->class->split (step->self, whole->pdata[w], first && w == 0, words);
  }
  return words;
}

/* Without a decoder tokens are words: that is how the reference shows them too. */
char *
ph_steps_decode (const PhSteps *self, GPtrArray *tokens)
{
  const char *between = self->steps->len > 0 ? "" : " ";
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < self->steps->len; i++) {
    const Step *step = &g_array_index (self->steps, Step, i);

    step->class->decode (step->self, tokens);
  }
  for (guint i = 0; i < tokens->len; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? between : "",
                            (const char *) tokens->pdata[i]);
  return g_string_free (text, FALSE);
}

const PhTokenModelClass *
ph_token_model_find (const json_t *json, GError **error)
{
  const char *type = json_string_value (json_object_get (json, "type"));
  g_autofree char *shown = NULL;

  for (const PhTokenModelClass *const *class = models; *class != NULL; class ++)
    if (type != NULL ? strcmp ((*class)->type, type) == 0
                     : json_object_get (json, (*class)->mark) != NULL)
      return *class;

  shown = type != NULL ? ph_printable (type) : g_strdup ("");
  ph_fail (error, PH_ERROR_UNSUPPORTED, "model is of the type \"%s\", which is not known",
           shown);
  return NULL;
}

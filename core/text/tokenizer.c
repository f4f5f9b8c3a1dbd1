#include "core/text/tokenizer.h"

#include "core/base/error.h"
#include "core/formats/json.h"
#include "core/text/added-tokens.h"
#include "core/text/tokenizer-files.h"

struct _PhTokenizer {
  PhVocabulary *vocabulary;
  PhAddedTokens *added;
  PhSteps *normalizers;
  PhSteps *pre_tokenizers;
  PhSteps *decoders;
  const PhTokenModelClass *class;
  gpointer model; /* of @class */
  PhTemplate template;
};

/* --- opening --- */

static bool
read_model (PhTokenizer *self, const json_t *document, GError **error)
{
  json_t *model = ph_json_get_object (document, "", "model", error);

  if (model == NULL)
    return false;
  self->class = ph_token_model_find (model, error);
  if (self->class == NULL)
    return false;
  self->model = self->class->read (model, self->vocabulary, error);
  return self->model != NULL;
}

static bool
read_steps (PhTokenizer *self, const json_t *document, GError **error)
{
  self->normalizers =
      ph_steps_read_normalizers (json_object_get (document, "normalizer"), error);
  if (self->normalizers == NULL)
    return false;
  self->pre_tokenizers =
      ph_steps_read_pre_tokenizers (json_object_get (document, "pre_tokenizer"), error);
  if (self->pre_tokenizers == NULL)
    return false;
  self->decoders = ph_steps_read_decoders (json_object_get (document, "decoder"), error);
  return self->decoders != NULL;
}

/* In this order: added tokens need the normalizers and the model's ids, the template all.
 */
static bool
read_document (PhTokenizer *self, const json_t *document, GError **error)
{
  if (!read_steps (self, document, error) || !read_model (self, document, error))
    return false;
  self->added = ph_added_tokens_read (json_object_get (document, "added_tokens"),
                                      self->normalizers, self->vocabulary, error);
  return self->added != NULL &&
         ph_template_read (&self->template, json_object_get (document, "post_processor"),
                           self->vocabulary, error);
}

PhTokenizer *
ph_tokenizer_open (const char *folder, GError **error)
{
  const PhTokenizerFiles *files = ph_tokenizer_files_find (folder);
  g_autoptr (PhJson) document = files->describe (folder, error);
  g_autoptr (PhTokenizer) self = g_new0 (PhTokenizer, 1);

  if (document == NULL)
    return NULL;

  self->vocabulary = ph_vocabulary_new ();
  if (!read_document (self, document, error)) {
    g_autofree char *path = g_build_filename (folder, files->name, NULL);

    ph_prefix_path (error, path);
    return NULL;
  }
  return g_steal_pointer (&self);
}

void
ph_tokenizer_free (PhTokenizer *self)
{
  ph_template_clear (&self->template);
  g_clear_pointer (&self->added, ph_added_tokens_free);
  g_clear_pointer (&self->normalizers, ph_steps_free);
  g_clear_pointer (&self->pre_tokenizers, ph_steps_free);
  g_clear_pointer (&self->decoders, ph_steps_free);
  if (self->model != NULL)
    self->class->free (self->model);
  g_clear_pointer (&self->vocabulary, ph_vocabulary_free);
  g_free (self);
}

/* --- encoding --- */

static void
encode_words (const PhTokenizer *self, const char *text, bool first, GArray *ids)
{
  g_autoptr (GPtrArray) words = ph_steps_split (self->pre_tokenizers, text, first);

  for (guint i = 0; i < words->len; i++)
    self->class->encode (self->model, words->pdata[i], ids);
}

/* What stands between the tokens that are matched as typed. */
static void
encode_typed (const PhTokenizer *self, const PhSpan *span, bool first, GArray *ids)
{
  g_autoptr (GString) text = g_string_new_len (span->begin, span->end - span->begin);
  g_autoptr (GArray) spans = NULL;

  ph_steps_normalize (self->normalizers, text);
  spans = ph_added_tokens_split (self->added, text->str, true);
  for (guint i = 0; i < spans->len; i++) {
    const PhSpan *part = &g_array_index (spans, PhSpan, i);
    g_autofree char *words = NULL;

    if (part->id >= 0) {
      g_array_append_val (ids, part->id);
      continue;
    }
    words = g_strndup (part->begin, (gsize) (part->end - part->begin));
    encode_words (self, words, first && i == 0, ids);
  }
}

static void
append_all (GArray *ids, const GArray *more)
{
  if (more->len > 0)
    g_array_append_vals (ids, more->data, more->len);
}

bool
ph_tokenizer_encode (const PhTokenizer *self,
                     const char *text,
                     bool special,
                     GArray *ids,
                     GError **error)
{
  g_autoptr (GArray) spans = NULL;
  const char *bad;

  if (!g_utf8_validate (text, -1, &bad))
    return ph_fail (error, PH_ERROR_FORMAT, "the text is not UTF-8 at byte %zu",
                    (size_t) (bad - text));

  if (special)
    append_all (ids, self->template.before);
  spans = ph_added_tokens_split (self->added, text, false);
  for (guint i = 0; i < spans->len; i++) {
    const PhSpan *span = &g_array_index (spans, PhSpan, i);

    if (span->id >= 0)
      g_array_append_val (ids, span->id);
    else
      encode_typed (self, span, i == 0, ids);
  }
  if (special)
    append_all (ids, self->template.after);
  return true;
}

/* --- decoding --- */

char *
ph_tokenizer_decode (const PhTokenizer *self,
                     const int32_t *ids,
                     size_t n_ids,
                     bool skip_special)
{
  g_autoptr (GPtrArray) tokens = g_ptr_array_new_with_free_func (g_free);

  for (size_t i = 0; i < n_ids; i++) {
    const char *token = ph_added_tokens_get (self->added, ids[i]);

    if (token == NULL)
      token = ph_vocabulary_get (self->vocabulary, ids[i]);
    if (token != NULL && !(skip_special && ph_tokenizer_is_special (self, ids[i])))
      g_ptr_array_add (tokens, g_strdup (token));
  }
  return ph_steps_decode (self->decoders, tokens);
}

int32_t
ph_tokenizer_find (const PhTokenizer *self, const char *token)
{
  return ph_vocabulary_find (self->vocabulary, token);
}

const char *
ph_tokenizer_get_token (const PhTokenizer *self, int32_t id)
{
  return ph_vocabulary_get (self->vocabulary, id);
}

bool
ph_tokenizer_is_special (const PhTokenizer *self, int32_t id)
{
  return ph_added_tokens_is_special (self->added, id);
}

size_t
ph_tokenizer_get_n_tokens (const PhTokenizer *self)
{
  return ph_vocabulary_get_size (self->vocabulary);
}

/* steps.h - the steps that a tokenizer's pipeline is made of
 *
 * tokenizer.json describes each step as an object with a `type`, or several as a
 * Sequence of them, or none as null.  A step's class reads its object once and is then
 * run for every text.
 *
 * To add one: a const PhStepClass or PhTokenModelClass in its own file, declared below
 * and listed in steps.c.  A step that is not listed is refused by its name.
 */
#pragma once

#include "core/text/vocabulary.h"

G_BEGIN_DECLS

typedef struct {
  const char *type; /* as the file spells it */

  /* What a run is given as @self; @where is the step's path in the file.  Both are NULL
   * for a step without settings. */
  gpointer (*read) (const json_t *json, const char *where, GError **error);
  GDestroyNotify free;

  union {
    /* normalizer: changes @text in place */
    void (*normalize) (gconstpointer self, GString *text);
    /* pre_tokenizer: appends the words of @text, owned, to @words; @first if @text
     * stands at the beginning of what is encoded */
    void (*split) (gconstpointer self, const char *text, bool first, GPtrArray *words);
    /* decoder: changes the owned strings of @tokens, which are joined in the end */
    void (*decode) (gconstpointer self, GPtrArray *tokens);
  };
} PhStepClass;

/* normalizers */
extern const PhStepClass ph_step_bert_normalizer;
extern const PhStepClass ph_step_lowercase;
extern const PhStepClass ph_step_nfc;
extern const PhStepClass ph_step_nfd;
extern const PhStepClass ph_step_nfkc;
extern const PhStepClass ph_step_nfkd;
extern const PhStepClass ph_step_precompiled;
extern const PhStepClass ph_step_prepend;
extern const PhStepClass ph_step_replace;
extern const PhStepClass ph_step_strip;
extern const PhStepClass ph_step_strip_accents;

/* pre-tokenizers */
extern const PhStepClass ph_step_bert_pre_tokenizer;
extern const PhStepClass ph_step_byte_level;
extern const PhStepClass ph_step_digits;
extern const PhStepClass ph_step_metaspace;
extern const PhStepClass ph_step_split;
extern const PhStepClass ph_step_whitespace;
extern const PhStepClass ph_step_whitespace_split;

/* decoders */
extern const PhStepClass ph_step_byte_fallback;
extern const PhStepClass ph_step_byte_level_decoder;
extern const PhStepClass ph_step_fuse;
extern const PhStepClass ph_step_metaspace_decoder;
extern const PhStepClass ph_step_replace_decoder;
extern const PhStepClass ph_step_strip_decoder;
extern const PhStepClass ph_step_wordpiece_decoder;

/* --- chains of steps, in the order they run; empty where the file says null --- */

typedef struct _PhSteps PhSteps;

/* @json may be NULL. */
PhSteps *ph_steps_read_normalizers (const json_t *json, GError **error);
PhSteps *ph_steps_read_pre_tokenizers (const json_t *json, GError **error);
PhSteps *ph_steps_read_decoders (const json_t *json, GError **error);
void ph_steps_free (PhSteps *self);

void ph_steps_normalize (const PhSteps *self, GString *text);
/* The words of @text, owned; @first if it stands at the beginning of what is encoded. */
GPtrArray *ph_steps_split (const PhSteps *self, const char *text, bool first);
/* Joins @tokens, an array of owned strings, which are changed. */
char *ph_steps_decode (const PhSteps *self, GPtrArray *tokens);

/* --- the model: from a word to ids --- */

typedef struct {
  const char *type;
  const char *mark; /* a member of the object by which a file without type is known */

  /* Adds its vocabulary to @vocabulary, which outlives it. */
  gpointer (*read) (json_t *json, PhVocabulary *vocabulary, GError **error);
  void (*free) (gpointer self);
  /* Appends the ids, int32_t, of @word. */
  void (*encode) (gconstpointer self, const char *word, GArray *ids);
} PhTokenModelClass;

extern const PhTokenModelClass ph_token_model_bpe;
extern const PhTokenModelClass ph_token_model_unigram;
extern const PhTokenModelClass ph_token_model_wordpiece;

const PhTokenModelClass *ph_token_model_find (const json_t *json, GError **error);

/* --- the post-processor: what stands around a text --- */

typedef struct {
  GArray *before, *after; /* of int32_t */
} PhTemplate;

/* @json may be NULL: nothing stands around.  Ids must be in @vocabulary. */
bool ph_template_read (PhTemplate *self,
                       const json_t *json,
                       const PhVocabulary *vocabulary,
                       GError **error);
void ph_template_clear (PhTemplate *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PhSteps, ph_steps_free)

G_END_DECLS

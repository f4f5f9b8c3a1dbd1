/* tokenizer.h - from text to ids and back, as tokenizer.json says
 *
 * A tokenizer is a pipeline: added tokens are cut out of the text, what lies between is
 * normalized, split into words, and each word into pieces by a model; a template puts
 * special tokens around the ids; a decoder joins pieces again.  Which step does what is
 * read from the file, so that the ids are those of Hugging Face's tokenizers for the
 * same file.  A step that is not known is refused by its name rather than left out.
 *
 * To add a step: a const struct with its `type` as the file spells it, in its own file,
 * and a line in the list of its kind (steps.c).
 *
 * A tokenizer never changes once opened; any thread may use it.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

G_BEGIN_DECLS

typedef struct _PhTokenizer PhTokenizer;

/* Reads tokenizer.json in @folder, or the files that came before it (tokenizer-files.h).
 * Errors name the file. */
PhTokenizer *ph_tokenizer_open (const char *folder, GError **error);
void ph_tokenizer_free (PhTokenizer *self);

/* Appends the ids of @text to @ids, a GArray of int32_t.  With @special the template's
 * tokens stand around them.  Fails, and appends nothing, if @text is not UTF-8. */
bool ph_tokenizer_encode (const PhTokenizer *self,
                          const char *text,
                          bool special,
                          GArray *ids,
                          GError **error);

/* The text of @n_ids ids; those that no token has are passed over, and with
 * @skip_special the special ones too.  Always UTF-8; the caller frees it. */
char *ph_tokenizer_decode (const PhTokenizer *self,
                           const int32_t *ids,
                           size_t n_ids,
                           bool skip_special);

/* The id of the token spelt exactly @token, or -1. */
int32_t ph_tokenizer_find (const PhTokenizer *self, const char *token);
/* How @id is spelt, borrowed, or NULL. */
const char *ph_tokenizer_get_token (const PhTokenizer *self, int32_t id);
/* True if @id is one of the added tokens that are marked special. */
bool ph_tokenizer_is_special (const PhTokenizer *self, int32_t id);
/* One more than the largest id. */
size_t ph_tokenizer_get_n_tokens (const PhTokenizer *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PhTokenizer, ph_tokenizer_free)

G_END_DECLS

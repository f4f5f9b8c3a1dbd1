/* added-tokens.h - the tokens that are cut out of a text before anything else is done
 *
 * Most are matched in the text as it was typed, some in the normalized text; of those
 * that begin at one place the longest counts.
 */
#pragma once

#include "core/text/steps.h"

G_BEGIN_DECLS

typedef struct _PhAddedTokens PhAddedTokens;

/* A part of a text: a token, or if @id is −1 what stands between tokens. */
typedef struct {
  int32_t id;
  const char *begin, *end;
} PhSpan;

/* Reads the list @json (NULL: none) and adds the tokens to @vocabulary; contents are
 * normalized with @normalizer where the file says so. */
PhAddedTokens *ph_added_tokens_read (const json_t *json,
                                     const PhSteps *normalizer,
                                     PhVocabulary *vocabulary,
                                     GError **error);
void ph_added_tokens_free (PhAddedTokens *self);

/* The spans of @text, which they point into, in a GArray of PhSpan. */
GArray *
ph_added_tokens_split (const PhAddedTokens *self, const char *text, bool normalized);
/* How the token @id is decoded, normalized if it is matched so; NULL: it is none. */
const char *ph_added_tokens_get (const PhAddedTokens *self, int32_t id);
bool ph_added_tokens_is_special (const PhAddedTokens *self, int32_t id);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PhAddedTokens, ph_added_tokens_free)

G_END_DECLS

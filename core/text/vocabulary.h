/* vocabulary.h - tokens and their ids
 *
 * Ids may have holes; each belongs to one token.  Does not change once the tokenizer is
 * open.
 */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

G_BEGIN_DECLS

#define PH_VOCABULARY_MAX_TOKENS ((size_t) 1 << 20)
#define PH_VOCABULARY_MAX_BYTES ((size_t) 4096) /* of one token */
#define PH_VOCABULARY_N_BYTES 256

typedef struct _PhVocabulary PhVocabulary;

PhVocabulary *ph_vocabulary_new (void);
void ph_vocabulary_free (PhVocabulary *self);

/* Fails if the id is out of range or another token's, or the token has another id. */
bool
ph_vocabulary_add (PhVocabulary *self, const char *token, int64_t id, GError **error);
/* Adds every member of an object {token: id}, called @where in errors. */
bool ph_vocabulary_read (PhVocabulary *self,
                         json_t *object,
                         const char *where,
                         GError **error);

/* -1: no such token. */
int32_t ph_vocabulary_find (const PhVocabulary *self, const char *token);
/* The ids of <0x00> to <0xFF>, by which models spell bytes; -1 where there is no such
 * token. */
void
ph_vocabulary_find_bytes (const PhVocabulary *self, int32_t ids[PH_VOCABULARY_N_BYTES]);
/* NULL: no such id. */
const char *ph_vocabulary_get (const PhVocabulary *self, int32_t id);
/* One more than the largest id. */
size_t ph_vocabulary_get_size (const PhVocabulary *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PhVocabulary, ph_vocabulary_free)

G_END_DECLS

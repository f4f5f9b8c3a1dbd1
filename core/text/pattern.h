/* pattern.h - what the steps of a tokenizer look for in a text
 *
 * tokenizer.json gives a string or a regular expression.  Published files have few
 * expressions, so each is a function here, and an expression can neither be slow nor mean
 * something else than in the reference.  One that is not known is refused.
 *
 * To add one: a function and a line in the table of pattern.c, for each way the published
 * files spell it.
 *
 * Any thread.
 */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

G_BEGIN_DECLS

/* One of the two. */
typedef struct {
  char *string; /* owned */
  /* How many bytes of @at are matched: 0 for none. */
  size_t (*match) (const char *at);
} PhPattern;

/* The expression by which GPT-2 parts a text; every text is matched from end to end. */
size_t ph_pattern_match_gpt2 (const char *at);

/* Reads the member `pattern` of the step @json, {"String": …} or {"Regex": …}. */
bool
ph_pattern_read (PhPattern *self, const json_t *json, const char *where, GError **error);

void ph_pattern_clear (PhPattern *self);

/* --- cutting --- */

/* What becomes of a match, and of what stands between matches. */
typedef enum {
  PH_CUT_ISOLATED,             /* a word each */
  PH_CUT_REMOVED,              /* matches go */
  PH_CUT_MERGED_WITH_PREVIOUS, /* a match ends the word in front of it */
  PH_CUT_MERGED_WITH_NEXT,     /* a match begins the word behind it */
  PH_CUT_CONTIGUOUS,           /* neighbouring matches are one word */
} PhCut;

/* Appends the words of @text, owned, to @words.  @invert: what does not match counts as a
 * match, and the other way round. */
void ph_pattern_cut (const PhPattern *self,
                     const char *text,
                     PhCut cut,
                     bool invert,
                     GPtrArray *words);

/* --- replacing --- */

/* Appends @text to @out with every match replaced by @content. */
void ph_pattern_replace (const PhPattern *self,
                         const char *text,
                         const char *content,
                         GString *out);

G_END_DECLS

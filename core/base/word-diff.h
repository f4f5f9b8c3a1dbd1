/* word-diff.h - which words of a text changed
 *
 * Two answers to one question are compared word by word: a longest common subsequence
 * says which words stayed, and what is left of one and of the other went or came.  A word
 * is a run of letters, digits and what joins them (don't, x-ray); every other mark is a
 * word of its own, and so is every ideograph, since there nothing is between words.
 * White space is of no word: where only it changed, nothing did.
 *
 * Pure functions: any thread.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  PH_WORD_KEPT,
  PH_WORD_GONE, /* of the first text alone */
  PH_WORD_NEW,  /* of the second text alone */
} PhWordChange;

/* Words next to each other that went the same way. */
typedef struct {
  PhWordChange change;
  gsize begin, end; /* bytes: of the first text where GONE, of the second elsewhere */
} PhWordRun;

/* PhWordRun, in the order in which one reads them: what is gone before what came instead.
 * Both texts are valid UTF-8.  Takes time and memory in proportion to the product of the
 * words that differ; beyond four million, all of those count as changed. */
GArray *ph_word_diff (const char *before, const char *after);

G_END_DECLS

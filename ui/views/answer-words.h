/* answer-words.h - the words of an answer, and each word's way to the picture
 *
 * A language model writes tokens; a person reads words.  A word is what stands between
 * two blanks, of one token or of several.  Its probability is the product of theirs, its
 * shares are the mean of theirs.
 *
 * A word's way to the picture has two parts: what it had of each query, in a layer of the
 * language model, and where that query looked, in a layer and head of the Q-Former.
 * In BLIP there are no queries, and words look at the picture themselves.
 *
 * Pure functions of a record that does not change: any thread.
 */
#pragma once

#include "core/base/record.h"
#include "ui/heat-map.h"

G_BEGIN_DECLS

typedef struct {
  char *text; /* without blanks */
  int first_token;
  int n_tokens;
  float probability; /* of all of it, given what stands before */
  float entropy;     /* bits: the most of its tokens */
} PhAnswerWord;

typedef enum {
  PH_WAY_NONE,    /* not kept, or there is none */
  PH_WAY_QUERIES, /* word to queries, queries to patches */
  PH_WAY_DIRECT,  /* word to patches */
} PhAnswerWay;

typedef struct {
  PhRecord *record;
  PhAnswerWay way;
  PhAnswerWord *words;
  int n_words;
} PhAnswerWords;

/* What of a record is looked at; each may be PH_RECORD_MEAN. */
typedef struct {
  int writing_layer; /* of the language model */
  int layer, head;   /* of the snapshot */
} PhAnswerLens;

PhAnswerWords *ph_answer_words_new (PhRecord *record);
void ph_answer_words_free (PhAnswerWords *self);

/* The word that @token is of; -1 for none. */
int ph_answer_words_find (const PhAnswerWords *self, int token);

/* In the calls below PH_RECORD_MEAN stands for the mean over all words. */

/* Whether it is known where @word looked: an answer may be longer than what was kept. */
bool ph_answer_words_has_look (const PhAnswerWords *self, int word);

/* Writes what @word had of each query, and returns where all of its attention went.  For
 * PH_WAY_QUERIES, of a word that has a look. */
PhRecordMasses
ph_answer_words_queries (const PhAnswerWords *self, int layer, int word, float *shares);

/* Where @word looked; NULL for a word without a look. */
PhHeatMap *
ph_answer_words_map (const PhAnswerWords *self, const PhAnswerLens *lens, int word);

/* Writes what each of the n_words had at @patch: its share in the map of that word, 0 for
 * those without a look.  About a millisecond at full size. */
void ph_answer_words_at (const PhAnswerWords *self,
                         const PhAnswerLens *lens,
                         int patch,
                         float *shares);

/* "“blue”, probability 93 %". */
char *ph_answer_words_dup_name (const PhAnswerWords *self, int word);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PhAnswerWords, ph_answer_words_free)

G_END_DECLS

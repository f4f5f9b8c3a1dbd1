/* record.h - what one answer leaves behind, to be looked at without the model
 *
 * Where the queries looked (the snapshot); for every token of the answer what the
 * language model gave it and what else it thought of, and which queries it attended to
 * while it made the token; what queries and words of the instruction had of each other in
 * the Q-Former; and the side of the square the picture was made into.  A word's way to
 * the picture has two parts, word to queries and queries to patches: they are kept apart
 * here, and ph_measure_compose() puts them together.
 *
 * Attention is kept in eight bits (shares.h).  A full-size record, 6 layers that look at
 * 256 patches and 32 that write 64 tokens, takes 0.71 MB, and an instruction of 16 words
 * with each of 12 heads 0.18 MB more.
 *
 * A record never changes once made and is shared by reference; the counter is atomic, so
 * it may cross threads.
 *
 * To keep more of a run, add a section in record-bytes.c: a reader passes over those it
 * does not know.
 */
#pragma once

#include "core/base/snapshot.h"

#include <stdint.h>

G_BEGIN_DECLS

#define PH_RECORD_N_BEST 5
#define PH_RECORD_MEAN PH_SNAPSHOT_MEAN

/* One token that may come next. */
typedef struct {
  int32_t id;
  float probability; /* by the model, before temperature and penalties */
  const char *text;  /* what it would add to the text; a special token as it is spelt */
} PhRecordChoice;

typedef struct {
  PhRecordChoice chosen;
  size_t begin, end; /* bytes of the text; the same where it added none */
  float entropy;     /* of all that may come next: bits */
  int n_best;        /* 0: nothing but the chosen one is known */
  PhRecordChoice best[PH_RECORD_N_BEST]; /* the likeliest first */
} PhRecordToken;

/* The language model's attention while it made each token.  Its heads are averaged. */
typedef struct {
  int n_layers; /* 0: not kept, or there are no queries to attend to */
  int n_tokens; /* of the answer, from the first one on */
  int n_queries;
  /* True for an encoder-decoder: the shares are of its look at the prompt, and what was
   * written before is another look. */
  bool apart;
} PhRecordWords;

/* Where all of that attention went; adds up to 1. */
typedef struct {
  float queries, prompt, answer; /* the answer so far: 0 in an encoder-decoder */
} PhRecordMasses;

typedef enum {
  PH_INSTRUCTION_NOT_KEPT, /* an older record, or there is no Q-Former */
  PH_INSTRUCTION_UNREAD,   /* the Q-Former reads no text: zero by construction */
  PH_INSTRUCTION_READ,
} PhInstructionState;

/* The Q-Former's self-attention between queries and words of the instruction.  What a
 * row lacks to 1 went to its own kind. */
typedef struct {
  PhInstructionState state; /* unless READ, all that follows is 0 */
  int n_layers;
  int n_heads; /* 1: of many words, their mean alone */
  int n_queries;
  int n_words; /* tokens, those around the text too */
} PhRecordInstruction;

typedef struct _PhRecord PhRecord;

/* What a record is made of.  Everything is copied. */
typedef struct {
  PhSnapshot *cross; /* NULL: none */
  int side;          /* of the picture as the model saw it: pixels; 0: not known */
  /* Where tokens of text looked at the picture, the row of the snapshot that made the
   * answer's first token; -1: none did. */
  int first_row;
  const char *text; /* the answer */
  const PhRecordToken *tokens;
  size_t n_tokens;

  PhRecordWords words;
  const float *word_queries;         /* layer by token by query */
  const PhRecordMasses *word_masses; /* layer by token */

  PhRecordInstruction instruction;
  const char *const *instruction_words;
  const float *query_words; /* layer by head by query by word */
  const float *word_looks;  /* layer by head by word by query */
} PhRecordParts;

/* Of more than a quarter of a million shares of the instruction, only the mean over heads
 * is kept. */
PhRecord *ph_record_new (const PhRecordParts *parts);
PhRecord *ph_record_ref (PhRecord *self);
void ph_record_unref (PhRecord *self);

/* What is given back is borrowed. */

PhSnapshot *ph_record_get_snapshot (const PhRecord *self);
int ph_record_get_side (const PhRecord *self);
int ph_record_get_first_row (const PhRecord *self);

/* The text that the tokens' bytes are of; the person may have edited the turn's. */
const char *ph_record_get_text (const PhRecord *self);
size_t ph_record_get_n_tokens (const PhRecord *self);
const PhRecordToken *ph_record_get_token (const PhRecord *self, size_t token);
/* The token that wrote byte @at of the text, or -1. */
int ph_record_find_token (const PhRecord *self, size_t at);

/* In the calls below PH_RECORD_MEAN stands for the mean over all layers, heads, … */

const PhRecordWords *ph_record_get_words (const PhRecord *self);
/* Writes n_queries shares to @shares, which add up to the mass of the queries. */
PhRecordMasses
ph_record_word_queries (const PhRecord *self, int layer, int token, float *shares);

const PhRecordInstruction *ph_record_get_instruction (const PhRecord *self);
/* How a word is spelt: "[CLS]", "what", "##ing". */
const char *ph_record_get_instruction_word (const PhRecord *self, int word);
/* What @query had of each word: n_words shares. */
void ph_record_query_words (const PhRecord *self,
                            int layer,
                            int head,
                            int query,
                            float *shares);
/* What @word had of each query: n_queries shares. */
void
ph_record_word_looks (const PhRecord *self, int layer, int head, int word, float *shares);

/* As it is stored: versioned, little endian, checked on the way back.  What older
 * versions stored, the snapshot alone, is read as a record of nothing else. */
GBytes *ph_record_to_bytes (const PhRecord *self);
PhRecord *ph_record_from_bytes (GBytes *bytes, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PhRecord, ph_record_unref)

G_END_DECLS

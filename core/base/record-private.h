/* record-private.h - a record from inside: for record.c and its stored form */
#pragma once

#include "core/base/record.h"
#include "core/base/shares.h"

G_BEGIN_DECLS

struct _PhRecord {
  PhSnapshot *cross;
  int side, first_row;
  char *text;
  PhRecordToken *tokens;
  size_t n_tokens;
  GStringChunk *strings; /* behind the texts of tokens, and the words */

  PhRecordWords words;
  PhShares word_queries;       /* (layer by token) by query */
  PhRecordMasses *word_masses; /* layer by token */

  PhRecordInstruction instruction;
  const char **instruction_words;
  PhShares query_words; /* (layer by head by query) by word */
  PhShares word_looks;  /* (layer by head by word) by query */
};

/* One of nothing. */
PhRecord *ph_record_allocate (void);

G_END_DECLS

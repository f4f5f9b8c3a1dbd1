/* wordpiece-files.h - writes the tokenizer of a model that is being made
 *
 * The lower-casing WordPiece tokenizer of BERT over a vocabulary of the trainer's own, in
 * the three files that transformers reads: tokenizer.json, tokenizer_config.json and
 * special_tokens_map.json.  Reading them back (tokenizer.h) and loading them with
 * AutoTokenizer gives the same ids.
 *
 * Any thread.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

G_BEGIN_DECLS

/* What a special token is for; each names one of the specials, or is NULL. */
typedef struct {
  const char *bos, *eos, *pad, *unk, *cls, *sep, *mask;
} PhSpecialRoles;

typedef struct {
  const char *const *tokens;   /* the vocabulary in the order of ids; NULL at the end */
  const char *const *specials; /* those of them that are special; NULL at the end */
  PhSpecialRoles roles;        /* @unk must be there */
  const char *before;          /* the token in front of every text, or NULL */
  const char *after;           /* the one behind it, or NULL */
  const char *padding_side;    /* "left" or "right" */
  size_t max_length;           /* tokens */
} PhWordPieceFiles;

/* @specials, then the words of @words (NULL at the end), then ASCII punctuation, then
 * every letter and digit as a whole word and as the end of one (##a): few ASCII texts
 * have a word without pieces.  Words are lowered, and each comes once.  A strv. */
char **ph_wordpiece_vocabulary (const char *const *specials, const char *const *words);

/* Makes @folder if need be.  Files are written to a new name and renamed. */
bool
ph_wordpiece_write (const char *folder, const PhWordPieceFiles *files, GError **error);

G_END_DECLS
